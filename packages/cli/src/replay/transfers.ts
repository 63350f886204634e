/**
 * Files of transfers and of first balances: `payer,payee,amount,time`, or the columns of the AMLSim simulator.
 *
 * Nothing of a file is trusted. Amounts are decimal yuan (MONEY-1), times whole steps; a node is whatever
 * name stands there. Nodes are numbered in the order in which they first appear.
 */
import { type AmountError, add, type Fen, MAX_FEN, parseDecimal, ZERO } from '@duet/protocol/money';
import { accept, type Result } from '@duet/protocol/rejection';
import { yuan } from '../text/format.ts';
import { fault, fileInvalid, inFile, type LineFault, readCsv, shown } from './csv.ts';
import { MAX_NODE_CHARACTERS, MAX_NODES, MAX_TRANSFERS } from './limits.ts';

export interface Transfer {
  /** Numbers of nodes. */
  readonly payer: number;
  readonly payee: number;
  readonly amount: Fen;
  /** Time step. */
  readonly time: number;
}

/** The world that a file describes. */
export interface Workload {
  /** Names by number. */
  readonly nodes: readonly string[];
  readonly transfers: readonly Transfer[];
  /** First balances by number, when a file gives them. */
  readonly initial?: readonly Fen[];
}

const TRANSFER_HEADERS = [
  ['payer', 'payee', 'amount', 'time'],
  ['sourceNodeId', 'targetNodeId', 'value', 'time'],
] as const;
const BALANCE_HEADERS = [['nodeid', 'init_balance']] as const;

/** Key of the funds in the file of final balances. */
export const FUNDS_NAME = 'funds';

/** What the files are called when something is wrong with them. */
export interface WorkloadNames {
  readonly transfers: string;
  readonly balances: string;
}

const PLAIN_NAMES: WorkloadNames = { transfers: 'transfers', balances: 'balances' };

/** Reads both files. Rejection `file-invalid` names the file, the first line that is wrong, and why. */
export function readWorkload(
  transfers: Uint8Array,
  balances?: Uint8Array,
  names: WorkloadNames = PLAIN_NAMES,
): Result<Workload> {
  const nodes = new Nodes();
  const initial = balances && inFile(names.balances, readBalances(balances, nodes));
  if (initial && !initial.ok) return initial;
  const read = inFile(names.transfers, readTransfers(transfers, nodes));
  if (!read.ok) return read;
  const base = { nodes: nodes.names, transfers: read.value };
  if (!initial) return accept(base);
  return accept({ ...base, initial: nodes.names.map((_, number) => initial.value[number] ?? ZERO) });
}

/** Numbers for names. */
class Nodes {
  readonly names: string[] = [];
  readonly #numbers: Map<string, number> = new Map();

  /** The number of a name that was checked. */
  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.names.length;
    this.names.push(name);
    this.#numbers.set(name, number);
    return number;
  }

  has(name: string): boolean {
    return this.#numbers.has(name);
  }

  fault(column: string, name: string): LineFault | undefined {
    if (name === '' || name.length > MAX_NODE_CHARACTERS) {
      return fault(`a name of 1 to ${MAX_NODE_CHARACTERS} characters`, `${column} ${shown(name)}`);
    }
    if (name === FUNDS_NAME) return fault(`a name other than "${FUNDS_NAME}"`, `${column} "${FUNDS_NAME}"`);
    if (this.names.length >= MAX_NODES && !this.has(name))
      return fault(`at most ${MAX_NODES} nodes`, 'one more');
    return undefined;
  }
}

function readTransfers(content: Uint8Array, nodes: Nodes): Result<Transfer[]> {
  const transfers: Transfer[] = [];
  const read = readCsv(
    content,
    TRANSFER_HEADERS,
    ([payer = '', payee = '', amountText = '', timeText = '']) => {
      const [from, to] = [payer.trim(), payee.trim()];
      const wrong = nodes.fault('payer', from) ?? nodes.fault('payee', to);
      if (wrong) return wrong;
      const amount = parseDecimal(amountText);
      if (!amount.ok) return amountFault('amount', amountText, amount.error);
      const time = timeOf(timeText);
      if (time === undefined)
        return fault('a time step: a whole number from 0 to 2^53-1', `time ${shown(timeText)}`);
      if (transfers.length >= MAX_TRANSFERS) return fault(`at most ${MAX_TRANSFERS} transfers`, 'one more');
      transfers.push({ payer: nodes.numberOf(from), payee: nodes.numberOf(to), amount: amount.amount, time });
      return undefined;
    },
  );
  return read.ok ? accept(transfers) : read;
}

function readBalances(content: Uint8Array, nodes: Nodes): Result<Fen[]> {
  const balances: Fen[] = [];
  let total = ZERO;
  const read = readCsv(content, BALANCE_HEADERS, ([node = '', text = '']) => {
    const name = node.trim();
    const wrong = nodes.fault('nodeid', name);
    if (wrong) return wrong;
    if (nodes.has(name)) return fault('each node once', `nodeid ${shown(name)} twice`);
    const balance = parseDecimal(text);
    if (!balance.ok && !isZero(text)) return amountFault('init_balance', text, balance.error);
    const amount = balance.ok ? balance.amount : ZERO;
    if (amount > MAX_FEN - total) return fault(`balances of together at most ${yuan(MAX_FEN)} yuan`, 'more');
    total = add(total, amount);
    balances[nodes.numberOf(name)] = amount;
    return undefined;
  });
  return read.ok ? accept(balances) : read;
}

const EXPECTED: Readonly<Record<AmountError, string>> = {
  'not-a-number': 'an amount in yuan, such as 12.30',
  'fractional-fen': 'at most two decimals: a fen is not divided',
  'not-positive': 'an amount above 0',
  'too-large': `an amount of at most ${yuan(MAX_FEN)} yuan`,
};

const amountFault = (column: string, text: string, error: AmountError): LineFault =>
  fault(EXPECTED[error], `${column} ${shown(text)} (${error})`);

const isZero = (text: string): boolean => /^0(\.0+)?$/.test(text.trim());

function timeOf(text: string): number | undefined {
  if (!/^\d{1,16}$/.test(text.trim())) return undefined;
  const time = Number(text);
  return Number.isSafeInteger(time) ? time : undefined;
}

/** Refuses a workload whose money together would leave the range of an amount. */
export const totalTooLarge = (): Result<never> =>
  fileInvalid(
    `transfers of together at most ${yuan(MAX_FEN)} yuan at one time`,
    'more money than that',
    'whole-file',
  );
