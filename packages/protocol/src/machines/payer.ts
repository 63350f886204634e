/**
 * The payer's side of one payment (PAY-3, PAY-4, PAY-7, PAY-8, SET-13).
 *
 * ```
 *   proposed ──record──▶ recorded ──signed──▶ signed ──verdict──▶ answered (paid | not-paid)
 *                           │                   │ ▲
 *                           └──free──▶ freed    └─┘ registered, ask-again
 * ```
 *
 * After a crash in
 * - proposed: nothing was durable, the request can be asked again;
 * - recorded: no signature was journaled, so none has left: the same drafts are signed, or the ranges freed;
 * - signed: the same bytes are released again, and nothing else ever; only a Verdict ends this state;
 * - answered, freed: final.
 *
 * Signatures of Verdicts are verified by the driver. Records are durable before any effect is released.
 */
import type { ObjectId, Signature } from '../brand.ts';
import { equalBytes } from '../bytes.ts';
import { type Unsigned, withSignature } from '../objects/signed.ts';
import type { Nonce, Spend, SpendBody } from '../objects/spend.ts';
import type { Verdict } from '../objects/verdict.ts';
import { accept, type Result, reject } from '../rejection.ts';

export type DraftSpend = Unsigned<'spend', SpendBody>;

/** What the person is told; it never guesses (PAY-8). */
export type PayerStatus =
  | 'recorded'
  | 'not-yet-known'
  | 'recorded-not-yet-known'
  | 'paid'
  | 'not-paid'
  | 'freed';

export type PayerState =
  | { readonly kind: 'proposed' }
  | { readonly kind: 'recorded'; readonly drafts: readonly DraftSpend[] }
  | { readonly kind: 'signed'; readonly spends: readonly Spend[]; readonly registered: boolean }
  | { readonly kind: 'answered'; readonly spends: readonly ObjectId[]; readonly verdict: Verdict }
  | { readonly kind: 'freed' };

export type PayerInput =
  | { readonly kind: 'record'; readonly drafts: readonly DraftSpend[] }
  | { readonly kind: 'signed'; readonly signatures: readonly Signature[] }
  | { readonly kind: 'ask-again' }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'registered' }
  | { readonly kind: 'free' };

export type PayerRecord =
  | { readonly kind: 'recorded'; readonly drafts: readonly DraftSpend[] }
  | { readonly kind: 'signed'; readonly spends: readonly Spend[] }
  | { readonly kind: 'registered' }
  | { readonly kind: 'answered'; readonly verdict: Verdict }
  | { readonly kind: 'freed' };

export type PayerEffect =
  | { readonly kind: 'sign'; readonly drafts: readonly DraftSpend[] }
  | { readonly kind: 'release'; readonly spends: readonly Spend[] }
  | { readonly kind: 'show'; readonly status: PayerStatus }
  /** Two Verdicts that differ: evidence against the payee (FraudProof form 2). */
  | { readonly kind: 'keep-verdicts'; readonly verdicts: readonly [Verdict, Verdict] };

/** The request that is paid; for a standing one, which payment to it. */
export interface PayerEnv {
  readonly request: ObjectId;
  readonly nonce?: Nonce;
}

export interface PayerStep {
  readonly state: PayerState;
  readonly records: readonly PayerRecord[];
  readonly effects: readonly PayerEffect[];
}

export const PROPOSED: PayerState = { kind: 'proposed' };

export function statusOf(state: PayerState): PayerStatus | undefined {
  switch (state.kind) {
    case 'proposed':
      return undefined;
    case 'recorded':
      return 'recorded';
    case 'signed':
      return state.registered ? 'recorded-not-yet-known' : 'not-yet-known';
    case 'answered':
      return voidedOf(state.spends, state.verdict).length === 0 ? 'paid' : 'not-paid';
    case 'freed':
      return 'freed';
  }
}

/** The payer's Spends that a Verdict does not list: they are void. Both lists have at most 32 ids. */
export function voidedOf(spends: readonly ObjectId[], { body }: Verdict): readonly ObjectId[] {
  return spends.filter((id) => !body.accepted.some((accepted) => equalBytes(accepted, id)));
}

