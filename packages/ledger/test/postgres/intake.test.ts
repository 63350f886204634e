/** What uploads meet at intake: a Verdict or an alarm that comes in between, keys of others, money of two currencies. */
import { createNodeSuites } from '@duet/crypto/node-suites';
import { compareBytes } from '@duet/protocol/bytes';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { CERTIFICATE } from '@duet/protocol/objects/certificate';
import { COIN, type Coin, type CoinBody, serialField } from '@duet/protocol/objects/coin';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import type pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { operatorKeyOf } from '../../src/engine/authority.ts';
import { openRegistry, type Registry } from '../../src/engine/registry.ts';
import type { Database } from '../../src/postgres/database.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { lockOperators } from '../../src/sql/postings.ts';
import {
  CRYPTO,
  claimOf,
  cut,
  type Holding,
  NOW,
  type Party,
  type Payment,
  pay,
  returnOf,
  sign,
  toCoins,
  uploadOf,
  wholeOf,
} from '../helpers/money.ts';
import {
  balanceOf,
  creditedIn,
  enrol,
  itemsOf,
  load,
  makeAuthority,
  openWorld,
  send,
} from '../helpers/world.ts';
import { describeWithPostgres, temporaryDatabase } from './support.ts';

describeWithPostgres('intake', () => {
  const authority = makeAuthority();
  const opened = temporaryDatabase();
  let database: Database;
  let registry: Registry;
  let anna: Party;
  let bert: Party;

  beforeAll(async () => {
    database = opened();
    registry = await openWorld(database, authority);
    const [first, second] = await enrol(registry, ['anna', 'bert']);
    if (!first || !second) throw new Error('two parties');
    [anna, bert] = [first, second];
  });
  /** A registry in which something else happens right before a batch is settled, once. */
  function interrupted(meanwhile: () => Promise<unknown>): Promise<Registry> {
    let due = true;
    const before = async (text: unknown): Promise<void> => {
      if (!due || typeof text !== 'string' || !text.includes('settle_batch(')) return;
      due = false;
      await meanwhile();
    };
    const watched = (client: pg.PoolClient): pg.PoolClient =>
      Object.create(client, {
        query: {
          value: (text: string, values?: unknown[]) => before(text).then(() => client.query(text, values)),
        },
      });
    const pool: pg.Pool = Object.create(database.pool, {
      connect: { value: () => database.pool.connect().then(watched) },
    });
    return openRegistry({
      database: { ...database, pool },
      crypto: createNodeSuites(),
      authority,
      clock: () => NOW,
    });
  }

  /** A coin of the same owner that the registry never made. */
  function strayOf({ coin }: Holding, changes: Partial<CoinBody> = {}): Coin {
    const serial = decodeBytes(serialField, encodeBytes(bytes({ max: 16 }), CRYPTO.randomBytes(16)), 17);
    return authority.signAsIssuer(COIN, { ...coin.body, serial, ...changes });
  }

  test('SET-1 LIMIT-4 of two alarms at once the second finds the notice of the first', async () => {
    const [own] = await load(registry, anna, [50]);
    if (!own) return expect.unreachable('a coin');
    const stray = pay([cut(wholeOf(strayOf(own), own.key), 0, 20)], bert);
    const epoch = own.coin.body.issuerKey;
    const held = await inTransaction(database.pool, async (client) => {
      await lockOperators(client);
      const answer = send(registry, uploadOf({ answered: [stray] }));
      const isWaiting = 'SELECT 1 FROM pg_locks WHERE NOT granted';
      while ((await database.pool.query(isWaiting)).rows.length === 0)
        if (await Promise.race([answer, undefined])) break;
      await client.query('INSERT INTO epoch_stop VALUES ($1, $2, $3)', [
        epoch,
        NOW - 1,
        NOW - 1 + 7 * 86_400,
      ]);
      return { answer };
    });
    await held.answer;
    const { rows } = await database.pool.query('SELECT raised_at FROM epoch_stop WHERE epoch = $1', [epoch]);
    expect(rows).toEqual([{ raised_at: NOW - 1 }]);
  });

  test('SET-13 PAY-8 a Verdict that is stored while its Spends are leaves them void all the same', async () => {
    const [coin] = await load(registry, anna, [50]);
    if (!coin) return expect.unreachable('a coin');
    const refused = pay([cut(coin, 0, 40)], bert, { accepted: false });
    const { request } = refused.exchange;
    const verdicts = [encodeSigned(VERDICT, refused.verdict)];
    let met = 0;
    const other = await interrupted(async () => {
      met++;
      await send(registry, { ...uploadOf({}), exchanges: [{ request }], verdicts });
    });
    const before = await balanceOf(registry, bert);
    await send(other, uploadOf({ payments: [refused] }));
    expect(met).toBe(1);
    const { rows } = await database.pool.query('SELECT void FROM piece WHERE child_id = $1', [
      Buffer.from(refused.spend.id),
    ]);
    expect(rows).toEqual([{ void: true }]);
    const claim = await send(registry, uploadOf({ claims: [claimOf(refused.received, bert)] }));
    expect(itemsOf(claim).map(({ code }) => code)).toEqual(['spend-void']);
    expect(creditedIn(await send(registry, uploadOf({ returns: [returnOf([refused], anna)] })))).toBe(40);
    expect(await balanceOf(registry, bert)).toBe(before);
  });

  test('ID-3 SET-13 a Verdict under another suite, or of a payee that nobody certified, voids nothing and has its code', async () => {
    const [coin] = await load(registry, anna, [50]);
    if (!coin) return expect.unreachable('a coin');
    const payment = pay([cut(coin, 0, 40)], bert, { accepted: false });
    const national = CRYPTO.generateKey(2, 'sign');
    const other = sign(VERDICT, payment.verdict.body, national);
    const answer = await send(registry, {
      ...uploadOf({ payments: [payment] }),
      verdicts: [encodeSigned(VERDICT, other)],
    });
    expect(answer.refused).toEqual([{ list: 2, place: 0, code: 'wrong-owner' }]);

    // An operator signs for its own terminals alone.
    const certificate = authority.signAsOperator(1, CERTIFICATE, {
      ...bert.certificate.body,
      operator: 2,
      role: 'terminal',
      walletClass: 0,
      terminal: { name: 'till', category: 5411, region: 110_000 },
      signerKey: operatorKeyOf(1),
    });
    if (!certificate) return expect.unreachable('a certificate');
    const untrusted = pay([cut(coin, 40, 50)], { ...bert, certificate }, { accepted: false });
    const { request } = untrusted.exchange;
    const verdicts = [encodeSigned(VERDICT, untrusted.verdict)];
    const refused = await send(registry, { ...uploadOf({}), exchanges: [{ request }], verdicts });
    expect(refused.refused).toEqual([{ list: 2, place: 0, code: 'certificate-untrusted' }]);
    const { rows } = await database.pool.query('SELECT 1 FROM verdict WHERE request_id = ANY($1)', [
      [payment, untrusted].map(({ verdict }) => Buffer.from(verdict.body.request)),
    ]);
    expect(rows).toEqual([]);
    expect(creditedIn(await send(registry, uploadOf({ claims: [claimOf(payment.received, bert)] })))).toBe(
      40,
    );
  });

  test('SET-9 a Return over money of two currencies makes coins of one alone', async () => {
    const [own] = await load(registry, anna, [50]);
    if (!own) return expect.unreachable('a coin');
    const stray = strayOf(own, { currency: 840 });
    const foreign = wholeOf(stray, own.key);
    const first = pay([cut(own, 0, 20)], bert, { accepted: false });
    const second = (): Payment => {
      const payment = pay([cut(foreign, 0, 30)], bert, { accepted: false, currency: 840 });
      return compareBytes(first.spend.id, payment.spend.id) < 0 ? payment : second();
    };
    const refused = [first, second()];
    await send(registry, uploadOf({ answered: refused }));
    const owner = CRYPTO.generateKey(1, 'sign').publicKey;
    const order = returnOf(refused, anna, toCoins([{ owner, amount: 50 }]));
    const answer = await send(registry, uploadOf({ returns: [order] }));
    expect(itemsOf(answer).map(({ amount, code }) => code ?? amount)).toEqual(['currency-mismatch', 20]);
    const coins = answer.coins.map((bytes) => decodeSigned(COIN, bytes, CRYPTO).body);
    expect(coins.map(({ value, currency }) => [value, currency])).toEqual([[20, 156]]);
    expect((await registry.audit()).problems).toEqual([]);
  });
});
