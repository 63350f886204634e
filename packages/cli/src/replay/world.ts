/**
 * A world of wallets in one process: devices with memory journals, an authority, and the registry on a database
 * of its own. Everything that a device does goes through its wallet; everything that the centre says comes
 * from the registry.
 */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { createNodeCrypto, KeyCache } from '@duet/crypto/node';
import type { SyncCrypto } from '@duet/crypto/port';
import { type Authority, createAuthority } from '@duet/ledger/engine/authority';
import { openRegistry, type Registry } from '@duet/ledger/engine/registry';
import type { Database } from '@duet/ledger/postgres/database';
import type { Instant } from '@duet/protocol/brand';
import { toHex } from '@duet/protocol/bytes';
import { type Fen, fen, ZERO } from '@duet/protocol/money';
import type { TerminalFace } from '@duet/protocol/objects/certificate';
import { handle as asHandle, type Handle } from '@duet/protocol/objects/fields';
import type { Policy } from '@duet/protocol/objects/trust-bundle';
import type { DeviceLimits } from '@duet/wallet/secure-element/decision';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import type { Wallet } from '@duet/wallet/wallet';
import { FarWallets } from './far-wallets.ts';
import { inParallel } from './in-parallel.ts';
import { MANY_DEVICES, READY_KEYS, SYNCS_IN_FLIGHT } from './limits.ts';
import { NearWallets } from './near-wallets.ts';
import type { Awaitable, Purse, WalletGround, WalletPlan, Wallets } from './purse.ts';
import { Tally } from './tally.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface OperatorPlan {
  readonly id: number;
  readonly name: string;
  /** Guarantee fund. */
  readonly fund: Fen;
}

/** One device to be. */
export interface DevicePlan {
  readonly name: string;
  readonly operator: number;
  /** Paid into its account before it loads. */
  readonly deposit: Fen;
  /** A till: its certificate names it. */
  readonly terminal?: TerminalFace;
  /** Its journal is kept, so that a clone can be made of it. */
  readonly keepJournal?: boolean;
}

export interface WorldOptions {
  readonly database: Database;
  readonly seed: string;
  readonly policy: Policy;
  readonly limits: DeviceLimits;
  readonly operators: readonly OperatorPlan[];
  readonly devices: readonly DevicePlan[];
  readonly start: Instant;
  /** Threads of the registry. Default: none. */
  readonly workers?: number;
}

export interface Device<P extends Purse = Purse> {
  readonly number: number;
  readonly name: string;
  readonly operator: number;
  readonly handle: Handle;
  readonly terminal: TerminalFace | undefined;
  readonly wallet: P;
}

/** Makes the wallets of a world. */
export type MakeWallets<P extends Purse> = (ground: WalletGround, crypto: SyncCrypto) => Wallets<P>;

/** Wallets in this thread: they answer at once. */
export const near: MakeWallets<Wallet> = (ground, crypto) => new NearWallets({ ...ground, crypto });

/** Wallets on so many threads; without threads in this one. */
export const far =
  (threads: number): MakeWallets<Purse> =>
  (ground, crypto) =>
    threads > 0 ? new FarWallets(ground, threads) : near(ground, crypto);

/** Threads for the wallets and for the registry of so many devices: few are played sooner than threads start. */
export const threadsFor = (devices: number): number =>
  devices >= MANY_DEVICES && availableParallelism() > 1 ? availableParallelism() : 0;

export class World<P extends Purse = Purse> {
  readonly clock: VirtualClock;
  readonly authority: Authority;
  readonly crypto: SyncCrypto;
  readonly registry: Registry;
  readonly devices: readonly Device<P>[];
  readonly tally: Tally = new Tally();
  readonly #wallets: Wallets<P>;
  readonly #options: WorldOptions;

