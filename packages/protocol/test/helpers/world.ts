/** A small deterministic world: root, issuer, registry, two operators, their bundle, certificates and coins. */
import { day, type Instant, instant, type PublicKey, plusSeconds, startOfDay } from '../../src/brand.ts';
import { concatBytes } from '../../src/bytes.ts';
import { type Fen, fen } from '../../src/money.ts';
import { CERTIFICATE, type Certificate, type CertificateBody } from '../../src/objects/certificate.ts';
import { COIN, type Coin, type CoinBody, type Serial } from '../../src/objects/coin.ts';
import { DEFAULT_CURRENCY, DEFAULT_UNIT } from '../../src/objects/request.ts';
import { draft, type ObjectType, type Signed, withSignature } from '../../src/objects/signed.ts';
import {
  packRevoked,
  STATUS_LIST,
  type StatusList,
  type StatusListBody,
} from '../../src/objects/status-list.ts';
import {
  keyRoleNumber,
  type Policy,
  TRUST_BUNDLE,
  type TrustBundle,
  type TrustBundleBody,
  type TrustedKey,
} from '../../src/objects/trust-bundle.ts';
import { type StatusView, TrustView } from '../../src/verify/trust-view.ts';
import { HASHES, type KeyPair, keyPair, sha256 } from './signing.ts';

/** Monday 2 March 2026, 08:00 UTC. */
export const TODAY = day(20_514);
export const NOW: Instant = plusSeconds(startOfDay(TODAY), 8 * 3_600);

export const ROOT = keyPair('root');
export const ISSUER = keyPair('issuer');
export const REGISTRY = keyPair('registry');
export const OPERATORS: readonly [KeyPair, KeyPair] = [keyPair('operator 1'), keyPair('operator 2')];
/** An issuer key whose days are over, an issuer key of suite 2, and an operator's of suite 2. */
const OLD_ISSUER = keyPair('old issuer');
export const NATIONAL_ISSUER = keyPair('national issuer', 2);
export const NATIONAL_OPERATOR = keyPair('national operator', 2);

/** Numbers of the keys in the bundle. */
export const KEYS = {
  issuer: 1,
  registry: 2,
  operator1: 3,
  operator2: 4,
  oldIssuer: 5,
  nationalIssuer: 6,
  nationalOperator: 7,
} as const;

export const POLICY: Policy = {
  id: 1,
  maxPayments: 10,
  maxPerPayment: fen(500_000),
  maxHops: 8,
  requestValidity: 120,
  skew: 300,
  standingWindow: 600,
  listMaxAge: 7 * 86_400,
  refuseStrangersOnStaleLists: false,
  pinAbove: fen(2_000),
  spendDays: 30,
  claimDays: 60,
  graceDays: 7,
  offlineTicketDays: 14,
  maxBalance: fen(1_000_000),
  fundPerPayee: fen(100_000),
  fundPerCoin: fen(200_000),
  fundPeriodDays: 30,
  lossCap: fen(10_000_000),
};

/** A policy without limits of count and amount. */
export const OPEN_POLICY: Policy = {
  id: 2,
  maxHops: 16,
  requestValidity: 120,
  skew: 300,
  standingWindow: 600,
  listMaxAge: 7 * 86_400,
  refuseStrangersOnStaleLists: true,
  pinAbove: fen(0),
  spendDays: 30,
  claimDays: 60,
  graceDays: 7,
  offlineTicketDays: 14,
  fundPeriodDays: 30,
};

const trusted = (
  number: number,
  role: 'issuer' | 'registry' | 'operator',
  operator: number,
  { publicKey }: KeyPair,
): TrustedKey => ({
  number,
  role: keyRoleNumber(role),
  operator,
  key: publicKey,
  validFrom: day(TODAY - 100),
  validUntil: day(TODAY + 300),
});

export const TRUSTED_KEYS: readonly TrustedKey[] = [
  trusted(KEYS.issuer, 'issuer', 0, ISSUER),
  trusted(KEYS.registry, 'registry', 0, REGISTRY),
  trusted(KEYS.operator1, 'operator', 1, OPERATORS[0]),
  trusted(KEYS.operator2, 'operator', 2, OPERATORS[1]),
  { ...trusted(KEYS.oldIssuer, 'issuer', 0, OLD_ISSUER), validUntil: day(TODAY - 20) },
  trusted(KEYS.nationalIssuer, 'issuer', 0, NATIONAL_ISSUER),
  trusted(KEYS.nationalOperator, 'operator', 2, NATIONAL_OPERATOR),
];

export const RELYING_PARTY = 'wallet.example.org';
/** Client data as browsers write it for a page of {@link RELYING_PARTY}. */
export const CLIENT_DATA_TAIL = '","origin":"https://wallet.example.org","crossOrigin":false}';

