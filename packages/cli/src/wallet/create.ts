/** `duet wallet create`: issuer when there is none, folder, account with play money, certificate, first load. */
import { randomBytes } from 'node:crypto';
import type { SyncCrypto } from '@duet/crypto/port';
import { DEFAULT_POLICY } from '@duet/ledger/engine/policies';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { utf8Length } from '@duet/protocol/cbor/utf8';
import { Writer } from '@duet/protocol/cbor/writer';
import { MAX_NAME_BYTES } from '@duet/protocol/limits';
import { type Fen, fen } from '@duet/protocol/money';
import type { TerminalFace } from '@duet/protocol/objects/certificate';
import { type Handle, handleField, MAX_CATEGORY, MAX_REGION } from '@duet/protocol/objects/fields';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { StorageError } from '@duet/wallet/node/storage-error';
import { createWalletFolder, type WalletFolder } from '@duet/wallet/node/wallet-folder';
import { parseAmount } from '../amount.ts';
import type { Context } from '../context.ts';
import { isTaken } from '../io/files.ts';
import { type Issuer, OPERATORS, withIssuer } from '../issuer/local-issuer.ts';
import {
  done,
  MoneyError,
  OperationalError,
  type Outcome,
  RefusedError,
  refusalOf,
  UsageError,
} from '../outcome.ts';
import { printable, yuan } from '../text/format.ts';
import { type Pair, say } from '../text/messages.ts';
import { quoted } from '../text/typed.ts';
import type { CreateOptions } from './commands.ts';
import { assemble, type OpenWallet, walletPath } from './open-wallet.ts';
import { type Settings, writeSettings } from './settings.ts';
import { syncNow } from './sync.ts';

const DEFAULT_DEPOSIT = fen(1_000_00);
const HANDLE_BYTES = 16;
const DEPOSIT_ID_BYTES = 16;
/** Wallet class of a play account: weakest identification. */
const WALLET_CLASS = 4;

export async function createWallet(options: CreateOptions, context: Context): Promise<Result<Outcome>> {
  const load = options.load === undefined ? undefined : parseAmount(options.load);
  if (load && !load.ok) return load;
  const deposit = options.deposit === undefined ? undefined : parseAmount(options.deposit);
  if (deposit && !deposit.ok) return deposit;
  const amount = deposit?.value ?? fen(Math.max(DEFAULT_DEPOSIT, load?.value ?? 0));
  const choices = choicesOf(options);
  const path = walletPath(options, context);
  refuseTaken(path);
  return withIssuer(context, { create: true }, async (issuer) => {
    const settings: Settings = {
      ...choices,
      root: issuer.authority.root,
      handle: newHandle(),
      policy: DEFAULT_POLICY.id,
      walletClass: choices.terminal ? 0 : WALLET_CLASS,
    };
    const open = makeWallet(path, settings, issuer.crypto, context);
    try {
      for (const line of madeLines(path, settings, context)) context.note(line);
      const paidIn = await openAccount(issuer, settings, amount);
      if (!paidIn.ok) return paidIn;
      context.note(say(context.language, 'deposited', { amount: yuan(amount) }));
      return await firstSync(open, issuer, { amount, ...(load ? { load: load.value } : {}) }, context);
    } finally {
      open.folder.close();
    }
  });
}

/** The first certificate and the first load. @throws MoneyError where the registry refuses: the wallet is there already */
async function firstSync(
  open: OpenWallet,
  { registry, isNew }: Issuer,
  { amount, load }: { readonly amount: Fen; readonly load?: Fen },
  context: Context,
): Promise<Result<Outcome>> {
  const { settings, folder } = open;
  const report = await syncNow(open, registry, load === undefined ? {} : { load }, context);
  const [refused] = report.refused;
  if (refused) {
    const values = { amount: yuan(amount), wallet: quoted(folder.path) };
    throw new MoneyError({ key: 'not-loaded', values }, new RefusedError(refusalOf(refused)));
  }
  if (load !== undefined) context.note(say(context.language, 'loaded', { amount: yuan(report.loadedFen) }));
  return done(
    {
      wallet: folder.path,
      operator: settings.operator,
      account: Buffer.from(settings.handle).toString('hex'),
      depositFen: amount,
      loadedFen: report.loadedFen,
      issuerCreated: isNew,
    },
    [],
  );
}

function choicesOf(options: CreateOptions): Pick<Settings, 'operator' | 'suite' | 'terminal'> {
  const operator = Number(options.operator);
  if (!OPERATORS.some(({ id }) => id === operator)) {
    throw new UsageError('operator', {
      given: printable(options.operator),
      known: OPERATORS.map(({ id, name }) => `${id} (${name})`).join(', '),
    });
  }
  if (options.suite !== '1' && options.suite !== '2') {
    throw new UsageError('suite', { given: printable(options.suite) });
  }
  const suite = options.suite === '1' ? 1 : 2;
  return options.shop === undefined
    ? { operator, suite }
    : { operator, suite, terminal: faceOf(options.shop, options) };
}

function faceOf(name: string, options: CreateOptions): TerminalFace {
  if (name === '' || (utf8Length(name) ?? MAX_NAME_BYTES + 1) > MAX_NAME_BYTES) {
    throw new UsageError('shopName', { most: MAX_NAME_BYTES });
  }
  return {
    name,
    category: numberOf(options.category, MAX_CATEGORY, ['category', '商户类别']),
    region: numberOf(options.region, MAX_REGION, ['region', '地区']),
  };
}

function numberOf(text: string, most: number, what: Pair): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw new UsageError('shopNumber', { given: printable(text), what, most });
  return value;
}

function newHandle(): Handle {
  const writer = new Writer();
  writer.bytes(randomBytes(HANDLE_BYTES));
  return decodeBytes(handleField, writer.finish(), HANDLE_BYTES + 1);
}

/** Before the registry is opened: the folder is made only after. @throws OperationalError `wallet-exists` */
export function refuseTaken(path: string): void {
  if (isTaken(path)) throw taken(path);
}

const taken = (path: string): OperationalError =>
  new OperationalError('wallet-exists', 'never', { folder: path });

/** The folder of a new wallet with its settings, open. @throws OperationalError, StorageError */
export function makeWallet(
  path: string,
  settings: Settings,
  crypto: SyncCrypto,
  context: Context,
): OpenWallet {
  let folder: WalletFolder;
  try {
    folder = createWalletFolder(path, { crypto });
  } catch (error) {
    throw error instanceof StorageError && error.code === 'wallet-exists' ? taken(path) : error;
  }
  try {
    writeSettings(folder.path, settings);
    return assemble(folder, settings, crypto, context);
  } catch (error) {
    folder.close();
    throw error;
  }
}

export function madeLines(path: string, { terminal }: Settings, { language }: Context): string[] {
  return [
    say(language, 'walletMade', { folder: path }),
    ...(terminal ? [say(language, 'walletShop', { name: terminal.name })] : []),
  ];
}

async function openAccount(
  { registry }: Issuer,
  settings: Settings,
  amount: ReturnType<typeof fen>,
): Promise<Result<void>> {
  const { operator, handle, terminal } = settings;
  await registry.openAccount(operator, handle, terminal ? 'merchant' : 'customer');
  const paidIn = await registry.deposit(
    operator,
    handle,
    amount,
    new Uint8Array(randomBytes(DEPOSIT_ID_BYTES)),
  );
  return paidIn.ok
    ? accept(undefined)
    : reject(paidIn.rejection.code, paidIn.rejection.expected, paidIn.rejection.got);
}
