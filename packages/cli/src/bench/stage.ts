/**
 * Wallets for benches of payments: pairs of payer and payee whose money has passed a given number of hops.
 *
 * Payers, payees and the mint have drivers of their own, so that a key that one of them knows is still new to
 * the others.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeSuites } from '@duet/crypto/node-suites';
import type { SyncCrypto } from '@duet/crypto/port';
import { type Instant, instant } from '@duet/protocol/brand';
import { type Fen, fen } from '@duet/protocol/money';
import { handle as asHandle } from '@duet/protocol/objects/fields';
import type { Suite } from '@duet/protocol/suite';
import type { Journal } from '@duet/wallet/journal';
import { memoryJournal } from '@duet/wallet/memory-journal';
import { SqliteJournal } from '@duet/wallet/node/sqlite-journal';
import { TrustCache } from '@duet/wallet/trust-cache';
import { Wallet } from '@duet/wallet/wallet';
import { payOffline } from '../replay/payment.ts';
import { DEFAULT_REPLAY_POLICY } from '../replay/policy.ts';
import { createMint, type Mint } from './mint.ts';

export type Store = 'memory' | 'sqlite';

export interface Pair {
  readonly payer: Wallet;
  readonly payee: Wallet;
  /** Ends both, and removes what they stored. */
  close(): void;
}

export interface StageOptions {
  readonly suite: Suite;
  readonly store: Store;
  /** Spends from the coin to the payment that is measured, that one included. */
  readonly hop: number;
  /** Changes a driver before wallets get it: counters do. */
  readonly wrap?: (crypto: SyncCrypto) => SyncCrypto;
}

const NOW: Instant = instant(1_767_254_400);
const MONEY: Fen = fen(1_000_000);
const { policy } = DEFAULT_REPLAY_POLICY;

export class Stage {
  readonly #options: StageOptions;
  readonly #mint: Mint;
  readonly #earlier: SyncCrypto = createNodeSuites();
  readonly #payers: SyncCrypto;
  readonly #payees: SyncCrypto;
  readonly #trust: TrustCache = new TrustCache();

  constructor(options: StageOptions) {
    const { suite, wrap = (crypto) => crypto } = options;
    this.#options = options;
    this.#mint = createMint({ crypto: createNodeSuites(), suite, policy, now: NOW });
    this.#payers = wrap(createNodeSuites());
    this.#payees = wrap(createNodeSuites());
  }

  /** A payer with money that made `hop` − 1 hops, and a payee; they never met. */
  async pair(): Promise<Pair> {
    const folder = this.#options.store === 'sqlite' ? mkdtempSync(join(tmpdir(), 'duet-bench-')) : undefined;
    const [payer, payee] = [
      this.#wallet(this.#payers, folder, 'payer'),
      this.#wallet(this.#payees, folder, 'payee'),
    ];
    const earlier = Array.from({ length: this.#options.hop - 1 }, () =>
      this.#wallet(this.#earlier, undefined, 'earlier'),
    );
    const owners = [...earlier, payer];
    for (const [place, wallet] of owners.entries()) await this.#goOnline(wallet, place === 0);
    await this.#goOnline(payee, false);
    for (const [place, wallet] of earlier.entries()) {
      const next = owners[place + 1];
      if (next && (await payOffline(wallet, next, MONEY)).kind !== 'paid')
        throw new Error('bench: a payment of the stage failed');
    }
    return {
      payer,
      payee,
      close() {
        for (const wallet of [...owners, payee]) wallet.close();
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      },
    };
  }

  async #goOnline(wallet: Wallet, load: boolean): Promise<void> {
    const report = await wallet.sync(this.#mint.port, load ? { load: MONEY } : {});
    if (!report.complete || report.refused.length > 0) throw new Error('bench: the mint refused a wallet');
  }

  #wallet(crypto: SyncCrypto, folder: string | undefined, name: string): Wallet {
    const { suite } = this.#options;
    const journal: Journal = folder === undefined ? memoryJournal() : newSqliteJournal(folder, name);
    return new Wallet({
      journal,
      crypto,
      kek: crypto.importKek(crypto.randomBytes(32)),
      clock: () => NOW,
      root: this.#mint.authority.root,
      identity: { operator: 1, handle: asHandle(crypto.randomBytes(16)), role: 'wallet', walletClass: 4 },
      policy: policy.id,
      trustCache: this.#trust,
      suite,
    });
  }
}

const newSqliteJournal = (folder: string, name: string): Journal =>
  SqliteJournal.create(join(folder, `${name}.sqlite`), { anchorPath: join(folder, `${name}.generation`) });
