/** PRIV-2 at the registry's door: uploads are sealed to it, and nothing else is taken. */

import { encodeBytes } from '@duet/protocol/cbor/codec';
import { EMPTY_UPLOAD, UPLOAD } from '@duet/protocol/messages/upload';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Registry } from '../../src/engine/registry.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { CRYPTO, sealed } from '../helpers/money.ts';
import { openWorld } from '../helpers/world.ts';
import { describeWithPostgres } from './support.ts';

describeWithPostgres('sealed uploads', () => {
  let server: EmbeddedPostgres;
  let database: Database;
  let registry: Registry;

  beforeAll(async () => {
    server = await temporaryPostgres();
    database = await openDatabase({ databaseUrl: server.connectionString });
    registry = await openWorld(database);
  });

  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  test('PRIV-2 an upload sealed to the registry is answered', async () => {
    expect(await registry.settle(sealed(EMPTY_UPLOAD, registry.authority.registryKey))).toMatchObject({
      ok: true,
    });
  });

  test('PRIV-2 an open upload, one sealed to another key, and a changed one are refused', async () => {
    expect(await registry.settle(encodeBytes(UPLOAD, EMPTY_UPLOAD))).toMatchObject({ ok: false });
    const operator = CRYPTO.generateKey(1, 'seal');
    expect(await registry.settle(sealed(EMPTY_UPLOAD, operator.publicKey))).toMatchObject({
      ok: false,
      rejection: { code: 'cannot-open' },
    });
    const changed = Uint8Array.from(sealed(EMPTY_UPLOAD, registry.authority.registryKey));
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(await registry.settle(changed)).toMatchObject({ ok: false, rejection: { code: 'cannot-open' } });
  });
});
