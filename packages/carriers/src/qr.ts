/**
 * QR symbols (ISO/IEC 18004) at error correction level L: raw bytes in byte mode, UR parts in alphanumeric
 * mode, always the smallest version. Level L, because screens show symbols undamaged and a coarser symbol
 * reads better than a redundant one.
 *
 * One-part messages travel as their raw bytes (docs/spec/limits.md), without a character set in the symbol:
 * readers must be asked for bytes, not text.
 */
import { encodeQR } from 'qr';
import { MAX_QR_BYTES, MAX_QR_CHARACTERS, MAX_QR_VERSION } from './limits.ts';

export interface QrSymbol {
  /** 1 … {@link MAX_QR_VERSION}. */
  readonly version: number;
  /** Modules on each side, without a quiet zone. */
  readonly sizeModules: number;
  /** Rows from the top, modules from the left; `true` is dark. No quiet zone. */
  readonly rows: readonly (readonly boolean[])[];
}

const ALPHANUMERIC = /^[0-9A-Z $%*+\-./:]*$/;

/** Raw bytes in byte mode. @throws RangeError for none, or more than {@link MAX_QR_BYTES} */
export function qrOfBytes(bytes: Uint8Array): QrSymbol {
  if (bytes.length === 0 || bytes.length > MAX_QR_BYTES) {
    throw new RangeError(`qr: expected 1..${MAX_QR_BYTES} bytes, got ${bytes.length}`);
  }
  // The encoder takes text only; its hook for the text's bytes is where binary goes in.
  return symbolOf(encodeQR('', 'raw', { ecc: 'low', encoding: 'byte', border: 1, textEncoder: () => bytes }));
}

/**
 * Text of digits, capitals and ` $%*+-./:` in alphanumeric mode, so a UR part in capitals or base45.
 * @throws RangeError for other characters, none, or more than {@link MAX_QR_CHARACTERS}
 */
export function qrOfText(text: string): QrSymbol {
  if (!ALPHANUMERIC.test(text)) throw new RangeError('qr: expected characters of alphanumeric mode');
  if (text.length === 0 || text.length > MAX_QR_CHARACTERS) {
    throw new RangeError(`qr: expected 1..${MAX_QR_CHARACTERS} characters, got ${text.length}`);
  }
  return symbolOf(encodeQR(text, 'raw', { ecc: 'low', encoding: 'alphanumeric', border: 1 }));
}

/** Takes off the border of one module that the encoder insists on. */
function symbolOf(bordered: readonly (readonly boolean[])[]): QrSymbol {
  const rows = bordered.slice(1, -1).map((row) => row.slice(1, -1));
  const version = (rows.length - 17) / 4;
  if (version > MAX_QR_VERSION)
    throw new RangeError(`qr: expected a version up to ${MAX_QR_VERSION}, got ${version}`);
  return { version, sizeModules: rows.length, rows };
}
