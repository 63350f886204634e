/**
 * `duet bench settle`: claims per second through the registry as it is used: sealed uploads in, encoded answers
 * out; every signature verified, conflicts searched, postings written, durable.
 *
 * Rows: a fresh registry, then one that already holds `preload` claims. Preloaded rows have the shape of real
 * ones and random ids; they are written by SQL, because verifying them is not what is measured.
 */
import { readFileSync } from 'node:fs';
import { rawMicros } from '@duet/crypto/bench/raw';
import { createNodeSuites } from '@duet/crypto/node-suites';
import type { SyncCrypto } from '@duet/crypto/port';
import { createAuthority } from '@duet/ledger/engine/authority';
import { DEFAULT_POLICY } from '@duet/ledger/engine/policies';
import { openRegistry, type Registry } from '@duet/ledger/engine/registry';
import { type Database, openDatabase } from '@duet/ledger/postgres/database';
import { temporaryPostgres } from '@duet/ledger/postgres/temporary';
import { instant } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { CERTIFICATE, holderNumber } from '@duet/protocol/objects/certificate';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { handle } from '@duet/protocol/objects/fields';
import { decodeSigned, draft, encodeSigned, withSignature } from '@duet/protocol/objects/signed';
import { utf8 } from '@duet/protocol/text';
import { preloadClaims } from './settle-preload.ts';
import { makeWorkload, type Payee, type Workload } from './settle-workload.ts';

export interface SettleBenchOptions {
  /** Claims measured in each row. */
  readonly claims: number;
  /** Claims that the registry of the second row already holds. */
  readonly preload: number;
  readonly inputsPerClaim: number;
  readonly workers: number;
  readonly progress?: (text: string) => void;
}

export interface SettleRow {
  readonly preloadedClaims: number;
  readonly claimsPerSecond: number;
  readonly rawVerifyPerSecond: number;
  /** Claims settled for each signature that one core could verify in the same time. */
  readonly ratio: number;
  readonly verificationsPerInput: number;
  readonly inputsPerClaim: number;
  readonly nodeCpuMsPerClaim: number;
  readonly postgresCpuMsPerClaim: number;
}

const OPERATOR = 1;
const PAYEES = 64;
const CLAIMS_PER_UPLOAD = 256;
const IN_FLIGHT = 24;
const WARM_CLAIMS = 24_576;
/** What a claim is held against: signatures verified on one core, each of another key. */
const ONE_VERIFY = { sign: 0, verify: 1, keygen: 0, ecdh: 0, aead: 0, import: 0 };

/** Runs both rows on a temporary embedded database. */
export async function benchSettle(options: SettleBenchOptions): Promise<SettleRow[]> {
  const progress = options.progress ?? (() => undefined);
  const server = await temporaryPostgres();
  const database = await openDatabase({ databaseUrl: server.connectionString });
  const crypto = createNodeSuites();
  const now = instant(Math.floor(Date.now() / 1_000));
  const authority = createAuthority({
    crypto,
    suite: 1,
    policies: [DEFAULT_POLICY],
    operators: [{ id: OPERATOR, name: 'Bench' }],
    now,
  });
  const registry = await openRegistry({
    database,
    crypto,
    authority,
    clock: () => now,
    workers: options.workers,
  });
  try {
    const payees = await enrolPayees(registry, crypto);
    const run = async (preloadedClaims: number): Promise<SettleRow> => {
      progress(`making ${options.claims + WARM_CLAIMS} signed payments`);
      const warm = await work(WARM_CLAIMS);
      const measured = await work(options.claims);
      await settleAll(registry, warm);
      progress(`settling ${options.claims} claims, ${preloadedClaims} held before`);
      return measure(registry, database, measured, preloadedClaims, server.pid);
    };
    const work = (claims: number): Promise<Workload> =>
      makeWorkload(database.pool, {
        crypto,
        authority,
        payees,
        claims,
        inputsPerClaim: options.inputsPerClaim,
        claimsPerUpload: CLAIMS_PER_UPLOAD,
        now,
        home: { operator: OPERATOR, handle: handle(utf8('bench')) },
      });
    const rows = [await run(0)];
    if (options.preload > 0) {
      progress(`preloading ${options.preload} claims`);
      await preloadClaims(database.pool, options.preload);
      rows.push(await run(options.preload));
    }
    return rows;
  } finally {
    await registry.stop();
    await database.close();
    await server.stop();
  }
}

