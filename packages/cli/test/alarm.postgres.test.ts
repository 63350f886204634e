/** An epoch that an alarm stopped, by hand: devices refuse it offline, and the bundle that others get says so (SET-1). */
import { readFileSync } from 'node:fs';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { openDatabase } from '@duet/ledger/postgres/database';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, messageOf, Sandbox } from './support.ts';

const box = new Sandbox();
const as = (name: string): string[] => ['--wallet', name];

beforeAll(async () => {
  await box.ok(['wallet', 'create', ...as('anna'), '--load', '50']);
  await box.ok(['wallet', 'create', ...as('ben')]);
});
afterAll(() => box.remove());

/** What a registry stores with a coin that it never made. */
async function stopEpoch(epoch: number): Promise<void> {
  const database = await openDatabase({ folder: box.path('state', 'postgres') });
  const now = Math.floor(Date.now() / 1_000);
  await database.pool.query('INSERT INTO epoch_stop (epoch, raised_at, until) VALUES ($1,$2,$3)', [
    epoch,
    now,
    now + 3_600,
  ]);
  await database.close();
}

test('SET-1, LIMIT-4: after the next sync a stopped epoch is refused offline, and the bundle on file has the notice', async () => {
  await stopEpoch(1);
  await box.ok(['wallet', 'sync', ...as('ben')]);
  const asked = messageOf(await box.ok(['wallet', 'request', '20', ...as('ben')]));
  const paid = messageOf(await box.ok(['wallet', 'pay', '-', '--yes', ...as('anna')], { input: asked }));
  const { code, json } = await box.json(['wallet', 'receive', '-', ...as('ben')], { input: paid });
  expect(code).toBe(1);
  expect(codeOf(json)).toBe('offline-stopped');
  await box.ok(['issuer', 'bundle', '--out', 'bundle.cose']);
  const { body } = decodeSigned(TRUST_BUNDLE, readFileSync(box.path('bundle.cose')), createNodeSuites());
  expect([body.version, body.stops.map(({ value }) => value)]).toEqual([2, [1]]);
});
