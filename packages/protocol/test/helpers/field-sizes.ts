/** Bytes of every field of the messages on carriers, found by reading their bytes again. */
import { decodeBytes, encodeBytes } from '../../src/cbor/codec.ts';
import { type CborValue, cborValue } from '../../src/cbor/value.ts';

export interface FieldSize {
  readonly field: string;
  readonly bytes: number;
}

const sizeOf = (value: CborValue): number => encodeBytes(cborValue, value).length;

function itemsOf(value: CborValue | undefined): readonly CborValue[] {
  if (value?.kind !== 'array') throw new Error('an array');
  return value.items;
}

/** The head of an array or map, then its named items. */
function* arrayOf(value: CborValue, names: readonly string[], prefix: string): Generator<FieldSize> {
  const items = itemsOf(value);
  yield {
    field: `${prefix}array head`,
    bytes: sizeOf(value) - items.reduce((sum, item) => sum + sizeOf(item), 0),
  };
  for (const [i, item] of items.entries())
    yield { field: `${prefix}${names[i] ?? 'extras'}`, bytes: sizeOf(item) };
}

type Parts = readonly (readonly [string, number])[];

/** One byte string as the fields that share it; what is left is the last part's. */
function* blobOf(value: CborValue | undefined, parts: Parts, prefix: string): Generator<FieldSize> {
  if (value?.kind !== 'bytes') throw new Error('a byte string');
  const { length } = value.value;
  yield { field: `${prefix}byte string head`, bytes: sizeOf(value) - length };
  const known = parts.slice(0, -1).reduce((sum, [, bytes]) => sum + bytes, 0);
  for (const [i, [field, bytes]] of parts.entries())
    yield { field: prefix + field, bytes: i === parts.length - 1 ? length - known : bytes };
}

const COIN = [
  'kind and suite',
  'issuer key',
  'operator',
  'value',
  'policy',
  'days to spendBy',
  'days to claimBy',
  'blob',
  'unit and condition',
];
const COIN_BLOB: Parts = [
  ['owner key', 34],
  ['status', 4],
  ['issuedAt', 2],
  ['serial', 16],
  ['signature', 64],
];
const CERTIFICATE = [
  'kind and suite',
  'signer key',
  'operator',
  'role and class',
  'days of validity',
  'blob',
];
const CERTIFICATE_BLOB: Parts = [
  ['subject key', 34],
  ['status', 4],
  ['validFrom', 2],
  ['signature', 64],
];
const TERMINAL_BLOB: Parts = [...CERTIFICATE_BLOB, ['category', 2], ['region', 3], ['name', 0]];
const EARLIER_SPEND = ['kind', 'inputs', 'place of the payee', 'blob', 'seq', 'time', 'extras'];
const EARLIER_BLOB: Parts = [
  ['request hash', 32],
  ['signature', 64],
];
const LAST_SPEND = ['inputs', 'seq', 'time', 'signature', 'extras'];

/** Fields of an array, its `blob` taken apart. */
function* object(
  value: CborValue,
  names: readonly string[],
  parts: Parts,
  prefix: string,
): Generator<FieldSize> {
  const items = itemsOf(value);
  for (const size of arrayOf(value, names, prefix)) {
    if (size.field === `${prefix}blob`) yield* blobOf(items[names.indexOf('blob')], parts, prefix);
    else yield size;
  }
}

function* document(value: CborValue, prefix: string): Generator<FieldSize> {
  const items = itemsOf(value);
  const [kind] = items;
  if (kind?.kind !== 'int') throw new Error('a kind');
  if (Number(kind.value) < 2) return yield* object(value, COIN, COIN_BLOB, `${prefix}coin: `);
  const blob = items[5];
  const terminal = blob?.kind === 'bytes' && blob.value.length > 104;
  yield* object(value, CERTIFICATE, terminal ? TERMINAL_BLOB : CERTIFICATE_BLOB, `${prefix}certificate: `);
}

/** Fields of a request message. */
export function requestFields(message: Uint8Array): FieldSize[] {
  const value = decodeBytes(cborValue, message.subarray(1), message.length);
  const items = itemsOf(value);
  const middle = items.slice(1, -1).map((item, i) => ({
    field: item.kind === 'map' ? 'extras' : (['amount', 'time'][i] ?? ''),
    bytes: sizeOf(item),
  }));
  return [
    { field: 'prefix', bytes: 1 },
    { field: 'array head', bytes: 1 },
    ...blobOf(
      items[0],
      [
        ['sealing key', 34],
        ['signature', 64],
      ],
      '',
    ),
    ...middle,
    ...document(items.at(-1) ?? value, ''),
  ];
}

/** Fields of a sealed offer. */
export function offerFields(offer: Uint8Array): FieldSize[] {
  const value = decodeBytes(cborValue, offer, offer.length);
  const items = itemsOf(value);
  const fields: FieldSize[] = [
    { field: 'prefix', bytes: 1 },
    { field: 'seal: enc', bytes: 33 },
    { field: 'seal: tag', bytes: 16 },
    { field: 'array head', bytes: offer.length - items.reduce((sum, item) => sum + sizeOf(item), 0) },
  ];
  for (const [place, item] of items.entries()) {
    const prefix = `${place} `;
    const [kind] = itemsOf(item);
    if (itemsOf(item).length <= LAST_SPEND.length)
      fields.push(...object(item, LAST_SPEND, [], `${prefix}spend: `));
    else if (kind?.kind === 'int' && kind.value === 4)
      fields.push(...object(item, EARLIER_SPEND, EARLIER_BLOB, `${prefix}earlier spend: `));
    else fields.push(...document(item, prefix));
  }
  return fields;
}

/** Fields of a verdict message. */
export function verdictFields(message: Uint8Array): FieldSize[] {
  const value = decodeBytes(cborValue, message.subarray(1), message.length);
  return [{ field: 'prefix', bytes: 1 }, ...arrayOf(value, ['accepted spends', 'signature'], '')];
}

/** What a table of sizes must add up to. */
export const totalOf = (fields: readonly FieldSize[]): number =>
  fields.reduce((sum, { bytes }) => sum + bytes, 0);
