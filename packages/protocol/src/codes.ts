/**
 * Every rejection code, in the order in which checks report: where several apply, the first one is given.
 * `todo` says what the person or the caller can do. The same table, with causes, is `docs/spec/errors.md`.
 */
const TABLE = [
  // Form of what came in: judged before anything else.
  ['malformed', 'Ask for it again; it was damaged or is not a Duet message.'],
  ['too-large', 'Ask the sender to sync first: its message is larger than any device accepts.'],
  ['unsupported-version', 'Update the older of the two devices.'],
  ['unsupported-suite', 'Ask the sender to pay from a coin of a suite this deployment accepts.'],
  ['not-canonical', 'Refuse the sender: its device does not encode as the specification says.'],
  ['bad-key', 'Refuse the sender: the key is not a point of its curve.'],
  // The request.
  ['cannot-open', 'Use the wallet that showed the request (--wallet); else show it again.'],
  ['request-unknown', 'Show a new request and let the payer scan that one.'],
  ['request-closed', 'Show a new request; this one has its final answer.'],
  ['already-paid', 'Nothing: this payment was accepted before.'],
  ['request-mismatch', 'Show the request again; the offer answers a different one.'],
  ['currency-mismatch', 'Ask for money of the requested currency.'],
  ['sum-mismatch', 'Ask the payer to pay the exact amount.'],
  // Lines and owners.
  ['too-fragmented', 'Sync the paying device: it merges its coins, then pay again.'],
  ['range-outside-parent', 'Refuse the payer; sync to report it.'],
  ['range-overlap', 'Refuse the payer; sync to report it.'],
  ['wrong-owner', 'Refuse the payer; sync to report it.'],
  ['refund-invalid', 'Pay back as an ordinary payment.'],
  // Bounds.
  ['policy-unknown', 'Sync to get the policy of this coin.'],
  ['too-many-hops', 'Sync the paying device: it exchanges the money for fresh coins.'],
  ['too-many-payments', 'Sync the paying device: it starts a new count.'],
  ['amount-above-limit', 'Pay in parts within the limit, or online.'],
  // Time.
  ['time-goes-back', 'Check the clock of the paying device, then sync it.'],
  ['request-stale', 'Show a new request.'],
  ['time-ahead', 'Check both clocks, then sync.'],
  ['coin-not-valid-yet', 'Check the clock of the paying device.'],
  ['coin-expired', 'Sync the paying device: it exchanges the coin.'],
  ['certificate-not-valid', 'Sync the device that owns the certificate: it renews it.'],
  // Trust.
  ['bundle-missing', 'Sync once before the first payment.'],
  ['bundle-expired', 'Sync: the list of trusted keys is out of date.'],
  ['bundle-older', 'Nothing: a newer list of trusted keys is already here.'],
  ['issuer-unknown', 'Sync; if it stays, the money is not of this system.'],
  ['issuer-not-valid', 'Sync both devices.'],
  ['epoch-withdrawn', 'Sync the paying device: it swaps the coin.'],
  ['offline-stopped', 'Pay online until the stop notice ends.'],
  ['certificate-untrusted', 'Refuse: the certificate is not of this system.'],
  ['role-not-allowed', 'Refuse: this certificate may not do that.'],
  // Conditions of directed money.
  ['condition-category', 'Pay with other money: this is for other kinds of merchants.'],
  ['condition-region', 'Pay with other money: this is for another region.'],
  ['condition-period', 'Pay with other money: this is for another time.'],
  // Lists.
  ['lists-stale', 'Sync: the list of locked devices is too old for strangers.'],
  ['revoked', 'Refuse: this device or coin is locked.'],
  ['sync-to-settle', 'Sync, then the registry decides: an earlier owner is locked.'],
  // Cryptography, then memory.
  ['hardware-assertion', 'Confirm again on the hardware key.'],
  ['bad-signature', 'Refuse the payer; sync to report it.'],
  ['conflict', 'Refuse, and sync: this money was spent twice and the proof is kept.'],
  ['counter-not-rising', 'Refuse, and sync: the hardware key of a payer may have been copied.'],
  // The payer's own device.
  ['amount-invalid', 'Give an amount above 0 with at most two decimals.'],
  ['paying-oneself', 'Choose another payee.'],
  ['insufficient-funds', 'Load more money, or pay less.'],
  ['count-limit', 'Sync: the number of offline payments is used up.'],
  ['balance-limit', 'Sync and unload, or ask for less.'],
  ['confirmation-required', 'Confirm by PIN, fingerprint or hardware key.'],
  ['sync-required', 'Sync before the next payment.'],
  ['payment-unknown', 'Check the reference in the history.'],
  ['not-refundable', 'Pay back as an ordinary payment.'],
  ['range-not-owned', 'Nothing was signed; restart the wallet and sync.'],
  ['range-spent', 'Nothing was signed; this money has left or is reserved.'],
  ['too-many-open', 'Finish or cancel an open request first.'],
  ['answer-mismatch', 'Sync again: nothing of the answer was taken, it was not to what was sent.'],
  // The registry.
  ['coin-unknown', 'Report to the issuer: it never made this coin.'],
  ['spend-unknown', 'Upload the spend with its provenance first.'],
  ['not-deepest', 'Nothing: this money was passed on before it was claimed.'],
  ['already-claimed', 'Nothing: this range was credited before.'],
  ['spend-void', 'Return the range: its payment was not accepted.'],
  ['not-void', 'Wait for the verdict: only a void spend can be returned.'],
  ['conditional-money', 'Refresh it instead: this money leaves only by an eligible payment.'],
  ['claim-late', 'Ask the operator: the coin was closed; the account that got the gap owes it.'],
  ['note-invalid', 'Ask the operator for another note: this one counts for nothing.'],
  ['culprit', 'Nothing is credited: this key signed the same money twice.'],
  ['owed', 'Wait for the review: the fund could not pay at once.'],
  ['account-unknown', 'Name an account of this operator.'],
  ['account-funds', 'Load less, or put money into the account first.'],
  ['quota-exceeded', 'The operator must freeze more reserve first.'],
  ['operator-stopped', 'Choose another operator, or wait.'],
  ['key-certified', 'Make a new key: a key is certified once.'],
  ['too-many-keys', 'Go on with the key that is certified; older ones end by themselves.'],
  ['too-many-coins', 'Sync: the wallet merges its coins; then load again.'],
  ['order-reused', 'Use a new order number: this one stands for another order.'],
  ['ticket-unknown', 'Check the withdrawal code.'],
  ['ticket-locked', 'Too many wrong tries: ask the issuer.'],
  ['proof-invalid', 'The proof does not hold; nobody is named by it.'],
  // Files and commands.
  ['file-invalid', 'Correct the named line, then run again.'],
  ['backup-invalid', 'Check the file and the passphrase.'],
] as const satisfies readonly (readonly [string, string])[];

