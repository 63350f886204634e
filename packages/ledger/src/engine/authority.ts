/**
 * Authority: the keys of root, issuer, registry and operators, and the bundle that names them.
 *
 * It signs coins, certificates, lists and notes for the registry. Keys are opaque handles; at rest they are
 * wrapped under a key-encryption key. In a deployment root, issuer and operators are different houses with a
 * key store each; here they share this object and nothing else.
 */
import type { KekHandle, SyncCrypto } from '@duet/crypto/port';
import { type Day, dayOf, type Instant, instant, type PublicKey, plusSeconds } from '@duet/protocol/brand';
import { array, bytes, decodeBytes, encodeBytes, field, record } from '@duet/protocol/cbor/codec';
import { operatorField } from '@duet/protocol/objects/fields';
import {
  decodeSigned,
  draft,
  encodeSigned,
  type ObjectType,
  type Signed,
  withSignature,
} from '@duet/protocol/objects/signed';
import { packRevoked, STATUS_LIST, type StatusList } from '@duet/protocol/objects/status-list';
import {
  type KeyRole,
  keyRoleNumber,
  type Policy,
  TRUST_BUNDLE,
  type TrustBundle,
  type TrustBundleBody,
  type TrustedKey,
} from '@duet/protocol/objects/trust-bundle';
import { type KeyHandle, type Suite, suiteOf } from '@duet/protocol/suite';

export const ISSUER_KEY = 1;
export const REGISTRY_KEY = 2;
const SEALING_KEY = 3;
const FIRST_OPERATOR_KEY = 10;

/** Number of an operator's key in the bundle. */
export const operatorKeyOf = (operator: number): number => FIRST_OPERATOR_KEY + operator;

export interface OperatorName {
  readonly id: number;
  readonly name: string;
}

export interface AuthorityOptions {
  readonly crypto: SyncCrypto;
  readonly suite: Suite;
  readonly policies: readonly Policy[];
  readonly operators: readonly OperatorName[];
  readonly now: Instant;
  /** Days for which the bundle and the keys are valid. */
  readonly bundleDays?: number;
}

interface Keys {
  readonly root: KeyHandle;
  readonly issuer: KeyHandle;
  readonly registry: KeyHandle;
  readonly sealing: KeyHandle;
  readonly operators: ReadonlyMap<number, KeyHandle>;
}

const BUNDLE_DAYS = 365;
const SECONDS_PER_DAY = 86_400;

export class Authority {
  readonly #crypto: SyncCrypto;
  readonly #keys: Keys;
  readonly bundle: TrustBundle;

  constructor(crypto: SyncCrypto, keys: Keys, bundle: TrustBundle) {
    this.#crypto = crypto;
    this.#keys = keys;
    this.bundle = bundle;
  }

  get root(): PublicKey {
    return this.#keys.root.publicKey;
  }

  /** Key to which uploads are sealed. */
  get registryKey(): PublicKey {
    return this.#keys.sealing.publicKey;
  }

  get sealing(): KeyHandle {
    return this.#keys.sealing;
  }

  /** Signs as issuer: coins, wallet certificates, the issuer's status list. */
  signAsIssuer<Kind extends string, Body>(type: ObjectType<Kind, Body>, body: Body): Signed<Kind, Body> {
    return this.#sign(type, body, this.#keys.issuer);
  }

  /** Signs as registry: credit notes. */
  signAsRegistry<Kind extends string, Body>(type: ObjectType<Kind, Body>, body: Body): Signed<Kind, Body> {
    return this.#sign(type, body, this.#keys.registry);
  }

  /** Signs as an operator: terminal certificates, intake notes, its status list. `undefined`: no such operator. */
  signAsOperator<Kind extends string, Body>(
    operator: number,
    type: ObjectType<Kind, Body>,
    body: Body,
  ): Signed<Kind, Body> | undefined {
    const key = this.#keys.operators.get(operator);
    return key && this.#sign(type, body, key);
  }

  /** The status list of an authority; operator 0 is the issuer. */
  statusList(
    operator: number,
    revoked: Iterable<number>,
    length: number,
    issuedAt: Instant,
  ): StatusList | undefined {
    const location = this.bundle.body.lists.find((list) => list.operator === operator);
    if (!location) return undefined;
    const signerKey = operator === 0 ? ISSUER_KEY : operatorKeyOf(operator);
    const body = { uri: location.uri, issuedAt, statuses: packRevoked(length, revoked), signerKey };
    return operator === 0
      ? this.signAsIssuer(STATUS_LIST, body)
      : this.signAsOperator(operator, STATUS_LIST, body);
  }

