/**
 * Enrolment: the evidence for which a certificate is given. The subject key signs over the voucher's handle
 * and its role, so nobody has a key certified that it does not hold, and a person cannot disown a key.
 */

import type { PublicKey } from '../brand.ts';
import { field, optional, record, refine, text, uint } from '../cbor/codec.ts';
import { MAX_NAME_BYTES } from '../limits.ts';
import { MAX_HOLDER } from './certificate.ts';
import { categoryField, type Handle, handleField, keyField, operatorField, regionField } from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

export interface EnrolmentBody {
  readonly operator: number;
  /** Account or pseudonymous customer of the operator. */
  readonly handle: Handle;
  readonly subject: PublicKey;
  /** Role and wallet class, as in a certificate. */
  readonly holder: number;
  readonly name?: string;
  readonly category?: number;
  readonly region?: number;
}

export type Enrolment = Signed<'enrolment', EnrolmentBody>;

export const ENROLMENT: ObjectType<'enrolment', EnrolmentBody> = {
  kind: 'enrolment',
  typ: 'duet-enrolment',
  maxBytes: 512,
  body: refine(
    record({
      operator: field(1, operatorField),
      handle: field(2, handleField),
      subject: field(3, keyField),
      holder: field(4, uint(MAX_HOLDER)),
      name: optional(field(5, text(MAX_NAME_BYTES))),
      category: optional(field(6, categoryField)),
      region: optional(field(7, regionField)),
    }),
    ({ name, category, region }) =>
      new Set([name === undefined, category === undefined, region === undefined]).size === 1
        ? undefined
        : 'name, category and region together',
  ),
};
