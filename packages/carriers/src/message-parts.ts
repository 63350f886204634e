/**
 * How a message is shown to a camera: as one symbol with its raw bytes while it fits version 12-L, else as
 * a sequence of UR parts that is repeated until the other side has it (docs/spec/limits.md).
 */
import { MAX_BYTES_PER_PART, MIN_BYTES_PER_PART, ONE_PART_BYTES } from './limits.ts';
import { urOfMessage } from './payload.ts';
import { type QrSymbol, qrOfBytes, qrOfText } from './qr.ts';
import { UrEncoder, upperCaseUr } from './ur.ts';

export type MessageParts =
  | { readonly kind: 'single'; readonly symbol: QrSymbol }
  | {
      readonly kind: 'sequence';
      /** Parts without loss that carry the message. */
      readonly partCount: number;
      /** Part `partNumber` as text in capitals: 1 … partCount plain, above it mixed, without end. */
      partText(partNumber: number): string;
      /** The same part as a symbol. */
      partSymbol(partNumber: number): QrSymbol;
    };

export interface PartSizes {
  /** Message bytes in each part of a sequence, 100 … 200; 150 by default. */
  readonly maxBytesPerPart?: number;
}

const DEFAULT_BYTES_PER_PART = 150;

/** @throws RangeError for an empty message, one above 64 KB, or a size outside of 100 … 200 */
export function messageParts(message: Uint8Array, sizes: PartSizes = {}): MessageParts {
  const { maxBytesPerPart = DEFAULT_BYTES_PER_PART } = sizes;
  if (
    !Number.isInteger(maxBytesPerPart) ||
    maxBytesPerPart < MIN_BYTES_PER_PART ||
    maxBytesPerPart > MAX_BYTES_PER_PART
  ) {
    throw new RangeError(
      `parts: expected ${MIN_BYTES_PER_PART}..${MAX_BYTES_PER_PART} bytes, got ${maxBytesPerPart}`,
    );
  }
  if (message.length <= ONE_PART_BYTES) return { kind: 'single', symbol: qrOfBytes(message) };
  const encoder = new UrEncoder(urOfMessage(message), { maxFragmentBytes: maxBytesPerPart });
  const partText = (partNumber: number): string => upperCaseUr(encoder.part(partNumber));
  return {
    kind: 'sequence',
    partCount: encoder.partCount,
    partText,
    partSymbol: (partNumber) => qrOfText(partText(partNumber)),
  };
}