  /** The next version of the bundle, or a later one, signed by the root. */
  withBundle(change: Partial<Omit<TrustBundleBody, 'version'>>, versions = 1): Authority {
    const body = { ...this.bundle.body, ...change, version: this.bundle.body.version + versions };
    return new Authority(this.#crypto, this.#keys, this.#sign(TRUST_BUNDLE, body, this.#keys.root));
  }

  /** Keys wrapped under a key-encryption key, with the bundle. */
  save(kek: KekHandle): Uint8Array {
    const wrap = (key: KeyHandle): Uint8Array => this.#crypto.wrapKey(key, kek);
    const { root, issuer, registry, sealing, operators } = this.#keys;
    return encodeBytes(SAVED, {
      root: wrap(root),
      issuer: wrap(issuer),
      registry: wrap(registry),
      sealing: wrap(sealing),
      operators: [...operators].map(([operator, key]) => ({ operator, key: wrap(key) })),
      bundle: encodeSigned(TRUST_BUNDLE, this.bundle),
    });
  }

  #sign<Kind extends string, Body>(
    type: ObjectType<Kind, Body>,
    body: Body,
    key: KeyHandle,
  ): Signed<Kind, Body> {
    const unsigned = draft(type, suiteOf(key.publicKey), body, this.#crypto);
    return withSignature(unsigned, this.#crypto.sign(key, unsigned.message));
  }
}

const wrapped = bytes({ min: 1, max: 512 });
const SAVED = record({
  root: field(1, wrapped),
  issuer: field(2, wrapped),
  registry: field(3, wrapped),
  sealing: field(4, wrapped),
  operators: field(
    5,
    array(record({ operator: field(1, operatorField), key: field(2, wrapped) }), { max: 1_024 }),
  ),
  bundle: field(6, bytes({ min: 1, max: TRUST_BUNDLE.maxBytes })),
});
const MAX_SAVED_BYTES = 1024 * 1024;

/** Makes all keys and the first bundle. */
export function createAuthority(options: AuthorityOptions): Authority {
  const { crypto, suite } = options;
  const sign = (): KeyHandle => crypto.generateKey(suite, 'sign');
  const keys: Keys = {
    root: sign(),
    issuer: sign(),
    registry: sign(),
    sealing: crypto.generateKey(suite, 'seal'),
    operators: new Map(options.operators.map(({ id }) => [id, sign()])),
  };
  const unsigned = draft(TRUST_BUNDLE, suite, firstBundle(options, keys), crypto);
  return new Authority(crypto, keys, withSignature(unsigned, crypto.sign(keys.root, unsigned.message)));
}

function firstBundle(options: AuthorityOptions, keys: Keys): TrustBundleBody {
  const from = Math.max(0, dayOf(options.now) - 1) as Day;
  const until = (from + (options.bundleDays ?? BUNDLE_DAYS)) as Day;
  const trusted = (number: number, role: KeyRole, operator: number, key: KeyHandle): TrustedKey => ({
    number,
    role: keyRoleNumber(role),
    operator,
    key: key.publicKey,
    validFrom: from,
    validUntil: until,
  });
  const operators = [...options.operators].sort((a, b) => a.id - b.id);
  return {
    version: 1,
    issuedAt: options.now,
    validUntil: plusSeconds(instant(from * SECONDS_PER_DAY), (until - from) * SECONDS_PER_DAY),
    keys: [
      trusted(ISSUER_KEY, 'issuer', 0, keys.issuer),
      trusted(REGISTRY_KEY, 'registry', 0, keys.registry),
      trusted(SEALING_KEY, 'sealing', 0, keys.sealing),
      ...operators.flatMap(({ id }) => {
        const key = keys.operators.get(id);
        return key ? [trusted(operatorKeyOf(id), 'operator', id, key)] : [];
      }),
    ],
    policies: [...options.policies].sort((a, b) => a.id - b.id),
    lists: [
      { operator: 0, uri: 'duet:list:issuer' },
      ...operators.map(({ id }) => ({ operator: id, uri: `duet:list:${id}` })),
    ],
    stops: [],
    templates: [],
  };
}

/** Opens what {@link Authority.save} gave. @throws Error when the key is another one or the bytes were changed */
export function loadAuthority(saved: Uint8Array, kek: KekHandle, crypto: SyncCrypto): Authority {
  const content = decodeBytes(SAVED, saved, MAX_SAVED_BYTES);
  const open = (blob: Uint8Array): KeyHandle => {
    const key = crypto.unwrapKey(blob, kek);
    if (!key.ok) throw new Error(`authority: ${key.rejection.code}: the keys do not open with this key`);
    return key.value;
  };
  const keys: Keys = {
    root: open(content.root),
    issuer: open(content.issuer),
    registry: open(content.registry),
    sealing: open(content.sealing),
    operators: new Map(content.operators.map(({ operator, key }) => [operator, open(key)])),
  };
  return new Authority(crypto, keys, decodeSigned(TRUST_BUNDLE, content.bundle, crypto));
}
