/** A tiny world for wallet tests: an issuer, an operator and a registry that record and believe everything. */

import { createNodeCrypto } from '@duet/crypto/node';
import type { SyncCrypto } from '@duet/crypto/port';
import {
  day,
  dayOf,
  type IdText,
  type Instant,
  instant,
  type ObjectId,
  type PublicKey,
} from '@duet/protocol/brand';
import { idText, keyText, toHex } from '@duet/protocol/bytes';
import { brandAs, bytes as bytesCodec, decodeBytes, encodeBytes, text } from '@duet/protocol/cbor/codec';
import { decodeOffer } from '@duet/protocol/messages/offer';
import { decodeRequest, keyOfDocument } from '@duet/protocol/messages/request-message';
import {
  ANSWER,
  type Answer,
  type Exchange,
  MAX_ORDER_ENTRIES,
  MAX_UPLOAD_BYTES,
  recordedHash,
  UPLOAD,
  UPLOAD_INFO,
  type Upload,
} from '@duet/protocol/messages/upload';
import { type Fen, fen, sum } from '@duet/protocol/money';
import {
  CERTIFICATE,
  type CertificateBody,
  holderOf,
  type TerminalFace,
} from '@duet/protocol/objects/certificate';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { COIN, type Coin, type CoinBody, type Serial, serialField } from '@duet/protocol/objects/coin';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { type Condition, handleField } from '@duet/protocol/objects/fields';
import { INQUIRY } from '@duet/protocol/objects/inquiry';
import {
  CREDIT_NOTE,
  type CreditItem,
  type CreditNoteBody,
  INTAKE_NOTE,
  outcomeNumber,
} from '@duet/protocol/objects/notes';
import {
  decodeSigned,
  draft,
  encodeSigned,
  type ObjectType,
  type Signed,
  withSignature,
} from '@duet/protocol/objects/signed';
import type { Nonce } from '@duet/protocol/objects/spend';
import { packRevoked, STATUS_LIST } from '@duet/protocol/objects/status-list';
import { keyRoleNumber, type Policy, TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { LoadOrder, SettlementPort, TrustMaterial } from '@duet/protocol/settlement-port';
import { type KeyHandle, type Suite, suiteOf } from '@duet/protocol/suite';
import { utf8 } from '@duet/protocol/text';
import { checkOf } from '@duet/protocol/verify/signatures';
import { CachingVerifier } from '../../src/caching-verifier.ts';
import type { Identity } from '../../src/context.ts';
import type { Journal } from '../../src/journal.ts';
import { memoryJournal } from '../../src/memory-journal.ts';
import { TrustCache } from '../../src/trust-cache.ts';
import { Wallet, type WalletOptions } from '../../src/wallet.ts';

const START = instant(1_800_000_000);
const OPERATOR = 1;
const ISSUER_KEY = 1;
const REGISTRY_KEY = 2;
/** Claims, as the refusals of an answer number the lists of an upload. */
const CLAIM_LIST = 3;
const OPERATOR_KEY = 3;
const SEALING_KEY = 4;

const POLICY: Policy = {
  id: 1,
  maxHops: 8,
  requestValidity: 600,
  skew: 120,
  standingWindow: 3_600,
  listMaxAge: 30 * 86_400,
  refuseStrangersOnStaleLists: false,
  pinAbove: fen(100_000_000),
  spendDays: 90,
  claimDays: 30,
  graceDays: 10,
  offlineTicketDays: 7,
  fundPeriodDays: 30,
};

/** Client data of hardware Spends in this world. */
export const HARDWARE_TEMPLATE = {
  number: 1,
  relyingParty: 'wallet.example.org',
  tail: '","origin":"https://wallet.example.org","crossOrigin":false}',
};

export interface WorldOptions {
  readonly policy?: Partial<Policy>;
  readonly crypto?: SyncCrypto;
  /** Suites of the root, and of issuer, registry and operator; default 1. */
  readonly suites?: { readonly root: Suite; readonly authorities: Suite };
}

export function value<T>(result: Result<T>): T {
  if (!result.ok)
    throw new Error(
      `rejected: ${result.rejection.code}, expected ${result.rejection.expected}, got ${result.rejection.got}`,
    );
  return result.value;
}

export const codeOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.rejection.code);

const handleOf = (name: string) =>
  decodeBytes(handleField, encodeBytes(bytesCodec({ max: 32 }), utf8(name)), 64);
