/**
 * Inquiry: a device asks the registry for payments to its own keys (SET-13), in an upload. It is signed by one payee
 * key of the same account, so that nobody learns of payments to the keys of others. Sealed with its upload it is seen
 * by the registry alone.
 */

import type { PublicKey } from '../brand.ts';
import { array, field, record } from '../cbor/codec.ts';
import { MAX_INQUIRED } from '../limits.ts';
import { keyField } from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

export interface InquiryBody {
  /** The key that signs. */
  readonly signer: PublicKey;
  /** Own payee keys, the signer's among them or not. */
  readonly payeeKeys: readonly PublicKey[];
}

export type Inquiry = Signed<'inquiry', InquiryBody>;

export const INQUIRY: ObjectType<'inquiry', InquiryBody> = {
  kind: 'inquiry',
  typ: 'duet-inquiry',
  maxBytes: 40 * 1024,
  body: record({
    signer: field(1, keyField),
    payeeKeys: field(2, array(keyField, { max: MAX_INQUIRED })),
  }),
};
