/**
 * Bugs that are planted to see whether a checker finds them. Each is one place of the real sources, changed while it is
 * loaded (`hook.ts`): no source has a switch for any of them.
 */
import type { Checker } from '../failure.ts';

export interface PlantedBug {
  readonly name: string;
  /** What is wrong, and the rule that it breaks. */
  readonly breaks: string;
  /** File inside `packages/`. */
  readonly file: string;
  /** Occurs there once. */
  readonly find: string;
  readonly replace: string;
  /** Seed of the worlds in which it is looked for, where those of the others take long to meet it. */
  readonly seed?: string;
  /** Checkers of which one must fail. */
  readonly caughtBy: readonly Checker[];
}

export const BUGS: readonly PlantedBug[] = [
  {
    name: 'journal-skips-money',
    breaks: 'PAY-5: money and Verdict are durable before the payee says yes',
    file: 'wallet/src/secure-element/secure-element.ts',
    find: 'this.#options.journal.append(encoded);',
    replace: `if (records[0]?.kind !== 'payment-accepted') this.#options.journal.append(encoded);`,
    caughtBy: ['restart-equals', 'payee-paid', 'verdicts-agree', 'ends-in-time', 'no-exception'],
  },
  {
    name: 'journal-skips-signatures',
    breaks: 'PAY-3: a Spend is durable before its signature leaves the device',
    file: 'wallet/src/secure-element/secure-element.ts',
    find: 'this.#options.journal.append(encoded);',
    replace: `if (records[0]?.kind !== 'payment-recorded' && records[0]?.kind !== 'payment-signed') this.#options.journal.append(encoded);`,
    caughtBy: ['restart-equals', 'honest-never-named', 'no-exception', 'payee-paid', 'ends-in-time'],
  },
  {
    name: 'payer-forgets-verdict',
    breaks: 'PAY-8: the answer of the payee is kept',
    file: 'protocol/src/machines/payer.ts',
    find: `  return step(state, [{ kind: 'answered', verdict }], []);`,
    replace: '  return step(state, [], []);',
    caughtBy: ['ends-in-time', 'no-exception'],
  },
  {
    name: 'limit-not-kept',
    breaks: 'LIMIT-1: payments of a device between two syncs',
    file: 'wallet/src/secure-element/decide-payment.ts',
    find: 'counters.count >= maxPayments',
    replace: 'counters.count > maxPayments',
    caughtBy: ['limits-kept'],
  },
  {
    name: 'doubt-is-ignored',
    breaks: 'LIMIT-2: a restored device signs nothing before a sync',
    file: 'wallet/src/wallet.ts',
    find: `options.continuity !== 'unknown'`,
    replace: 'true',
    caughtBy: ['honest-never-named', 'payee-paid', 'verdicts-agree'],
  },
  {
    name: 'overlap-in-a-batch-unseen',
    breaks: 'SET-4: overlapping ranges are never credited twice',
    file: 'ledger/src/sql/settle-batch.ts',
    find: 'SELECT bucket, coin_id FROM near WHERE rival',
    replace: 'SELECT bucket, coin_id FROM near WHERE false',
    caughtBy: ['conservation', 'double-spend-proved', 'payee-paid'],
  },
  {
    name: 'claim-rounded',
    breaks: 'MONEY-1: no fen is lost by rounding',
    file: 'ledger/src/sql/settle-batch.ts',
    find: 'sum(a.range_to - a.range_from)::bigint AS amount',
    replace: 'sum((a.range_to - a.range_from) / 10 * 10)::bigint AS amount',
    caughtBy: ['conservation', 'payee-paid'],
  },
  {
    name: 'verdicts-forgotten',
    breaks: 'SET-13: either side settles by the other',
    file: 'ledger/src/sql/verdicts.ts',
    find: `  if (rows.length === 0) return;
  const accepted =`,
    replace: `  if (rows.length >= 0) return;
  const accepted =`,
    caughtBy: ['ends-in-time', 'verdicts-agree', 'payee-paid'],
  },
  {
    name: 'load-twice',
    breaks: 'SET-10: the same load order makes coins once',
    file: 'ledger/src/engine/loads.ts',
    find: 'const known = before.get(orderKey(order)) ?? taken.get(orderKey(order));',
    replace: 'const known = taken.get(orderKey(order));',
    seed: 's',
    caughtBy: ['conservation', 'payee-paid', 'no-exception'],
  },
  {
    name: 'gap-goes-to-the-payer',
    breaks: 'SET-7: what nobody claimed belongs to its deepest owner',
    file: 'ledger/src/core/line.ts',
    find: `if (piece.kind !== 'spend' || piece.void || piece.payee === undefined) continue;`,
    replace: 'if (piece.payee !== undefined) continue;',
    caughtBy: ['payee-paid'],
  },
  {
    name: 'innocent-unpaid',
    breaks: 'SET-5: what a double spend cost the innocent is owed to them',
    file: 'ledger/src/core/line.ts',
    find: `return { ...part, source: 'fund', culprit, line };`,
    replace: `return { ...part, source: 'none', code: 'already-claimed' };`,
    caughtBy: ['payee-paid'],
  },
  {
    name: 'counter-stands-still',
    breaks: 'PAY-2: every Spend of a key has a number of its own',
    file: 'wallet/src/secure-element/apply.ts',
    find: 'key.seq = draft.body.seq;',
    replace: 'key.seq = Math.min(draft.body.seq, 1);',
    caughtBy: ['honest-never-named', 'no-exception'],
  },
  {
    name: 'sent-before-it-went',
    breaks: 'SET-14: what was not answered goes up again',
    file: 'wallet/src/sync.ts',
    find: '  const answer = await sendUpload(',
    replace: `  if (planned.entries.length > 0) context.element.note({ kind: 'sent', entries: planned.entries });
  const answer = await sendUpload(`,
    seed: 's+35',
    caughtBy: ['payee-paid', 'ends-in-time', 'verdicts-agree', 'double-spend-proved'],
  },
];

/** @throws RangeError */
export function bugNamed(name: string): PlantedBug {
  const bug = BUGS.find((one) => one.name === name);
  if (!bug)
    throw new RangeError(`no planted bug is named ${name}: ${BUGS.map((one) => one.name).join(', ')}`);
  return bug;
}
