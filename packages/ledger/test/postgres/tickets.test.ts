/** SET-10 on a real database: a payee without an account claims to a ticket and redeems it once. SET-3: balanced. */

import { day, dayOf } from '@duet/protocol/brand';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { EMPTY_UPLOAD } from '@duet/protocol/messages/upload';
import { CLAIM, type Destination } from '@duet/protocol/objects/claim';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { VERDICT } from '@duet/protocol/objects/verdict';
import { beforeAll, expect, test } from 'vitest';
import type { Registry } from '../../src/engine/registry.ts';
import { MAX_TICKET_TRIES, TICKET_DAYS, ticketFor } from '../../src/engine/tickets.ts';
import type { Database } from '../../src/postgres/database.ts';
import { CRYPTO, claimOf, cut, NOW, type Party, pay } from '../helpers/money.ts';
import { balanceOf, enrol, itemsOf, load, openWorld, send } from '../helpers/world.ts';
import { describeWithPostgres, temporaryDatabase } from './support.ts';

const DESTINATION = 32;

describeWithPostgres('tickets', () => {
  const opened = temporaryDatabase();
  let database: Database;
  let registry: Registry;
  let payer: Party;
  let payee: Party;

  beforeAll(async () => {
    database = opened();
    registry = await openWorld(database);
    const [first, second] = await enrol(registry, ['payer', 'payee']);
    if (!first || !second) throw new Error('two parties');
    payer = first;
    payee = second;
  });

  /** The payee claims 40 fen to the ticket of a code. */
  const claimToTicket = async (ticket: Uint8Array): Promise<void> => {
    const [holding] = await load(registry, payer, [100]);
    if (!holding) throw new Error('a coin');
    const payment = pay([cut(holding, 0, 40)], payee);
    const field = bytes({ length: DESTINATION });
    const destination: Destination = {
      kind: 'ticket',
      ticket: decodeBytes(field, encodeBytes(field, ticket), DESTINATION + 2) as Extract<
        Destination,
        { kind: 'ticket' }
      >['ticket'],
    };
    const answer = await send(registry, {
      ...EMPTY_UPLOAD,
      exchanges: [payment.exchange],
      verdicts: [encodeSigned(VERDICT, payment.verdict)],
      claims: [encodeSigned(CLAIM, claimOf(payment.received, payee, destination))],
    });
    expect(itemsOf(answer).map(({ amount }) => amount)).toEqual([40]);
  };

  const redemption = (ticket: Uint8Array, salt: Uint8Array, code: Uint8Array) => ({
    ticket,
    salt,
    code,
    operator: payee.operator,
    handle: payee.handle,
  });

  test('SET-10 a ticket is paid into an account once, by its code alone', async () => {
    const [salt, code] = [CRYPTO.randomBytes(16), new Uint8Array([1, 2, 3, 4, 5, 6])];
    const ticket = ticketFor(salt, code, CRYPTO);
    await claimToTicket(ticket);
    const before = await balanceOf(registry, payee);
    const wrong = await registry.redeem(redemption(ticket, salt, new Uint8Array([9])));
    expect(wrong).toMatchObject({ ok: false, rejection: { code: 'ticket-unknown' } });
    expect(await registry.redeem(redemption(ticket, salt, code))).toEqual({ ok: true, value: 40 });
    expect(await registry.redeem(redemption(ticket, salt, code))).toMatchObject({ ok: false });
    expect((await balanceOf(registry, payee)) - before).toBe(40);
    expect(await registry.audit()).toMatchObject({ balanced: true, differenceFen: 0 });
  });

  test('SET-10 after too many wrong codes it is locked, and lapses to the holding account', async () => {
    const [salt, code] = [CRYPTO.randomBytes(16), new Uint8Array([6])];
    const ticket = ticketFor(salt, code, CRYPTO);
    await claimToTicket(ticket);
    for (let i = 0; i < MAX_TICKET_TRIES; i++) {
      await registry.redeem(redemption(ticket, salt, new Uint8Array([7])));
    }
    const locked = await registry.redeem(redemption(ticket, salt, code));
    expect(locked).toMatchObject({ ok: false, rejection: { code: 'ticket-locked' } });
    expect(await registry.lapse(dayOf(NOW))).toBe(0);
    expect(await registry.lapse(day(dayOf(NOW) + TICKET_DAYS))).toBe(40);
    const audit = await registry.audit();
    expect(audit).toMatchObject({ balanced: true, accounts: { holding: 40 } });
  });

  test('SET-10 SET-5 what comes to a ticket after its redemption follows it to the account, and never lapses', async () => {
    const [salt, code] = [CRYPTO.randomBytes(16), new Uint8Array([3, 1])];
    const ticket = ticketFor(salt, code, CRYPTO);
    await claimToTicket(ticket);
    expect(await registry.redeem(redemption(ticket, salt, code))).toEqual({ ok: true, value: 40 });
    const before = await balanceOf(registry, payee);
    await claimToTicket(ticket);
    expect(await registry.redeem(redemption(ticket, salt, code))).toMatchObject({ ok: false });
    expect(await registry.lapse(day(dayOf(NOW) + TICKET_DAYS))).toBe(0);
    await registry.close(dayOf(NOW));
    expect((await balanceOf(registry, payee)) - before).toBe(40);
    await registry.close(dayOf(NOW));
    expect((await balanceOf(registry, payee)) - before).toBe(40);
    expect((await registry.audit()).problems).toEqual([]);
  });

  test('SET-10 an unknown ticket and an unknown account are refused and change nothing', async () => {
    const [salt, code] = [CRYPTO.randomBytes(16), new Uint8Array([6])];
    const ticket = ticketFor(salt, code, CRYPTO);
    expect(await registry.redeem(redemption(ticket, salt, code))).toMatchObject({
      ok: false,
      rejection: { code: 'ticket-unknown' },
    });
    await claimToTicket(ticket);
    const stranger = { ...redemption(ticket, salt, code), operator: 99 };
    expect(await registry.redeem(stranger)).toMatchObject({
      ok: false,
      rejection: { code: 'account-unknown' },
    });
    expect(await registry.redeem(redemption(ticket, salt, code))).toEqual({ ok: true, value: 40 });
  });
});
