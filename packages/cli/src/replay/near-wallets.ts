/** Wallets that live in this thread. They share what only saves work: parsed trust material and signatures found to hold. */
import type { KekHandle, SyncCrypto } from '@duet/crypto/port';
import { CachingVerifier } from '@duet/wallet/caching-verifier';
import type { Journal } from '@duet/wallet/journal';
import { memoryJournal } from '@duet/wallet/memory-journal';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import { TrustCache } from '@duet/wallet/trust-cache';
import { Wallet } from '@duet/wallet/wallet';
import type { WalletGround, WalletPlan, Wallets } from './purse.ts';

export interface NearWalletsOptions extends WalletGround {
  readonly crypto: SyncCrypto;
}

interface Living {
  readonly plan: WalletPlan;
  readonly wallet: Wallet;
  readonly journal: Journal;
}

/** Signatures remembered: some for each payment of a large file. */
const VERIFIED_ENTRIES = 2 ** 21;
const KEK_BYTES = 32;
const ADULT_CLASS = 4;

export class NearWallets implements Wallets<Wallet> {
  readonly #options: NearWalletsOptions;
  readonly #verifier: CachingVerifier;
  readonly #trustCache: TrustCache = new TrustCache();
  readonly #kek: KekHandle;
  readonly #living: Map<number, Living> = new Map();
  #clones = 0;

  constructor(options: NearWalletsOptions) {
    const { crypto, plans } = options;
    this.#options = options;
    this.#verifier = new CachingVerifier(crypto, VERIFIED_ENTRIES);
    this.#kek = crypto.importKek(crypto.randomBytes(KEK_BYTES));
    for (const plan of plans) this.#add(plan.number, plan, memoryJournal({ keep: plan.keepJournal }));
  }

  of(number: number): Wallet {
    return this.#at(number).wallet;
  }

  records(number: number): readonly Uint8Array[] {
    return this.#at(number).journal.read();
  }

  clone(number: number, records: readonly Uint8Array[]): Wallet {
    return this.of(this.addClone(number, records));
  }

  /** The same, by the number that the clone has from then on: below 0. */
  addClone(number: number, records: readonly Uint8Array[]): number {
    const journal = memoryJournal();
    journal.append(records);
    this.#clones += 1;
    this.#add(-this.#clones, this.#at(number).plan, journal);
    return -this.#clones;
  }

  sync(number: number, options: SyncOptions): Promise<SyncReport> {
    return this.of(number).sync(this.#options.port, options);
  }

  async close(): Promise<void> {
    for (const { wallet } of this.#living.values()) wallet.close();
  }

  #at(number: number): Living {
    const living = this.#living.get(number);
    if (!living) throw new RangeError(`world: no wallet ${number}`);
    return living;
  }

  #add(number: number, plan: WalletPlan, journal: Journal): void {
    const { crypto, clock, settings } = this.#options;
    const { operator, handle, terminal } = plan;
    const wallet = new Wallet({
      journal,
      crypto,
      kek: this.#kek,
      clock,
      root: settings.root,
      identity: terminal
        ? { operator, handle, role: 'terminal', walletClass: 0, terminal }
        : { operator, handle, role: 'wallet', walletClass: ADULT_CLASS },
      policy: settings.policy,
      verifier: this.#verifier,
      trustCache: this.#trustCache,
      limits: settings.limits,
    });
    this.#living.set(number, { plan, wallet, journal });
  }
}
