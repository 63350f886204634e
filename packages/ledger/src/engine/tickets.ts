/**
 * Tickets (SET-10): a payee without an account claims to the salted hash of a withdrawal code, and redeems it
 * once, online, into any account, and what comes to the ticket later, as from a fund, a review or a debt, follows it there.
 * Wrong codes are counted; what nobody redeems lapses to the holding account.
 */
import { randomBytes } from 'node:crypto';
import type { Day } from '@duet/protocol/brand';
import { concatBytes, equalBytes } from '@duet/protocol/bytes';
import { type Fen, fen } from '@duet/protocol/money';
import type { Handle } from '@duet/protocol/objects/fields';
import { DEFAULT_CURRENCY } from '@duet/protocol/objects/request';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { Hashes } from '@duet/protocol/suite';
import type pg from 'pg';
import { accountOf, HOLDING, ticketOf } from '../core/chart.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { currentBalanceOf, deliverAll, type PostingLine, post } from '../sql/postings.ts';
import { binary, type Queryable } from '../sql/rows.ts';

/** Wrong codes before a ticket is locked: six-digit codes stay out of reach. */
export const MAX_TICKET_TRIES = 5;

/** Days until an unredeemed ticket lapses. */
export const TICKET_DAYS = 365;

export interface Redemption {
  /** The ticket that the Claim named: H(salt ‖ code). */
  readonly ticket: Uint8Array;
  readonly salt: Uint8Array;
  readonly code: Uint8Array;
  readonly operator: number;
  readonly handle: Handle;
}

/** The ticket of a withdrawal code. */
export const ticketFor = (salt: Uint8Array, code: Uint8Array, hashes: Hashes): Uint8Array =>
  hashes.hash(1, concatBytes(salt, code));

/** Notes that tickets exist from a day on; those that are there stay as they are. */
export async function openTickets(
  queryable: Queryable,
  tickets: readonly Uint8Array[],
  today: number,
): Promise<void> {
  if (tickets.length === 0) return;
  await queryable.query(
    'INSERT INTO ticket (ticket, opened_on) SELECT unnest($1::bytea[]), $2 ON CONFLICT DO NOTHING',
    [tickets.map(binary), today],
  );
}

/** Pays a ticket into an account; the sum paid. The same ticket again is refused. */
export async function redeemTicket(
  pool: pg.Pool,
  redemption: Redemption,
  hashes: Hashes,
): Promise<Result<Fen>> {
  await deliverAll(pool);
  const result = await inTransaction(pool, (client) => redeemInside(client, redemption, hashes), {
    attempts: 5,
  });
  await deliverAll(pool);
  return result;
}

async function redeemInside(client: Queryable, redemption: Redemption, hashes: Hashes): Promise<Result<Fen>> {
  const { ticket, salt, code, operator, handle } = redemption;
  const rows = await client.query<{ tries: number; redeemed: boolean }>(
    'SELECT tries, redeemed FROM ticket WHERE ticket = $1 FOR UPDATE',
    [binary(ticket)],
  );
  const row = rows.rows[0];
  if (!row || row.redeemed)
    return reject('ticket-unknown', 'a ticket that was not redeemed', row ? 'a redeemed one' : 'none');
  if (row.tries >= MAX_TICKET_TRIES)
    return reject('ticket-locked', `at most ${MAX_TICKET_TRIES} tries`, `${row.tries}`);
  if (!equalBytes(ticketFor(salt, code, hashes), ticket)) {
    await client.query('UPDATE ticket SET tries = tries + 1 WHERE ticket = $1', [binary(ticket)]);
    return reject('ticket-unknown', 'the code of the ticket', 'another code');
  }
  const known = await client.query('SELECT 1 FROM account WHERE operator = $1 AND handle = $2', [
    operator,
    binary(handle),
  ]);
  if (known.rows.length === 0) return reject('account-unknown', 'an account of the operator', 'none');
  const account = accountOf(operator, handle);
  await client.query('UPDATE ticket SET account = $2 WHERE ticket = $1', [binary(ticket), account]);
  return accept(await payOut(client, ticket, account));
}

/** Moves what came to tickets after their redemption to the accounts into which they were redeemed; the sum moved. */
export async function forwardTickets(pool: pg.Pool): Promise<number> {
  await deliverAll(pool);
  const moved = await inTransaction(
    pool,
    async (client) => {
      const late = await client.query<{ ticket: Buffer; account: string }>(
        `SELECT t.ticket, t.account FROM balance b JOIN ticket t ON t.ticket = decode(split_part(b.account, ':', 2), 'hex')
         WHERE b.account LIKE 'ticket:%' AND b.amount > 0 AND t.account IS NOT NULL ORDER BY t.ticket FOR UPDATE OF t`,
      );
      let total = 0;
      for (const { ticket, account } of late.rows) total += await payOut(client, ticket, account);
      return total;
    },
    { attempts: 5 },
  );
  await deliverAll(pool);
  return moved;
}

async function payOut(client: Queryable, ticket: Uint8Array, account: string): Promise<Fen> {
  const amount = await currentBalanceOf(client, ticketOf(ticket), DEFAULT_CURRENCY);
  await client.query('UPDATE ticket SET redeemed = true WHERE ticket = $1', [binary(ticket)]);
  const line = (name: string, value: number): PostingLine => ({
    set: ticket,
    account: name,
    currency: DEFAULT_CURRENCY,
    amount: value,
  });
  if (amount > 0)
    await post(client, 0, randomBytes(16), [line(ticketOf(ticket), -amount), line(account, amount)]);
  return fen(Math.max(0, amount));
}

/** Moves what nobody redeemed in {@link TICKET_DAYS} to the holding account; the sum moved. */
export async function lapseTickets(pool: pg.Pool, today: Day): Promise<number> {
  await deliverAll(pool);
  const lapsed = await inTransaction(
    pool,
    async (client) => {
      const due = await client.query<{ ticket: Buffer }>(
        'SELECT ticket FROM ticket WHERE opened_on + $2 <= $1 AND account IS NULL ORDER BY ticket FOR UPDATE',
        [today, TICKET_DAYS],
      );
      let total = 0;
      for (const { ticket } of due.rows) total += await payOut(client, ticket, HOLDING);
      return total;
    },
    { attempts: 5 },
  );
  await deliverAll(pool);
  return lapsed;
}
