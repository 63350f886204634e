/** Workloads for tests: drawn from a seed, and a slice of the published simulator file. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fen } from '@duet/protocol/money';
import { SeededRandom } from '@duet/simulator/random';
import { readWorkload, type Workload } from '../../src/replay/transfers.ts';

/** Transfers among a few nodes, so that money passes many hands; some pay themselves. */
export function drawnWorkload(seed: string, nodes: number, transfers: number): Workload {
  const random = new SeededRandom(seed);
  return {
    nodes: Array.from({ length: nodes }, (_, number) => `n${number}`),
    transfers: Array.from({ length: transfers }, (_, place) => ({
      payer: random.below(nodes),
      payee: random.below(nodes),
      amount: fen(1 + random.below(20_000)),
      time: Math.floor(place / 5),
    })),
  };
}

const SHARED = process.env.DUET_SHARED ?? join(import.meta.dirname, '../../../../../shared');
const FOLDER = join(SHARED, 'workload/amlsim/20K_cycle200');

/** Why the simulator's files cannot be used; in CI they must be there. */
export const missingShared = (): string | undefined => {
  if (existsSync(FOLDER)) return undefined;
  if (process.env.CI) throw new Error(`the shared workload is missing: ${FOLDER}`);
  return 'the shared workload is not on this machine';
};

/** The first transfers of the simulator's file and the nodes that they name, with their balances. */
export function simulatorSlice(transfers: number): Workload {
  const [header = '', ...lines] = readFileSync(join(FOLDER, 'transactions.csv'), 'utf8').split('\n');
  const slice = lines.slice(0, transfers);
  const named = new Set(slice.flatMap((line) => line.split(',').slice(0, 2)));
  const [nodeHeader = '', ...nodes] = readFileSync(join(FOLDER, 'nodes.csv'), 'utf8').split('\n');
  const balances = nodes.filter((line) => named.has(line.split(',', 1)[0] ?? ''));
  const bytes = (parts: readonly string[]): Uint8Array => new TextEncoder().encode(`${parts.join('\n')}\n`);
  const read = readWorkload(bytes([header, ...slice]), bytes([nodeHeader, ...balances]));
  if (!read.ok) throw new Error(`${read.rejection.expected}; ${read.rejection.got}`);
  return read.value;
}