/** Takes over a record: used live and in replay alike. */
export function applyPayer(state: PayerState, record: PayerRecord): PayerState {
  switch (record.kind) {
    case 'recorded':
      return { kind: 'recorded', drafts: record.drafts };
    case 'signed':
      return { kind: 'signed', spends: record.spends, registered: false };
    case 'registered':
      return state.kind === 'signed' ? { ...state, registered: true } : state;
    case 'answered':
      return state.kind === 'signed'
        ? { kind: 'answered', spends: state.spends.map((spend) => spend.id), verdict: record.verdict }
        : state;
    case 'freed':
      return { kind: 'freed' };
  }
}

/** One step. What cannot happen in a state is refused and changes nothing. */
export function stepPayer(state: PayerState, input: PayerInput, env: PayerEnv): Result<PayerStep> {
  switch (input.kind) {
    case 'record':
      return state.kind === 'proposed'
        ? step(state, [{ kind: 'recorded', drafts: input.drafts }], [{ kind: 'sign', drafts: input.drafts }])
        : again(state);
    case 'signed':
      return signed(state, input.signatures);
    case 'ask-again':
      return again(state);
    case 'verdict':
      return answered(state, input.verdict, env);
    case 'registered':
      return state.kind === 'signed' && !state.registered
        ? step(state, [{ kind: 'registered' }], [])
        : step(state, [], []);
    case 'free':
      return state.kind === 'recorded'
        ? step(state, [{ kind: 'freed' }], [])
        : reject(
            'range-spent',
            'a payment that was recorded and never signed',
            `a payment ${state.kind}`,
            state.kind === 'signed' ? 'payment-signed' : undefined,
          );
  }
}

function step(
  before: PayerState,
  records: readonly PayerRecord[],
  effects: readonly PayerEffect[],
): Result<PayerStep> {
  const state = records.reduce(applyPayer, before);
  const status = statusOf(state);
  const shown: readonly PayerEffect[] =
    records.length > 0 && status ? [...effects, { kind: 'show', status }] : effects;
  return accept({ state, records, effects: shown });
}

function again(state: PayerState): Result<PayerStep> {
  switch (state.kind) {
    case 'recorded':
      return step(state, [], [{ kind: 'sign', drafts: state.drafts }]);
    case 'signed':
      return step(state, [], [{ kind: 'release', spends: state.spends }]);
    case 'answered':
      return step(state, [], [{ kind: 'show', status: statusOf(state) ?? 'paid' }]);
    case 'proposed':
    case 'freed':
      return reject('payment-unknown', 'a payment that was recorded', `a payment ${state.kind}`);
  }
}

function signed(state: PayerState, signatures: readonly Signature[]): Result<PayerStep> {
  if (state.kind !== 'recorded') return again(state);
  const spends: Spend[] = [];
  for (const [place, draft] of state.drafts.entries()) {
    const signature = signatures[place];
    if (!signature) return reject('malformed', `${state.drafts.length} signatures`, `${signatures.length}`);
    spends.push(withSignature(draft, signature));
  }
  return step(state, [{ kind: 'signed', spends }], [{ kind: 'release', spends }]);
}

function answered(state: PayerState, verdict: Verdict, env: PayerEnv): Result<PayerStep> {
  const { request, nonce } = verdict.body;
  const sameNonce = nonce && env.nonce ? equalBytes(nonce, env.nonce) : nonce === env.nonce;
  if (!equalBytes(request, env.request) || !sameNonce) {
    return reject('request-mismatch', 'the verdict of this payment', 'the verdict of another one');
  }
  if (state.kind === 'answered') {
    return equalBytes(state.verdict.id, verdict.id)
      ? again(state)
      : step(state, [], [{ kind: 'keep-verdicts', verdicts: [state.verdict, verdict] }]);
  }
  if (state.kind !== 'signed') {
    return reject('payment-unknown', 'a payment whose spends were signed', `a payment ${state.kind}`);
  }
  return step(state, [{ kind: 'answered', verdict }], []);
}