const serialOf = (raw: Uint8Array): Serial =>
  decodeBytes(serialField, encodeBytes(bytesCodec({ max: 16 }), raw), 32);

interface Recorded {
  readonly exchange: Exchange;
  readonly request: ObjectId;
  readonly nonce?: Nonce;
  readonly payee: string;
  readonly spends: readonly ObjectId[];
  readonly amounts: readonly number[];
}

export class World implements SettlementPort {
  readonly crypto: SyncCrypto;
  readonly verifier: CachingVerifier;
  readonly trustCache = new TrustCache();
  readonly root: PublicKey;
  readonly uploads: Upload[] = [];
  readonly accounts: Map<string, number> = new Map();
  readonly verdicts: Map<string, Uint8Array> = new Map();
  readonly recorded: Map<IdText, Recorded> = new Map();
  readonly loaded: Map<string, readonly Uint8Array[]> = new Map();
  readonly certified: Map<string, Uint8Array> = new Map();
  readonly spentBy: Map<IdText, IdText> = new Map();
  time: Instant = START;
  policy: Policy;
  withdrawn = false;
  revoked: number[] = [];
  version = 1;
  condition: Condition | undefined;
  readonly #root: KeyHandle;
  readonly #issuer: KeyHandle;
  readonly #registry: KeyHandle;
  readonly #operator: KeyHandle;
  readonly #sealing: KeyHandle;
  readonly #kek;
  readonly #coinsOf: Map<IdText, Uint8Array[]> = new Map();
  #material: TrustMaterial | undefined;
  #status = 0;

  constructor(options: WorldOptions = {}) {
    this.crypto = options.crypto ?? createNodeCrypto();
    this.verifier = new CachingVerifier(this.crypto);
    this.policy = { ...POLICY, ...options.policy };
    const { root, authorities } = options.suites ?? { root: 1, authorities: 1 };
    this.#root = this.crypto.generateKey(root, 'sign');
    this.#issuer = this.crypto.generateKey(authorities, 'sign');
    this.#registry = this.crypto.generateKey(authorities, 'sign');
    this.#operator = this.crypto.generateKey(authorities, 'sign');
    this.#sealing = this.crypto.generateKey(authorities, 'seal');
    this.#kek = this.crypto.importKek(new Uint8Array(32).fill(7));
    this.root = this.#root.publicKey;
  }

  /** The next trust() gives a new version. */
  changeTrust(): void {
    this.version += 1;
    this.#material = undefined;
  }

