/** Every signed object, field by field: human names, amounts in yuan, dates in ISO 8601. */
import { toHex } from '@duet/protocol/bytes';
import type { CertificateBody } from '@duet/protocol/objects/certificate';
import { holderOf } from '@duet/protocol/objects/certificate';
import type { ClaimBody, Destination, ReturnBody } from '@duet/protocol/objects/claim';
import type { CoinBody } from '@duet/protocol/objects/coin';
import type { Enrolment } from '@duet/protocol/objects/enrolment';
import type { Condition } from '@duet/protocol/objects/fields';
import type { InquiryBody } from '@duet/protocol/objects/inquiry';
import type { CreditNoteBody, IntakeNoteBody } from '@duet/protocol/objects/notes';
import { outcomeOf } from '@duet/protocol/objects/notes';
import { currencyOf, type RequestBody } from '@duet/protocol/objects/request';
import type { Input, SpendBody } from '@duet/protocol/objects/spend';
import type { AnyObject } from '@duet/protocol/objects/types';
import type { VerdictBody } from '@duet/protocol/objects/verdict';
import { bundleFields, statusFields } from './authority-fields.ts';
import { count, date, type Field, group, hex, key, list, maybe, money, time, value, words } from './field.ts';

/** A signed object that can be read standing alone. */
export type Inspectable = AnyObject | Enrolment;

/** What each kind is, for somebody who sees it the first time. */
export const MEANINGS: Readonly<Record<Inspectable['kind'], string>> = {
  'trust-bundle': 'trust bundle: the keys, policies and lists that every device believes',
  certificate: 'certificate: binds a key to a role',
  coin: 'coin: value made by the issuer, owned by a key',
  request: 'request: what a payee asks for',
  spend: 'spend: an owner signs ranges of coins over to a payee',
  verdict: "verdict: the payee's one final answer to a request",
  claim: 'claim: received money is presented to the registry',
  return: 'return: asks for the ranges of void payments back',
  'intake-note': 'intake note: an operator took an upload at a time',
  'credit-note': 'credit note: what became of every part of an upload',
  inquiry: 'inquiry: a wallet asks the registry for payments to its keys',
  'status-list': 'status list: which wallets, coins or terminals are locked',
  enrolment: 'enrolment: a key asks for its certificate',
};

/** The body of an object, field by field. */
function bodyFields(object: Inspectable): readonly Field[] {
  switch (object.kind) {
    case 'trust-bundle':
      return bundleFields(object.body);
    case 'certificate':
      return certificateFields(object.body);
    case 'coin':
      return coinFields(object.body);
    case 'request':
      return requestFields(object.body);
    case 'spend':
      return spendFields(object.body);
    case 'verdict':
      return verdictFields(object.body);
    case 'claim':
      return claimFields(object.body);
    case 'return':
      return returnFields(object.body);
    case 'intake-note':
      return intakeFields(object.body);
    case 'credit-note':
      return creditFields(object.body);
    case 'inquiry':
      return inquiryFields(object.body);
    case 'status-list':
      return statusFields(object.body);
    case 'enrolment':
      return enrolmentFields(object);
  }
}

/** Id, suite, signature and what the object says. */
export const objectFields = (object: Inspectable): readonly Field[] => [
  hex('id', 'id', object.id),
  count('suite', 'suite', object.suite),
  ...bodyFields(object),
  hex('signature', 'signature', object.signature),
  ...maybe(object.hardware, ({ flags, counter, template }) =>
    group('hardware', 'hardware key', [
      count('flags', 'flags', flags),
      count('counter', 'counter', counter),
      count('template', 'template', template),
    ]),
  ),
];

function certificateFields({ terminal, ...body }: CertificateBody): readonly Field[] {
  return [
    value('role', 'role', body.role),
    ...(body.role === 'wallet' ? [count('walletClass', 'wallet class', body.walletClass)] : []),
    ...maybe(terminal, ({ name }) => words('name', 'name', name)),
    ...maybe(terminal, ({ category }) => count('category', 'merchant category', category)),
    ...maybe(terminal, ({ region }) => count('region', 'region', region)),
    count('operator', 'operator', body.operator),
    key('subject', 'key', body.subject),
    date('validFrom', 'valid from', body.validFrom),
    date('validUntil', 'valid until', body.validUntil),
    count('signerKey', 'signed by key', body.signerKey),
    count('status', 'status index', body.status),
  ];
}

function coinFields(body: CoinBody): readonly Field[] {
  return [
    money('value', 'value', body.value, body.currency, body.unit),
    key('owner', 'owner key', body.owner),
    count('operator', 'operator', body.operator),
    count('currency', 'currency', body.currency),
    count('policy', 'policy', body.policy),
    date('issuedAt', 'issued on', body.issuedAt),
    date('spendBy', 'spend before', body.spendBy),
    date('claimBy', 'claim before', body.claimBy),
    count('issuerKey', 'signed by key', body.issuerKey),
    count('status', 'status index', body.status),
    hex('serial', 'serial', body.serial),
    ...maybe(body.condition, (condition) => group('condition', 'only for', conditionFields(condition))),
  ];
}

const numbers = (name: string, label: string, all: readonly number[]): Field =>
  value(name, label, all.join(', '), all);

const conditionFields = (condition: Condition): readonly Field[] => [
  ...maybe(condition.categories, (all) => numbers('categories', 'categories', all)),
  ...maybe(condition.regions, (all) => numbers('regions', 'regions', all)),
  ...maybe(condition.notBefore, (at) => time('notBefore', 'not before', at)),
  ...maybe(condition.notAfter, (at) => time('notAfter', 'not after', at)),
];

