/**
 * Sync: one resumable, idempotent exchange with issuer, operator and registry (SET-9, SET-13, SET-14).
 *
 * Trust and time first; where continuity is not shown, every key is retired (LIMIT-2). Then the payee certificate,
 * then uploads until nothing is left to say or ask: what was made and received, with it the Claims of a device that
 * claims all; Verdicts on payments that the registry knew from their payers, after these the closing of requests
 * that no payer can answer any more (PAY-7), Claims, Returns; then loads.
 * Every step is durable before the next; when the connection ends, the next sync goes on from there. What the
 * port throws (no connection) passes through.
 */

import type { PublicKey } from '@duet/protocol/brand';
import { dayOf, later, plusSeconds, SECONDS_PER_DAY, startOfDay } from '@duet/protocol/brand';
import { equalBytes, keyText } from '@duet/protocol/bytes';
import type { Code } from '@duet/protocol/codes';
import { reading } from '@duet/protocol/messages/decoding';
import type { Upload } from '@duet/protocol/messages/upload';
import { add, type Fen, sum, ZERO } from '@duet/protocol/money';
import { CERTIFICATE, type Certificate, holderNumber } from '@duet/protocol/objects/certificate';
import { ENROLMENT, type Enrolment } from '@duet/protocol/objects/enrolment';
import { INQUIRY } from '@duet/protocol/objects/inquiry';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { accept, type Rejection, type Result, reject } from '@duet/protocol/rejection';
import { amountSaid } from '@duet/protocol/said';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import { certificateTrust } from '@duet/protocol/verify/chain';
import { checkOfCertificate } from '@duet/protocol/verify/chain-signatures';
import { settle } from '@duet/protocol/verify/examination';
import { examineBundle, examineStatusList } from '@duet/protocol/verify/trust-update';
import { prepareClaims, prepareReturns } from './claims.ts';
import { payeeCertificate, trustOf, type WalletContext } from './context.ts';
import { judgeLoad } from './judge-coins.ts';
import { expire } from './receiving.ts';
import type { OpenLoad } from './secure-element/state.ts';
import { sendNoted, sendUpload } from './sending.ts';
import { takeAnswer } from './sync-answer.ts';
import type { ReadyList } from './trust-cache.ts';
import { nextUpload, type PlannedUpload } from './upload-plan.ts';

export interface SyncOptions {
  /** `all`: everything unconditional goes to the account (a till does this). Default `none`. */
  readonly claim?: 'none' | 'all';
  /** Amount to be loaded from the account. */
  readonly load?: Fen;
  /** Sizes of the coins to be loaded (PRIV-5); they add up to `load`. Default: one coin. */
  readonly loadParts?: readonly Fen[];
  /** Exchange coins for new ones: where it helps (`auto`, the default), all, or none. */
  readonly refresh?: 'auto' | 'all' | 'none';
  /** A new payee key when the one in use was used (PRIV-1). Default true; a certificate that ends is renewed anyway. */
  readonly renew?: boolean;
}

export interface SyncReport {
  /** Nothing is left to be said. */
  complete: boolean;
  uploads: number;
  exchanges: number;
  /** Verdicts on own payments that became known. */
  verdictsTaken: number;
  /** Payments known from their payers that were answered. */
  answered: number;
  /** Credited to the account. */
  claimedFen: Fen;
  refreshedFen: Fen;
  returnedFen: Fen;
  loadedFen: Fen;
  /** Coins that arrived. */
  coins: number;
  /** Coins are being merged: what is unloaded is loaded again as one. */
  merging: boolean;
  /** Money that was unloaded and loaded again to have fewer coins. */
  mergedFen: Fen;
  /** Acknowledged, not credited: to be paid after review (`owed`), or by who got the money at the close (`claim-late`). */
  readonly owed: { readonly code: Code; readonly amount: Fen }[];
  readonly refused: Rejection[];
}

/** Uploads of one sync: above it something keeps answering in circles. */
const MAX_ROUNDS = 256;

/** A certificate is renewed when it ends within this time. */
const RENEW_BEFORE_SECONDS = 3 * SECONDS_PER_DAY;

const emptyReport = (): SyncReport => ({
  complete: false,
  uploads: 0,
  exchanges: 0,
  verdictsTaken: 0,
  answered: 0,
  claimedFen: ZERO,
  refreshedFen: ZERO,
  returnedFen: ZERO,
  loadedFen: ZERO,
  coins: 0,
  merging: false,
  mergedFen: ZERO,
  owed: [],
  refused: [],
});

