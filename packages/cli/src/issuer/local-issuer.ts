/**
 * The issuer of this machine, for trying things out: all keys of issuer, registry and two operators in the
 * state folder, the registry on the embedded database (or `DATABASE_URL`). A deployment has a house for each.
 *
 * The folder `issuer/` is made under another name and renamed when all of it is there: after a crash there is a
 * whole issuer or none.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createNodeSuites } from '@duet/crypto/node-suites';
import type { SyncCrypto } from '@duet/crypto/port';
import { type Authority, createAuthority, loadAuthority } from '@duet/ledger/engine/authority';
import { DEFAULT_POLICY } from '@duet/ledger/engine/policies';
import { openRegistry, type Registry } from '@duet/ledger/engine/registry';
import { type Database, openDatabase } from '@duet/ledger/postgres/database';
import { DatabaseError } from '@duet/ledger/postgres/database-error';
import { toHex } from '@duet/protocol/bytes';
import { fen } from '@duet/protocol/money';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import type { Context } from '../context.ts';
import { readFile, writeOutput } from '../io/files.ts';
import { MAX_AUTHORITY_BYTES, REGISTRY_POLL_MS, REGISTRY_WAIT_MS } from '../limits.ts';
import { OperationalError } from '../outcome.ts';
import { say } from '../text/messages.ts';
import { AUTHORITY_FILE, BUNDLE_FILE, KEY_FILE, ROOT_FILE } from './files.ts';

export const OPERATORS = [
  { id: 1, name: 'North Bank' },
  { id: 2, name: 'South Pay' },
] as const;

/** Frozen reserve, quota and guarantee fund of each operator. */
const RESERVE = fen(10_000_000_00);
const QUOTA = fen(10_000_000_00);
const FUND = fen(100_000_00);

export interface Issuer {
  readonly registry: Registry;
  readonly authority: Authority;
  readonly crypto: SyncCrypto;
  /** It was made by this call. */
  readonly isNew: boolean;
}

export interface IssuerOptions {
  /** Make it where there is none; else that is an error. */
  readonly create: boolean;
  /** Suite of all its keys, when it is made. */
  readonly suite?: 1 | 2;
}

export const hasIssuer = ({ stateFolder }: Context): boolean => existsSync(join(stateFolder, AUTHORITY_FILE));

/** Opens the registry, runs the work, closes the registry again. @throws DatabaseError, OperationalError */
export async function withIssuer<T>(
  context: Context,
  options: IssuerOptions,
  work: (issuer: Issuer) => Promise<T>,
): Promise<T> {
  if (!options.create && !hasIssuer(context)) {
    throw new OperationalError('issuer-missing', 'never', { folder: context.stateFolder });
  }
  const database = await waitForDatabase(context);
  try {
    return await work(await openIssuer(database, context, options));
  } finally {
    await database.close();
  }
}

async function openIssuer(database: Database, context: Context, options: IssuerOptions): Promise<Issuer> {
  const crypto = createNodeSuites();
  const isNew = !hasIssuer(context);
  const authority = isNew
    ? makeAuthority(crypto, context, options.suite ?? 1)
    : readAuthority(crypto, context);
  const registry = await openRegistry({ database, crypto, clock: context.now, authority });
  // The bundle that others get holds what alarms stopped (SET-1).
  if (registry.authority !== authority)
    writeOutput(
      join(context.stateFolder, BUNDLE_FILE),
      encodeSigned(TRUST_BUNDLE, registry.authority.bundle),
      0o644,
    );
  for (const { id, name } of OPERATORS) {
    await registry.addOperator({ id, name, reserve: RESERVE, quota: QUOTA, fund: FUND });
  }
  if (isNew) {
    const operators = OPERATORS.map(({ name }) => name).join(', ');
    context.note(say(context.language, 'issuerMade', { operators, folder: context.stateFolder }));
  }
  return { registry, authority, crypto, isNew };
}

/** Two people on one machine take turns: the registry has one user at a time. */
async function waitForDatabase(context: Context): Promise<Database> {
  const started = Date.now();
  const progress = context.progress(say(context.language, 'opening'));
  try {
    for (let told = false; ; told = true) {
      try {
        return await openDatabase({
          folder: join(context.stateFolder, 'postgres'),
          log: (line) => progress.update(line),
        });
      } catch (error) {
        const busy = error instanceof DatabaseError && error.code === 'database-in-use';
        if (!busy || Date.now() - started > REGISTRY_WAIT_MS) throw error;
        if (!told) context.note(say(context.language, 'waiting'));
        await new Promise((resolve) => setTimeout(resolve, REGISTRY_POLL_MS));
      }
    }
  } finally {
    progress.stop();
  }
}

const KEY_BYTES = 32;

function makeAuthority(crypto: SyncCrypto, context: Context, suite: 1 | 2): Authority {
  const authority = createAuthority({
    crypto,
    suite,
    policies: [DEFAULT_POLICY],
    operators: OPERATORS,
    now: context.now(),
  });
  const folder = join(context.stateFolder, dirname(AUTHORITY_FILE));
  const draft = mkdtempSync(`${folder}.new-`);
  try {
    const write = (file: string, content: Uint8Array | string, mode: number): void =>
      writeOutput(join(draft, basename(file)), content, mode);
    const key = new Uint8Array(randomBytes(KEY_BYTES));
    write(KEY_FILE, key, 0o600);
    write(AUTHORITY_FILE, authority.save(crypto.importKek(key)), 0o600);
    write(BUNDLE_FILE, encodeSigned(TRUST_BUNDLE, authority.bundle), 0o644);
    write(ROOT_FILE, `${toHex(authority.root)}\n`, 0o644);
    key.fill(0);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return authority;
}

function readAuthority(crypto: SyncCrypto, { stateFolder }: Context): Authority {
  const key = readFile(join(stateFolder, KEY_FILE), KEY_BYTES);
  const saved = readFile(join(stateFolder, AUTHORITY_FILE), MAX_AUTHORITY_BYTES);
  try {
    if (!key.ok || !saved.ok) throw new Error('a file is too large');
    return loadAuthority(saved.value, crypto.importKek(key.value), crypto);
  } catch (error) {
    throw new OperationalError(
      'issuer-damaged',
      'never',
      { folder: stateFolder, reason: error instanceof Error ? error.message : String(error) },
      error,
    );
  }
}
