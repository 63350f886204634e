/** SET-2, SET-3: settlement on worker threads gives the answers and the books that one thread gives. */

import { EMPTY_UPLOAD } from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { CLAIM } from '@duet/protocol/objects/claim';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operatorRelay } from '../../src/engine/operator-relay.ts';
import { openRegistry, type Registry } from '../../src/engine/registry.ts';
import { type Database, openDatabase } from '../../src/postgres/database.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { CRYPTO, claimOf, cut, NOW, type Payment, pay, sealed } from '../helpers/money.ts';
import { answerOf, balanceOf, enrol, itemsOf, load, makeAuthority, openWorld } from '../helpers/world.ts';
import { describeWithPostgres } from './support.ts';

const PAYMENTS = 40;

describeWithPostgres('worker threads', () => {
  let server: EmbeddedPostgres;
  let database: Database;
  let registry: Registry;
  const authority = makeAuthority();

  beforeAll(async () => {
    server = await temporaryPostgres();
    database = await openDatabase({ databaseUrl: server.connectionString });
    await openWorld(database, authority);
    registry = await openRegistry({
      database,
      crypto: CRYPTO,
      authority,
      clock: () => NOW,
      workers: 2,
    });
  });

  afterAll(async () => {
    await registry.stop();
    await database.close();
    await server.stop();
  });

  test('SET-2 claims sent to all threads at once, some twice, are credited once', async () => {
    const [payer, payee] = await enrol(registry, ['payer', 'payee']);
    if (!payer || !payee) throw new Error('two parties');
    const before = await balanceOf(registry, payee);
    const coins = await load(
      registry,
      payer,
      Array.from({ length: PAYMENTS }, () => 100),
    );
    const payments = coins.map((holding): Payment => pay([cut(holding, 0, 60)], payee));
    const uploads = payments.map((payment) =>
      sealed(
        {
          ...EMPTY_UPLOAD,
          exchanges: [payment.exchange],
          verdicts: [encodeSigned(VERDICT, payment.verdict)],
          claims: [encodeSigned(CLAIM, claimOf(payment.received, payee))],
        },
        authority.registryKey,
      ),
    );
    const answers = await Promise.all([...uploads, ...uploads].map((upload) => registry.settle(upload)));
    for (const answer of answers) {
      expect(itemsOf(answerOf(answer)).map(({ amount }) => amount)).toEqual([fen(60)]);
    }
    expect((await balanceOf(registry, payee)) - before).toBe(60 * PAYMENTS);
    expect(await registry.audit()).toMatchObject({ balanced: true, differenceFen: 0 });
    expect(registry.verified).toBeGreaterThan(0);
  });

  test('SET-7 a note that came with an upload is judged by the thread that settles it', async () => {
    const upload = sealed(EMPTY_UPLOAD, authority.registryKey);
    const relay = operatorRelay(registry, { operator: 1, authority, hashes: CRYPTO, clock: () => NOW });
    const other = await relay.intake(new Uint8Array(80));
    if (!other.ok) throw new Error('a note');
    expect(answerOf(await relay.settle(upload)).refused).toEqual([]);
    expect(answerOf(await relay.settle(upload, other.value)).refused).toEqual([
      { list: 0, place: 0, code: 'note-invalid' },
    ]);
  });

  test('a damaged upload is refused by a thread as it is by the registry', async () => {
    expect(await registry.settle(new Uint8Array(80))).toMatchObject({ ok: false });
  });
});
