/**
 * Random small worlds as files, on a real database, against a ledger of this test's own: what is paid, what is refused
 * and by which code, and every final balance are equal under any mix of limits (PAY-9, LIMIT-1, LIMIT-3, SET-9).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '@duet/ledger/postgres/embedded';
import { temporaryPostgres } from '@duet/ledger/postgres/temporary';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replayFiles } from '../../src/replay/files.ts';
import type { ReplayResult } from '../../src/replay/result.ts';
import { drawFiles, manyPieces, plainLedger, type WorldFiles } from './oracle.ts';

const folder = mkdtempSync(join(tmpdir(), 'duet-oracle-'));
let server: EmbeddedPostgres;
beforeAll(async () => {
  server = await temporaryPostgres();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function written(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function play(
  files: WorldFiles,
  options: { cheats?: number; out?: string } = {},
): Promise<ReplayResult> {
  const { transfers, balances, policy, syncEvery } = files;
  const played = await replayFiles({
    transfers: written('transfers.csv', transfers),
    ...(balances === undefined ? {} : { balances: written('nodes.csv', balances) }),
    ...(policy === undefined ? {} : { policy: written('policy.json', policy) }),
    ...(syncEvery === undefined ? {} : { syncEvery }),
    seed: '1',
    cheats: options.cheats ?? 0,
    ...(options.out === undefined ? {} : { out: options.out }),
    stateFolder: join(folder, 'state'),
    env: { DATABASE_URL: server.connectionString },
  });
  if (!played.ok) throw new Error(`${played.rejection.expected}; ${played.rejection.got}`);
  return played.value;
}

function balancesOf({ balancesFen }: ReplayResult): Record<string, number> {
  const file: unknown = JSON.parse(readFileSync(balancesFen, 'utf8'));
  if (typeof file !== 'object' || file === null || !('funds' in file)) throw new Error('no balances');
  const { funds: _funds, ...nodes } = file;
  return Object.fromEntries(Object.entries(nodes).map(([node, amount]) => [node, Number(amount)]));
}

async function expectPlain(files: WorldFiles): Promise<ReplayResult> {
  const result = await play(files);
  const plain = plainLedger(files);
  expect({ paid: result.paid, refused: result.refused, balances: balancesOf(result) }).toEqual({
    paid: plain.paid,
    refused: plain.refused,
    balances: Object.fromEntries(plain.balances),
  });
  expect(result).toMatchObject({ audit: { balanced: true, differenceFen: 0 }, unpaidHonestPayees: 0 });
  return result;
}

describe('a random world equals a plain ledger', () => {
  it.each(Array.from({ length: 14 }, (_, seed) => `w${seed}`))('seed %s', async (seed) => {
    await expectPlain(drawFiles(seed));
  });

  it.each(['p1', 'p2', 'p3'])('of many small pieces, paid on in large sums: seed %s', async (seed) => {
    const result = await expectPlain(manyPieces(seed));
    // Once for the load, once in the evening, and somebody in between: the limit was met.
    expect(result.syncs).toBeGreaterThan(2 * Object.keys(balancesOf(result)).length);
  });

  it('where what was received is frozen until a sync (maxHops 0)', async () => {
    const { hops } = await expectPlain({
      ...drawFiles('frozen'),
      policy: '{"maxHops": 0}',
      ceiling: Number.POSITIVE_INFINITY,
    });
    expect(Object.keys(hops)).toEqual(['1']);
  });

  it('where the lists of both sides grow old between two payments', async () => {
    const files = drawFiles('old lists');
    const transfers = files.transfers.replace(/,(\d+)$/gm, (_, time) => `,${Number(time) * 5_000}`);
    const policy = '{"listMaxAge": 3600, "refuseStrangersOnStaleLists": true, "maxPayments": 1}';
    await expectPlain({ ...files, transfers, policy, ceiling: Number.POSITIVE_INFINITY });
  });

  it('where no wallet may hold more than a ceiling', async () => {
    const transfers = 'payer,payee,amount,time\na,b,3,1\nc,b,3,2\nb,a,2,3\nc,b,3,4\n';
    const files = { transfers, balances: undefined, policy: '{"maxBalance": "5.00"}', syncEvery: undefined };
    const result = await play({ ...files, ceiling: Number.POSITIVE_INFINITY });
    expect(result).toMatchObject({ paid: 3, refused: { 'balance-limit': 1 }, audit: { balanced: true } });
    expect(balancesOf(result)).toEqual({ a: 200, b: 400, c: 300 });
  });
});

describe('cheats', () => {
  it('repeat transfers that the policy lets pass, each of them proven', async () => {
    const drawn = drawFiles('cheats');
    const files = { ...drawn, policy: '{"maxPerPayment": "60.00", "maxHops": 1}', ceiling: 6_000 };
    const result = await play(files, { cheats: 2 });
    expect(result).toMatchObject({
      doubleSpends: { planted: 2, proven: 2, culpritsNamed: 2, honestNamed: 0 },
      unpaidHonestPayees: 0,
      audit: { balanced: true, differenceFen: 0 },
    });
  });

  it('of more devices than pay are refused before anything is played', async () => {
    await expect(play(drawFiles('w1'), { cheats: 50 })).rejects.toThrow(/50 devices with a paid transfer/);
  });
});

describe('the file of final balances', () => {
  const files: WorldFiles = {
    transfers: 'payer,payee,amount,time\na,b,1,1\n',
    balances: undefined,
    policy: undefined,
    syncEvery: undefined,
    ceiling: Number.POSITIVE_INFINITY,
  };

  it('has one name for one set of inputs, another for others, and lies in the state folder', async () => {
    const [first, same, other] = [
      await play(files),
      await play(files),
      await play({ ...files, policy: '{"maxHops": 0}' }),
    ];
    expect(same.balancesFen).toBe(first.balancesFen);
    expect(other.balancesFen).not.toBe(first.balancesFen);
    expect(first.balancesFen.startsWith(join(folder, 'state', 'replays'))).toBe(true);
    expect(JSON.parse(readFileSync(first.balancesFen, 'utf8'))).toEqual({
      a: 0,
      b: 100,
      funds: { '1': 0, '2': 0 },
    });
  });

  it('goes where --out says, and a place that cannot be written is refused before anything is played', async () => {
    const out = join(folder, 'balances.json');
    await expect(play(files, { out: join(folder, 'new', 'balances.json') })).rejects.toMatchObject({
      code: 'file-unwritable',
      message: expect.stringContaining('its folder is not there: make it first'),
    });
    expect(existsSync(join(folder, 'new'))).toBe(false);
    expect((await play(files, { out })).balancesFen).toBe(out);
    expect(existsSync(out)).toBe(true);
    await expect(play(files, { out: folder })).rejects.toMatchObject({ code: 'file-unwritable' });
    await expect(play(files, { out: join(out, 'below') })).rejects.toMatchObject({ code: 'file-unwritable' });
  });
});
