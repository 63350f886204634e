/**
 * Somebody with a device: a wallet on a journal that survives, a clock of its own, and the copies that a dishonest
 * owner made of it.
 */
import type { KekHandle, SyncCrypto } from '@duet/crypto/port';
import { type Instant, type PublicKey, plusSeconds } from '@duet/protocol/brand';
import { toHex } from '@duet/protocol/bytes';
import type { TerminalFace } from '@duet/protocol/objects/certificate';
import type { Handle } from '@duet/protocol/objects/fields';
import type { Verifier } from '@duet/protocol/suite';
import type { Asked } from '@duet/wallet/receiving';
import type { DeviceLimits } from '@duet/wallet/secure-element/decision';
import { encodeRecord } from '@duet/wallet/secure-element/record-codec';
import { snapshotOf } from '@duet/wallet/secure-element/snapshot';
import type { TrustCache } from '@duet/wallet/trust-cache';
import { Wallet } from '@duet/wallet/wallet';
import { SimJournal } from './journal.ts';

/** What all devices of a world share. */
export interface Ground {
  readonly crypto: SyncCrypto;
  readonly verifier: Verifier<'sync'>;
  readonly kek: KekHandle;
  readonly root: PublicKey;
  readonly policy: number;
  readonly limits: DeviceLimits;
  readonly now: () => Instant;
  /** Parsed lists and bundles: shared, since it only saves work. */
  readonly trustCache: TrustCache;
}

export interface Owner {
  readonly number: number;
  readonly name: string;
  readonly operator: number;
  readonly handle: Handle;
  readonly terminal?: TerminalFace;
}

const ADULT_CLASS = 4;

/** One device: the wallet of now, on a journal that outlives it. */
export class Device {
  readonly owner: Owner;
  readonly journal: SimJournal;
  readonly isCopy: boolean;
  #ground: Ground;
  #wallet: Wallet;
  #continuity: 'shown' | 'unknown';
  /** How far its clock is off, in seconds. */
  drift = 0;

  constructor(
    owner: Owner,
    ground: Ground,
    past: {
      readonly records?: readonly Uint8Array[];
      readonly isCopy?: boolean;
      readonly restored?: boolean;
    } = {},
  ) {
    this.owner = owner;
    this.#ground = ground;
    this.journal = new SimJournal(past.records);
    this.isCopy = past.isCopy === true;
    this.#continuity = past.restored ? 'unknown' : 'shown';
    this.#wallet = this.#open();
  }

  get wallet(): Wallet {
    return this.#wallet;
  }

  get isDoubtful(): boolean {
    return this.#continuity === 'unknown';
  }

  /** A complete sync took over what the registry knows (LIMIT-2). */
  trustAgain(): void {
    if (!this.isDoubtful) return;
    this.#continuity = 'shown';
    this.restart();
  }

  /** From what is durable. */
  restart(): void {
    this.#wallet = this.#open();
  }

  /** What the wallet knows, as bytes in hexadecimal: two that know the same give the same. */
  describe(): string | undefined {
    return snapshotOf(this.#wallet.state)
      ?.map((entry) => toHex(encodeRecord(entry)))
      .join('\n');
  }

  #open(): Wallet {
    const { crypto, verifier, kek, root, policy, limits, now, trustCache } = this.#ground;
    const { operator, handle, terminal } = this.owner;
    return new Wallet({
      journal: this.journal,
      crypto,
      verifier,
      kek,
      root,
      policy,
      limits,
      clock: () => plusSeconds(now(), this.drift),
      identity: terminal
        ? { operator, handle, role: 'terminal', walletClass: 0, terminal }
        : { operator, handle, role: 'wallet', walletClass: ADULT_CLASS },
      trustCache,
      continuity: this.#continuity,
    });
  }
}

/** An owner with what it uses; dishonest once it copied its device. */
export class Person {
  readonly owner: Owner;
  device: Device;
  copy: Device | undefined;
  /** Its journal at times past, for backups: time in milliseconds and records. */
  readonly past: { readonly atMs: number; readonly records: readonly Uint8Array[] }[] = [];
  /** A request for any amount that everybody may pay. */
  standing: Asked | undefined;
  /** It lost a device and went on from a backup. */
  hasRestored = false;

  constructor(owner: Owner, device: Device) {
    this.owner = owner;
    this.device = device;
  }

  get isHonest(): boolean {
    return this.copy === undefined;
  }
}
