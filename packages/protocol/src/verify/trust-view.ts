/**
 * What a device or the registry trusts: the newest bundle, and the status lists it has.
 *
 * Input is trusted: bundles and lists enter only through `verify/trust-update.ts`.
 */
import { type Day, type Instant, later, type PublicKey, startOfDay } from '../brand.ts';
import { equalBytes } from '../bytes.ts';
import {
  type ClientDataTemplate,
  type KeyRole,
  keyRoleNumber,
  type Policy,
  type StopScope,
  stopScopeNumber,
  type TrustBundle,
  type TrustedKey,
} from '../objects/trust-bundle.ts';

/** State of one status index. */
export type Status = 'valid' | 'revoked' | 'unknown';

/** The hot list, by authority: operator 0 is the issuer's list (wallet keys and coins). */
export interface StatusView {
  statusOf(operator: number, index: number): Status;
  /** When the list of an authority was signed; `undefined` when there is none here. */
  issuedAt(operator: number): Instant | undefined;
}

export class TrustView {
  readonly bundle: TrustBundle;
  readonly #keys: ReadonlyMap<number, TrustedKey>;
  readonly #policies: ReadonlyMap<number, Policy>;
  readonly #templates: ReadonlyMap<number, ClientDataTemplate>;

  constructor(bundle: TrustBundle) {
    this.bundle = bundle;
    this.#keys = new Map(bundle.body.keys.map((key) => [key.number, key]));
    this.#policies = new Map(bundle.body.policies.map((policy) => [policy.id, policy]));
    this.#templates = new Map(bundle.body.templates.map((template) => [template.number, template]));
  }

  policy(id: number): Policy | undefined {
    return this.#policies.get(id);
  }

  template(number: number): ClientDataTemplate | undefined {
    return this.#templates.get(number);
  }

  /** A key in a role, whatever its dates. */
  key(number: number, role: KeyRole): TrustedKey | undefined {
    const key = this.#keys.get(number);
    return key && key.role === keyRoleNumber(role) ? key : undefined;
  }

  /** Whether uploads may be sealed to a key on a day (PRIV-2). */
  isSealingKey(key: PublicKey, day: Day): boolean {
    const role = keyRoleNumber('sealing');
    return this.bundle.body.keys.some(
      (known) => known.role === role && equalBytes(known.key, key) && validOnDay(known, day),
    );
  }

  /** Whether a stop notice covers this at a time (LIMIT-4). */
  isStopped(scope: StopScope, value: number, at: Instant): boolean {
    const number = stopScopeNumber(scope);
    return this.bundle.body.stops.some(
      (stop) => stop.scope === number && stop.value === value && at < stop.until,
    );
  }

  /** The newest time that root or issuer signed: no clock is ever behind it (PAY-5). */
  authorityTime(lists: StatusView): Instant {
    return later(this.bundle.body.issuedAt, lists.issuedAt(0) ?? this.bundle.body.issuedAt);
  }
}

/** Whether a key may have signed something on a day. */
export const validOnDay = (key: TrustedKey, day: Day): boolean =>
  key.validFrom <= day && day < key.validUntil;

/** Whether a time lies in [from, until), both whole days. */
export const inDays = (at: Instant, from: Day, until: Day, skew: number): boolean =>
  startOfDay(from) - skew <= at && at < startOfDay(until);
