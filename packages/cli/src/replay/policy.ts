/**
 * The policy of a replay. By default nothing limits it but 8 hops; a file sets any field of a Policy.
 *
 * The file is a JSON object. Amounts are yuan, as numbers or texts ("12.30"); times are seconds or days, as the
 * names say; `null` takes a limit away. `maxTotal` is no field of a Policy: it is what one device pays at
 * most between two syncs, a limit of its secure element, as are `maxPayments` and `maxBalance` (LIMIT-1).
 */
import { type Fen, fen, parseDecimal, ZERO } from '@duet/protocol/money';
import type { Policy } from '@duet/protocol/objects/trust-bundle';
import { accept, type Result } from '@duet/protocol/rejection';
import type { DeviceLimits } from '@duet/wallet/secure-element/decision';
import { fileInvalid, shown } from './csv.ts';
import { MAX_POLICY_BYTES } from './limits.ts';

export interface ReplayPolicy {
  readonly policy: Policy;
  readonly limits: DeviceLimits;
}

/** The largest payment that no sync can help: `maxPerPayment` and `maxTotal`, and none where there are no payments. */
export const ceilingOf = ({ policy, limits }: ReplayPolicy): number =>
  policy.maxPayments === 0
    ? 0
    : Math.min(policy.maxPerPayment ?? Number.POSITIVE_INFINITY, limits.maxTotal ?? Number.POSITIVE_INFINITY);

const policyInvalid = (expected: string, got: string): Result<never> =>
  fileInvalid(expected, got, 'policy-file');

const POLICY_ID = 1;
const DAY_SECONDS = 86_400;

const DEFAULTS: Policy = {
  id: POLICY_ID,
  maxHops: 8,
  requestValidity: 600,
  skew: 300,
  standingWindow: DAY_SECONDS,
  listMaxAge: 30 * DAY_SECONDS,
  refuseStrangersOnStaleLists: false,
  pinAbove: ZERO,
  spendDays: 90,
  claimDays: 30,
  graceDays: 7,
  offlineTicketDays: 7,
  fundPeriodDays: 30,
};

/** No count or amount limit, 8 hops, no caps of the funds. */
export const DEFAULT_REPLAY_POLICY: ReplayPolicy = { policy: DEFAULTS, limits: {} };

/** How long the registry hands out one signed list: a policy that refuses younger ones would refuse for ever. */
const LIST_SECONDS = 3_600;

const DAYS = 3_650;
const SECONDS = 0xffff_ffff;

/** Whole numbers, with their largest value. */
const COUNTS = {
  maxPayments: SECONDS,
  maxHops: 16,
  requestValidity: SECONDS,
  skew: SECONDS,
  standingWindow: SECONDS,
  listMaxAge: SECONDS,
  spendDays: DAYS,
  claimDays: DAYS,
  graceDays: DAYS,
  offlineTicketDays: DAYS,
  fundPeriodDays: DAYS,
} as const;
const AMOUNTS = [
  'maxPerPayment',
  'pinAbove',
  'maxBalance',
  'fundPerPayee',
  'fundPerCoin',
  'lossCap',
  'maxTotal',
] as const;
const FLAGS = ['refuseStrangersOnStaleLists'] as const;
/** Limits that may be taken away. */
const OPTIONAL: ReadonlySet<string> = new Set([
  'maxPayments',
  'maxPerPayment',
  'maxBalance',
  'fundPerPayee',
  'fundPerCoin',
  'lossCap',
  'maxTotal',
]);

type CountName = keyof typeof COUNTS;
type AmountName = (typeof AMOUNTS)[number];

/** What the file sets. */
interface Settings {
  readonly counts: Map<CountName, number>;
  readonly amounts: Map<AmountName, Fen>;
  readonly flags: Map<string, boolean>;
}

const isCount = (name: string): name is CountName => Object.hasOwn(COUNTS, name);
const isAmount = (name: string): name is AmountName => AMOUNTS.some((known) => known === name);
const isFlag = (name: string): boolean => FLAGS.some((known) => known === name);

/** Reads a policy file. Rejection `file-invalid` names the field. */
export function readPolicy(content: Uint8Array): Result<ReplayPolicy> {
  if (content.length > MAX_POLICY_BYTES) {
    return policyInvalid(`a policy of at most ${MAX_POLICY_BYTES} bytes`, `${content.length} bytes`);
  }
  const object = jsonObject(content);
  if (!object.ok) return object;
  const settings: Settings = { counts: new Map(), amounts: new Map(), flags: new Map() };
  for (const [name, value] of Object.entries(object.value)) {
    const taken = takeField(settings, name, value);
    if (!taken.ok) return taken;
  }
  return apply(settings);
}

