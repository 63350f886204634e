/**
 * A small world for attacks: a registry on a real database, two operators, people and tills, a clock that is
 * turned by hand. After each test {@link World.check} holds the invariants: no fen created or lost, every proof
 * verifies with the trust bundle alone, no honest key is named by one.
 */

import { createNodeSuites } from '@duet/crypto/node-suites';
import type { KekHandle, SyncCrypto } from '@duet/crypto/port';
import { type Authority, createAuthority } from '@duet/ledger/engine/authority';
import { HANDLE_LIMITS, type HandleLimits } from '@duet/ledger/engine/handle-limits';
import { DEFAULT_POLICY } from '@duet/ledger/engine/policies';
import { accountKey, openRegistry, type Registry } from '@duet/ledger/engine/registry';
import type { FraudCase } from '@duet/ledger/engine/reports';
import { type Database, openDatabase } from '@duet/ledger/postgres/database';
import { type Instant, instant, SECONDS_PER_DAY } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import { bytes, type Codec, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import {
  ANSWER,
  type Answer,
  EMPTY_UPLOAD,
  UPLOAD,
  UPLOAD_INFO,
  type Upload,
} from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { type Condition, type Handle, handleField } from '@duet/protocol/objects/fields';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { CREDIT_NOTE, type CreditItem, outcomeOf } from '@duet/protocol/objects/notes';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { type Policy, TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import type { Result } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import { utf8 } from '@duet/protocol/text';
import { settle } from '@duet/protocol/verify/examination';
import { type Accusation, examineProof } from '@duet/protocol/verify/fraud-proof';
import { TrustView } from '@duet/protocol/verify/trust-view';
import type { Identity } from '@duet/wallet/context';
import type { Journal } from '@duet/wallet/journal';
import { memoryJournal } from '@duet/wallet/memory-journal';
import type { PaidOut } from '@duet/wallet/paying';
import type { Asked, Receipt } from '@duet/wallet/receiving';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import { TrustCache } from '@duet/wallet/trust-cache';
import { Wallet } from '@duet/wallet/wallet';
import { expect } from 'vitest';

export interface WorldOptions {
  readonly policy?: Partial<Policy>;
  /** Funds of the two operators. */
  readonly funds?: readonly [number, number];
  readonly reserve?: number;
  readonly quota?: number;
  /** Live keys and coins of a handle. */
  readonly limits?: HandleLimits;
}

export interface PersonOptions {
  readonly operator?: number;
  /** Paid into the account. */
  readonly deposit?: number;
  /** Loaded into the wallet. */
  readonly load?: number;
  /** A merchant's terminal: its category, in region 110000. */
  readonly category?: number;
}

/** Somebody with an account and a device. */
export interface Person {
  readonly name: string;
  readonly operator: number;
  readonly handle: Handle;
  readonly identity: Identity;
  readonly journal: Journal;
  readonly kek: KekHandle;
  readonly wallet: Wallet;
  /** Its secure element was broken: a proof may name its keys. */
  cheats: boolean;
}

/** What passed between two devices in one payment. */
export interface Handover {
  readonly asked: Asked;
  readonly paid: PaidOut;
  readonly receipt: Receipt;
}

export interface Wealth {
  readonly account: number;
  /** In coins, as the registry's walk sees it. */
  readonly walk: number;
  readonly owed: number;
}

export interface Uploaded {
  readonly answer: Answer;
  readonly items: readonly (Omit<CreditItem, 'outcome'> & { readonly outcome: string })[];
}

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`rejected: ${JSON.stringify(result.rejection)}`);
  return result.value;
}

export const codeOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.rejection.code);

/** Bytes as the value that a field of the protocol reads from them. */
export const branded = <T>(codec: Codec<T>, raw: Uint8Array): T =>
  decodeBytes(codec, encodeBytes(bytes({ max: 64 }), raw), 80);

const START = instant(1_800_000_000);
const NO_DATA = new Uint8Array(0);
const sum = (amounts: Iterable<number>): number => [...amounts].reduce((total, amount) => total + amount, 0);

export class World {
  readonly crypto: SyncCrypto;
  authority: Authority;
  readonly people: Person[] = [];
  readonly #trustCache = new TrustCache();
  readonly #databaseUrl: string;
  readonly #limits: HandleLimits;
  readonly #databases: Database[] = [];
  #registry: Registry | undefined;
  #time: Instant = START;
  #minted = 0;

  constructor(databaseUrl: string, policy: Partial<Policy>, limits = HANDLE_LIMITS) {
    this.#databaseUrl = databaseUrl;
    this.#limits = limits;
    this.crypto = createNodeSuites();
    this.authority = createAuthority({
      crypto: this.crypto,
      suite: 1,
      policies: [{ ...DEFAULT_POLICY, ...policy }],
      operators: [
        { id: 1, name: 'East' },
        { id: 2, name: 'West' },
      ],
      now: START,
      bundleDays: 730,
    });
  }

