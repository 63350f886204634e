/**
 * An opened offer. It leaves out what its receiver knows from the request; with that the signed bytes are rebuilt and
 * judged as the registry judges them (SET-1). Without it only its shape is known.
 */
import { tryDecode } from '@duet/protocol/cbor/codec';
import { type CborValue, cborValue } from '@duet/protocol/cbor/value';
import { MAX_OFFER_BYTES } from '@duet/protocol/limits';
import { decodeOffer, type Offer } from '@duet/protocol/messages/offer';
import type { RequestMessage } from '@duet/protocol/messages/request-message';
import { currencyOf } from '@duet/protocol/objects/request';
import { accept, type Result } from '@duet/protocol/rejection';
import { SIGNATURE_BYTES } from '@duet/protocol/suite';
import { totalOf } from '@duet/protocol/verify/chain';
import { settle } from '@duet/protocol/verify/examination';
import { examineUpload } from '@duet/protocol/verify/registry';
import { count, type Field, group, hex, list, maybe, money } from './field.ts';
import { MEANINGS, objectFields } from './objects.ts';
import type { Subject } from './subject.ts';
import { fails, holds, type Judge, NEEDS_BUNDLE, unknown, type Verification } from './verification.ts';

const MEANING = 'opened offer: spends to one request, with where their money came from (compact form)';

/** `undefined` when the bytes are no opened offer. */
export function inspectOpenedOffer(bytes: Uint8Array, judge: Judge): Result<Subject> | undefined {
  const shape = shapeOf(bytes);
  if (!shape) return undefined;
  if (!judge.request) {
    return accept({
      kind: 'offer',
      meaning: MEANING,
      bytes: bytes.length,
      fields: [count('objects', 'earlier objects', shape.objects), count('spends', 'spends', shape.spends)],
      verification: unknown(
        'what was signed is rebuilt from the request that it answers: give --request FILE',
      ),
    });
  }
  const offer = decodeOffer(bytes, judge.request, judge.crypto);
  if (!offer.ok) return offer;
  return accept({
    kind: 'offer',
    meaning: MEANING,
    bytes: bytes.length,
    fields: offerFields(offer.value, judge.request),
    verification: verifyOffer(offer.value, judge.request, judge),
  });
}

/** The spends, then every object of their provenance. */
function offerFields({ spends, provenance }: Offer, { request }: RequestMessage): readonly Field[] {
  const { coins, certificates, spends: earlier } = provenance;
  return [
    hex('request', 'request', request.id),
    ...maybe(request.body.amount, (amount) =>
      money('amount', 'amount asked for', amount, currencyOf(request.body)),
    ),
    list('spends', 'spends', spends.map(objectFields)),
    list(
      'provenance',
      'where the money came from',
      [...coins.values(), ...certificates.values(), ...earlier.values()].map((object) => [
        group(object.kind, MEANINGS[object.kind], objectFields(object)),
      ]),
    ),
  ];
}

/** By the rules of the registry: less than a payee asks for, who has a clock, lists and a history of its own. */
function verifyOffer(offer: Offer, request: RequestMessage, { trust, crypto }: Judge): Verification {
  if (!trust) return NEEDS_BUNDLE;
  const judged = settle(examineUpload(offer, request, trust.view, crypto), crypto);
  if (!judged.ok) return fails(judged.rejection);
  const warnings =
    totalOf(judged.value) === request.request.body.amount
      ? []
      : ['it pays another amount than the request asks for'];
  return holds(
    `every range, rule and signature from the coins on, under ${trust.source}`,
    request.request.body.amount === undefined ? [] : warnings,
  );
}

interface Shape {
  readonly objects: number;
  readonly spends: number;
}

const LAST_ITEMS = 4;

/** Arrays of objects, then of spends: inputs, number, time since the request, signature. */
function shapeOf(bytes: Uint8Array): Shape | undefined {
  const decoded = tryDecode(cborValue, bytes, MAX_OFFER_BYTES);
  if (!decoded.ok || decoded.value.kind !== 'array') return undefined;
  const { items } = decoded.value;
  const spends = items.filter(isLastSpend).length;
  const whole = items.every((item) => item.kind === 'array') && spends > 0 && isLastSpend(items.at(-1));
  return whole ? { objects: items.length - spends, spends } : undefined;
}

function isLastSpend(item: CborValue | undefined): boolean {
  if (item?.kind !== 'array' || item.items.length < LAST_ITEMS || item.items.length > LAST_ITEMS + 1)
    return false;
  const [inputs, seq, time, signature] = item.items;
  return (
    inputs?.kind === 'array' &&
    seq?.kind === 'int' &&
    time?.kind === 'int' &&
    signature?.kind === 'bytes' &&
    signature.value.length === SIGNATURE_BYTES
  );
}
