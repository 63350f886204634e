/** Verdict: the payee's one final answer to a request (PAY-5, PAY-7). */
import type { ObjectId } from '../brand.ts';
import { compareBytes } from '../bytes.ts';
import { array, field, optional, record, refine } from '../cbor/codec.ts';
import { MAX_INPUTS } from '../limits.ts';
import { idField } from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';
import { type Nonce, nonceField } from './spend.ts';

export interface VerdictBody {
  readonly request: ObjectId;
  /** Ids of the accepted Spends, ascending; every other Spend of the request is void. */
  readonly accepted: readonly ObjectId[];
  /** Standing requests: which payment this answers. */
  readonly nonce?: Nonce;
}

export type Verdict = Signed<'verdict', VerdictBody>;

export const ascendingIds = (ids: readonly ObjectId[]): string | undefined =>
  ids.every((id, i) => i === 0 || compareBytes(ids[i - 1] ?? id, id) < 0)
    ? undefined
    : 'ids strictly ascending';

export const VERDICT: ObjectType<'verdict', VerdictBody> = {
  kind: 'verdict',
  typ: 'duet-verdict',
  maxBytes: 2 * 1024,
  body: record({
    request: field(1, idField),
    accepted: field(2, refine(array(idField, { max: MAX_INPUTS }), ascendingIds)),
    nonce: optional(field(3, nonceField)),
  }),
};
