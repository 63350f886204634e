/** SET-5 on a real database: who is paid from a guarantee fund first, and what payees without an account share. */
import { dayOf, plusSeconds, SECONDS_PER_DAY } from '@duet/protocol/brand';
import { toHex } from '@duet/protocol/bytes';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { type Fen, fen } from '@duet/protocol/money';
import type { Destination } from '@duet/protocol/objects/claim';
import { outcomeOf } from '@duet/protocol/objects/notes';
import { DEFAULT_CURRENCY } from '@duet/protocol/objects/request';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { STATUS_LIST, unpackStatuses } from '@duet/protocol/objects/status-list';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountOf, fundOf, lateDebtOf, owedTo, reserveOf, SUPPLY } from '../../src/core/chart.ts';
import { CERTIFICATE_DAYS, DEFAULT_POLICY } from '../../src/engine/policies.ts';
import { openRegistry, type Registry } from '../../src/engine/registry.ts';
import { type Database, openPool } from '../../src/postgres/database.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { post } from '../../src/sql/postings.ts';
import { CRYPTO, claimOf, NOW, type Party, type Payment, pay, uploadOf } from '../helpers/money.ts';
import { balanceOf, type Clock, enrol, itemsOf, load, makeAuthority, send } from '../helpers/world.ts';
import { ask, describeWithPostgres } from './support.ts';

const CAP = 100;
const RESERVE = fen(100_000_000);

