/** Coin: issuer-signed value owned by a key; the certificate of its owner key. */
import type { Branded, Day, PublicKey } from '../brand.ts';
import { brandAs, bytes, type Codec, field, optional, record, refine } from '../cbor/codec.ts';
import type { Fen } from '../money.ts';
import {
  amountField,
  type Condition,
  conditionField,
  currencyField,
  dayField,
  keyField,
  keyNumberField,
  operatorField,
  policyField,
  statusField,
  unitField,
} from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

/** 16 bytes: random, or derived from the claim or return that reissued the money. */
export type Serial = Branded<Uint8Array, 'Serial'>;

export interface CoinBody {
  /** Issuer key in the trust bundle: the epoch of the coin. */
  readonly issuerKey: number;
  readonly operator: number;
  readonly currency: number;
  readonly unit: number;
  readonly value: Fen;
  readonly owner: PublicKey;
  readonly status: number;
  readonly policy: number;
  readonly issuedAt: Day;
  /** Spends are dated before 00:00 UTC of this day. */
  readonly spendBy: Day;
  /** Claims reach the operator before 00:00 UTC of this day. */
  readonly claimBy: Day;
  readonly serial: Serial;
  readonly condition?: Condition;
}

export const SERIAL_BYTES = 16;
export const serialField: Codec<Serial> = brandAs<Serial>(bytes({ length: SERIAL_BYTES }));

export type Coin = Signed<'coin', CoinBody>;

export const COIN: ObjectType<'coin', CoinBody> = {
  kind: 'coin',
  typ: 'duet-coin',
  maxBytes: 512,
  body: refine(
    record({
      issuerKey: field(1, keyNumberField),
      operator: field(2, operatorField),
      currency: field(3, currencyField),
      unit: field(4, unitField),
      value: field(5, amountField),
      owner: field(6, keyField),
      status: field(7, statusField),
      policy: field(8, policyField),
      issuedAt: field(9, dayField),
      spendBy: field(10, dayField),
      claimBy: field(11, dayField),
      serial: field(12, serialField),
      condition: optional(field(13, conditionField)),
    }),
    (coin) =>
      coin.issuedAt < coin.spendBy && coin.spendBy <= coin.claimBy
        ? undefined
        : 'issuedAt < spendBy <= claimBy',
  ),
};