export type Code = (typeof TABLE)[number][0];

export interface CodeEntry {
  readonly code: Code;
  readonly todo: string;
}

/** All codes in precedence order. */
export const CODES: readonly CodeEntry[] = TABLE.map(([code, todo]) => ({ code, todo }));

/** A code as a peer wrote it; any other text is `malformed`. */
export const codeOf = (text: string): Code => CODES.find((entry) => entry.code === text)?.code ?? 'malformed';

/**
 * Situations in which another advice than that of the code is right, each with the one code that it belongs to. A
 * rejection says which applies; without one the advice of the code holds.
 */
const SITUATION_TABLE = [
  ['wrong-message', 'malformed', 'Give it to the command that it is for, or ask for the right message.'],
  ['parts-missing', 'malformed', 'Give all parts together, one in each line; their order does not matter.'],
  ['paid-request', 'already-paid', 'It cannot be closed any more: give the money back as a refund.'],
  ['payment-ended', 'already-paid', 'Nothing: this payment has its final answer, as the history shows.'],
  [
    'payment-signed',
    'range-spent',
    'Show the same offer again; or ask the payee to close the request, and sync: the money comes back then.',
  ],
  ['amount-given', 'sum-mismatch', 'Leave the amount out, or ask the payee for another request.'],
  ['device-total', 'amount-above-limit', 'Sync: what this device may pay between two syncs is used up.'],
  ['request-ahead', 'request-stale', 'Check the clocks of both devices, then show a new request.'],
  [
    'standing-late',
    'request-stale',
    "Sync both devices: the payee's sync takes what comes late to a standing request.",
  ],
  [
    'key-retired',
    'range-not-owned',
    'Nothing was signed; the money comes to the account when its coins close.',
  ],
  [
    'funds-on-the-way',
    'insufficient-funds',
    'Sync, then pay again: some money is on its way back or not yet known.',
  ],
  [
    'funds-at-close',
    'insufficient-funds',
    'Load more money, or pay less: the rest comes to the account when its coins close.',
  ],
  [
    'funds-conditional',
    'insufficient-funds',
    'Load more money: what is left is meant for other payees, places or times.',
  ],
  [
    'nobody-to-ask',
    'confirmation-required',
    'Run it at a terminal, or give --yes to pay without being asked.',
  ],
  ['holder-declined', 'confirmation-required', 'Nothing was signed. Pay again if you do mean it.'],
  ['account-locked', 'revoked', 'Settle what the account owes with its operator: a fraud case locks it.'],
  [
    'no-receipt',
    'not-refundable',
    'Sync first: what was never paid comes back by itself, and what was paid can be asked back then.',
  ],
  [
    'receipt-of-others',
    'payment-unknown',
    'Give it to the wallet that paid. If this one did, it was changed on the way: ask the payee to show it again.',
  ],
  [
    'reference-form',
    'payment-unknown',
    'Give a reference as the history shows it, or at least its beginning.',
  ],
  ['reference-unclear', 'payment-unknown', 'Give more of the reference, as the history shows it.'],
  ['case-unknown', 'payment-unknown', 'Look the case up: duet fraud list'],
  ['whole-file', 'file-invalid', 'Give another file; nothing was played.'],
  ['policy-file', 'file-invalid', 'Correct the policy file, then run again; nothing was played.'],
  ['too-few-payers', 'file-invalid', 'Ask for fewer cheats, or give a file in which more devices pay.'],
] as const satisfies readonly (readonly [string, Code, string])[];

export type Situation = (typeof SITUATION_TABLE)[number][0];

/** All situations, in the order of the document. */
export const SITUATIONS: readonly {
  readonly situation: Situation;
  readonly code: Code;
  readonly todo: string;
}[] = SITUATION_TABLE.map(([situation, code, todo]) => ({ situation, code, todo }));

const TODO: ReadonlyMap<string, string> = new Map(TABLE);
const SITUATION_TODO: ReadonlyMap<string, string> = new Map(
  SITUATION_TABLE.map(([situation, , todo]) => [situation, todo]),
);

/** What to do about a code, or about a code in one situation. */
export const todoOf = (code: Code, situation?: Situation): string =>
  (situation === undefined ? undefined : SITUATION_TODO.get(situation)) ?? TODO.get(code) ?? '';

/** Place of a code in the order of precedence, 0 first. */
export const precedenceOf = (code: Code): number => CODES.findIndex((entry) => entry.code === code);
