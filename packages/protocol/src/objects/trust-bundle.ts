/**
 * TrustBundle: the root's signed list of keys, policies, lists and stop notices.
 *
 * Versions only grow. A bundle is signed by the root key a device holds; one that names `nextRoot` moves
 * the device to that key, and every later bundle must be signed by it.
 */
import type { Day, Instant, PublicKey } from '../brand.ts';
import { array, bool, field, optional, record, refine, text, uint } from '../cbor/codec.ts';
import { MAX_BUNDLE_KEYS, MAX_OBJECT_BYTES, MAX_POLICIES, MAX_STOPS, MAX_TEMPLATES } from '../limits.ts';
import type { Fen } from '../money.ts';
import {
  coordinateField,
  dayField,
  instantField,
  keyField,
  keyNumberField,
  operatorField,
  policyField,
} from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

/** `sealing`: uploads are sealed to it, and it signs nothing (PRIV-2). */
export type KeyRole = 'issuer' | 'registry' | 'operator' | 'sealing';
const KEY_ROLES: readonly KeyRole[] = ['issuer', 'registry', 'operator', 'sealing'];

export const keyRoleNumber = (role: KeyRole): number => KEY_ROLES.indexOf(role);
export const keyRoleOf = (number: number): KeyRole => KEY_ROLES[number] ?? 'operator';

/** A key of an institution; its number is what coins and certificates name. */
export interface TrustedKey {
  readonly number: number;
  readonly role: number;
  /** Operator id; 0 for issuer, registry and sealing. */
  readonly operator: number;
  readonly key: PublicKey;
  readonly validFrom: Day;
  readonly validUntil: Day;
  /** The epoch is withdrawn: refused offline, swapped at sync (LIMIT-4). */
  readonly withdrawn?: boolean;
}

/** An immutable policy: data, never code. Absent limits do not limit. */
export interface Policy {
  readonly id: number;
  /** Spends of one key until it is refreshed (LIMIT-1). */
  readonly maxPayments?: number;
  readonly maxPerPayment?: Fen;
  /** Spends before the last one on a path (PAY-9). */
  readonly maxHops: number;
  /** How long a request is fresh, seconds. */
  readonly requestValidity: number;
  /** How far clocks may differ, seconds. */
  readonly skew: number;
  /** How old a payer time a standing request accepts by scan, seconds. */
  readonly standingWindow: number;
  /** Age of status lists above which strangers are warned of or refused, seconds. */
  readonly listMaxAge: number;
  readonly refuseStrangersOnStaleLists: boolean;
  /** One payment, and the sum since the last confirmation, above which the holder confirms. */
  readonly pinAbove: Fen;
  /** Days from issue to spendBy, and from spendBy to claimBy. */
  readonly spendDays: number;
  readonly claimDays: number;
  /** Days after claimBy at which the registry closes the coin by itself. */
  readonly graceDays: number;
  /** Days a terminal may stay offline. */
  readonly offlineTicketDays: number;
  /** What one wallet may hold. */
  readonly maxBalance?: Fen;
  /** Paid at once from the guarantee fund to one account in one period of `fundPeriodDays`. */
  readonly fundPerPayee?: Fen;
  /** Paid at once from the guarantee fund for one coin. */
  readonly fundPerCoin?: Fen;
  readonly fundPeriodDays: number;
  /** Paid from the issuer's loss account for coins it does not know, in one epoch. */
  readonly lossCap?: Fen;
}

export type StopScope = 'operator' | 'region' | 'class' | 'epoch';
const STOP_SCOPES: readonly StopScope[] = ['operator', 'region', 'class', 'epoch'];
export const stopScopeNumber = (scope: StopScope): number => STOP_SCOPES.indexOf(scope);
export const stopScopeOf = (number: number): StopScope => STOP_SCOPES[number] ?? 'operator';

/** Offline acceptance stops for a scope until a time. */
export interface StopNotice {
  readonly scope: number;
  readonly value: number;
  readonly until: Instant;
}

/** Where the status list of an authority is; operator 0 is the issuer's list of wallet keys and coins. */
export interface ListLocation {
  readonly operator: number;
  readonly uri: string;
}

