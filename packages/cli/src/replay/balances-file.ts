/**
 * The file of final balances: `{"node": fen, …, "funds": {"operator": fen}}`.
 *
 * It goes where `--out` says, else to `replays/` in the state folder, under a name made of everything that the
 * result depends on: another run of the same is written over it, and nothing else is.
 */
import { hash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { makeFolder, requireWritable, writeOutput } from '../io/files.ts';
import type { Books } from './settlement.ts';
import { FUNDS_NAME } from './transfers.ts';

const FOLDER = 'replays';
const NAME_CHARACTERS = 16;

/** The full name of the file. `inputs` are what the result is made of. @throws OperationalError `file-unwritable` */
export function balancesPath(
  out: string | undefined,
  stateFolder: string,
  inputs: readonly (string | Uint8Array)[],
): string {
  const path = resolve(out ?? join(stateFolder, FOLDER, `${nameOf(inputs)}.json`));
  requireWritable(path, out === undefined);
  return path;
}

const nameOf = (inputs: readonly (string | Uint8Array)[]): string =>
  hash('sha256', inputs.map((input) => hash('sha256', input)).join('\n')).slice(0, NAME_CHARACTERS);

/** Writes the balances in the order of the nodes. @throws OperationalError */
export function writeBalances(path: string, names: readonly string[], books: Books): string {
  makeFolder(dirname(path));
  const nodes = names.map((name, number) => `${JSON.stringify(name)}:${books.balances[number] ?? 0}`);
  const funds = [...books.funds].sort(([a], [b]) => a - b).map(([operator, fund]) => `"${operator}":${fund}`);
  writeOutput(path, `{${[...nodes, `"${FUNDS_NAME}":{${funds.join(',')}}`].join(',\n')}}\n`);
  return path;
}
