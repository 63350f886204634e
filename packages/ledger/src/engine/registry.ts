/**
 * Registry: issuer, operators' books and settlement behind one object on PostgreSQL.
 *
 * It implements the settlement port that wallets reach, and the calls by which an issuer and its operators run
 * it. Every call may be repeated. Calls that arrive together share transactions.
 */
import { randomBytes } from 'node:crypto';
import type { SyncCrypto } from '@duet/crypto/port';
import { type Day, dayOf, type Instant, type KeyText } from '@duet/protocol/brand';
import { fromHex, toHex } from '@duet/protocol/bytes';
import { decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { reading } from '@duet/protocol/messages/decoding';
import { ANSWER, MAX_UPLOAD_BYTES, UPLOAD, UPLOAD_INFO } from '@duet/protocol/messages/upload';
import { type Fen, fen } from '@duet/protocol/money';
import type { Handle } from '@duet/protocol/objects/fields';
import { DEFAULT_CURRENCY } from '@duet/protocol/objects/request';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { LoadOrder, SettlementPort, TrustMaterial } from '@duet/protocol/settlement-port';
import type { Verifier } from '@duet/protocol/suite';
import { utf8 } from '@duet/protocol/text';
import type pg from 'pg';
import { accountOf, fundOf, reserveOf, SUPPLY } from '../core/chart.ts';
import type { Database } from '../postgres/database.ts';
import { migrate } from '../postgres/migrate.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { currentBalanceOf, deliverAll, type PostingLine, post } from '../sql/postings.ts';
import { binary } from '../sql/rows.ts';
import { MIGRATIONS } from '../sql/schema.ts';
import { type Alarm, readAlarms } from './alarms.ts';
import { answerAll, type ReceivedUpload } from './answers.ts';
import type { Authority } from './authority.ts';
import { Batcher } from './batcher.ts';
import { certifyAll } from './certify.ts';
import { type CloseReport, closeCoins } from './close.ts';
import { type CreditEntry, readCreditRecord } from './credit-record.ts';
import { HANDLE_LIMITS, type HandleLimits } from './handle-limits.ts';
import { type IntakeContext, reviewAll, takeIn } from './intake.ts';
import { chargeOperators, readNote } from './intake-notes.ts';
import { KnownSignatures } from './known-signatures.ts';
import { loadAll } from './loads.ts';
import { payOwed, payReviewed, type Reviewed } from './payouts.ts';
import { revokeDue } from './proofs.ts';
import { recover } from './recovery.ts';
import { reissueAll } from './reissue.ts';
import { type Balances, type FraudCase, listCases, readBalances } from './reports.ts';
import type { ReviewContext } from './review.ts';
import { forwardTickets, lapseTickets, type Redemption, redeemTicket } from './tickets.ts';
import { TrustInForce } from './trust-in-force.ts';
import { unfinishedOrders } from './unfinished-orders.ts';
import { type AuditReport, audit } from './walk.ts';
import { WorkerPool } from './worker-pool.ts';

export interface RegistryOptions {
  readonly database: Database;
  readonly crypto: SyncCrypto;
  readonly clock: () => Instant;
  readonly authority: Authority;
  /** Default: `crypto`. */
  readonly verifier?: Verifier<'sync'>;
  /** Live keys and coins of a handle (LIMIT-1). Default: {@link HANDLE_LIMITS}. */
  readonly limits?: HandleLimits;
  /** Settles, certifies and loads on this many worker threads, which connect by themselves. Default: in this one. */
  readonly workers?: number;
  /** Told when keys were revoked by a batch. */
  readonly onRevoked?: () => void;
}

export interface NewOperator {
  readonly id: number;
  readonly name: string;
  /** Frozen at the issuer; backs what the operator issues. */
  readonly reserve: Fen;
  readonly quota: Fen;
  readonly fund: Fen;
}

export type AccountKind = 'customer' | 'merchant';

export interface NewAccount {
  readonly operator: number;
  readonly handle: Handle;
  readonly kind: AccountKind;
  /** Paid in at once, only when the account is new. */
  readonly deposit?: Fen;
}

/** Uploads that one batch settles at most. */
const UPLOADS_PER_BATCH = 64;
const CALLS_PER_BATCH = 500;
/** Batches in flight: while one waits for the disk the next one verifies. */
const BATCHES = 3;

/** Migrates the schema and opens the registry; coins left for review by a crash are judged first. */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  await migrate(options.database.pool, MIGRATIONS);
  const registry = new Registry(options);
  try {
    await registry.sweep();
  } catch (error) {
    await registry.stop();
    throw error;
  }
  return registry;
}

