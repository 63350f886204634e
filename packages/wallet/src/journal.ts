/**
 * The Journal port: where a wallet's records become durable. A driver stores bytes and knows nothing
 * of what they mean; the wallet encodes and decodes them (`record-codec.ts`).
 */

/** An append-only list of records that survives a crash once `append` has returned. */
export interface Journal {
  /** It keeps nothing (simulations): records are not even encoded for it. */
  readonly forgets?: true;
  /** Every record, in the order written. */
  read(): readonly Uint8Array[];
  /** Adds records all together or not at all; they are durable when it returns. */
  append(records: readonly Uint8Array[]): void;
  /** Replaces everything by these records, atomically (compaction). */
  replace(records: readonly Uint8Array[]): void;
  /** Releases what the driver holds open. */
  close(): void;
}