  static async open(databaseUrl: string, options: WorldOptions): Promise<World> {
    const world = new World(databaseUrl, options.policy ?? {}, options.limits);
    world.#registry = await world.connect();
    const { funds = [100_000, 100_000], reserve = 10_000_000, quota = 5_000_000 } = options;
    for (const [place, fund] of funds.entries()) {
      const name = place === 0 ? 'East' : 'West';
      await world.registry.addOperator({
        id: place + 1,
        name,
        reserve: fen(reserve),
        quota: fen(quota),
        fund: fen(fund),
      });
      world.#minted += reserve + fund;
    }
    return world;
  }

  /** Money that came from outside by other ways than {@link World.person}. */
  paidIn(amount: number): void {
    this.#minted += amount;
  }

  /** A newer bundle comes into force. */
  useAuthority(authority: Authority): void {
    this.authority = authority;
    this.registry.useAuthority(authority);
  }

  /** Another process over the same database. */
  async connect(): Promise<Registry> {
    const database = await openDatabase({ databaseUrl: this.#databaseUrl, poolSize: 4 });
    this.#databases.push(database);
    const { crypto, authority, clock } = this;
    return openRegistry({ database, crypto, authority, clock, limits: this.#limits });
  }

  /** Something done to the tables behind the registry's back. */
  async sql(text: string): Promise<void> {
    await this.#databases[0]?.pool.query(text);
  }

  get registry(): Registry {
    if (!this.#registry) throw new Error('attacks: the world is not open');
    return this.#registry;
  }

  readonly clock = (): Instant => this.#time;

  pass(seconds: number): void {
    this.#time = instant(this.#time + seconds);
  }

  passDays(days: number): void {
    this.pass(days * SECONDS_PER_DAY);
  }

  get today(): number {
    return Math.floor(this.#time / SECONDS_PER_DAY);
  }

  /** Somebody with an account, a synced device and perhaps a loaded coin. */
  async person(name: string, options: PersonOptions = {}): Promise<Person> {
    const { operator = 1, load = 0, deposit = load, category } = options;
    const handle = branded(handleField, utf8(name));
    const kind = category === undefined ? 'customer' : 'merchant';
    await this.registry.openAccounts([
      { operator, handle, kind, ...(deposit > 0 ? { deposit: fen(deposit) } : {}) },
    ]);
    this.#minted += deposit;
    const identity: Identity =
      category === undefined
        ? { operator, handle, role: 'wallet', walletClass: 4 }
        : {
            operator,
            handle,
            role: 'terminal',
            walletClass: 0,
            terminal: { name, category, region: 110_000 },
          };
    const person = this.device(
      name,
      identity,
      memoryJournal(),
      this.crypto.importKek(this.crypto.randomBytes(32)),
    );
    const report = await person.wallet.sync(this.registry, load > 0 ? { load: fen(load) } : {});
    expect(report).toMatchObject({ complete: true, refused: [] });
    return person;
  }

  /** A device over a journal, belonging to one of the people. */
  device(name: string, identity: Identity, journal: Journal, kek: KekHandle): Person {
    const wallet = this.walletOn(identity, journal, kek);
    const { operator, handle } = identity;
    const person = { name, operator, handle, identity, journal, kek, wallet, cheats: false };
    this.people.push(person);
    return person;
  }

  walletOn(identity: Identity, journal: Journal, kek: KekHandle): Wallet {
    const { crypto, clock, authority } = this;
    return new Wallet({
      journal,
      crypto,
      kek,
      clock,
      root: authority.root,
      identity,
      policy: 1,
      trustCache: this.#trustCache,
    });
  }

  /** A second device over a copy of the same records: both sign with the same keys from now on. */
  clone(person: Person): Person {
    const copy = memoryJournal();
    copy.append(person.journal.read().map((record) => record.slice()));
    person.cheats = true;
    const clone = this.device(person.name, person.identity, copy, person.kek);
    clone.cheats = true;
    return clone;
  }

  /** A new device of the same person, without any key of the old one. */
  newDevice(person: Person): Person {
    const kek = this.crypto.importKek(this.crypto.randomBytes(32));
    return this.device(person.name, person.identity, memoryJournal(), kek);
  }

  /** Request, offer, verdict; with `shown: false` the verdict does not reach the payer. */
  pay(payer: Person, payee: Person, amount: number, shown = true): Handover {
    const asked = value(payee.wallet.request({ amount: fen(amount) }));
    const paid = value(payer.wallet.pay(asked.message, { confirmed: true }));
    const receipt = value(payee.wallet.receive(paid.sealedOffer));
    if (shown) expect(value(payer.wallet.takeVerdict(receipt.verdict)).state).toBe('paid');
    return { asked, paid, receipt };
  }

  sync(person: Person, options: SyncOptions = {}): Promise<SyncReport> {
    return person.wallet.sync(this.registry, options);
  }

  /** Everything unconditional goes to the account; nothing may be refused. */
  async settle(...people: readonly Person[]): Promise<void> {
    for (const person of people) {
      const report = await this.sync(person, { claim: 'all' });
      expect(report, person.name).toMatchObject({ complete: true, refused: [] });
    }
  }

  /** The registry with a condition on what is loaded. */
  directed(condition: Condition): SettlementPort {
    const { registry } = this;
    return {
      trust: () => registry.trust(),
      certify: (enrolment) => registry.certify(enrolment),
      load: (order) => registry.load({ ...order, condition }),
      settle: (sealed) => registry.settle(sealed),
      account: (operator, handle) => registry.account(operator, handle),
    };
  }

  /** Sends a hand-made upload. */
  async upload(upload: Partial<Upload>, port: SettlementPort = this.registry): Promise<Uploaded> {
    return this.read(await port.settle(this.sealed(upload)));
  }

  /** A hand-made upload, sealed to the registry. */
  sealed(upload: Partial<Upload>): Uint8Array {
    const plaintext = encodeBytes(UPLOAD, { ...EMPTY_UPLOAD, ...upload });
    const recipient = this.authority.registryKey;
    return value(this.crypto.seal({ recipient, info: utf8(UPLOAD_INFO), aad: NO_DATA, plaintext }));
  }

  /** An answer with the items of its credit note. */
  read(answered: Result<Uint8Array>): Uploaded {
    const answer = decodeBytes(ANSWER, value(answered), 1 << 26);
    const note = decodeSigned(CREDIT_NOTE, answer.creditNote, this.crypto);
    return { answer, items: note.body.items.map((item) => ({ ...item, outcome: outcomeOf(item.outcome) })) };
  }

  async wealth(person: Person): Promise<Wealth> {
    const { accounts, walk, owed } = await this.registry.balances();
    const key = accountKey(person.operator, person.handle);
    return { account: accounts.get(key) ?? 0, walk: walk.get(key) ?? 0, owed: owed.get(key) ?? 0 };
  }

  async fund(operator: number): Promise<number> {
    return (await this.registry.balances()).funds.get(operator) ?? 0;
  }

  /** Verifies a proof as a stranger would: with its bytes and those of the trust bundle. */
  accusation(proof: Uint8Array): Accusation {
    const bundle = decodeSigned(TRUST_BUNDLE, encodeSigned(TRUST_BUNDLE, this.authority.bundle), this.crypto);
    const read = decodeBytes(FRAUD_PROOF, proof, MAX_PROOF_BYTES);
    return value(settle(examineProof(read, new TrustView(bundle), this.crypto), this.crypto));
  }

  /** The cases, every proof of them verified. */
  async cases(): Promise<FraudCase[]> {
    const cases = await this.registry.cases();
    for (const { culprit, proofs } of cases) {
      expect(proofs.length).toBeGreaterThan(0);
      for (const proof of proofs) expect(keyText(this.accusation(proof).culprit)).toBe(culprit);
    }
    return cases;
  }

  /** Names of the people whose keys the cases name. */
  async culprits(): Promise<string[]> {
    const names = (await this.cases()).flatMap(({ culprit }) =>
      this.people.filter(({ wallet }) => wallet.state.keys.has(culprit)).map(({ name }) => name),
    );
    return [...new Set(names)].sort();
  }

  /** What holds after everything: see the module comment. */
  async check(): Promise<void> {
    const report = await this.registry.audit();
    expect(report).toMatchObject({ balanced: true, differenceFen: 0, problems: [] });
    expect(report.supplyFen).toBe(this.#minted);
    const { accounts, walk, funds } = await this.registry.balances();
    const kinds = report.accounts;
    expect(sum(accounts.values())).toBe(kinds.account ?? 0);
    expect(sum(walk.values())).toBe(kinds.outstanding ?? 0);
    expect(sum(funds.values())).toBe(kinds.fund ?? 0);
    const rest = ['reserve', 'holding', 'ticket', 'loss', 'clearing'].map((kind) => kinds[kind] ?? 0);
    expect(sum([...accounts.values(), ...walk.values(), ...funds.values(), ...rest])).toBe(this.#minted);
    expect(kinds.clearing ?? 0).toBe(0);
    for (const { culprit } of await this.cases()) {
      const named = this.people.filter(({ wallet }) => wallet.state.keys.has(culprit));
      expect(named.filter((person) => !person.cheats).map(({ name }) => name)).toEqual([]);
    }
  }

  async end(): Promise<void> {
    for (const database of this.#databases) await database.close();
  }
}