  private constructor(
    options: WorldOptions,
    parts: Pick<World, 'clock' | 'authority' | 'crypto' | 'registry'>,
    makeWallets: MakeWallets<P>,
  ) {
    const { clock, authority, crypto, registry } = parts;
    this.#options = options;
    this.clock = clock;
    this.authority = authority;
    this.crypto = crypto;
    this.registry = registry;
    const plans = options.devices.map((plan, number) => this.#planOf(plan, number));
    const { policy, limits } = options;
    const settings = { root: authority.root, policy: policy.id, limits };
    this.#wallets = makeWallets({ settings, plans, port: registry, clock: clock.read }, crypto);
    this.devices = plans.map(({ number, operator, handle, terminal }) => ({
      number,
      name: options.devices[number]?.name ?? '',
      operator,
      handle,
      terminal,
      wallet: this.#wallets.of(number),
    }));
  }

  /** Makes the authority, the registry with its operators and accounts, and the devices, all still offline. */
  static async open<P extends Purse>(options: WorldOptions, makeWallets: MakeWallets<P>): Promise<World<P>> {
    const crypto = createNodeCrypto({ keyCache: new KeyCache(READY_KEYS) });
    const clock = new VirtualClock(options.start);
    const { policy, operators } = options;
    const authority = createAuthority({
      crypto,
      suite: 1,
      policies: [policy],
      operators,
      now: options.start,
    });
    const registry = await openRegistry({
      database: options.database,
      crypto,
      clock: clock.read,
      authority,
      workers: options.workers ?? 0,
    });
    const world = new World(options, { clock, authority, crypto, registry }, makeWallets);
    try {
      await world.#openBooks();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** Reserves cover everything, wherever the money goes during the day. */
  async #openBooks(): Promise<void> {
    const { operators, devices } = this.#options;
    const total = fen(
      Math.max(
        1,
        devices.reduce((sum, { deposit }) => sum + deposit, 0),
      ),
    );
    for (const { id, name, fund } of operators) {
      await this.registry.addOperator({ id, name, reserve: fen(2 * total), quota: fen(2 * total), fund });
    }
    await this.registry.openAccounts(
      this.devices.map(({ operator, handle, terminal, number }) => {
        const deposit = devices[number]?.deposit ?? ZERO;
        const kind = terminal ? ('merchant' as const) : ('customer' as const);
        return { operator, handle, kind, ...(deposit > 0 ? { deposit } : {}) };
      }),
    );
  }

  #planOf({ name, operator, terminal, keepJournal }: DevicePlan, number: number): WalletPlan {
    const handle = asHandle(
      hash('sha256', `${this.#options.seed}\n${name}`, 'buffer').subarray(0, HANDLE_BYTES),
    );
    const plan = { number, operator, handle, keepJournal: keepJournal === true };
    return terminal ? { ...plan, terminal } : plan;
  }

  /** Ends the wallets, whose memory is free from then on; what the registry knows of their devices stays. */
  closeWallets(): Promise<void> {
    return this.#wallets.close();
  }

  /** Ends wallets and registry with their threads; the database is its opener's to close. */
  async close(): Promise<void> {
    await this.closeWallets();
    await this.registry.stop();
  }

  /** The device of a number. @throws RangeError */
  device(number: number): Device<P> {
    const device = this.devices[number];
    if (!device) throw new RangeError(`world: no device ${number}`);
    return device;
  }

  /** What the journal of a device holds, where it is kept. */
  recordsOf({ number }: Device): Awaitable<readonly Uint8Array[]> {
    return this.#wallets.records(number);
  }

  /** A second device with the same keys and the same past: the records of the first one as they were. */
  cloneOf({ number }: Device, records: readonly Uint8Array[]): Awaitable<P> {
    return this.#wallets.clone(number, records);
  }

  /** One device goes online. */
  async sync(device: Device, options: SyncOptions = {}): Promise<SyncReport> {
    const report = await this.#wallets.sync(device.number, options);
    this.tally.syncs += 1;
    if (report.loadedFen > 0) this.tally.loads += 1;
    return report;
  }

  /** Many devices go online at about the same time. */
  async syncAll(
    devices: readonly Device[],
    options: SyncOptions | ((device: Device) => SyncOptions),
    watch: (done: number) => void = () => undefined,
  ): Promise<void> {
    let done = 0;
    await inParallel(devices, SYNCS_IN_FLIGHT, async (device) => {
      await this.sync(device, typeof options === 'function' ? options(device) : options);
      watch(++done);
    });
  }

  /** Every device loads its deposit, or takes its certificate alone where it has none. @throws Error: a bug */
  async loadAll(watch: (done: number) => void = () => undefined): Promise<void> {
    const depositOf = ({ number }: Device): Fen => this.#options.devices[number]?.deposit ?? ZERO;
    await this.syncAll(
      this.devices,
      (device) => (depositOf(device) > 0 ? { load: depositOf(device) } : {}),
      watch,
    );
    for (const device of this.devices) {
      if ((await device.wallet.balance()).spendable !== depositOf(device))
        throw new Error(`world: a device did not load its ${depositOf(device)} fen`);
    }
  }
}

const HANDLE_BYTES = 16;
/** How the registry's balances name a device's account. */
export const accountName = ({ operator, handle }: Pick<Device, 'operator' | 'handle'>): string =>
  `${operator}:${toHex(handle)}`;