/** What a hardware key's client data is made of (PAY-13): `head ‖ base64url(spend id) ‖ tail`. */
export interface ClientDataTemplate {
  readonly number: number;
  readonly relyingParty: string;
  /** What follows the challenge, from its closing quote on. */
  readonly tail: string;
}

export interface TrustBundleBody {
  readonly version: number;
  readonly issuedAt: Instant;
  readonly validUntil: Instant;
  readonly keys: readonly TrustedKey[];
  readonly policies: readonly Policy[];
  readonly lists: readonly ListLocation[];
  readonly stops: readonly StopNotice[];
  readonly templates: readonly ClientDataTemplate[];
  readonly nextRoot?: PublicKey;
}

export type TrustBundle = Signed<'trust-bundle', TrustBundleBody>;

const seconds = uint(0xffff_ffff);
const days = uint(3_650);

const trustedKeyField = record({
  number: field(1, keyNumberField),
  role: field(2, uint(KEY_ROLES.length - 1)),
  operator: field(3, operatorField),
  key: field(4, keyField),
  validFrom: field(5, dayField),
  validUntil: field(6, dayField),
  withdrawn: optional(field(7, bool)),
});

const policyRecord = record({
  id: field(1, policyField),
  maxPayments: optional(field(2, uint(0xffff_ffff))),
  maxPerPayment: optional(field(3, coordinateField)),
  maxHops: field(4, uint(16)),
  requestValidity: field(5, seconds),
  skew: field(6, seconds),
  standingWindow: field(7, seconds),
  listMaxAge: field(8, seconds),
  refuseStrangersOnStaleLists: field(9, bool),
  pinAbove: field(10, coordinateField),
  spendDays: field(11, days),
  claimDays: field(12, days),
  graceDays: field(13, days),
  offlineTicketDays: field(14, days),
  maxBalance: optional(field(15, coordinateField)),
  fundPerPayee: optional(field(16, coordinateField)),
  fundPerCoin: optional(field(17, coordinateField)),
  fundPeriodDays: field(18, days),
  lossCap: optional(field(19, coordinateField)),
});

const uniqueBy =
  <T>(what: string, key: (item: T) => number) =>
  (items: readonly T[]): string | undefined =>
    items.every((item, i) => i === 0 || key(item) > key(items[i - 1] ?? item))
      ? undefined
      : `${what} ascending`;

export const TRUST_BUNDLE: ObjectType<'trust-bundle', TrustBundleBody> = {
  kind: 'trust-bundle',
  typ: 'duet-trust-bundle',
  maxBytes: MAX_OBJECT_BYTES,
  body: record({
    version: field(1, uint(0xffff_ffff, 1)),
    issuedAt: field(2, instantField),
    validUntil: field(3, instantField),
    keys: field(
      4,
      refine(
        array(trustedKeyField, { max: MAX_BUNDLE_KEYS }),
        uniqueBy('key numbers', (key) => key.number),
      ),
    ),
    policies: field(
      5,
      refine(
        array(policyRecord, { max: MAX_POLICIES }),
        uniqueBy('policy ids', (policy) => policy.id),
      ),
    ),
    lists: field(
      6,
      refine(
        array(record({ operator: field(1, operatorField), uri: field(2, text(255)) }), {
          max: MAX_BUNDLE_KEYS,
        }),
        uniqueBy('list operators', (list) => list.operator),
      ),
    ),
    stops: field(
      7,
      array(
        record({
          scope: field(1, uint(STOP_SCOPES.length - 1)),
          value: field(2, uint(0xffff_ffff)),
          until: field(3, instantField),
        }),
        { max: MAX_STOPS },
      ),
    ),
    templates: field(
      8,
      refine(
        array(
          record({
            number: field(1, uint(0xff)),
            relyingParty: field(2, text(255)),
            tail: field(3, text(512)),
          }),
          { max: MAX_TEMPLATES },
        ),
        uniqueBy('template numbers', (template) => template.number),
      ),
    ),
    nextRoot: optional(field(9, keyField)),
  }),
};