export function requestFields(body: RequestBody): readonly Field[] {
  const currency = currencyOf(body);
  return [
    ...(body.amount === undefined
      ? [value('amount', 'amount', 'any (standing request)', null)]
      : [money('amount', 'amount', body.amount, currency)]),
    ...maybe(body.time, (at) => time('time', 'payee time', at)),
    ...maybe(body.text, (text) => words('text', 'for', text)),
    hex('payee', 'payee document', body.payee),
    key('sealingKey', 'sealing key', body.sealingKey),
    count('currency', 'currency', currency),
    ...maybe(body.version, (version) => count('version', 'version', version)),
    ...maybe(body.suites, (suites) => count('suites', 'suites taken', suites)),
  ];
}

const inputFields = ({ parent, from, to }: Input): readonly Field[] => [
  money('amount', 'amount', to - from),
  value('range', 'range', `[${from}, ${to})`, [from, to]),
  value(
    'parent',
    parent.index === undefined ? 'of coin' : 'of spend',
    parent.index === undefined ? toHex(parent.id) : `${toHex(parent.id)}, input ${parent.index}`,
    { id: toHex(parent.id), ...(parent.index === undefined ? {} : { index: parent.index }) },
  ),
];

const totalOf = (inputs: readonly Input[]): number =>
  inputs.reduce((total, { from, to }) => total + (to - from), 0);

/** The sum of at most 2^53−1 is a number; above it is said in words. */
function totalField(inputs: readonly Input[]): Field {
  const total = totalOf(inputs);
  return Number.isSafeInteger(total)
    ? money('total', 'total', total)
    : value('total', 'total', 'above 2^53-1 fen', null);
}

function spendFields(body: SpendBody): readonly Field[] {
  return [
    totalField(body.inputs),
    hex('payee', 'payee document', body.payee),
    hex('request', 'request', body.request),
    count('seq', 'number of the key', body.seq),
    time('time', 'payer time', body.time),
    ...maybe(body.refundOf, (id) => hex('refundOf', 'refund of', id)),
    ...maybe(body.standing, ({ nonce, total }) =>
      group('standing', 'to a standing request', [
        money('total', 'total', total),
        hex('nonce', 'nonce', nonce),
      ]),
    ),
    list('inputs', 'inputs', body.inputs.map(inputFields)),
  ];
}

const verdictFields = (body: VerdictBody): readonly Field[] => [
  value('answer', 'answer', body.accepted.length === 0 ? 'not paid' : 'paid'),
  hex('request', 'request', body.request),
  ...maybe(body.nonce, (nonce) => hex('nonce', 'nonce', nonce)),
  list(
    'accepted',
    'accepted spends',
    body.accepted.map((id) => [hex('id', 'spend', id)]),
  ),
];

function destinationField(destination: Destination): Field {
  switch (destination.kind) {
    case 'account':
      return hex('account', 'to account', destination.handle);
    case 'ticket':
      return hex('ticket', 'to ticket', destination.ticket);
    case 'coins':
      return list(
        'coins',
        'to new coins',
        destination.outputs.map(({ owner, amount }) => [
          money('amount', 'amount', amount),
          key('owner', 'owner key', owner),
        ]),
      );
  }
}

const claimFields = (body: ClaimBody): readonly Field[] => [
  totalField(body.inputs),
  count('operator', 'operator', body.operator),
  destinationField(body.destination),
  list('inputs', 'inputs', body.inputs.map(inputFields)),
];

const returnFields = (body: ReturnBody): readonly Field[] => [
  count('operator', 'operator', body.operator),
  destinationField(body.destination),
  list(
    'spends',
    'void spends',
    body.spends.map((id) => [hex('id', 'spend', id)]),
  ),
];

const intakeFields = (body: IntakeNoteBody): readonly Field[] => [
  count('operator', 'operator', body.operator),
  hex('upload', 'upload', body.upload),
  time('time', 'taken at', body.time),
  count('signerKey', 'signed by key', body.signerKey),
];

const creditFields = (body: CreditNoteBody): readonly Field[] => [
  hex('upload', 'upload', body.upload),
  time('time', 'time', body.time),
  count('signerKey', 'signed by key', body.signerKey),
  list(
    'items',
    'items',
    body.items.map((item) => [
      value('outcome', 'outcome', outcomeOf(item.outcome)),
      ...maybe(item.amount, (amount) => money('amount', 'amount', amount)),
      ...maybe(item.code, (code) => words('code', 'code', code)),
      hex('object', 'object', item.object),
      ...maybe(item.index, (index) => count('index', 'input', index)),
    ]),
  ),
  ...maybe(body.recorded, (hash) => hex('recorded', 'recorded payments', hash)),
  ...maybe(body.ends, (ends) =>
    list(
      'ends',
      'ended at the close',
      ends.map(({ spend, returned }) => [
        hex('spend', 'spend', spend),
        ...maybe(returned, (amount) => money('returned', 'came back', amount)),
      ]),
    ),
  ),
];

const inquiryFields = (body: InquiryBody): readonly Field[] => [
  key('signer', 'signed by', body.signer),
  list(
    'payeeKeys',
    'own payee keys',
    body.payeeKeys.map((entry) => [key('key', 'key', entry)]),
  ),
];

function enrolmentFields({ body }: Enrolment): readonly Field[] {
  const { role, walletClass } = holderOf(body.holder);
  return [
    value('role', 'role', role),
    count('walletClass', 'wallet class', walletClass),
    count('operator', 'operator', body.operator),
    hex('handle', 'account', body.handle),
    key('subject', 'key', body.subject),
    ...maybe(body.name, (name) => words('name', 'name', name)),
    ...maybe(body.category, (category) => count('category', 'merchant category', category)),
    ...maybe(body.region, (region) => count('region', 'region', region)),
  ];
}
