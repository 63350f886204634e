/**
 * Coins under valid issuer signatures that the registry never made (SET-1): kept and marked, their epochs stopped.
 * Where the serial stands on another coin of the same issuer key, both are a proof against that key (SET-4, form 5).
 */
import type { Coin } from '@duet/protocol/objects/coin';
import { HOLDING } from '../core/chart.ts';
import { lockOperators } from '../sql/postings.ts';
import { binary, type Queryable } from '../sql/rows.ts';
import { stopEpochs } from './alarms.ts';
import { storeCoins } from './coin-maker.ts';
import type { IntakeContext } from './intake.ts';
import { type NewCase, openCases } from './proofs.ts';
import { retried } from './verdict-intake.ts';

/** In one transaction: a stored coin is known from then on and would not be looked at again. */
export async function storeUnknownCoins(coins: readonly Coin[], context: IntakeContext): Promise<void> {
  const home = Buffer.from(HOLDING);
  await retried(context, async (client) => {
    await lockOperators(client);
    await storeCoins(
      client,
      coins.map((coin) => ({ coin, homeOperator: 0, home, known: false })),
    );
    await twinCases(client, coins, context);
    await stopEpochs(
      client,
      coins.map(({ body }) => body.issuerKey),
      context.now,
    );
  });
}

/**
 * Two coins of one issuer key under one serial accuse that key, whoever owns them: owners make no coins. Under two
 * keys they accuse neither: whoever holds one could put a serial of the other one's coins on a coin.
 */
async function twinCases(
  client: Queryable,
  coins: readonly Coin[],
  { crypto, trust, stored }: IntakeContext,
): Promise<void> {
  const found = await client.query<{ issuer_key: number; bodies: Buffer[] }>(
    `SELECT issuer_key, array_agg(body ORDER BY known DESC, coin_id) AS bodies FROM coin
     WHERE serial = ANY($1) GROUP BY issuer_key, serial HAVING count(*) > 1`,
    [coins.map(({ body }) => binary(body.serial))],
  );
  const cases: NewCase[] = [];
  for (const { issuer_key: number, bodies } of found.rows) {
    const key = trust.key(number, 'issuer');
    const [first, ...others] = bodies;
    if (!key || !first) continue;
    for (const other of others)
      cases.push({ culprit: key.key, proof: { form: 5, evidence: [first, other], inputs: [] } });
  }
  await openCases(client, cases, stored, crypto);
}
