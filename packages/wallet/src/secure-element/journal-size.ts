/** When a journal is compacted: how much was written against how much its state takes. */

/** Records below which a journal is short enough. */
const MIN_RECORDS = 256;
/**
 * So many times the size of its snapshot a journal may have. What is settled keeps about a third of its bytes: the
 * same request, offer or Verdict gets the same answer until the coins are closed.
 */
const MAX_GROWTH = 2;

const sizeOf = (records: readonly Uint8Array[]): number =>
  records.reduce((total, record) => total + record.length, 0);

/** Size of one journal, in records and bytes. */
export class JournalSize {
  #records = 0;
  #bytes = 0;
  /** Of the last snapshot that was made, whether it was written or not. */
  #snapshotBytes = 0;

  add(record: Uint8Array): void {
    this.#records += 1;
    this.#bytes += record.length;
  }

  /** A snapshot may pay: the journal has grown enough since the last one. */
  isWorthTrying(): boolean {
    return this.#records > MIN_RECORDS && this.#bytes > MAX_GROWTH * this.#snapshotBytes;
  }

  /** The snapshot is far smaller. */
  isWorthReplacing(snapshot: readonly Uint8Array[]): boolean {
    this.#snapshotBytes = sizeOf(snapshot);
    return this.#bytes > MAX_GROWTH * this.#snapshotBytes;
  }

  replaced(records: readonly Uint8Array[]): void {
    this.#records = records.length;
    this.#bytes = sizeOf(records);
  }
}
