/**
 * Small random worlds as files, and the ledger that they are compared with: own code, a map of balances and nothing
 * of the replay. Amounts are counted in fen from the text of the file.
 */
import { SeededRandom } from '@duet/simulator/random';

export interface WorldFiles {
  readonly transfers: string;
  readonly balances: string | undefined;
  readonly policy: string | undefined;
  readonly syncEvery: number | undefined;
  /** Above it the policy refuses for good, in fen. */
  readonly ceiling: number;
}

/** What a plain account ledger makes of the files. */
export interface PlainEnd {
  readonly paid: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly balances: ReadonlyMap<string, number>;
}

const fenOf = (yuan: string): number => {
  const [whole = '0', minor = ''] = yuan.split('.');
  return Number(whole) * 100 + Number(minor.padEnd(2, '0'));
};

const rowsOf = (csv: string): string[][] =>
  csv
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => line.split(','));

/** Plays the files on accounts. */
export function plainLedger(files: WorldFiles): PlainEnd {
  const held = files.balances === undefined ? leastNeeded(files.transfers) : firstBalances(files.balances);
  const refused: Record<string, number> = {};
  let paid = 0;
  for (const [payer = '', payee = '', yuan = ''] of rowsOf(files.transfers)) {
    const amount = fenOf(yuan);
    for (const node of [payer, payee]) if (!held.has(node)) held.set(node, 0);
    const code = refusalOf(payer === payee, (held.get(payer) ?? 0) < amount, amount > files.ceiling);
    if (code !== undefined) {
      refused[code] = (refused[code] ?? 0) + 1;
      continue;
    }
    held.set(payer, (held.get(payer) ?? 0) - amount);
    held.set(payee, (held.get(payee) ?? 0) + amount);
    paid += 1;
  }
  return { paid, refused, balances: held };
}

function refusalOf(oneself: boolean, isPoor: boolean, isAbove: boolean): string | undefined {
  if (oneself) return 'paying-oneself';
  if (isPoor) return 'insufficient-funds';
  return isAbove ? 'amount-above-limit' : undefined;
}

const firstBalances = (csv: string): Map<string, number> =>
  new Map(rowsOf(csv).map(([node = '', yuan = '']) => [node, fenOf(yuan)]));

/** What everybody must have at first so that nobody ever lacks anything: the deepest debt of each. */
function leastNeeded(csv: string): Map<string, number> {
  const account = new Map<string, number>();
  const needed = new Map<string, number>();
  for (const [payer = '', payee = '', yuan = ''] of rowsOf(csv)) {
    for (const node of [payer, payee]) if (!needed.has(node)) needed.set(node, 0);
    if (payer === payee) continue;
    account.set(payer, (account.get(payer) ?? 0) - fenOf(yuan));
    account.set(payee, (account.get(payee) ?? 0) + fenOf(yuan));
    needed.set(payer, Math.max(needed.get(payer) ?? 0, -(account.get(payer) ?? 0)));
  }
  return needed;
}

const yuanOf = (fen: number): string => (fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2));

/** Files drawn from a seed: few nodes, so that money passes many hands; limits of every kind. */
export function drawFiles(seed: string): WorldFiles {
  const random = new SeededRandom(seed);
  const nodes = 2 + random.below(6);
  const name = (): string => `n${random.below(nodes)}`;
  const lines = Array.from(
    { length: 10 + random.below(50) },
    (_, place) => `${name()},${name()},${yuanOf(1 + random.below(20_000))},${Math.floor(place / 4)}`,
  );
  const hasBalances = random.chance(0.5);
  const balances = Array.from(
    { length: nodes },
    (_, node) => `n${node},${random.chance(0.2) ? '0' : yuanOf(random.below(60_000))}`,
  );
  const ceiling = random.chance(0.3) ? 5_000 + random.below(10_000) : Number.POSITIVE_INFINITY;
  const policy = drawPolicy(random, ceiling);
  return {
    transfers: `payer,payee,amount,time\n${lines.join('\n')}\n`,
    balances: hasBalances ? `nodeid,init_balance\n${balances.join('\n')}\n` : undefined,
    policy: policy === undefined ? undefined : JSON.stringify(policy),
    syncEvery: random.chance(0.3) ? 1 + random.below(5) : undefined,
    ceiling,
  };
}

function drawPolicy(random: SeededRandom, ceiling: number): object | undefined {
  const limits = {
    ...(ceiling === Number.POSITIVE_INFINITY
      ? {}
      : { [random.chance(0.5) ? 'maxPerPayment' : 'maxTotal']: yuanOf(ceiling) }),
    ...(random.chance(0.4) ? { maxHops: random.below(3) } : {}),
    ...(random.chance(0.4) ? { maxPayments: 1 + random.below(3) } : {}),
    ...(random.chance(0.2) ? { fundPerPayee: '0', fundPerCoin: '0' } : {}),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** One collects many small payments and pays large sums of them: more pieces than one offer takes (LIMIT-3). */
export function manyPieces(seed: string): WorldFiles {
  const random = new SeededRandom(seed);
  const nodes = 3 + random.below(3);
  const lines = Array.from({ length: 160 }, (_, time) => {
    const other = `n${1 + random.below(nodes - 1)}`;
    return random.chance(0.9)
      ? `${other},n0,${yuanOf(1 + random.below(30))},${time}`
      : `n0,${other},${yuanOf(300 + random.below(200))},${time}`;
  });
  const limits = random.chance(0.5) ? { maxPayments: 1 + random.below(2), maxHops: random.below(2) } : {};
  return {
    transfers: `sourceNodeId,targetNodeId,value,time\n${lines.join('\n')}\n`,
    balances: undefined,
    policy: JSON.stringify(limits),
    syncEvery: undefined,
    ceiling: Number.POSITIVE_INFINITY,
  };
}
