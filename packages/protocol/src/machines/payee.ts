/**
 * The payee's side of one payment: one request, or one payment to a standing request (PAY-3, PAY-5, PAY-7,
 * PAY-12).
 *
 * ```
 *   none ──open──▶ open ──accept──▶ accepted
 *                   │ ▲
 *                   │ └── refused offers leave it open
 *                   └──close (holder, expiry)──▶ closed
 * ```
 *
 * After a crash in
 * - none: the request was never shown, its secrets are lost with it;
 * - open: the request is shown again, or closed by its holder or by expiry;
 * - accepted, closed: the money (if any) and the Verdict are there together; the same answer is given again.
 *
 * There is exactly one Verdict for each payment, and it is final.
 */
import type { Instant, ObjectId } from '../brand.ts';
import { equalBytes, idText } from '../bytes.ts';
import type { Nonce } from '../objects/spend.ts';
import type { Verdict } from '../objects/verdict.ts';
import { accept, type Result, reject } from '../rejection.ts';

export type PayeeState =
  | { readonly kind: 'none' }
  | { readonly kind: 'open' }
  | { readonly kind: 'accepted'; readonly verdict: Verdict; readonly at: Instant }
  | { readonly kind: 'closed'; readonly verdict: Verdict; readonly at: Instant };

export type PayeeInput =
  | { readonly kind: 'open' }
  /** An offer that PAY-5 lets pass, with the signed Verdict that accepts it. */
  | { readonly kind: 'accept'; readonly verdict: Verdict; readonly at: Instant }
  | { readonly kind: 'close'; readonly verdict: Verdict; readonly at: Instant }
  /** The same offer, or another one, after the answer: `spends` are those of the offer. */
  | { readonly kind: 'ask-again'; readonly spends: readonly ObjectId[] };

export type PayeeRecord =
  | { readonly kind: 'opened' }
  | { readonly kind: 'accepted'; readonly verdict: Verdict; readonly at: Instant }
  | { readonly kind: 'closed'; readonly verdict: Verdict; readonly at: Instant };

export type PayeeEffect =
  | { readonly kind: 'show-request' }
  | { readonly kind: 'answer'; readonly verdict: Verdict; readonly at: Instant; readonly again: boolean };

export interface PayeeEnv {
  readonly request: ObjectId;
  readonly nonce?: Nonce;
}

export interface PayeeStep {
  readonly state: PayeeState;
  readonly records: readonly PayeeRecord[];
  readonly effects: readonly PayeeEffect[];
}

export const NOT_ASKED: PayeeState = { kind: 'none' };

/** Takes over a record: used live and in replay alike. */
export function applyPayee(_state: PayeeState, record: PayeeRecord): PayeeState {
  switch (record.kind) {
    case 'opened':
      return { kind: 'open' };
    case 'accepted':
      return { kind: 'accepted', verdict: record.verdict, at: record.at };
    case 'closed':
      return { kind: 'closed', verdict: record.verdict, at: record.at };
  }
}

/** One step. What cannot happen in a state is refused and changes nothing. */
export function stepPayee(state: PayeeState, input: PayeeInput, env: PayeeEnv): Result<PayeeStep> {
  switch (input.kind) {
    case 'open':
      return state.kind === 'none'
        ? step(state, [{ kind: 'opened' }], [{ kind: 'show-request' }])
        : reject('request-closed', 'a new request', `a request ${state.kind}`);
    case 'accept':
    case 'close':
      return answer(state, input, env);
    case 'ask-again':
      return again(state, input.spends);
  }
}

function step(
  before: PayeeState,
  records: readonly PayeeRecord[],
  effects: readonly PayeeEffect[],
): Result<PayeeStep> {
  return accept({ state: records.reduce(applyPayee, before), records, effects });
}

function answer(
  state: PayeeState,
  input: Extract<PayeeInput, { kind: 'accept' | 'close' }>,
  env: PayeeEnv,
): Result<PayeeStep> {
  const { verdict, at } = input;
  if (state.kind === 'none') return reject('request-unknown', 'an open request', 'no such request');
  if (state.kind !== 'open') return reject('request-closed', 'an open request', `a request ${state.kind}`);
  const { request, nonce, accepted } = verdict.body;
  const sameNonce = nonce && env.nonce ? equalBytes(nonce, env.nonce) : nonce === env.nonce;
  if (!equalBytes(request, env.request) || !sameNonce) {
    return reject('request-mismatch', 'the verdict of this request', 'the verdict of another one');
  }
  if ((input.kind === 'accept') !== accepted.length > 0) {
    return reject('request-mismatch', 'spends exactly in an acceptance', `${accepted.length} spends`);
  }
  const record: PayeeRecord = { kind: input.kind === 'accept' ? 'accepted' : 'closed', verdict, at };
  return step(state, [record], [{ kind: 'answer', verdict, at, again: false }]);
}

/** The accepted spends again get the same answer; other spends of an answered request get their refusal. */
function again(state: PayeeState, spends: readonly ObjectId[]): Result<PayeeStep> {
  if (state.kind === 'none') return reject('request-unknown', 'a request of this device', 'no such request');
  if (state.kind === 'open') return reject('request-unknown', 'an answered request', 'an open one');
  const { verdict, at } = state;
  const accepted = new Set(verdict.body.accepted.map(idText));
  const same = spends.length === accepted.size && spends.every((id) => accepted.has(idText(id)));
  if (state.kind === 'closed' || !same) {
    return reject('request-closed', 'an open request', `a request answered at ${at}`);
  }
  return step(state, [], [{ kind: 'answer', verdict, at, again: true }]);
}