function jsonObject(content: Uint8Array): Result<object> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch {
    return policyInvalid('a JSON object with the fields of a policy', 'something that is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return accept(value);
  return policyInvalid('a JSON object with the fields of a policy', 'another JSON value');
}

function takeField(settings: Settings, name: string, value: unknown): Result<void> {
  if (!isCount(name) && !isAmount(name) && !isFlag(name)) {
    const known = [...Object.keys(COUNTS), ...AMOUNTS, ...FLAGS].join(', ');
    return policyInvalid(`only ${known}`, `field ${shown(name)}`);
  }
  if (value === null && OPTIONAL.has(name)) return accept(undefined);
  if (isCount(name)) return takeCount(settings, name, value);
  if (isAmount(name)) return takeAmount(settings, name, value);
  if (typeof value !== 'boolean')
    return policyInvalid('true or false', `${name} ${shown(JSON.stringify(value))}`);
  settings.flags.set(name, value);
  return accept(undefined);
}

function takeCount(settings: Settings, name: CountName, value: unknown): Result<void> {
  const most = COUNTS[name];
  const least = name === 'spendDays' ? 1 : 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    return policyInvalid(
      `a whole number from ${least} to ${most}`,
      `${name} ${shown(JSON.stringify(value))}`,
    );
  }
  settings.counts.set(name, value);
  return accept(undefined);
}

function takeAmount(settings: Settings, name: AmountName, value: unknown): Result<void> {
  const text = typeof value === 'number' ? String(value) : value;
  const wrong = () =>
    policyInvalid('an amount in yuan, such as 12.30', `${name} ${shown(JSON.stringify(value))}`);
  if (typeof text !== 'string') return wrong();
  const parsed = parseDecimal(text);
  if (!parsed.ok && !/^0(\.0+)?$/.test(text)) return wrong();
  settings.amounts.set(name, parsed.ok ? parsed.amount : fen(0));
  return accept(undefined);
}

function apply({ counts, amounts, flags }: Settings): Result<ReplayPolicy> {
  const maxPayments = counts.get('maxPayments');
  const maxPerPayment = amounts.get('maxPerPayment');
  const maxBalance = amounts.get('maxBalance');
  const fundPerPayee = amounts.get('fundPerPayee');
  const fundPerCoin = amounts.get('fundPerCoin');
  const lossCap = amounts.get('lossCap');
  const maxTotal = amounts.get('maxTotal');
  const count = (name: Exclude<CountName, 'maxPayments'>): number => counts.get(name) ?? DEFAULTS[name];
  const policy: Policy = {
    id: POLICY_ID,
    maxHops: count('maxHops'),
    requestValidity: count('requestValidity'),
    skew: count('skew'),
    standingWindow: count('standingWindow'),
    listMaxAge: count('listMaxAge'),
    refuseStrangersOnStaleLists:
      flags.get('refuseStrangersOnStaleLists') ?? DEFAULTS.refuseStrangersOnStaleLists,
    pinAbove: amounts.get('pinAbove') ?? DEFAULTS.pinAbove,
    spendDays: count('spendDays'),
    claimDays: count('claimDays'),
    graceDays: count('graceDays'),
    offlineTicketDays: count('offlineTicketDays'),
    fundPeriodDays: count('fundPeriodDays'),
    ...(maxPayments === undefined ? {} : { maxPayments }),
    ...(maxPerPayment === undefined ? {} : { maxPerPayment }),
    ...(maxBalance === undefined ? {} : { maxBalance }),
    ...(fundPerPayee === undefined ? {} : { fundPerPayee }),
    ...(fundPerCoin === undefined ? {} : { fundPerCoin }),
    ...(lossCap === undefined ? {} : { lossCap }),
  };
  // A coin's claimBy leaves its payees time to come back (docs/spec/objects.md).
  if (policy.claimDays * DAY_SECONDS < policy.offlineTicketDays * DAY_SECONDS + policy.skew) {
    return policyInvalid(
      'claimDays above offlineTicketDays, by at least skew',
      `claimDays ${policy.claimDays}, offlineTicketDays ${policy.offlineTicketDays}, skew ${policy.skew} s`,
    );
  }
  if (policy.refuseStrangersOnStaleLists && policy.listMaxAge < LIST_SECONDS) {
    return policyInvalid(
      `listMaxAge of at least ${LIST_SECONDS} s: the lists are signed once an hour`,
      `listMaxAge ${policy.listMaxAge}`,
    );
  }
  const limits: DeviceLimits = {
    ...(maxPayments === undefined ? {} : { maxPayments }),
    ...(maxTotal === undefined ? {} : { maxTotal }),
    ...(maxBalance === undefined ? {} : { maxBalance }),
  };
  return accept({ policy, limits });
}
