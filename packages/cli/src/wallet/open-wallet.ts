/** Opens a wallet folder, runs the work on the wallet, closes it again. */
import { join, resolve } from 'node:path';
import { createNodeSuites } from '@duet/crypto/node-suites';
import type { SyncCrypto } from '@duet/crypto/port';
import { CachingVerifier } from '@duet/wallet/caching-verifier';
import { StorageError } from '@duet/wallet/node/storage-error';
import { openWalletFolder, type WalletFolder } from '@duet/wallet/node/wallet-folder';
import { PUBLIC_LIMITS } from '@duet/wallet/secure-element/decision';
import { Wallet } from '@duet/wallet/wallet';
import type { Context } from '../context.ts';
import { OperationalError } from '../outcome.ts';
import { quoted } from '../text/typed.ts';
import { readSettings, type Settings } from './settings.ts';

export interface OpenWallet {
  readonly wallet: Wallet;
  readonly folder: WalletFolder;
  readonly settings: Settings;
  readonly crypto: SyncCrypto;
}

export interface WalletChoice {
  readonly wallet?: string | undefined;
}

/** `--wallet`, else `DUET_WALLET`, else `wallet` in the state folder. */
export const walletPath = (choice: WalletChoice, { env, stateFolder }: Context): string =>
  resolve(choice.wallet ?? (env.DUET_WALLET || join(stateFolder, 'wallet')));

/** @throws OperationalError `wallet-unknown`, StorageError */
export async function withWallet<T>(
  choice: WalletChoice,
  context: Context,
  work: (open: OpenWallet) => T | Promise<T>,
): Promise<T> {
  const path = walletPath(choice, context);
  const crypto = createNodeSuites();
  const folder = openFolder(path, crypto);
  try {
    return await work(assemble(folder, readSettings(path), crypto, context));
  } finally {
    folder.close();
  }
}

function openFolder(path: string, crypto: SyncCrypto): WalletFolder {
  try {
    return openWalletFolder(path, { crypto });
  } catch (error) {
    if (error instanceof StorageError && error.code === 'wallet-unknown') {
      throw new OperationalError('wallet-unknown', 'never', { folder: path, quoted: quoted(path) }, error);
    }
    throw error;
  }
}

/** The wallet of an open folder. */
export function assemble(
  folder: WalletFolder,
  settings: Settings,
  crypto: SyncCrypto,
  context: Context,
): OpenWallet {
  const { operator, handle, walletClass, terminal } = settings;
  const wallet = new Wallet({
    journal: folder.journal,
    crypto,
    kek: folder.kek,
    clock: context.now,
    root: settings.root,
    identity: {
      operator,
      handle,
      role: terminal ? 'terminal' : 'wallet',
      walletClass,
      ...(terminal ? { terminal } : {}),
    },
    policy: settings.policy,
    suite: settings.suite,
    limits: PUBLIC_LIMITS,
    verifier: new CachingVerifier(crypto),
    continuity: folder.journal.continuity,
  });
  return { wallet, folder, settings, crypto };
}
