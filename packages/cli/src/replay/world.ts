/**
 * A world of wallets in one process: devices with memory journals, an authority, and the registry on a database
 * of its own. Everything that a device does goes through its wallet; everything that the centre says comes
 * from the registry.
 *
 * Devices share what never changes or only saves work: parsed trust material and signatures found to hold.
 */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { createNodeCrypto, KeyCache } from '@duet/crypto/node';
import type { KekHandle, SyncCrypto } from '@duet/crypto/port';
import { type Authority, createAuthority } from '@duet/ledger/engine/authority';
import { openRegistry, type Registry } from '@duet/ledger/engine/registry';
import type { Database } from '@duet/ledger/postgres/database';
import type { Instant } from '@duet/protocol/brand';
import { toHex } from '@duet/protocol/bytes';
import { type Fen, fen, ZERO } from '@duet/protocol/money';
import type { TerminalFace } from '@duet/protocol/objects/certificate';
import { handle as asHandle, type Handle } from '@duet/protocol/objects/fields';
import type { Policy } from '@duet/protocol/objects/trust-bundle';
import { CachingVerifier } from '@duet/wallet/caching-verifier';
import type { Journal } from '@duet/wallet/journal';
import { memoryJournal } from '@duet/wallet/memory-journal';
import type { DeviceLimits } from '@duet/wallet/secure-element/decision';
import type { SyncOptions, SyncReport } from '@duet/wallet/sync';
import { TrustCache } from '@duet/wallet/trust-cache';
import { Wallet } from '@duet/wallet/wallet';
import { inParallel } from './in-parallel.ts';
import { MANY_DEVICES, SYNCS_IN_FLIGHT } from './limits.ts';
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
  /** Threads of the registry. Default: one for many devices, where there is a second core. */
  readonly workers?: number;
}

export interface Device {
  readonly number: number;
  readonly name: string;
  readonly operator: number;
  readonly handle: Handle;
  readonly terminal: TerminalFace | undefined;
  readonly wallet: Wallet;
  readonly journal: Journal;
}

/** Signatures remembered: some for each payment of a large file. */
const VERIFIED_ENTRIES = 2 ** 21;
/** Public keys kept ready, about 1 KB each. */
const READY_KEYS = 2 ** 15;
const KEK_BYTES = 32;
const ADULT_CLASS = 4;

export class World {
  readonly clock: VirtualClock;
  readonly authority: Authority;
  readonly crypto: SyncCrypto;
  readonly registry: Registry;
  readonly devices: readonly Device[];
  readonly tally: Tally = new Tally();
  readonly #verifier: CachingVerifier;
  readonly #trustCache: TrustCache = new TrustCache();
  readonly #kek: KekHandle;
  readonly #options: WorldOptions;

  private constructor(
    options: WorldOptions,
    parts: Pick<World, 'clock' | 'authority' | 'crypto' | 'registry'> & { verifier: CachingVerifier },
  ) {
    this.#options = options;
    this.clock = parts.clock;
    this.authority = parts.authority;
    this.crypto = parts.crypto;
    this.registry = parts.registry;
    this.#verifier = parts.verifier;
    this.#kek = parts.crypto.importKek(parts.crypto.randomBytes(KEK_BYTES));
    this.devices = options.devices.map((plan, number) => this.#makeDevice(plan, number));
  }

  /** Makes the authority, the registry with its operators and accounts, and the devices, all still offline. */
  static async open(options: WorldOptions): Promise<World> {
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
    const verifier = new CachingVerifier(crypto, VERIFIED_ENTRIES);
    const registry = await openRegistry({
      database: options.database,
      crypto,
      verifier,
      clock: clock.read,
      authority,
      workers: options.workers ?? workersFor(options.devices.length),
    });
    const world = new World(options, { clock, authority, crypto, registry, verifier });
    await world.#openBooks();
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

  #makeDevice({ name, operator, terminal, keepJournal }: DevicePlan, number: number): Device {
    const handle = asHandle(
      hash('sha256', `${this.#options.seed}\n${name}`, 'buffer').subarray(0, HANDLE_BYTES),
    );
    const journal = memoryJournal({ keep: keepJournal === true });
    const base = { number, name, operator, handle, terminal, journal };
    return { ...base, wallet: this.#makeWallet(base, journal) };
  }

  #makeWallet({ operator, handle, terminal }: Omit<Device, 'wallet'>, journal: Journal): Wallet {
    const { policy, limits } = this.#options;
    const identity = terminal
      ? { operator, handle, role: 'terminal' as const, walletClass: 0, terminal }
      : { operator, handle, role: 'wallet' as const, walletClass: ADULT_CLASS };
    return new Wallet({
      journal,
      crypto: this.crypto,
      kek: this.#kek,
      clock: this.clock.read,
      root: this.authority.root,
      identity,
      policy: policy.id,
      verifier: this.#verifier,
      trustCache: this.#trustCache,
      limits,
    });
  }

  /** Ends the registry's threads; the database is its opener's to close. */
  close(): Promise<void> {
    return this.registry.stop();
  }

  /** The device of a number. @throws RangeError */
  device(number: number): Device {
    const device = this.devices[number];
    if (!device) throw new RangeError(`world: no device ${number}`);
    return device;
  }

  /** A second device with the same keys and the same past: the records of the first one as they were. */
  cloneOf(device: Device, records: readonly Uint8Array[]): Wallet {
    const journal = memoryJournal();
    journal.append(records);
    return this.#makeWallet(device, journal);
  }

  /** One device goes online. */
  async sync(device: Device, options: SyncOptions = {}): Promise<SyncReport> {
    const report = await device.wallet.sync(this.registry, options);
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
    const short = this.devices.find((device) => device.wallet.balance().spendable !== depositOf(device));
    if (short) throw new Error(`world: a device did not load its ${depositOf(short)} fen`);
  }
}

const workersFor = (devices: number): number =>
  devices >= MANY_DEVICES && availableParallelism() > 1 ? 1 : 0;

const HANDLE_BYTES = 16;
/** How the registry's balances name a device's account. */
export const accountName = ({ operator, handle }: Pick<Device, 'operator' | 'handle'>): string =>
  `${operator}:${toHex(handle)}`;
