/**
 * The secure element as a driver: keys, journal and the pure core behind a narrow port, as if it were a chip.
 *
 * Every command is decided on the state, its records are made durable, and only then do signatures or bytes
 * leave (PAY-3). What signs money is asked for by commands; no method signs bytes that a caller chose.
 */

import type { KekHandle, SyncCrypto } from '@duet/crypto/port';
import type { IdText, Instant, ObjectId, PublicKey, Signature } from '@duet/protocol/brand';
import { equalBytes, idText, keyText } from '@duet/protocol/bytes';
import type { DraftSpend } from '@duet/protocol/machines/payer';
import type { Offer } from '@duet/protocol/messages/offer';
import { keyOfDocument } from '@duet/protocol/messages/request-message';
import {
  CLAIM,
  type Claim,
  type ClaimBody,
  RETURN,
  type Return,
  type ReturnBody,
} from '@duet/protocol/objects/claim';
import { ENROLMENT, type Enrolment, type EnrolmentBody } from '@duet/protocol/objects/enrolment';
import { INQUIRY, type Inquiry, type InquiryBody } from '@duet/protocol/objects/inquiry';
import { REQUEST, type Request, type RequestBody } from '@duet/protocol/objects/request';
import { draft, type ObjectType, type Signed, withSignature } from '@duet/protocol/objects/signed';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { type KeyHandle, type Suite, suiteOf } from '@duet/protocol/suite';
import type { Journal } from '../journal.ts';
import { holdingKey, paymentIdOf } from '../payment-id.ts';
import type { TrustCache } from '../trust-cache.ts';
import { apply } from './apply.ts';
import { type Command, decide, type NotedRecord } from './decide.ts';
import { payeeState, verdictRule } from './decide-answer.ts';
import { reservedRule } from './decide-payment.ts';
import {
  continuityRule,
  type Decision,
  type DeviceLimits,
  type ElementEnv,
  retiredRule,
} from './decision.ts';
import { JournalSize } from './journal-size.ts';
import { decodeRecord, encodeRecord, verdictBody } from './record-codec.ts';
import type { PaymentRef, WalletRecord } from './records.ts';
import { snapshotOf } from './snapshot.ts';
import {
  emptyState,
  isRetired,
  type KeyPurpose,
  type OwnRequest,
  openOrder,
  type SecureElementState,
  unsettledPayments,
  voidSpends,
} from './state.ts';

export interface SecureElementOptions {
  readonly journal: Journal;
  readonly crypto: SyncCrypto;
  readonly kek: KekHandle;
  readonly clock: () => Instant;
  readonly suite: Suite;
  readonly limits: DeviceLimits;
  readonly continuity: boolean;
  readonly trust: TrustCache;
}

type AnsweredBy = Pick<OwnRequest, 'message'>;

export class SecureElement {
  readonly #options: SecureElementOptions;
  readonly #state: SecureElementState = emptyState();
  readonly #handles: Map<string, KeyHandle> = new Map();
  #continuity: boolean;
  #retired = false;
  readonly #size = new JournalSize();

  /** Replays the journal. @throws JournalError */
  constructor(options: SecureElementOptions) {
    this.#options = options;
    this.#continuity = options.continuity;
    for (const bytes of options.journal.read()) {
      this.#replay(bytes);
      this.#size.add(bytes);
    }
  }

  #replay(bytes: Uint8Array): void {
    const { crypto: hashes, trust } = this.#options;
    apply(this.#state, decodeRecord(bytes, { state: this.#state, hashes, trust }));
  }

  /** For reading only: it changes through commands. */
  get state(): Readonly<SecureElementState> {
    return this.#state;
  }

  get #env(): ElementEnv {
    const { clock, limits } = this.#options;
    return { now: clock(), limits, continuity: this.#continuity };
  }

  /** Decides, makes durable, applies. */
  run(command: Command): Result<Decision> {
    const decided = decide(this.#state, command, this.#env);
    if (decided.ok) this.#commit(decided.value.records);
    return decided;
  }

  #commit(records: readonly WalletRecord[]): void {
    if (records.length === 0) return;
    if (!this.#options.journal.forgets) {
      const encoded = records.map(encodeRecord);
      this.#options.journal.append(encoded);
      for (const bytes of encoded) this.#size.add(bytes);
    }
    for (const record of records) {
      apply(this.#state, record);
      if (record.kind === 'synced') this.#continuity = true;
    }
  }

  /** Takes over facts that were verified. */
  note(...records: readonly NotedRecord[]): void {
    this.#commit(records);
  }

  /** A new key, durable when this returns. */
  makeKey(purpose: 'coin' | 'payee'): PublicKey {
    const { handle, record } = this.#newKey(purpose);
    this.#commit([record]);
    this.#handles.set(keyText(record.key), handle);
    return record.key;
  }

  #newKey(purpose: KeyPurpose): { handle: KeyHandle; record: Extract<WalletRecord, { kind: 'key-made' }> } {
    const { crypto, kek, suite } = this.#options;
    const handle = crypto.generateKey(suite, purpose === 'sealing' ? 'seal' : 'sign', kek);
    const record = {
      kind: 'key-made',
      key: handle.publicKey,
      purpose,
      wrapped: crypto.wrapKey(handle, kek),
    } as const;
    return { handle, record };
  }

