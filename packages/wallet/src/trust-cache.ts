/**
 * Trust bundle and status lists as a device holds them, parsed once for each different content: many wallets
 * of one process share the parsed form.
 */
import type { Instant, PublicKey } from '@duet/protocol/brand';
import { equalBytes } from '@duet/protocol/bytes';
import { MAX_BUNDLE_KEYS } from '@duet/protocol/limits';
import { reading } from '@duet/protocol/messages/decoding';
import { decodeSigned } from '@duet/protocol/objects/signed';
import {
  STATUS_LIST,
  type Statuses,
  type StatusList,
  unpackStatuses,
} from '@duet/protocol/objects/status-list';
import { TRUST_BUNDLE, type TrustBundle } from '@duet/protocol/objects/trust-bundle';
import { accept, type Result } from '@duet/protocol/rejection';
import type { Hashes } from '@duet/protocol/suite';
import { type Status, type StatusView, TrustView } from '@duet/protocol/verify/trust-view';
import { ObjectCache } from './object-cache.ts';

/** A status list ready to be asked. */
export interface ReadyList {
  readonly bytes: Uint8Array;
  readonly list: StatusList;
  readonly statuses: Statuses;
}

export interface ReadyBundle {
  readonly bytes: Uint8Array;
  readonly bundle: TrustBundle;
  readonly view: TrustView;
}

/** The lists of a device, by authority. */
export class HeldLists implements StatusView {
  readonly lists: ReadonlyMap<number, ReadyList>;

  constructor(lists: ReadonlyMap<number, ReadyList>) {
    this.lists = lists;
  }

  statusOf(operator: number, index: number): Status {
    const status = this.lists.get(operator)?.statuses.at(index);
    if (status === undefined) return 'unknown';
    return status === 0 ? 'valid' : 'revoked';
  }

  issuedAt(operator: number): Instant | undefined {
    return this.lists.get(operator)?.list.body.issuedAt;
  }
}

/** What a device trusts. */
export interface TrustState {
  readonly root: PublicKey;
  readonly bundle: ReadyBundle;
  readonly view: TrustView;
  readonly lists: HeldLists;
  readonly registryKey: PublicKey;
}

/** Parsed contents kept: a deployment has one bundle and one list for each authority at a time. */
const KEPT_BUNDLES = 4;
const KEPT_LISTS = 2 * MAX_BUNDLE_KEYS;

export class TrustCache {
  /** Objects that wallets of this process have in common. */
  readonly objects: ObjectCache;
  #bundles: ReadyBundle[] = [];
  #lists: ReadyList[] = [];
  #states: TrustState[] = [];

  constructor(objects: ObjectCache = new ObjectCache()) {
    this.objects = objects;
  }

  bundle(bytes: Uint8Array, hashes: Hashes): Result<ReadyBundle> {
    const known = this.#bundles.find((entry) => sameContent(entry.bytes, bytes));
    if (known) return accept(known);
    const read = reading(() => decodeSigned(TRUST_BUNDLE, bytes, hashes));
    if (!read.ok) return read;
    const ready = { bytes, bundle: read.value, view: new TrustView(read.value) };
    this.#bundles = [ready, ...this.#bundles].slice(0, KEPT_BUNDLES);
    return accept(ready);
  }

  list(bytes: Uint8Array, hashes: Hashes): Result<ReadyList> {
    const known = this.#lists.find((entry) => sameContent(entry.bytes, bytes));
    if (known) return accept(known);
    const read = reading(() => {
      const list = decodeSigned(STATUS_LIST, bytes, hashes);
      return { bytes, list, statuses: unpackStatuses(list.body.statuses) };
    });
    if (!read.ok) return read;
    this.#lists = [read.value, ...this.#lists].slice(0, KEPT_LISTS);
    return read;
  }

  /** One shared value for one content. */
  state(
    root: PublicKey,
    bundle: ReadyBundle,
    lists: ReadonlyMap<number, ReadyList>,
    registryKey: PublicKey,
  ): TrustState {
    const known = this.#states.find(
      (entry) =>
        entry.bundle === bundle &&
        equalBytes(entry.root, root) &&
        equalBytes(entry.registryKey, registryKey) &&
        entry.lists.lists.size === lists.size &&
        [...lists].every(([operator, list]) => entry.lists.lists.get(operator) === list),
    );
    if (known) return known;
    const state = { root, bundle, view: bundle.view, lists: new HeldLists(lists), registryKey };
    this.#states = [state, ...this.#states].slice(0, KEPT_BUNDLES);
    return state;
  }
}

const sameContent = (a: Uint8Array, b: Uint8Array): boolean => a === b || equalBytes(a, b);
