/** Reads the files of a replay and runs it. */
import type { Result } from '@duet/protocol/rejection';
import { readFile } from '../io/files.ts';
import { fileInvalid } from './csv.ts';
import { openWorldDatabase } from './database.ts';
import { MAX_FILE_BYTES, MAX_POLICY_BYTES } from './limits.ts';
import { Phases, type Watch } from './phases.ts';
import { DEFAULT_REPLAY_POLICY, type ReplayPolicy, readPolicy } from './policy.ts';
import type { ReplayResult } from './result.ts';
import { replay } from './run.ts';
import { readWorkload, type Workload } from './transfers.ts';

export interface ReplayFiles {
  readonly transfers: string;
  readonly balances?: string;
  readonly policy?: string;
  readonly syncEvery?: number;
  readonly seed: string;
  readonly cheats: number;
  readonly env: NodeJS.ProcessEnv;
  readonly watch?: Watch;
}

/** Rejection `file-invalid` names the file and its line. @throws OperationalError, DatabaseError */
export async function replayFiles(files: ReplayFiles): Promise<Result<ReplayResult>> {
  const phases = new Phases();
  const workload = phases.add('read', () => workloadOf(files));
  if (!workload.ok) return workload;
  const policy = policyOf(files.policy);
  if (!policy.ok) return policy;
  return replay({
    workload: workload.value,
    policy: policy.value,
    seed: files.seed,
    cheats: files.cheats,
    ...(files.syncEvery === undefined ? {} : { syncEvery: files.syncEvery }),
    ...(files.watch === undefined ? {} : { watch: files.watch }),
    openDatabase: () => openWorldDatabase(files.env),
    phases,
  });
}

function workloadOf({ transfers, balances }: ReplayFiles): Result<Workload> {
  const content = bounded(transfers, MAX_FILE_BYTES);
  if (!content.ok) return content;
  if (balances === undefined) return readWorkload(content.value);
  const nodes = bounded(balances, MAX_FILE_BYTES);
  return nodes.ok ? readWorkload(content.value, nodes.value) : nodes;
}

function policyOf(file: string | undefined): Result<ReplayPolicy> {
  if (file === undefined) return { ok: true, value: DEFAULT_REPLAY_POLICY };
  const content = bounded(file, MAX_POLICY_BYTES);
  return content.ok ? readPolicy(content.value) : content;
}

/** A file that is too large is as invalid as one with a bad line. */
function bounded(file: string, maxBytes: number): Result<Uint8Array> {
  const content = readFile(file, maxBytes);
  return content.ok ? content : fileInvalid(`a file of at most ${maxBytes} bytes`, 'a larger one');
}
