/** What authorities sign for everybody, field by field: the trust bundle with its policies, and status lists. */
import { type StatusListBody, unpackStatuses } from '@duet/protocol/objects/status-list';
import {
  keyRoleOf,
  type Policy,
  stopScopeOf,
  type TrustBundleBody,
} from '@duet/protocol/objects/trust-bundle';
import { count, date, type Field, key, list, maybe, money, seconds, time, value, words } from './field.ts';

const MAX_SHOWN_INDICES = 32;

/** @throws DecodeError for a packed list that does not unpack */
export function statusFields(body: StatusListBody): readonly Field[] {
  const statuses = unpackStatuses(body.statuses);
  const locked: number[] = [];
  for (let index = 0; index < statuses.length; index++) if (statuses.at(index) !== 0) locked.push(index);
  const shown = locked.slice(0, MAX_SHOWN_INDICES).join(', ');
  return [
    words('uri', 'list', body.uri),
    time('issuedAt', 'issued at', body.issuedAt),
    ...maybe(body.expires, (at) => time('expires', 'expires', at)),
    ...maybe(body.timeToLive, (length) => seconds('timeToLive', 'keep for', length)),
    count('entries', 'entries', statuses.length),
    count('lockedCount', 'locked', locked.length),
    ...(locked.length === 0
      ? []
      : [
          value(
            'locked',
            'locked indices',
            locked.length > MAX_SHOWN_INDICES ? `${shown}, …` : shown,
            locked.slice(0, MAX_SHOWN_INDICES),
          ),
        ]),
    count('signerKey', 'signed by key', body.signerKey),
  ];
}

const policyFields = (policy: Policy): readonly Field[] => [
  count('id', 'policy', policy.id),
  ...maybe(policy.maxPayments, (most) => count('maxPayments', 'payments until sync', most)),
  ...maybe(policy.maxPerPayment, (most) => money('maxPerPayment', 'most in one payment', most)),
  ...maybe(policy.maxBalance, (most) => money('maxBalance', 'most in one wallet', most)),
  count('maxHops', 'hops', policy.maxHops),
  money('pinAbove', 'confirmation above', policy.pinAbove),
  seconds('requestValidity', 'request is fresh for', policy.requestValidity),
  seconds('skew', 'clocks may differ by', policy.skew),
  seconds('standingWindow', 'standing request takes', policy.standingWindow),
  seconds('listMaxAge', 'lists are good for', policy.listMaxAge),
  value(
    'refuseStrangersOnStaleLists',
    'older lists',
    policy.refuseStrangersOnStaleLists ? 'refuse strangers' : 'warn',
    policy.refuseStrangersOnStaleLists,
  ),
  count('spendDays', 'days to spend', policy.spendDays),
  count('claimDays', 'days to claim', policy.claimDays),
  count('graceDays', 'days of grace', policy.graceDays),
  count('offlineTicketDays', 'days a terminal stays offline', policy.offlineTicketDays),
  ...maybe(policy.fundPerPayee, (most) => money('fundPerPayee', 'fund at once for a payee', most)),
  ...maybe(policy.fundPerCoin, (most) => money('fundPerCoin', 'fund at once for a coin', most)),
  count('fundPeriodDays', 'days of a fund period', policy.fundPeriodDays),
  ...maybe(policy.lossCap, (most) => money('lossCap', 'loss cap of an epoch', most)),
];

export const bundleFields = (body: TrustBundleBody): readonly Field[] => [
  count('version', 'version', body.version),
  time('issuedAt', 'issued at', body.issuedAt),
  time('validUntil', 'valid until', body.validUntil),
  list(
    'keys',
    'keys',
    body.keys.map((entry) => [
      value('role', 'role', keyRoleOf(entry.role)),
      count('number', 'number', entry.number),
      ...(entry.operator === 0 ? [] : [count('operator', 'operator', entry.operator)]),
      key('key', 'key', entry.key),
      date('validFrom', 'valid from', entry.validFrom),
      date('validUntil', 'valid until', entry.validUntil),
      ...(entry.withdrawn ? [value('withdrawn', 'epoch', 'withdrawn', true)] : []),
    ]),
  ),
  list('policies', 'policies', body.policies.map(policyFields)),
  list(
    'lists',
    'lists',
    body.lists.map(({ operator, uri }) => [count('operator', 'operator', operator), words('uri', 'at', uri)]),
  ),
  ...(body.stops.length === 0
    ? []
    : [
        list(
          'stops',
          'stop notices',
          body.stops.map(({ scope, value: of, until }) => [
            value('scope', 'stops', stopScopeOf(scope)),
            count('value', 'number', of),
            time('until', 'until', until),
          ]),
        ),
      ]),
  ...(body.templates.length === 0
    ? []
    : [
        list(
          'templates',
          'client-data templates',
          body.templates.map(({ number, relyingParty }) => [
            count('number', 'number', number),
            words('relyingParty', 'relying party', relyingParty),
          ]),
        ),
      ]),
  ...maybe(body.nextRoot, (root) => key('nextRoot', 'next root key', root)),
];