  #handle(key: PublicKey): KeyHandle {
    const name = keyText(key);
    const known = this.#handles.get(name);
    if (known) return known;
    const own = this.#state.keys.get(name);
    if (!own) throw new Error('secure element: a key that is not here');
    if (own.retired) throw new Error('secure element: a retired key signs nothing');
    const handle = this.#unwrap(own.wrapped);
    this.#handles.set(name, handle);
    return handle;
  }

  #unwrap(wrapped: Uint8Array): KeyHandle {
    const { crypto, kek } = this.#options;
    const unwrapped = crypto.unwrapKey(wrapped, kek);
    if (!unwrapped.ok)
      throw new Error(`secure element: a key cannot be decrypted (${unwrapped.rejection.code})`);
    return unwrapped.value;
  }

  #sign<Kind extends string, Body>(
    type: ObjectType<Kind, Body>,
    key: PublicKey,
    body: Body,
  ): Signed<Kind, Body> {
    const { crypto } = this.#options;
    const unsigned = draft(type, suiteOf(key), body, crypto);
    return withSignature(unsigned, crypto.sign(this.#handle(key), unsigned.message));
  }

  /** Signs a request of a payee key with a fresh sealing key, and keeps its secrets before it is shown. */
  openRequest(
    payee: OwnRequest['message']['payee'],
    body: Omit<RequestBody, 'payee' | 'sealingKey'>,
    encode: (request: Request) => Uint8Array,
  ): Result<Request> {
    const key = keyOfDocument(payee);
    const forbidden = continuityRule(this.#env) ?? retiredRule(isRetired(this.#state, key));
    if (forbidden) return { ok: false, rejection: forbidden };
    const { handle, record } = this.#newKey('sealing');
    const request = this.#sign(REQUEST, key, { ...body, payee: payee.id, sealingKey: record.key });
    const message = { request, payee };
    const opened = this.run({
      kind: 'open-request',
      message,
      bytes: encode(request),
      wrapped: record.wrapped,
    });
    if (!opened.ok) return opened;
    this.#handles.set(keyText(record.key), handle);
    return accept(request);
  }

  /** Opens what was sealed to a request. */
  open(own: Pick<OwnRequest, 'message' | 'wrapped'>, sealed: Uint8Array): Result<Uint8Array> {
    const { request } = own.message;
    const name = keyText(request.body.sealingKey);
    const handle = this.#handles.get(name) ?? this.#unwrap(own.wrapped);
    return this.#options.crypto.open({ handle, info: request.id, aad: NO_DATA, sealed });
  }

  /** Accepts an offer that was judged: its money and the Verdict become durable together. */
  acceptOffer(own: AnsweredBy, ref: PaymentRef, offer: Offer, offerBytes: Uint8Array): Result<Verdict> {
    const state = payeeState(this.#state, ref);
    if (state.kind !== 'open') return reject('request-closed', 'an open request', `a request ${state.kind}`);
    const forbidden = verdictRule(this.#state, ref, this.#env);
    if (forbidden) return { ok: false, rejection: forbidden };
    const verdict = this.#signVerdict(
      own,
      ref,
      offer.spends.map((spend) => spend.id),
    );
    const decided = this.run({ kind: 'accept-offer', ref, offer, offerBytes, verdict });
    if (!decided.ok) return decided;
    this.#handles.delete(keyText(own.message.request.body.sealingKey));
    return accept(verdict);
  }

  /** Closes a payment with an empty Verdict: every Spend of it is void. */
  closeRequest(own: AnsweredBy, ref: PaymentRef): Result<Verdict> {
    const state = payeeState(this.#state, ref);
    if (state.kind !== 'open') return reject('request-closed', 'an open request', `a request ${state.kind}`);
    const forbidden = verdictRule(this.#state, ref, this.#env);
    if (forbidden) return { ok: false, rejection: forbidden };
    const verdict = this.#signVerdict(own, ref, []);
    const decided = this.run({ kind: 'close-request', ref, verdict });
    if (!decided.ok) return decided;
    if (!ref.nonce) this.#handles.delete(keyText(own.message.request.body.sealingKey));
    return accept(verdict);
  }

  #signVerdict({ message }: AnsweredBy, ref: PaymentRef, accepted: readonly Verdict['id'][]): Verdict {
    return this.#sign(VERDICT, keyOfDocument(message.payee), verdictBody(ref, accepted));
  }

  /** Signs the drafts of a recorded payment and no others. */
  signDrafts(drafts: readonly DraftSpend[]): Result<readonly Signature[]> {
    const { crypto } = this.#options;
    const signatures: Signature[] = [];
    for (const { id, body, message } of drafts) {
      const payment = this.#state.outgoing.get(paymentIdOf(body.request, body.standing?.nonce));
      const spend = payment?.spends.find((entry) => equalBytes(entry.id, id));
      if (payment?.machine.kind !== 'recorded' || !spend)
        throw new Error('secure element: a draft that was not recorded');
      const forbidden = reservedRule(payment, this.#env);
      if (forbidden) return { ok: false, rejection: forbidden };
      signatures.push(crypto.sign(this.#handle(spend.owner), message));
    }
    return accept(signatures);
  }

  /** Signs a Claim over free ranges; durable when it returns. */
  signClaim(body: ClaimBody): Result<Signed<'claim', ClaimBody>> {
    const [input] = body.inputs;
    const holding = input && this.#state.holdings.get(holdingKey(input.parent));
    if (!holding) return reject('range-not-owned', 'a range that this device holds', 'an unknown parent');
    const forbidden = continuityRule(this.#env) ?? retiredRule(isRetired(this.#state, holding.owner));
    if (forbidden) return { ok: false, rejection: forbidden };
    const claim = this.#sign(CLAIM, holding.owner, body);
    const decided = this.run({ kind: 'sign-claim', claim });
    return decided.ok ? accept(claim) : decided;
  }

  /** Signs a Return of void Spends; durable when it returns. */
  signReturn(body: ReturnBody): Result<Signed<'return', ReturnBody>> {
    const wanted = new Set<IdText>(body.spends.map(idText));
    const spend = unsettledPayments(this.#state)
      .flatMap(voidSpends)
      .find((entry) => wanted.has(idText(entry.id)));
    if (!spend) return reject('not-void', 'spends that a verdict voided', 'none');
    const forbidden = continuityRule(this.#env) ?? retiredRule(isRetired(this.#state, spend.owner));
    if (forbidden) return { ok: false, rejection: forbidden };
    const object = this.#sign(RETURN, spend.owner, body);
    const decided = this.run({ kind: 'sign-return', object });
    return decided.ok ? accept(object) : decided;
  }

  /** Signs an open Claim or Return for coins again, onto new keys; durable when it returns. */
  signAgain(id: ObjectId): Result<Claim | Return> {
    const open = openOrder(this.#state, id);
    const body = open && ('claim' in open ? open.claim.body : open.object.body);
    if (!open?.owner || body?.destination.kind !== 'coins')
      return reject('range-not-owned', 'a range that this device holds', 'an unknown parent');
    const forbidden = continuityRule(this.#env) ?? retiredRule(isRetired(this.#state, open.owner));
    if (forbidden) return { ok: false, rejection: forbidden };
    const outputs = body.destination.outputs.map(({ amount }) => ({ owner: this.makeKey('coin'), amount }));
    const destination = { kind: 'coins' as const, outputs };
    const order =
      'inputs' in body
        ? this.#sign(CLAIM, open.owner, { ...body, destination })
        : this.#sign(RETURN, open.owner, { ...body, destination });
    const decided = this.run({ kind: 'sign-again', order, instead: id });
    return decided.ok ? accept(order) : decided;
  }

  /** Evidence for a certificate of a payee key. */
  signEnrolment(body: EnrolmentBody): Result<Enrolment> {
    const own = this.#state.keys.get(keyText(body.subject));
    if (own?.purpose !== 'payee' || own.retired)
      return reject('range-not-owned', 'a payee key of this device', 'another key');
    return accept(this.#sign(ENROLMENT, body.subject, body));
  }

  /** Asks for payments to keys of this device. */
  signInquiry(body: InquiryBody): Result<Inquiry> {
    const own = this.#state.keys.get(keyText(body.signer));
    if (own?.purpose !== 'payee' || own.retired)
      return reject('range-not-owned', 'a payee key of this device', 'another key');
    return accept(this.#sign(INQUIRY, body.signer, body));
  }

  /**
   * Begins a sync where continuity is not shown: every key that is here is retired, once (LIMIT-2). What is made
   * from here on is known to this journal alone.
   */
  retireKeys(): void {
    if (this.#continuity || this.#retired) return;
    if ([...this.#state.keys.values()].some((own) => !own.retired)) this.note({ kind: 'keys-retired' });
    this.#handles.clear();
    this.#retired = true;
  }

  /** Ends a sync: counters start anew, and ready keys are forgotten; they come back when they are needed. */
  finishSync(time: Instant): void {
    if (!this.#continuity && !this.#retired) throw new Error('secure element: a sync that retired no key');
    this.note({ kind: 'synced', time });
    this.#handles.clear();
    this.#compact();
  }

  /** Replaces a journal that has grown far beyond its state by a snapshot of it; the driver does so atomically. */
  #compact(): void {
    if (!this.#size.isWorthTrying()) return;
    const records = snapshotOf(this.#state)?.map(encodeRecord);
    if (!records || !this.#size.isWorthReplacing(records)) return;
    this.#options.journal.replace(records);
    this.#size.replaced(records);
  }

  close(): void {
    this.#handles.clear();
    this.#options.journal.close();
  }
}

const NO_DATA = new Uint8Array(0);
