/** Wire forms of the parts of a snapshot: one byte for the kind, then one of these strict CBOR records. */
import {
  array,
  bool,
  bytes,
  type Codec,
  field,
  type Infer,
  optional,
  record,
  text,
  uint,
} from '@duet/protocol/cbor/codec';
import { type Code, codeOf } from '@duet/protocol/codes';
import {
  MAX_CLAIM_BYTES,
  MAX_CLAIM_INPUTS,
  MAX_INPUTS,
  MAX_OBJECT_BYTES,
  MAX_OFFER_BYTES,
  MAX_REQUEST_BYTES,
} from '@duet/protocol/limits';
import type { PayeeState } from '@duet/protocol/machines/payee';
import type { PayerState } from '@duet/protocol/machines/payer';
import { amountField, coordinateField, idField, instantField, keyField } from '@duet/protocol/objects/fields';
import { MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { nonceField, SPEND } from '@duet/protocol/objects/spend';
import { MAX_ARCHIVED_BYTES } from './archive-codec.ts';
import type { KeyPurpose } from './state.ts';

/** Entries of a list that grows with the use of a device; a record is bounded in bytes anyhow. */
const MANY = 0xffff;
const MAX_WRAPPED_BYTES = 256;
const MAX_SEALED_BYTES = MAX_OFFER_BYTES + 64;
export const MAX_PART_BYTES = 4 * 1024 * 1024;
export const PURPOSES: readonly KeyPurpose[] = ['coin', 'payee', 'sealing'];

const object = bytes({ min: 1, max: MAX_OBJECT_BYTES });
const message = bytes({ min: 1, max: MAX_REQUEST_BYTES });
const offer = bytes({ min: 1, max: MAX_OFFER_BYTES });
const wrapped = bytes({ min: 1, max: MAX_WRAPPED_BYTES });
const ids = array(idField, { max: MAX_INPUTS });
const size = uint(MAX_OFFER_BYTES);
const depth = uint(0xff);
const ranges = array(record({ from: field(1, coordinateField), to: field(2, coordinateField) }), {
  min: 1,
  max: MANY,
});
const exchanges = array(record({ request: field(1, message), offer: field(2, offer) }), {
  max: MAX_CLAIM_INPUTS,
});
const words = text(32);
/** A code of a rejection. */
export const codeField: Codec<Code> = {
  encode: (writer, code) => words.encode(writer, code),
  decode: (reader) => codeOf(words.decode(reader)),
};
const part = record({ coin: field(1, object), amount: field(2, amountField) });
const spendField = record({
  id: field(1, idField),
  owner: field(2, keyField),
  document: field(3, object),
  amount: field(4, amountField),
  conditional: field(5, bool),
  returned: field(6, bool),
});
const spends = array(spendField, { max: MAX_INPUTS });

export const WIRE = {
  key: record({
    key: field(1, keyField),
    purpose: field(2, uint(PURPOSES.length - 1)),
    wrapped: field(3, wrapped),
    seq: field(4, uint(0xffff_ffff)),
    retired: field(5, bool),
    used: field(8, bool),
    paidTo: optional(field(6, idField)),
    paidSeveral: field(7, bool),
  }),
  object: record({ object: field(1, object) }),
  coin: record({ coin: field(1, object), free: field(2, ranges) }),
  received: record({
    request: field(1, message),
    offer: field(2, offer),
    pieces: field(
      3,
      array(record({ spend: field(1, idField), index: field(2, uint(0xff)), free: field(3, ranges) }), {
        min: 1,
        max: MANY,
      }),
    ),
  }),
  outgoing: record({
    message: field(1, message),
    nonce: optional(field(2, nonceField)),
    amount: field(3, coordinateField),
    at: field(4, instantField),
    depth: field(5, depth),
    spends: field(6, spends),
    state: field(7, uint(3)),
    drafts: optional(
      field(
        8,
        array(record({ suite: field(1, uint(2, 1)), body: field(2, SPEND.body) }), { max: MAX_INPUTS }),
      ),
    ),
    signed: optional(field(9, array(object, { max: MAX_INPUTS }))),
    registered: optional(field(10, bool)),
    ids: optional(field(11, ids)),
    verdict: optional(field(12, object)),
    sealed: optional(field(13, bytes({ min: 1, max: MAX_SEALED_BYTES }))),
    offerBytes: optional(field(14, size)),
    offer: optional(field(15, offer)),
    waiting: optional(field(16, bool)),
    unsettled: field(17, bool),
    returned: optional(field(18, coordinateField)),
  }),
  incoming: record({
    message: field(1, message),
    nonce: optional(field(2, nonceField)),
    openedAt: field(3, instantField),
    amount: optional(field(4, coordinateField)),
    state: field(5, uint(2)),
    verdict: optional(field(6, object)),
    at: optional(field(7, instantField)),
    spends: field(8, ids),
    depth: optional(field(9, depth)),
    offerBytes: optional(field(10, size)),
    waiting: optional(field(11, bool)),
  }),
  archived: record({
    request: field(1, idField),
    nonce: optional(field(2, nonceField)),
    packed: field(3, bytes({ min: 1, max: MAX_ARCHIVED_BYTES })),
  }),
  request: record({
    message: field(1, message),
    wrapped: field(2, wrapped),
    openedAt: field(3, instantField),
  }),
  answered: record({
    request: field(1, idField),
    message: field(2, message),
    wrapped: field(3, wrapped),
    openedAt: field(4, instantField),
  }),
  claim: record({
    object: field(1, object),
    owner: field(2, keyField),
    amount: field(3, amountField),
    parts: field(4, array(part, { max: MAX_CLAIM_INPUTS })),
    exchanges: field(5, exchanges),
    retries: field(6, uint(0xff)),
    refused: optional(field(7, codeField)),
  }),
  return: record({
    object: field(1, object),
    amount: field(2, coordinateField),
    exchanges: field(3, exchanges),
    retries: field(4, uint(0xff)),
    owner: optional(field(5, keyField)),
    refused: optional(field(6, codeField)),
  }),
  history: record({
    coin: field(1, object),
    chains: field(
      2,
      array(
        record({
          from: field(1, coordinateField),
          to: field(2, coordinateField),
          /** Of each step the Spend and a byte for its input. */
          steps: field(3, bytes({ max: 33 * 0xff })),
        }),
        { max: MANY },
      ),
    ),
  }),
  ids: record({ ids: field(1, array(idField, { max: MANY })) }),
  outbox: record({
    request: optional(field(1, idField)),
    nonce: optional(field(2, nonceField)),
    number: field(3, uint()),
    message: optional(field(4, message)),
    offer: optional(field(5, offer)),
    verdict: optional(field(6, bytes({ min: 1, max: MAX_CLAIM_BYTES }))),
    proof: optional(field(7, bytes({ min: 1, max: MAX_PROOF_BYTES }))),
  }),
  part,
  rest: record({
    count: field(1, uint()),
    total: field(2, coordinateField),
    sinceConfirmation: field(3, coordinateField),
    outboxNext: field(4, uint()),
    payeeKey: optional(field(5, keyField)),
    newestTime: optional(field(6, instantField)),
    lastSync: optional(field(7, instantField)),
  }),
};

export type WireOf<K extends keyof typeof WIRE> = Infer<(typeof WIRE)[K]>;

/** The first byte of a part; never reused. */
export const NUMBERS = {
  key: 1,
  certificate: 2,
  coin: 3,
  received: 4,
  outgoing: 5,
  incoming: 6,
  archived: 7,
  request: 8,
  claim: 9,
  return: 10,
  history: 11,
  'known-coins': 12,
  outbox: 13,
  waiting: 14,
  rest: 15,
  answered: 16,
} as const;

export const PAYER_STATES: readonly PayerState['kind'][] = ['recorded', 'signed', 'answered', 'freed'];
export const PAYEE_STATES: readonly PayeeState['kind'][] = ['open', 'accepted', 'closed'];
