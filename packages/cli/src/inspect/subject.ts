/** What was inspected: what it is, what it says, and whether it verifies. */
import type { Field } from './field.ts';
import type { Verification } from './verification.ts';

export interface Subject {
  /** Stable name of the kind, such as `coin`, `request-message`, `ur-part`, `cbor`. */
  readonly kind: string;
  /** One line for somebody who sees it the first time. */
  readonly meaning: string;
  readonly bytes: number;
  readonly fields: readonly Field[];
  readonly verification: Verification;
}