export const BUNDLE_BODY: TrustBundleBody = {
  version: 7,
  issuedAt: plusSeconds(NOW, -86_400),
  validUntil: plusSeconds(NOW, 30 * 86_400),
  keys: TRUSTED_KEYS,
  policies: [POLICY, OPEN_POLICY],
  lists: [
    { operator: 0, uri: 'https://issuer.example.org/status' },
    { operator: 1, uri: 'https://operator1.example.org/status' },
  ],
  stops: [],
  templates: [{ number: 1, relyingParty: RELYING_PARTY, tail: CLIENT_DATA_TAIL }],
};

/** Signs a body. */
export const signed = <Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  { suite, sign }: KeyPair,
  body: Body,
): Signed<Kind, Body> => {
  const unsigned = draft(type, suite, body, HASHES);
  return withSignature(unsigned, sign(unsigned.message));
};

export const bundle = (changes: Partial<TrustBundleBody> = {}, root: KeyPair = ROOT): TrustBundle =>
  signed(TRUST_BUNDLE, root, { ...BUNDLE_BODY, ...changes });

export const BUNDLE = bundle();
export const TRUST = new TrustView(BUNDLE);

/** Lists of today on which the given indices of the issuer's list are revoked. */
export const listsWith = (
  revoked: readonly number[] = [],
  issuedAt: Instant = plusSeconds(NOW, -7_200),
): StatusView => ({
  statusOf: (operator, index) => (operator === 0 && revoked.includes(index) ? 'revoked' : 'valid'),
  issuedAt: () => issuedAt,
});

/** Bytes that a name stands for. */
export const bytesOf = (name: string, length: number): Uint8Array => {
  let out = new Uint8Array(0);
  for (let i = 0; out.length < length; i++) {
    out = new Uint8Array(concatBytes(out, sha256(new TextEncoder().encode(`${name} ${i}`))));
  }
  return out.slice(0, length);
};

/** A 32-bit status index that a name stands for. */
const statusOf = (name: string): number => new DataView(bytesOf(`status ${name}`, 4).buffer).getUint32(0);

/** A person's or a shop's key with the certificate under which it is paid. */
export interface Party {
  readonly key: KeyPair;
  readonly certificate: Certificate;
}

export function certificateOf(
  subject: PublicKey,
  name: string,
  changes: Partial<CertificateBody> = {},
  signer: KeyPair = ISSUER,
): Certificate {
  return signed(CERTIFICATE, signer, {
    signerKey: KEYS.issuer,
    operator: 1,
    subject,
    role: 'wallet',
    walletClass: 4,
    status: statusOf(name),
    validFrom: day(TODAY - 10),
    validUntil: day(TODAY + 90),
    ...changes,
  });
}

export function wallet(name: string, changes: Partial<CertificateBody> = {}): Party {
  const key = keyPair(name);
  return { key, certificate: certificateOf(key.publicKey, name, changes) };
}

export const FACE = { name: 'Noodle house, Garden Road', category: 5_812, region: 110_105 } as const;

export function terminal(name: string, changes: Partial<CertificateBody> = {}): Party {
  const key = keyPair(name);
  const body = {
    role: 'terminal',
    walletClass: 0,
    terminal: FACE,
    signerKey: KEYS.operator1,
    ...changes,
  } as const;
  return { key, certificate: certificateOf(key.publicKey, name, body, OPERATORS[0]) };
}

/** A wallet whose key and certificate are of suite 2. */
export function nationalWallet(name: string): Party {
  const key = keyPair(name, 2);
  return {
    key,
    certificate: certificateOf(key.publicKey, name, { signerKey: KEYS.nationalIssuer }, NATIONAL_ISSUER),
  };
}

export function coinOf(
  owner: KeyPair,
  name: string,
  value: number,
  changes: Partial<CoinBody> = {},
  issuer: KeyPair = ISSUER,
): Coin {
  return signed(COIN, issuer, {
    issuerKey: KEYS.issuer,
    operator: 1,
    currency: DEFAULT_CURRENCY,
    unit: DEFAULT_UNIT,
    value: fen(value),
    owner: owner.publicKey,
    status: statusOf(name),
    policy: POLICY.id,
    issuedAt: day(TODAY - 5),
    spendBy: day(TODAY + 25),
    claimBy: day(TODAY + 85),
    serial: bytesOf(`serial ${name}`, 16) as Serial,
    ...changes,
  });
}

export const statusList = (
  revoked: readonly number[],
  changes: Partial<StatusListBody> = {},
  signer: KeyPair = ISSUER,
): StatusList =>
  signed(STATUS_LIST, signer, {
    uri: 'https://issuer.example.org/status',
    issuedAt: plusSeconds(NOW, -7_200),
    expires: plusSeconds(NOW, 86_400),
    timeToLive: 43_200,
    statuses: packRevoked(1_024, revoked),
    signerKey: KEYS.issuer,
    ...changes,
  });

export const range = (from: number, to: number): { from: Fen; to: Fen } => ({ from: fen(from), to: fen(to) });
export const at = (offsetSeconds: number): Instant => instant(NOW + offsetSeconds);