async function enrolPayees(registry: Registry, crypto: SyncCrypto): Promise<Payee[]> {
  const plenty = fen(1_000_000_000_000);
  await registry.addOperator({ id: OPERATOR, name: 'Bench', reserve: plenty, quota: plenty, fund: fen(0) });
  const handles = Array.from({ length: PAYEES }, (_, i) => handle(utf8(`payee-${i}`)));
  await registry.openAccounts(
    handles.map((handle) => ({ operator: OPERATOR, handle, kind: 'merchant' as const })),
  );
  return Promise.all(
    handles.map(async (handle): Promise<Payee> => {
      const key = crypto.generateKey(1, 'sign');
      const unsigned = draft(
        ENROLMENT,
        1,
        { operator: OPERATOR, handle, subject: key.publicKey, holder: holderNumber('wallet', 1) },
        crypto,
      );
      const given = await registry.certify(
        encodeSigned(ENROLMENT, withSignature(unsigned, crypto.sign(key, unsigned.message))),
      );
      if (!given.ok) throw new Error(`bench: ${given.rejection.code}`);
      return { key, certificate: decodeSigned(CERTIFICATE, given.value, crypto), operator: OPERATOR, handle };
    }),
  );
}

/** Sends every upload, some in flight at once, and checks that each answer came. */
async function settleAll(registry: Registry, workload: Workload): Promise<void> {
  const waiting = [...workload.sealedUploads];
  const lane = async (): Promise<void> => {
    for (let upload = waiting.pop(); upload; upload = waiting.pop()) {
      const answer = await registry.settle(upload);
      if (!answer.ok) throw new Error(`bench: ${answer.rejection.code}`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

async function measure(
  registry: Registry,
  database: Database,
  workload: Workload,
  preloadedClaims: number,
  postgres: number | undefined,
): Promise<SettleRow> {
  const before = {
    verified: registry.verified,
    node: process.cpuUsage(),
    postgres: treeCpuMs(postgres),
    credited: await creditedSum(database),
  };
  const start = performance.now();
  await settleAll(registry, workload);
  const seconds = (performance.now() - start) / 1_000;
  const node = process.cpuUsage(before.node);
  const postgresMs = treeCpuMs(postgres) - before.postgres;
  const verified = registry.verified - before.verified;
  const credited = (await creditedSum(database)) - before.credited;
  if (credited !== workload.claims)
    throw new Error(`bench: ${credited} of ${workload.claims} claims were credited`);
  const rawVerifyPerSecond = 1e6 / rawMicros(1, ONE_VERIFY, 1_500);
  const claimsPerSecond = workload.claims / seconds;
  return {
    preloadedClaims,
    claimsPerSecond: Math.round(claimsPerSecond),
    rawVerifyPerSecond: Math.round(rawVerifyPerSecond),
    ratio: round(claimsPerSecond / rawVerifyPerSecond),
    verificationsPerInput: round(verified / workload.claims),
    inputsPerClaim: workload.inputsPerClaim,
    nodeCpuMsPerClaim: round((node.user + node.system) / 1_000 / workload.claims),
    postgresCpuMsPerClaim: round(postgresMs / workload.claims),
  };
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

/** Claim inputs that stand credited: the figure is taken from the rows, not assumed. */
async function creditedSum(database: Database): Promise<number> {
  const rows = await database.pool.query<{ n: number }>(
    'SELECT count(*)::bigint AS n FROM piece WHERE kind = 1 AND outcome = 1',
  );
  return rows.rows[0]?.n ?? 0;
}

const CLOCK_TICK_MS = 10;

/** CPU of a server and its children from /proc, dead children included; 0 where there is no /proc. */
function treeCpuMs(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((text) => text !== '');
    return [String(pid), ...children].reduce((sum, id) => sum + processCpuMs(id, id === String(pid)), 0);
  } catch {
    return 0;
  }
}

function processCpuMs(pid: string, withDead: boolean): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const [user, system, deadUser, deadSystem] = fields.slice(11, 15).map(Number);
  const own = (user ?? 0) + (system ?? 0);
  return (own + (withDead ? (deadUser ?? 0) + (deadSystem ?? 0) : 0)) * CLOCK_TICK_MS;
}