export async function syncWallet(
  context: WalletContext,
  port: SettlementPort,
  options: SyncOptions,
): Promise<SyncReport> {
  const report = emptyReport();
  const trusted = await renewTrust(context, port);
  if (!trusted.ok) {
    report.refused.push(trusted.rejection);
    return report;
  }
  context.element.retireKeys();
  for (const noted of [...context.element.state.noted.values()])
    note(report, await sendNoted(context, port, noted));
  note(report, await renewCertificate(context, port, options.renew !== false));
  for (const open of [...context.element.state.loads.values()])
    note(report, await finishLoad(context, port, open, report));
  const settled = await upload(context, port, options, report);
  if (!settled) return report;
  if (report.mergedFen > 0) await load(context, port, [report.mergedFen], report);
  if (options.load !== undefined && options.load > 0) {
    const parts = options.loadParts ?? [options.load];
    if (sum(parts) === options.load) await load(context, port, parts, report);
    else
      report.refused.push({
        code: 'amount-invalid',
        expected: `parts of ${amountSaid(options.load)}`,
        got: amountSaid(sum(parts)),
      });
  }
  context.element.finishSync(context.clock());
  report.complete = true;
  return report;
}

function note(report: SyncReport, result: Result<unknown>): void {
  if (!result.ok) report.refused.push(result.rejection);
}

/** Takes over the trust bundle and the lists, each signed, newer and in date, and the key to seal to, which the bundle names. */
async function renewTrust(context: WalletContext, port: SettlementPort): Promise<Result<void>> {
  const { crypto, verifier, trustCache, element } = context;
  const material = await port.trust();
  const held = element.state.trust;
  const read = trustCache.bundle(material.bundle, crypto);
  if (!read.ok) return read;
  const anchor = held ? { root: held.root, bundle: held.bundle.bundle } : { root: context.root };
  const now = later(material.time, context.clock());
  const moved = settle(examineBundle(read.value.bundle, anchor, now), verifier);
  if (!moved.ok) return moved;
  const lists = new Map<number, ReadyList>(held?.lists.lists);
  for (const { operator, list } of material.lists) {
    const ready = trustCache.list(list, crypto);
    if (!ready.ok) return ready;
    const newest = lists.get(operator)?.list.body.issuedAt;
    const examined = examineStatusList(ready.value.list, operator, read.value.view, newest, now);
    const judged = settle(examined, verifier);
    if (!judged.ok) return judged;
    lists.set(operator, ready.value);
  }
  if (!read.value.view.isSealingKey(material.registryKey, dayOf(now)))
    return reject('certificate-untrusted', 'a sealing key of the trust bundle', 'another key');
  const trust = trustCache.state(moved.value.root, read.value, lists, material.registryKey);
  if (trust !== held) element.note({ kind: 'trust-updated', trust, time: material.time });
  return accept(undefined);
}

/** A new payee key for each sync period in which the old one was used (PRIV-1). */
async function renewCertificate(
  context: WalletContext,
  port: SettlementPort,
  renew: boolean,
): Promise<Result<void>> {
  const { element, clock } = context;
  const held = payeeCertificate(context);
  const ends =
    held !== undefined && plusSeconds(clock(), RENEW_BEFORE_SECONDS) >= startOfDay(held.body.validUntil);
  if (held && !ends && !(renew && wasUsed(context, held))) return accept(undefined);
  const asked = await enrol(context, port, uncertifiedKey(context) ?? element.makeKey('payee'));
  // Somebody else's by now: another key, which is the newest from then on.
  const taken = !asked.ok && asked.rejection.code === 'key-certified';
  return taken ? enrol(context, port, element.makeKey('payee')) : asked;
}

async function enrol(context: WalletContext, port: SettlementPort, key: PublicKey): Promise<Result<void>> {
  const { element, identity } = context;
  const enrolment = element.signEnrolment({
    operator: identity.operator,
    handle: identity.handle,
    subject: key,
    holder: holderNumber(identity.role, identity.walletClass),
    ...identity.terminal,
  });
  if (!enrolment.ok) return enrolment;
  const answer = await port.certify(encodeSigned(ENROLMENT, enrolment.value));
  if (!answer.ok) return answer;
  const certificate = judgeCertificate(context, answer.value, enrolment.value);
  if (!certificate.ok) return certificate;
  element.note({ kind: 'certified', certificate: certificate.value });
  return accept(undefined);
}

const wasUsed = ({ element }: WalletContext, { body }: Certificate): boolean =>
  element.state.keys.get(keyText(body.subject))?.used === true;

/** The newest key that was made in a sync that ended before its certificate came. */
function uncertifiedKey({ element }: WalletContext): PublicKey | undefined {
  const { keys, certificates } = element.state;
  let newest: PublicKey | undefined;
  for (const [name, own] of keys)
    if (own.purpose === 'payee' && !own.retired && !certificates.has(name)) newest = own.key;
  return newest;
}

