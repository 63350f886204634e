/**
 * Claim and Return: money goes back to the registry.
 *
 * Neither is ever a parent. A Claim overlapping a Spend of the same key is evidence against that key; two
 * Claims are not (SET-2), and a Return never is.
 */
import type { Branded, ObjectId, PublicKey } from '../brand.ts';
import { array, brandAs, bytes, type Codec, field, optional, record, refine } from '../cbor/codec.ts';
import { MAX_CLAIM_BYTES, MAX_CLAIM_INPUTS, MAX_OUTPUTS, MAX_RETURNED } from '../limits.ts';
import type { Fen } from '../money.ts';
import { amountField, type Handle, handleField, idField, keyField, operatorField } from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';
import { type Input, inputsField } from './spend.ts';
import { ascendingIds } from './verdict.ts';

/** Salted hash of a withdrawal code (SET-10), 32 bytes. */
export type Ticket = Branded<Uint8Array, 'Ticket'>;

/** A coin to be made: filled in list order up to what is credited. */
export interface Output {
  readonly owner: PublicKey;
  readonly amount: Fen;
}

/** Where the credit goes: an account, new coins (refresh), or a ticket. */
export type Destination =
  | { readonly kind: 'account'; readonly handle: Handle }
  | { readonly kind: 'coins'; readonly outputs: readonly Output[] }
  | { readonly kind: 'ticket'; readonly ticket: Ticket };

export interface ClaimBody {
  readonly inputs: readonly Input[];
  readonly operator: number;
  readonly destination: Destination;
}

export interface ReturnBody {
  /** Ids of void Spends of the signing key, ascending. */
  readonly spends: readonly ObjectId[];
  readonly operator: number;
  readonly destination: Exclude<Destination, { kind: 'ticket' }>;
}

export type Claim = Signed<'claim', ClaimBody>;
export type Return = Signed<'return', ReturnBody>;

const outputField: Codec<Output> = record({ owner: field(1, keyField), amount: field(2, amountField) });
const outputsField = array(outputField, { min: 1, max: MAX_OUTPUTS });
export const ticketField: Codec<Ticket> = brandAs<Ticket>(bytes({ length: 32 }));

interface DestinationWire {
  readonly handle?: Handle;
  readonly outputs?: readonly Output[];
  readonly ticket?: Ticket;
}

const destinationFields = {
  handle: optional(field(3, handleField)),
  outputs: optional(field(4, outputsField)),
};

const oneDestination = (value: DestinationWire): string | undefined =>
  [value.handle, value.outputs, value.ticket].filter((part) => part !== undefined).length === 1
    ? undefined
    : 'exactly one of credit handle, outputs and ticket';

function destinationToWire(destination: Destination): DestinationWire {
  switch (destination.kind) {
    case 'account':
      return { handle: destination.handle };
    case 'coins':
      return { outputs: destination.outputs };
    case 'ticket':
      return { ticket: destination.ticket };
  }
}

function spendDestination(value: Omit<DestinationWire, 'ticket'>): ReturnBody['destination'] {
  if (value.handle) return { kind: 'account', handle: value.handle };
  return { kind: 'coins', outputs: value.outputs ?? [] };
}

const claimWire = refine(
  record({
    inputs: field(1, inputsField(MAX_CLAIM_INPUTS)),
    operator: field(2, operatorField),
    ...destinationFields,
    ticket: optional(field(5, ticketField)),
  }),
  oneDestination,
);

export const CLAIM: ObjectType<'claim', ClaimBody> = {
  kind: 'claim',
  typ: 'duet-claim',
  maxBytes: MAX_CLAIM_BYTES,
  body: {
    encode(writer, { destination, ...rest }) {
      claimWire.encode(writer, { ...rest, ...destinationToWire(destination) });
    },
    decode(reader) {
      const { inputs, operator, ticket, ...rest } = claimWire.decode(reader);
      return { inputs, operator, destination: ticket ? { kind: 'ticket', ticket } : spendDestination(rest) };
    },
  },
};

const returnWire = refine(
  record({
    spends: field(1, refine(array(idField, { min: 1, max: MAX_RETURNED }), ascendingIds)),
    operator: field(2, operatorField),
    ...destinationFields,
  }),
  oneDestination,
);

export const RETURN: ObjectType<'return', ReturnBody> = {
  kind: 'return',
  typ: 'duet-return',
  maxBytes: 16 * 1024,
  body: {
    encode(writer, { destination, ...rest }) {
      const { handle, outputs } = destinationToWire(destination);
      returnWire.encode(writer, { ...rest, ...(handle ? { handle } : {}), ...(outputs ? { outputs } : {}) });
    },
    decode(reader) {
      const { spends, operator, ...rest } = returnWire.decode(reader);
      return { spends, operator, destination: spendDestination(rest) };
    },
  },
};
