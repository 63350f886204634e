/**
 * The trust that a registry gives out: the bundle that it was given with the epochs that alarms stopped (SET-1), and the
 * signed lists of what is revoked (SET-6). Alarms and revocations of other processes are found in the database.
 */
import { dayOf, type Instant } from '@duet/protocol/brand';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { STATUS_LIST } from '@duet/protocol/objects/status-list';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import type { TrustMaterial } from '@duet/protocol/settlement-port';
import { TrustView } from '@duet/protocol/verify/trust-view';
import type { Queryable } from '../sql/rows.ts';
import { type EpochStop, readStops, withStops } from './alarms.ts';
import type { Authority } from './authority.ts';
import { endedBefore, STATUS_SPACE } from './status-indices.ts';

export interface TrustOptions {
  readonly pool: Queryable;
  readonly clock: () => Instant;
  readonly authority: Authority;
  /** Told of what comes into force later. */
  readonly onChange: (authority: Authority) => void;
}

interface SignedLists {
  readonly at: Instant;
  /** Milliseconds of this process at which the database was asked last. */
  readonly askedAt: number;
  /** The day, and how many indices were revoked on it: within a day none is taken back. */
  readonly version: string;
  readonly lists: TrustMaterial['lists'];
}

export class TrustInForce {
  readonly #options: TrustOptions;
  #given: Authority;
  #stops: readonly EpochStop[] = [];
  #authority: Authority;
  #view: TrustView;
  #lists: SignedLists | undefined;
  #listing: Promise<TrustMaterial['lists']> | undefined;
  /** A case was opened here: the lists have changed. */
  #revoked = false;

  constructor(options: TrustOptions) {
    this.#options = options;
    this.#given = options.authority;
    this.#authority = options.authority;
    this.#view = new TrustView(options.authority.bundle);
  }

  /** What was given, with the epochs that alarms stopped. */
  get authority(): Authority {
    return this.#authority;
  }

  get view(): TrustView {
    return this.#view;
  }

  /** Takes a newer bundle into force. */
  use(authority: Authority): void {
    this.#given = authority;
    this.#useStops(this.#stops);
  }

  /** Keys were revoked by this process. */
  noteRevoked(): void {
    this.#revoked = true;
  }

  async material(): Promise<TrustMaterial> {
    // First, since it also looks for alarms.
    const lists = await this.#statusLists();
    return {
      bundle: encodeSigned(TRUST_BUNDLE, this.#authority.bundle),
      lists,
      time: this.#options.clock(),
      registryKey: this.#authority.registryKey,
    };
  }

  async lookForStops(): Promise<void> {
    const stops = await readStops(this.#options.pool);
    // Notices are only added.
    if (stops.length > this.#stops.length) this.#useStops(stops);
  }

  #useStops(stops: readonly EpochStop[]): void {
    this.#stops = stops;
    this.#authority = withStops(this.#given, stops);
    this.#view = new TrustView(this.#authority.bundle);
    this.#lists = undefined;
    this.#options.onChange(this.#authority);
  }

  /** Lists are signed anew when something was revoked, and once an hour; the database is asked once a second. */
  async #statusLists(): Promise<TrustMaterial['lists']> {
    const held = this.#lists;
    const inForce = held && this.#options.clock() - held.at < LIST_SECONDS;
    if (inForce && !this.#revoked && performance.now() - held.askedAt < ASK_AGAIN_MS) return held.lists;
    // Many devices ask at once: one look-up answers them all.
    this.#listing ??= this.#renewLists().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #renewLists(): Promise<TrustMaterial['lists']> {
    await this.lookForStops();
    const { pool, clock } = this.#options;
    const now = clock();
    const held = this.#lists;
    this.#revoked = false;
    const revoked = await revokedIndices(pool, endedBefore({ authority: this.#authority, now }));
    const version = `${dayOf(now)}:${[...revoked.values()].reduce((sum, list) => sum + list.length, 0)}`;
    const askedAt = performance.now();
    if (held && now - held.at < LIST_SECONDS && held.version === version) {
      this.#lists = { ...held, askedAt };
      return held.lists;
    }
    const lists = this.#authority.bundle.body.lists.flatMap(({ operator }) => {
      const indices = revoked.get(operator) ?? [];
      const list = this.#authority.statusList(operator, indices, listLength(indices), now);
      return list ? [{ operator, list: encodeSigned(STATUS_LIST, list) }] : [];
    });
    this.#lists = { at: now, askedAt, version, lists };
    return lists;
  }
}

const ASK_AGAIN_MS = 1_000;

/** Seconds for which a signed list is handed out again when nothing changed. */
const LIST_SECONDS = 3_600;

/** Room for every index that is drawn at first, and for the highest that is revoked. */
const listLength = (revoked: readonly number[]): number =>
  revoked.reduce(
    (length, index) => (index < length ? length : 2 ** Math.ceil(Math.log2(index + 1))),
    STATUS_SPACE.first,
  );

/** What is revoked and can still be shown to anybody, by list. */
async function revokedIndices(queryable: Queryable, ended: number): Promise<Map<number, number[]>> {
  const rows = await queryable.query<{ authority: number; status: number }>(
    `SELECT authority, status FROM certificate WHERE revoked AND valid_until > $1
     UNION ALL SELECT 0, status FROM coin WHERE revoked AND claim_by > $1`,
    [ended],
  );
  const lists = new Map<number, number[]>();
  for (const { authority, status } of rows.rows) {
    const list = lists.get(authority);
    if (list) list.push(status);
    else lists.set(authority, [status]);
  }
  return lists;
}