/** A certificate of the enrolled key, for whom it was asked, under a trusted key (ADR 26). */
function judgeCertificate(
  context: WalletContext,
  bytes: Uint8Array,
  { body: asked }: Enrolment,
): Result<Certificate> {
  const read = reading(() => decodeSigned(CERTIFICATE, bytes, context.crypto));
  if (!read.ok) return read;
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  const certificate = read.value;
  const { subject, operator, role, walletClass, terminal } = certificate.body;
  if (!equalBytes(subject, asked.subject))
    return reject('wrong-owner', 'a certificate of the new key', 'another key');
  const sameHolder = operator === asked.operator && holderNumber(role, walletClass) === asked.holder;
  const sameFace =
    terminal?.name === asked.name &&
    terminal?.category === asked.category &&
    terminal?.region === asked.region;
  if (!sameHolder || !sameFace)
    return reject('answer-mismatch', 'operator, role and name as enrolled', 'others');
  const untrusted = certificateTrust(certificate, trust.value.view);
  if (untrusted) return { ok: false, rejection: untrusted };
  const check = checkOfCertificate(certificate, trust.value.view);
  return check && context.verifier.verify(check)
    ? accept(certificate)
    : reject('bad-signature', 'a certificate that verifies', 'another signature');
}

/** Uploads until nothing is left; false when the registry refused an upload as a whole. */
async function upload(
  context: WalletContext,
  port: SettlementPort,
  options: SyncOptions,
  report: SyncReport,
): Promise<boolean> {
  let prepared = false;
  let asked = false;
  const sent = new Set<string>();
  // All that is held goes up with what it rests on: one upload, where payers recorded nothing meanwhile.
  if (options.claim === 'all') prepareClaims(context, { claim: 'all', refresh: 'none' }, report);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const planned = nextUpload(context.element.state, !asked, sent);
    if (planned.empty && prepared) return true;
    if (planned.last) asked = true;
    if (!planned.empty || planned.asks) {
      const taken = await exchange(context, port, planned, sent, report);
      if (!taken.ok) {
        report.refused.push(taken.rejection);
        return false;
      }
    }
    if (!planned.last || prepared) continue;
    // What payers recorded was answered above (SET-13); only what nobody paid by now closes by expiry (PAY-7).
    expire(context);
    prepareReturns(context, options.claim === 'all');
    prepareClaims(context, options, report);
    prepared = true;
  }
  report.refused.push({ code: 'sync-required', expected: `at most ${MAX_ROUNDS} uploads`, got: 'more' });
  return false;
}

/** The planned upload, with what it asks signed. */
function uploadOf({ element }: WalletContext, { upload, inquiry }: PlannedUpload): Upload {
  const signed = inquiry && element.signInquiry(inquiry);
  return signed?.ok ? { ...upload, inquiry: encodeSigned(INQUIRY, signed.value) } : upload;
}

/** One upload and its answer. */
async function exchange(
  context: WalletContext,
  port: SettlementPort,
  planned: PlannedUpload,
  sent: Set<string>,
  report: SyncReport,
): Promise<Result<void>> {
  const answer = await sendUpload(context, port, uploadOf(context, planned), report.refused);
  report.uploads += 1;
  return answer.ok ? takeAnswer(context, planned, answer.value, sent, report) : answer;
}

async function load(
  context: WalletContext,
  port: SettlementPort,
  parts: readonly Fen[],
  report: SyncReport,
): Promise<void> {
  const { element, crypto, identity } = context;
  const outputs = parts.map((amount) => ({ owner: element.makeKey('coin'), amount }));
  const open = { order: crypto.randomBytes(16), handle: identity.handle, outputs };
  element.note({ kind: 'load-ordered', ...open });
  note(report, await finishLoad(context, port, open, report));
}

/** Codes with which an issuer refuses a load; whoever gives another one does not say that no coin was made. */
const LOAD_REFUSALS: ReadonlySet<string> = new Set<Code>([
  'malformed',
  'too-large',
  'policy-unknown',
  'revoked',
  'amount-invalid',
  'account-unknown',
  'account-funds',
  'quota-exceeded',
  'operator-stopped',
  'key-certified',
  'too-many-coins',
  'order-reused',
]);

/** Over a network a code is any text. */
const isRefusalOfLoad = (code: string): boolean => LOAD_REFUSALS.has(code);

/** Sends a load order, for the first time or again: the same order gives the same coins. */
async function finishLoad(
  context: WalletContext,
  port: SettlementPort,
  { order, handle, outputs }: OpenLoad,
  report: SyncReport,
): Promise<Result<void>> {
  const { identity, currency, policy, element } = context;
  const ordered = { order, operator: identity.operator, handle, currency, policy, outputs };
  const answer = await port.load(ordered);
  if (!answer.ok) {
    if (isRefusalOfLoad(answer.rejection.code)) element.note({ kind: 'load-ended', order });
    return answer;
  }
  const coins = judgeLoad(context, answer.value, ordered);
  if (!coins.ok) return coins;
  element.note({ kind: 'coins-added', coins: coins.value }, { kind: 'load-ended', order });
  report.coins += coins.value.length;
  report.loadedFen = add(report.loadedFen, sum(coins.value.map((coin) => coin.body.value)));
  return accept(undefined);
}