describeWithPostgres('SET-5 funds', () => {
  const authority = makeAuthority([{ ...DEFAULT_POLICY, fundPerPayee: fen(CAP) }]);
  const clock: Clock = { now: NOW };
  let server: EmbeddedPostgres;
  let databases = 0;
  const pools: Database['pool'][] = [];

  beforeAll(async () => {
    server = await temporaryPostgres();
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await server?.stop();
  });

  async function open(fund: Fen): Promise<{ registry: Registry; pool: Database['pool'] }> {
    const database = `funds${++databases}`;
    await ask(server, `CREATE DATABASE ${database}`);
    const pool = openPool({ ...server.poolConfig, database }, 4, () => undefined);
    pools.push(pool);
    const registry = await openRegistry({
      database: {
        pool,
        url: '',
        server: undefined,
        kysely: () => expect.unreachable(),
        close: () => pool.end(),
      },
      crypto: CRYPTO,
      authority,
      clock: () => clock.now,
    });
    for (const id of [1, 2])
      await registry.addOperator({ id, name: `operator ${id}`, reserve: RESERVE, quota: RESERVE, fund });
    return { registry, pool };
  }

  /** A new account at operator 1 signs one coin away twice. */
  let culprits = 0;
  async function spendTwice(
    registry: Registry,
    amount: number,
    [first, second]: readonly [Party, Party],
  ): Promise<readonly [Payment, Payment]> {
    const [culprit] = await enrol(registry, [`culprit ${++culprits}`]);
    const [coin] = culprit ? await load(registry, culprit, [amount]) : [];
    if (!coin) return expect.unreachable('a coin');
    return [pay([coin], first), pay([coin], second)];
  }

  /** Both payees claim: the first gets the coin, the second what the fund gives. */
  async function claimBoth(
    registry: Registry,
    [one, two]: readonly [Payment, Payment],
    destination?: Destination,
    operator = two.payee.operator,
  ) {
    await send(registry, uploadOf({ answered: [one], claims: [claimOf(one.received, one.payee)] }));
    const claim = claimOf(two.received, { ...two.payee, operator }, destination);
    const items = itemsOf(await send(registry, uploadOf({ answered: [two], claims: [claim] })));
    const sumOf = (outcome: string): number =>
      items.reduce((sum, item) => sum + (outcomeOf(item.outcome) === outcome ? (item.amount ?? 0) : 0), 0);
    return { claim: Buffer.from(claim.id).toString('hex'), paid: sumOf('credited'), owed: sumOf('owed') };
  }

  const ticket = (): Destination => {
    const field = bytes({ length: 32 });
    return {
      kind: 'ticket',
      ticket: decodeBytes(field, encodeBytes(field, CRYPTO.randomBytes(32)), 34) as Extract<
        Destination,
        { kind: 'ticket' }
      >['ticket'],
    };
  };

  test('SET-5 a fund that cannot pay all pays the claim that arrived first, in full, before the next', async () => {
    const { registry, pool } = await open(fen(0));
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    const spends: (readonly [Payment, Payment])[] = [];
    for (let i = 0; i < 6; i++) spends.push(await spendTwice(registry, 10, [anna, bert]));
    const claims: string[] = [];
    for (const spend of spends) {
      const got = await claimBoth(registry, spend);
      expect(got).toMatchObject({ paid: 0, owed: 10 });
      claims.push(got.claim);
    }
    const fill = async (amount: number): Promise<void> => {
      const line = { set: CRYPTO.randomBytes(16), currency: DEFAULT_CURRENCY };
      const lines = [
        { ...line, account: SUPPLY, amount: -amount },
        { ...line, account: fundOf(1), amount },
      ];
      await inTransaction(pool, (client) => post(client, 0, CRYPTO.randomBytes(16), lines));
    };
    const paid = async (): Promise<number[]> => {
      const rows = await pool.query<{ claim: string; paid: number }>(
        "SELECT encode(child_id, 'hex') AS claim, paid FROM fund_due",
      );
      const byClaim = new Map(rows.rows.map((row) => [row.claim, row.paid]));
      return claims.map((claim) => byClaim.get(claim) ?? -1);
    };
    await fill(35);
    expect(await registry.payFunds()).toBe(35);
    expect(await paid()).toEqual([10, 10, 10, 5, 0, 0]);
    expect(await registry.payFunds()).toBe(0);
    await fill(6);
    expect(await registry.payFunds()).toBe(6);
    expect(await paid()).toEqual([10, 10, 10, 10, 1, 0]);
    expect((await registry.audit()).problems).toEqual([]);
  });

  test('SET-6 the credit record shows a debt until it is paid, and then as paid', async () => {
    const { registry } = await open(fen(100_000));
    const [anna, bert, cora] = await enrol(registry, ['anna', 'bert', 'cora']);
    if (!anna || !bert || !cora) return expect.unreachable('three parties');
    const coins = await load(registry, cora, [30, 20]);
    const balance = await balanceOf(registry, cora);
    // The account is emptied first: there is nothing to set off against.
    const [rest] = await load(registry, cora, [balance]);
    if (!rest) return expect.unreachable('a coin');
    for (const coin of coins) await claimBoth(registry, [pay([coin], anna), pay([coin], bert)]);
    const entry = { operator: 1, handle: toHex(cora.handle), debtFen: 50, paidFen: 0 };
    // Each coin has a key of its own, and so a case; the debt is the account's.
    const cases = await registry.cases();
    expect(cases).toMatchObject(
      [30, 20].map((paidFen) => ({ paidFen, owedFen: 0, receivableFen: 50, credit: [entry] })),
    );
    expect(await registry.creditRecord()).toMatchObject([{ ...entry, since: cases[0]?.openedAt }]);
    await registry.deposit(1, cora.handle, fen(20), CRYPTO.randomBytes(16));
    expect(await registry.recover()).toBe(20);
    expect(await registry.creditRecord()).toMatchObject([{ ...entry, paidFen: 20 }]);
    // What comes in by a claim is set off as well, no more than what is owed.
    await send(registry, uploadOf({ claims: [claimOf([rest], cora)] }));
    expect(await registry.recover()).toBe(30);
    expect(await registry.creditRecord()).toMatchObject([{ ...entry, paidFen: 50 }]);
    expect((await registry.cases())[0]).toMatchObject({ receivableFen: 0, credit: [{ paidFen: 50 }] });
    expect(await balanceOf(registry, cora)).toBe(balance - 30);
  });

  test('SET-6 SET-5 what the culprit has pays the innocent where the fund had nothing', async () => {
    const { registry } = await open(fen(0));
    const [anna, bert] = await enrol(registry, ['anna', 'bert']);
    if (!anna || !bert) return expect.unreachable('two parties');
    expect(await claimBoth(registry, await spendTwice(registry, 30, [anna, bert]))).toMatchObject({
      paid: 0,
      owed: 30,
    });
    const before = await balanceOf(registry, bert);
    await registry.close(dayOf(NOW));
    expect((await balanceOf(registry, bert)) - before).toBe(30);
    expect((await registry.audit()).accounts).toMatchObject({ fund: 0, owed: 0, receivable: 0, recovery: 0 });
  });

  test('SET-6 PRIV-1 a revoked key is on the list as long as it could pay, and then makes room', async () => {
    const { registry } = await open(fen(100_000));
    const [anna, bert, cora] = await enrol(registry, ['anna', 'bert', 'cora']);
    const [coin] = cora ? await load(registry, cora, [30]) : [];
    if (!anna || !bert || !cora || !coin) return expect.unreachable('three parties and a coin');
    const indices = [cora.certificate.body.status, coin.coin.body.status];
    const listed = async (days: number): Promise<number[]> => {
      clock.now = plusSeconds(NOW, days * SECONDS_PER_DAY);
      const { lists } = await registry.trust();
      clock.now = NOW;
      const list = lists.find(({ operator }) => operator === 0)?.list ?? expect.unreachable('a list');
      const statuses = unpackStatuses(decodeSigned(STATUS_LIST, list, CRYPTO).body.statuses);
      return indices.map((index) => statuses.at(index) ?? -1);
    };
    expect(await listed(0)).toEqual([0, 0]);
    await claimBoth(registry, [pay([coin], anna), pay([coin], bert)]);
    expect(await listed(0)).toEqual([1, 1]);
    const { spendDays, claimDays } = DEFAULT_POLICY;
    expect(await listed(CERTIFICATE_DAYS + spendDays - 1)).toEqual([1, 1]);
    expect(await listed(CERTIFICATE_DAYS + spendDays)).toEqual([0, 1]);
    expect(await listed(spendDays + claimDays + spendDays)).toEqual([0, 0]);
  });

  test('SET-5 SET-10 tickets that one operator vouched for share one cap, to the fen; others have their own', async () => {
    const { registry } = await open(fen(100_000));
    const [anna, bert, cora] = await enrol(registry, ['anna', 'bert', 'cora']);
    if (!anna || !bert || !cora) return expect.unreachable('three parties');
    const owed = async (amount: number, second: Party, to?: Destination, operator?: number) =>
      claimBoth(registry, await spendTwice(registry, amount, [anna, second]), to, operator);
    const later = await spendTwice(registry, CAP, [anna, cora]);
    expect(await owed(CAP - 1, bert, ticket(), 2)).toMatchObject({ paid: CAP - 1, owed: 0 });
    expect(await owed(2, cora, ticket(), 2)).toMatchObject({ paid: 1, owed: 1 });
    expect(await owed(1, cora, ticket(), 2)).toMatchObject({ paid: 0, owed: 1 });
    // The other operator's tickets, and accounts, have caps of their own.
    expect(await owed(CAP, bert, ticket(), 1)).toMatchObject({ paid: CAP, owed: 0 });
    expect(await owed(CAP + 1, bert)).toMatchObject({ paid: CAP, owed: 1 });
    // A period later nothing more of it is paid, but what arrives then.
    clock.now = plusSeconds(NOW, DEFAULT_POLICY.fundPeriodDays * SECONDS_PER_DAY);
    expect(await registry.payFunds()).toBe(0);
    expect(await claimBoth(registry, later, ticket(), 2)).toMatchObject({ paid: CAP, owed: 0 });
    clock.now = NOW;
    expect((await registry.audit()).problems).toEqual([]);
  });

  test('SET-5 SET-7 a debt that its operator has the money for stops it at no time; one beyond that does, until it is paid', async () => {
    const { registry, pool } = await open(fen(0));
    const [anna] = await enrol(registry, ['anna']);
    if (!anna) return expect.unreachable('a party');
    const before = await balanceOf(registry, anna);
    /** As another process leaves it between the debt of an operator that held a Claim back and its payment. */
    const owe = async (amount: number): Promise<void> => {
      const [id, creditor] = [Buffer.from(CRYPTO.randomBytes(32)), accountOf(anna.operator, anna.handle)];
      const line = { set: id, currency: DEFAULT_CURRENCY };
      await inTransaction(pool, async (client) => {
        await client.query(
          'INSERT INTO debt (debt_id, debtor, creditor, currency, amount) VALUES ($1,$2,$3,$4,$5)',
          [id, reserveOf(1), creditor, DEFAULT_CURRENCY, amount],
        );
        await post(client, 0, CRYPTO.randomBytes(16), [
          { ...line, account: lateDebtOf(reserveOf(1)), amount: -amount },
          { ...line, account: owedTo(creditor), amount },
        ]);
      });
    };
    const isStopped = async (): Promise<boolean | undefined> => {
      const { rows } = await pool.query<{ stopped: boolean }>(
        'SELECT stopped FROM operator WHERE operator = 1',
      );
      return rows[0]?.stopped;
    };
    await pool.query('UPDATE operator SET quota = quota - 100 WHERE operator = 1');
    await owe(60);
    await registry.payFunds();
    expect(await isStopped()).toBe(false);
    expect((await balanceOf(registry, anna)) - before).toBe(60);
    await owe(60);
    await registry.payFunds();
    expect(await isStopped()).toBe(true);
    expect((await balanceOf(registry, anna)) - before).toBe(100);
    await pool.query('UPDATE operator SET quota = quota - 100 WHERE operator = 1');
    await registry.recover();
    expect(await isStopped()).toBe(false);
    expect((await balanceOf(registry, anna)) - before).toBe(120);
  });
});