  #sign<Kind extends string, Body>(
    type: ObjectType<Kind, Body>,
    key: KeyHandle,
    body: Body,
  ): Signed<Kind, Body> {
    const unsigned = draft(type, suiteOf(key.publicKey), body, this.crypto);
    return withSignature(unsigned, this.crypto.sign(key, unsigned.message));
  }

  trust(): Promise<TrustMaterial> {
    if (!this.#material) {
      const today = dayOf(this.time);
      const dates = { validFrom: day(today - 400), validUntil: day(today + 4_000) };
      const bundle = this.#sign(TRUST_BUNDLE, this.#root, {
        version: this.version,
        issuedAt: instant(this.time - 1_000),
        validUntil: instant(this.time + 400 * 86_400),
        keys: [
          {
            number: ISSUER_KEY,
            role: keyRoleNumber('issuer'),
            operator: 0,
            key: this.#issuer.publicKey,
            ...dates,
            ...(this.withdrawn ? { withdrawn: true } : {}),
          },
          {
            number: REGISTRY_KEY,
            role: keyRoleNumber('registry'),
            operator: 0,
            key: this.#registry.publicKey,
            ...dates,
          },
          {
            number: OPERATOR_KEY,
            role: keyRoleNumber('operator'),
            operator: OPERATOR,
            key: this.#operator.publicKey,
            ...dates,
          },
          {
            number: SEALING_KEY,
            role: keyRoleNumber('sealing'),
            operator: 0,
            key: this.#sealing.publicKey,
            ...dates,
          },
        ],
        policies: [this.policy],
        lists: [{ operator: 0, uri: 'duet:list/0' }],
        stops: [],
        templates: [HARDWARE_TEMPLATE],
      });
      const list = this.#sign(STATUS_LIST, this.#issuer, {
        uri: 'duet:list/0',
        issuedAt: instant(this.time - 500),
        statuses: packRevoked(4_096, this.revoked),
        signerKey: ISSUER_KEY,
      });
      this.#material = {
        bundle: encodeSigned(TRUST_BUNDLE, bundle),
        lists: [{ operator: 0, list: encodeSigned(STATUS_LIST, list) }],
        time: this.time,
        registryKey: this.#sealing.publicKey,
      };
    }
    return Promise.resolve({ ...this.#material, time: this.time });
  }

  certify(enrolment: Uint8Array): Promise<Result<Uint8Array>> {
    const { body } = decodeSigned(ENROLMENT, enrolment, this.crypto);
    const name = keyText(body.subject);
    const known = this.certified.get(name);
    if (known) return Promise.resolve(accept(known));
    const { role, walletClass } = holderOf(body.holder);
    const today = dayOf(this.time);
    const { name: face, category, region } = body;
    const certificate = this.#sign(CERTIFICATE, role === 'terminal' ? this.#operator : this.#issuer, {
      signerKey: role === 'terminal' ? OPERATOR_KEY : ISSUER_KEY,
      operator: body.operator,
      subject: body.subject,
      role,
      walletClass,
      status: this.#status++,
      validFrom: today,
      validUntil: day(today + 60),
      ...(face !== undefined && category !== undefined && region !== undefined
        ? { terminal: { name: face, category, region } }
        : {}),
    });
    const bytes = encodeSigned(CERTIFICATE, certificate);
    this.certified.set(name, bytes);
    return Promise.resolve(accept(bytes));
  }

  /** A certificate with other contents, signed by the issuer. */
  recertified(bytes: Uint8Array, changes: Partial<CertificateBody>): Uint8Array {
    const { body } = decodeSigned(CERTIFICATE, bytes, this.crypto);
    return encodeSigned(CERTIFICATE, this.#sign(CERTIFICATE, this.#issuer, { ...body, ...changes }));
  }

  /** A coin under the policy in force. */
  mint(
    owner: PublicKey,
    amount: Fen,
    condition = this.condition,
    changes: Partial<CoinBody> = {},
  ): Uint8Array {
    const today = dayOf(this.time);
    const coin: Coin = this.#sign(COIN, this.#issuer, {
      issuerKey: ISSUER_KEY,
      operator: OPERATOR,
      currency: 156,
      unit: 2,
      value: amount,
      owner,
      status: this.#status++,
      policy: this.policy.id,
      issuedAt: today,
      spendBy: day(today + this.policy.spendDays),
      claimBy: day(today + this.policy.spendDays + this.policy.claimDays),
      serial: serialOf(this.crypto.randomBytes(16)),
      ...(condition ? { condition } : {}),
      ...changes,
    });
    return encodeSigned(COIN, coin);
  }

  load(order: LoadOrder): Promise<Result<readonly Uint8Array[]>> {
    const name = toHex(order.order);
    const known = this.loaded.get(name);
    if (known) return Promise.resolve(accept(known));
    const account = toHex(order.handle);
    const left = (this.accounts.get(account) ?? 0) - sum(order.outputs.map((output) => output.amount));
    if (left < 0) return Promise.resolve(reject('account-funds', 'enough in the account', `${left}`));
    this.accounts.set(account, left);
    const coins = order.outputs.map((output) => this.mint(output.owner, output.amount));
    this.loaded.set(name, coins);
    return Promise.resolve(accept(coins));
  }

  account(_operator: number, handle: LoadOrder['handle']): Promise<Result<{ balance: Fen; pending: Fen }>> {
    return Promise.resolve(accept({ balance: fen(this.accounts.get(toHex(handle)) ?? 0), pending: fen(0) }));
  }

  /** The operator's IntakeNote over sealed bytes. */
  noteOf(sealed: Uint8Array): Uint8Array {
    return encodeSigned(
      INTAKE_NOTE,
      this.#sign(INTAKE_NOTE, this.#operator, {
        signerKey: OPERATOR_KEY,
        operator: OPERATOR,
        upload: this.crypto.hash(1, sealed),
        time: this.time,
      }),
    );
  }

  settle(sealed: Uint8Array): Promise<Result<Uint8Array>> {
    const opened = this.crypto.open({
      handle: this.#sealing,
      info: utf8(UPLOAD_INFO),
      aad: new Uint8Array(0),
      sealed,
    });
    if (!opened.ok) return Promise.resolve(opened);
    const upload = decodeBytes(UPLOAD, opened.value, MAX_UPLOAD_BYTES);
    this.uploads.push(upload);
    for (const exchange of upload.exchanges) this.recordExchange(exchange);
    for (const bytes of upload.verdicts) {
      const { request, nonce } = decodeSigned(VERDICT, bytes, this.crypto).body;
      this.verdicts.set(this.#nameOf(request, nonce), bytes);
    }
    const items: CreditItem[] = [];
    const coins: Uint8Array[] = [];
    const refused: Answer['refused'][number][] = [];
    for (const [place, bytes] of upload.claims.entries()) {
      const { inputs } = decodeSigned(CLAIM, bytes, this.crypto).body;
      // As the ledger does: one credit note tells of so many inputs.
      if (items.length + inputs.length > MAX_ORDER_ENTRIES)
        refused.push({ list: CLAIM_LIST, place, code: 'too-large' });
      else this.#claim(bytes, items, coins);
    }
    for (const bytes of upload.returns) this.#return(bytes, items, coins);
    const asked = new Set(upload.openSpends.map(idText));
    const inquiry = upload.inquiry && decodeSigned(INQUIRY, upload.inquiry, this.crypto);
    const proven = inquiry && this.crypto.verify(checkOf(inquiry, inquiry.body.signer));
    const keys = new Set(proven ? inquiry.body.payeeKeys.map(keyText) : []);
    const recorded = [...this.recorded.values()]
      .filter(
        (entry) =>
          keys.has(this.#keyName(entry.payee)) &&
          !this.verdicts.has(this.#nameOf(entry.request, entry.nonce)),
      )
      .map((entry) => entry.exchange);
    const hash = recordedHash(recorded, this.crypto);
    const note = this.#sign(CREDIT_NOTE, this.#registry, {
      signerKey: REGISTRY_KEY,
      upload: this.crypto.hash(1, sealed),
      time: this.time,
      items,
      ...(hash ? { recorded: hash } : {}),
    });
    const answer = {
      creditNote: encodeSigned(CREDIT_NOTE, note),
      recorded,
      verdicts: [...this.recorded.values()]
        .filter((entry) => entry.spends.some((id) => asked.has(idText(id))))
        .flatMap((entry) => this.verdicts.get(this.#nameOf(entry.request, entry.nonce)) ?? []),
      coins,
      refused,
    };
    return Promise.resolve(accept(encodeBytes(ANSWER, answer)));
  }

  #keyName = (name: string) =>
    decodeBytes(brandAs<ReturnType<typeof keyText>>(textCodec), encodeBytes(textCodec, name), 200);

  #nameOf = (request: ObjectId, nonce: Nonce | undefined): string =>
    `${idText(request)}${nonce ? toHex(nonce) : ''}`;

  /** Takes a payment as its payer uploads it. */
  recordExchange(exchange: Exchange): void {
    if (!exchange.offer) return;
    const message = value(decodeRequest(exchange.request, this.crypto));
    const offer = value(decodeOffer(exchange.offer, message, this.crypto));
    const nonce = offer.spends[0]?.body.standing?.nonce;
    const first = offer.spends[0];
    if (!first) return;
    const entry: Recorded = {
      exchange,
      request: message.request.id,
      payee: keyText(keyOfDocument(message.payee)),
      spends: offer.spends.map((spend) => spend.id),
      amounts: offer.spends.map((spend) => sum(spend.body.inputs.map((input) => fen(input.to - input.from)))),
      ...(nonce ? { nonce } : {}),
    };
    this.recorded.set(idText(first.id), entry);
  }

  #claim(bytes: Uint8Array, items: CreditItem[], coins: Uint8Array[]): void {
    const claim = decodeSigned(CLAIM, bytes, this.crypto);
    const { destination, inputs } = claim.body;
    const amount = sum(inputs.map((input) => fen(input.to - input.from)));
    const first = this.#coinsOf.get(idText(claim.id));
    for (const [index, input] of inputs.entries()) {
      items.push({
        object: claim.id,
        index,
        outcome: outcomeNumber('credited'),
        amount: fen(input.to - input.from),
      });
    }
    if (destination.kind === 'account' && !first) this.#credit(destination.handle, amount);
    const made =
      first ??
      (destination.kind === 'coins'
        ? destination.outputs.map((output) => this.mint(output.owner, output.amount))
        : []);
    this.#coinsOf.set(idText(claim.id), made);
    coins.push(...made);
  }

  #return(bytes: Uint8Array, items: CreditItem[], coins: Uint8Array[]): void {
    const object = decodeSigned(RETURN, bytes, this.crypto);
    const { destination } = object.body;
    const first = this.#coinsOf.get(idText(object.id));
    for (const id of object.body.spends) {
      const entry = [...this.recorded.values()].find((known) =>
        known.spends.some((spend) => idText(spend) === idText(id)),
      );
      const verdict = entry && this.verdicts.get(this.#nameOf(entry.request, entry.nonce));
      const amount = fen(
        entry?.amounts[entry.spends.findIndex((spend) => idText(spend) === idText(id))] ?? 0,
      );
      items.push({
        object: object.id,
        outcome: outcomeNumber(verdict ? 'credited' : 'refused'),
        ...(verdict ? { amount } : { code: 'not-void' }),
      });
      if (verdict && !first && destination.kind === 'account') this.#credit(destination.handle, amount);
    }
    const made =
      first ??
      (destination.kind === 'coins'
        ? destination.outputs.map((output) => this.mint(output.owner, output.amount))
        : []);
    this.#coinsOf.set(idText(object.id), made);
    coins.push(...made);
  }

  /** A credit note in which every item of another one is refused as `spend-unknown`. */
  refusingNote(bytes: Uint8Array): Uint8Array {
    return this.otherNote(bytes, ({ items, ...body }) => ({
      ...body,
      items: items.map(
        ({ amount: _, ...item }): CreditItem => ({
          ...item,
          outcome: outcomeNumber('refused'),
          code: 'spend-unknown',
        }),
      ),
    }));
  }

  /** A credit note with another content, signed by the registry, or by somebody else. */
  otherNote(
    bytes: Uint8Array,
    change: (body: CreditNoteBody) => CreditNoteBody,
    signer = this.#registry,
  ): Uint8Array {
    const { body } = decodeSigned(CREDIT_NOTE, bytes, this.crypto);
    return encodeSigned(CREDIT_NOTE, this.#sign(CREDIT_NOTE, signer, change(body)));
  }

  #credit(handle: LoadOrder['handle'], amount: Fen): void {
    const name = toHex(handle);
    this.accounts.set(name, (this.accounts.get(name) ?? 0) + amount);
  }

  fund(name: string, amount: number): void {
    this.#credit(handleOf(name), fen(amount));
  }

  balanceOf(name: string): number {
    return this.accounts.get(toHex(handleOf(name))) ?? 0;
  }

  /** A wallet, not synced yet. */
  wallet(name: string, options: Partial<WalletOptions> & { readonly terminal?: TerminalFace } = {}): Wallet {
    const { terminal, ...rest } = options;
    const identity: Identity = terminal
      ? { operator: OPERATOR, handle: handleOf(name), role: 'terminal', walletClass: 0, terminal }
      : { operator: OPERATOR, handle: handleOf(name), role: 'wallet', walletClass: 2 };
    return new Wallet({
      journal: memoryJournal(),
      crypto: this.crypto,
      kek: this.#kek,
      clock: () => this.time,
      root: this.root,
      identity,
      policy: this.policy.id,
      verifier: this.verifier,
      trustCache: this.trustCache,
      ...rest,
    });
  }

  /** A synced wallet that holds an amount, and its journal. */
  async person(
    name: string,
    amount = 0,
    options: Partial<WalletOptions> & { readonly terminal?: TerminalFace } = {},
  ): Promise<Wallet> {
    const wallet = this.wallet(name, options);
    if (amount > 0) this.fund(name, amount);
    const report = await wallet.sync(this, amount > 0 ? { load: fen(amount) } : {});
    if (!report.complete || report.refused.length > 0) throw new Error(`sync: ${JSON.stringify(report)}`);
    return wallet;
  }

  /** For benches: what was recorded is not needed again. */
  forget(): void {
    this.recorded.clear();
    this.verdicts.clear();
    this.uploads.length = 0;
  }

  pass(seconds: number): void {
    this.time = instant(this.time + seconds);
  }
}

const textCodec = text(100);

/** One payment with everything shown. */
export function payment(payer: Wallet, payee: Wallet, amount: number) {
  const asked = value(payee.request({ amount: fen(amount) }));
  const paid = value(payer.pay(asked.message, { confirmed: true }));
  const receipt = value(payee.receive(paid.sealedOffer));
  const taken = value(payer.takeVerdict(receipt.verdict));
  return { asked, paid, receipt, taken };
}

/** A journal that another wallet can be started from, as after a crash. */
export function copyOf(journal: Journal): Journal {
  const copy = memoryJournal();
  copy.append(journal.read());
  return copy;
}
