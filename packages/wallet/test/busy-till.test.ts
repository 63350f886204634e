/** SET-14: what a busy till received goes up in as many exchanges as it takes, each within what one answer can tell. */

import { encodeBytes } from '@duet/protocol/cbor/codec';
import {
  MAX_ORDER_ENTRIES,
  MAX_UPLOAD_BYTES,
  MAX_UPLOAD_ENTRIES,
  UPLOAD,
} from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { CLAIM } from '@duet/protocol/objects/claim';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { expect, it } from 'vitest';
import { payment, World } from './helpers/world.ts';

const PAYMENTS = 4_000;

it('SET-14: a till syncs 4,000 received payments, and claims all of them', async () => {
  const world = new World();
  const payer = await world.person('payer', PAYMENTS);
  const till = await world.person('till', 0, {
    terminal: { name: 'Noodle house', category: 5_812, region: 110_105 },
  });
  for (let i = 0; i < PAYMENTS; i++) payment(payer, till, 1);
  world.uploads.length = 0;
  const report = await till.sync(world, { claim: 'all' });
  expect(report).toMatchObject({
    complete: true,
    refused: [],
    exchanges: PAYMENTS,
    claimedFen: fen(PAYMENTS),
  });
  expect(world.balanceOf('till')).toBe(PAYMENTS);
  expect(till.balance()).toMatchObject({ spendable: 0, settling: 0 });
  expect(till.state.outbox.size + till.state.claims.size).toBe(0);
  const inputs = world.uploads.map(({ claims }) =>
    claims.reduce((sum, bytes) => sum + decodeSigned(CLAIM, bytes, world.crypto).body.inputs.length, 0),
  );
  expect(inputs.filter((count) => count > 0).length).toBeGreaterThanOrEqual(3);
  expect(Math.max(...inputs)).toBeLessThanOrEqual(MAX_ORDER_ENTRIES);
  for (const upload of world.uploads) {
    expect(upload.exchanges.length).toBeLessThanOrEqual(MAX_UPLOAD_ENTRIES);
    expect(encodeBytes(UPLOAD, upload).length).toBeLessThanOrEqual(MAX_UPLOAD_BYTES);
  }
});
