/** SET-2, SET-3: settlement on worker threads gives the answers and the books that one thread gives. */

import { EMPTY_UPLOAD } from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { CLAIM } from '@duet/protocol/objects/claim';
import { DEFAULT_CURRENCY } from '@duet/protocol/objects/request';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operatorRelay } from '../../src/engine/operator-relay.ts';
import { openRegistry, type Registry } from '../../src/engine/registry.ts';
import type { Database } from '../../src/postgres/database.ts';
import { CRYPTO, claimOf, cut, NOW, type Payment, pay, sealed, uploadOf } from '../helpers/money.ts';
import {
  answerOf,
  balanceOf,
  enrol,
  itemsOf,
  load,
  makeAuthority,
  openWorld,
  send,
} from '../helpers/world.ts';
import { describeWithPostgres, temporaryDatabase } from './support.ts';

const PAYMENTS = 40;

describeWithPostgres('worker threads', () => {
  const opened = temporaryDatabase();
  let database: Database;
  let registry: Registry;
  const authority = makeAuthority();

  beforeAll(async () => {
    database = opened();
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

  test('SET-6 keys that a thread revoked are in the next lists, at once', async () => {
    const [culprit, first, second] = await enrol(registry, ['culprit', 'first', 'second']);
    if (!culprit || !first || !second) throw new Error('three parties');
    const [coin] = await load(registry, culprit, [100]);
    if (!coin) throw new Error('a coin');
    const { lists } = await registry.trust();
    for (const payee of [first, second])
      await send(registry, uploadOf({ answered: [pay([cut(coin, 0, 60)], payee)] }));
    expect(await registry.cases()).toHaveLength(1);
    expect((await registry.trust()).lists).not.toEqual(lists);
  });

  test('SET-11 loads and certificates come from a thread: once for each order, refused with their codes', async () => {
    const [party] = await enrol(registry, ['loader']);
    if (!party) throw new Error('a party');
    const order = {
      order: CRYPTO.randomBytes(16),
      operator: party.operator,
      handle: party.handle,
      currency: DEFAULT_CURRENCY,
      policy: 1,
      outputs: [{ owner: CRYPTO.generateKey(1, 'sign').publicKey, amount: fen(5) }],
    };
    const coins = await registry.load(order);
    expect(coins).toMatchObject({ ok: true, value: [expect.any(Uint8Array)] });
    expect(await registry.load(order)).toEqual(coins);
    expect(await registry.load({ ...order, policy: 999 })).toMatchObject({
      rejection: { code: 'order-reused' },
    });
    expect(await registry.certify(new Uint8Array(3))).toMatchObject({ ok: false });
  });

  test('SET-1 LIMIT-4 a newer bundle is in force in the threads too', async () => {
    const [party] = await enrol(registry, ['later']);
    if (!party) throw new Error('a party');
    const { operator, handle } = party;
    const [policy] = authority.bundle.body.policies;
    if (!policy) throw new Error('a policy');
    const outputs = [{ owner: CRYPTO.generateKey(1, 'sign').publicKey, amount: fen(5) }];
    const order = { order: CRYPTO.randomBytes(16), operator, handle, currency: DEFAULT_CURRENCY, outputs };
    expect(await registry.load({ ...order, policy: 77 })).toMatchObject({
      rejection: { code: 'policy-unknown' },
    });
    registry.useAuthority(authority.withBundle({ policies: [policy, { ...policy, id: 77 }] }));
    expect(await registry.load({ ...order, policy: 77 })).toMatchObject({ ok: true });
  });

  test('a damaged upload is refused by a thread as it is by the registry', async () => {
    expect(await registry.settle(new Uint8Array(80))).toMatchObject({ ok: false });
  });
});
