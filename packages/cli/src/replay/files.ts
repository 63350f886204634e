/** Reads the files of a replay and runs it. */
import { basename } from 'node:path';
import type { Result } from '@duet/protocol/rejection';
import { readFile, requireWritable } from '../io/files.ts';
import { balancesPath } from './balances-file.ts';
import { fileInvalid, inFile } from './csv.ts';
import { openWorldDatabase } from './database.ts';
import { MAX_FILE_BYTES, MAX_POLICY_BYTES } from './limits.ts';
import { Phases, type Watch } from './phases.ts';
import { DEFAULT_REPLAY_POLICY, readPolicy } from './policy.ts';
import type { ProofsFolder } from './proofs-folder.ts';
import type { ReplayResult } from './result.ts';
import { replay } from './run.ts';
import { readWorkload } from './transfers.ts';

export interface ReplayFiles {
  readonly transfers: string;
  readonly balances?: string;
  readonly policy?: string;
  readonly syncEvery?: number;
  readonly seed: string;
  readonly cheats: number;
  /** File of final balances; without it one in the state folder. */
  readonly out?: string;
  /** Where fraud proofs go, if anywhere. */
  readonly proofs?: ProofsFolder;
  readonly stateFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly watch?: Watch;
}

/** Rejection `file-invalid` names the file and its line. @throws OperationalError, DatabaseError */
export async function replayFiles(files: ReplayFiles): Promise<Result<ReplayResult>> {
  if (files.out !== undefined) requireWritable(files.out);
  const phases = new Phases(files.watch);
  const content = await phases.time('read', () => readAll(files));
  if (!content.ok) return content;
  const { transfers, balances, policy } = content.value;
  const workload = await phases.time('read', () =>
    readWorkload(transfers, balances, {
      transfers: basename(files.transfers),
      balances: basename(files.balances ?? ''),
    }),
  );
  if (!workload.ok) return workload;
  const limits = policy && inFile(basename(files.policy ?? ''), readPolicy(policy));
  if (limits && !limits.ok) return limits;
  const { seed, cheats, syncEvery, watch } = files;
  const options = JSON.stringify([seed, cheats, syncEvery, balances !== undefined, policy !== undefined]);
  return replay({
    workload: workload.value,
    policy: limits ? limits.value : DEFAULT_REPLAY_POLICY,
    seed,
    cheats,
    ...(syncEvery === undefined ? {} : { syncEvery }),
    ...(watch === undefined ? {} : { watch }),
    ...(files.proofs === undefined ? {} : { proofs: files.proofs }),
    balancesFile: balancesPath(files.out, files.stateFolder, [
      transfers,
      ...(balances ? [balances] : []),
      ...(policy ? [policy] : []),
      options,
    ]),
    openDatabase: () => openWorldDatabase(files.env),
    phases,
  });
}

interface Contents {
  readonly transfers: Uint8Array;
  readonly balances: Uint8Array | undefined;
  readonly policy: Uint8Array | undefined;
}

function readAll(files: ReplayFiles): Result<Contents> {
  const transfers = bounded(files.transfers, MAX_FILE_BYTES);
  if (!transfers.ok) return transfers;
  const balances = files.balances === undefined ? undefined : bounded(files.balances, MAX_FILE_BYTES);
  if (balances && !balances.ok) return balances;
  const policy = files.policy === undefined ? undefined : bounded(files.policy, MAX_POLICY_BYTES);
  if (policy && !policy.ok) return policy;
  return {
    ok: true,
    value: { transfers: transfers.value, balances: balances?.value, policy: policy?.value },
  };
}

/** A file that is too large is as invalid as one with a bad line. */
function bounded(file: string, maxBytes: number): Result<Uint8Array> {
  const content = readFile(file, maxBytes);
  if (content.ok) return content;
  return inFile(
    basename(file),
    fileInvalid(`a file of at most ${maxBytes} bytes`, 'a larger one', 'whole-file'),
  );
}