export class Registry implements SettlementPort {
  readonly #pool: pg.Pool;
  readonly #crypto: SyncCrypto;
  readonly #clock: () => Instant;
  readonly #signatures: KnownSignatures;
  readonly #limits: HandleLimits;
  readonly #settle: Batcher<ReceivedUpload, Uint8Array>;
  readonly #certify: Batcher<Uint8Array, Result<Uint8Array>>;
  readonly #load: Batcher<LoadOrder, Result<readonly Uint8Array[]>>;
  readonly #workers: WorkerPool | undefined;
  readonly #onRevoked: () => void;
  readonly #trust: TrustInForce;

  constructor(options: RegistryOptions) {
    this.#pool = options.database.pool;
    this.#crypto = options.crypto;
    this.#clock = options.clock;
    this.#limits = options.limits ?? HANDLE_LIMITS;
    this.#trust = new TrustInForce({
      pool: this.#pool,
      clock: this.#clock,
      authority: options.authority,
      onChange: (authority) => this.#workers?.useAuthority(authority),
    });
    this.#signatures = new KnownSignatures(options.verifier ?? options.crypto);
    this.#onRevoked = options.onRevoked ?? (() => undefined);
    const { workers = 0, authority, crypto, database } = options;
    if (workers > 0) {
      const onRevoked = (): void => this.#noteRevoked(true);
      this.#workers = new WorkerPool({
        count: workers,
        databaseUrl: database.url,
        limits: this.#limits,
        authority,
        crypto,
        onRevoked,
      });
    }
    this.#settle = new Batcher((uploads) => this.#settleBatch(uploads), UPLOADS_PER_BATCH, BATCHES);
    this.#certify = new Batcher(
      (enrolments) =>
        certifyAll(enrolments, {
          pool: this.#pool,
          crypto: this.#crypto,
          authority: this.#trust.authority,
          signatures: this.#signatures,
          limits: this.#limits,
          now: this.#clock(),
        }),
      CALLS_PER_BATCH,
      1,
    );
    this.#load = new Batcher((orders) => loadAll(orders, this.#loadContext()), CALLS_PER_BATCH, 1);
  }

  /** Signatures verified so far in this thread and its workers, without those known before. */
  get verified(): number {
    return this.#signatures.verified + (this.#workers?.verified ?? 0);
  }

  /** Ends the worker threads; the database is its opener's to close. */
  async stop(): Promise<void> {
    await this.#workers?.stop();
  }

  /** In force: with the stop notices of alarms. A newer bundle is made from this one. */
  get authority(): Authority {
    return this.#trust.authority;
  }

  /** Takes a newer bundle into force (keys, policies, stops); see {@link Authority.withBundle}. */
  useAuthority(authority: Authority): void {
    this.#trust.use(authority);
  }

  trust(): Promise<TrustMaterial> {
    return this.#trust.material();
  }

  certify(enrolment: Uint8Array): Promise<Result<Uint8Array>> {
    if (this.#workers) return this.#workers.certify(enrolment, this.#clock());
    return this.#certify.call(enrolment);
  }

  load(order: LoadOrder): Promise<Result<readonly Uint8Array[]>> {
    if (this.#workers) return this.#workers.load(order, this.#clock());
    return this.#load.call(order);
  }

  async settle(sealed: Uint8Array, note?: Uint8Array): Promise<Result<Uint8Array>> {
    if (this.#workers) return this.#workers.settle(sealed, note, this.#clock());
    const opened = this.#crypto.open({
      handle: this.#trust.authority.sealing,
      info: utf8(UPLOAD_INFO),
      aad: new Uint8Array(0),
      sealed,
    });
    if (!opened.ok) return opened;
    const upload = reading(() => decodeBytes(UPLOAD, opened.value, MAX_UPLOAD_BYTES));
    if (!upload.ok) return upload;
    const noted = note && readNote(note, sealed, this.#trust.view, this.#crypto, this.#signatures);
    const hash = this.#crypto.hash(1, sealed);
    return accept(await this.#settle.call({ upload: upload.value, hash, note: noted }));
  }

  async account(
    operator: number,
    handle: Handle,
  ): Promise<Result<{ readonly balance: Fen; readonly pending: Fen }>> {
    await deliverAll(this.#pool);
    const known = await this.#pool.query('SELECT 1 FROM account WHERE operator = $1 AND handle = $2', [
      operator,
      binary(handle),
    ]);
    if (known.rows.length === 0) return reject('account-unknown', 'an account of the operator', 'none');
    const balance = await currentBalanceOf(this.#pool, accountOf(operator, handle), DEFAULT_CURRENCY);
    const pending = await this.#pool.query<{ amount: number }>(
      `SELECT coalesce(sum(r.amount), 0)::bigint AS amount FROM certificate c
       JOIN recorded r ON r.bucket = c.bucket AND r.payee = c.subject WHERE c.operator = $1 AND c.handle = $2`,
      [operator, binary(handle)],
    );
    return accept({ balance: fen(balance), pending: fen(pending.rows[0]?.amount ?? 0) });
  }

  /** Adds an operator with its reserve, quota and fund; one that is there stays as it is. */
  async addOperator({ id, name, reserve, quota, fund }: NewOperator): Promise<void> {
    if (quota > reserve) throw new RangeError('operator: quota exceeds the frozen reserve (SET-11)');
    await inTransaction(this.#pool, async (client) => {
      const added = await client.query(
        'INSERT INTO operator (operator, name, quota) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING RETURNING operator',
        [id, name, quota],
      );
      if (added.rows.length === 0) return;
      const line = (account: string, amount: number): PostingLine => ({
        set: utf8(`operator:${id}`),
        account,
        currency: DEFAULT_CURRENCY,
        amount,
      });
      await post(client, 0, randomBytes(16), [
        line(SUPPLY, -reserve - fund),
        line(reserveOf(id), reserve),
        line(fundOf(id), fund),
      ]);
    });
    await deliverAll(this.#pool);
  }

  openAccount(operator: number, handle: Handle, kind: AccountKind): Promise<void> {
    return this.openAccounts([{ operator, handle, kind }]);
  }

  /** Opens accounts; those that are there stay as they are, their deposit is not paid in again. */
  async openAccounts(accounts: readonly NewAccount[]): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      const added = await client.query<{ operator: number; handle: Buffer }>(
        `INSERT INTO account (operator, handle, kind) SELECT * FROM unnest($1::int[], $2::bytea[], $3::text[])
         ON CONFLICT DO NOTHING RETURNING operator, handle`,
        [
          accounts.map((one) => one.operator),
          accounts.map((one) => binary(one.handle)),
          accounts.map((one) => one.kind),
        ],
      );
      const fresh = new Set(added.rows.map((row) => accountOf(row.operator, row.handle)));
      const lines = accounts
        .filter((one) => one.deposit && fresh.has(accountOf(one.operator, one.handle)))
        .flatMap((one) => depositLines(accountOf(one.operator, one.handle), one.deposit ?? 0, one.handle));
      await post(client, 0, randomBytes(16), lines);
    });
    await deliverAll(this.#pool);
  }

  /** Cash in: money from outside becomes account money. The same id is paid in once. */
  async deposit(operator: number, handle: Handle, amount: Fen, id: Uint8Array): Promise<Result<void>> {
    const result = await inTransaction(this.#pool, async (client): Promise<Result<void>> => {
      const known = await client.query(
        'SELECT 1 FROM account WHERE operator = $1 AND handle = $2 FOR UPDATE',
        [operator, binary(handle)],
      );
      if (known.rows.length === 0) return reject('account-unknown', 'an account of the operator', 'none');
      const before = await client.query('SELECT 1 FROM posting WHERE bucket = 0 AND batch = $1', [
        binary(id),
      ]);
      if (before.rows.length === 0)
        await post(client, 0, id, depositLines(accountOf(operator, handle), amount, id));
      return accept(undefined);
    });
    await deliverAll(this.#pool);
    return result;
  }

  async deliver(): Promise<void> {
    await deliverAll(this.#pool);
  }

  /** Pays what reserves owe, then what funds owe and can pay now; gives the sum of the latter. */
  async payFunds(): Promise<number> {
    return (await payOwed(this.#pool, this.#trust.view, 'operators')).dues;
  }

  /**
   * After a review: pays what is owed because of the culprit of a case, or the issuer key of an alarm, above the caps too
   * (SET-5, SET-1). Done again, it pays what there was no money for.
   */
  async payReviewed(culprit: KeyText): Promise<Reviewed> {
    const reviewed = await payReviewed(this.#pool, this.#trust.view, fromHex(culprit));
    await forwardTickets(this.#pool);
    return reviewed;
  }

  /**
   * Sets culprits' accounts off against what they caused, then pays debts for late claims; gives the sum. What comes back
   * to a fund is paid out.
   */
  async recover(): Promise<number> {
    const recovered = await recover(this.#pool);
    return recovered + (await payOwed(this.#pool, this.#trust.view, 'all')).debts;
  }

  /** Pays a ticket into an account, once (SET-10). */
  redeem(redemption: Redemption): Promise<Result<Fen>> {
    return redeemTicket(this.#pool, redemption, this.#crypto);
  }

  /** Moves tickets that nobody redeemed to the holding account; gives the sum. */
  lapse(today: Day): Promise<number> {
    return lapseTickets(this.#pool, today);
  }

  async close(today: Day): Promise<CloseReport> {
    await this.#finishOrders();
    const report = await closeCoins(this.#pool, this.#reviewContext(), today);
    this.#noteRevoked(await revokeDue(this.#pool));
    await this.payFunds();
    // A culprit gets what the walk gives it only after set-off (SET-7).
    await this.recover();
    await forwardTickets(this.#pool);
    return report;
  }

  async audit(): Promise<AuditReport> {
    await deliverAll(this.#pool);
    return inTransaction(this.#pool, (client) => audit(client, this.#crypto), {
      isolation: 'repeatable read',
    });
  }

  async balances(): Promise<Balances> {
    await deliverAll(this.#pool);
    return readBalances(this.#pool);
  }

  cases(): Promise<FraudCase[]> {
    return listCases(this.#pool);
  }

  /** What accounts owe for double spends, and what was recovered of it (SET-6). */
  creditRecord(): Promise<CreditEntry[]> {
    return readCreditRecord(this.#pool);
  }

  /** Coins that the registry never made, by epoch (SET-1). */
  async alarms(): Promise<Alarm[]> {
    await deliverAll(this.#pool);
    return readAlarms(this.#pool, this.#trust.view);
  }

  /** Judges coins that a crash left marked, makes the new ones that it prevented, and takes over what alarms stopped. */
  async sweep(): Promise<void> {
    await this.#trust.lookForStops();
    await this.#finishOrders();
    const due = await this.#pool.query<{ coin_id: Buffer }>('SELECT coin_id FROM coin WHERE review_due');
    if (due.rows.length > 0) {
      await reviewAll(
        due.rows.map((row) => row.coin_id),
        this.#intakeContext(),
      );
      await this.payFunds();
    }
    this.#noteRevoked(await revokeDue(this.#pool));
  }

  async #finishOrders(): Promise<void> {
    const uploads = await unfinishedOrders(this.#pool, this.#crypto);
    const results = uploads.length > 0 ? await takeIn(uploads, this.#intakeContext()) : [];
    await reissueAll(
      results.flatMap(({ orders }) => orders),
      this.#loadContext(),
    );
    await deliverAll(this.#pool);
  }

  #noteRevoked(revoked: boolean): void {
    if (!revoked) return;
    this.#trust.noteRevoked();
    this.#onRevoked();
  }

  async #settleBatch(uploads: readonly ReceivedUpload[]): Promise<Uint8Array[]> {
    const context = this.#intakeContext();
    const results = await takeIn(
      uploads.map(({ upload }) => upload),
      context,
    );
    const orders = results.flatMap((result) => result.orders);
    this.#noteRevoked(results.some((result) => result.reviewed || result.alarmed));
    if (results.some((result) => result.alarmed)) await this.#trust.lookForStops();
    const reissued = await reissueAll(orders, this.#loadContext());
    if (orders.some((order) => order.inputs.some((input) => input.owed > 0))) {
      const noted = uploads.map(({ note }, i) => ({ note, orders: results[i]?.orders ?? [] }));
      await chargeOperators(this.#pool, noted);
      await this.payFunds();
    }
    const answers = await answerAll(uploads, results, reissued, {
      pool: this.#pool,
      authority: this.#trust.authority,
      crypto: this.#crypto,
      signatures: this.#signatures,
      now: this.#clock(),
    });
    return answers.map((answer) => encodeBytes(ANSWER, answer));
  }

  #reviewContext(): ReviewContext {
    const { crypto, trust, stored, today } = this.#intakeContext();
    return { hashes: crypto, trust, stored, today };
  }

  #intakeContext(): IntakeContext {
    return {
      pool: this.#pool,
      crypto: this.#crypto,
      trust: this.#trust.view,
      signatures: this.#signatures,
      stored: Date.now() * 1_000,
      now: this.#clock(),
      today: dayOf(this.#clock()),
    };
  }

  #loadContext(): Parameters<typeof loadAll>[1] {
    return {
      pool: this.#pool,
      crypto: this.#crypto,
      authority: this.#trust.authority,
      trust: this.#trust.view,
      limits: this.#limits,
      now: this.#clock(),
    };
  }
}

function depositLines(account: string, amount: number, set: Uint8Array): PostingLine[] {
  const line = (name: string, value: number): PostingLine => ({
    set,
    account: name,
    currency: DEFAULT_CURRENCY,
    amount: value,
  });
  return [line(SUPPLY, -amount), line(account, amount)];
}

/** A handle as a map key: `operator:hex`. */
export const accountKey = (operator: number, handle: Handle): string => `${operator}:${toHex(handle)}`;
