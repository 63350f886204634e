/** COSE_Sign1 of others: any encoding of CBOR, any headers, external data. Duet's own codec takes nothing of that. */
import { concatBytes, toHex } from '@duet/protocol/bytes';

/** RFC 9052 §4.4; an empty map of protected parameters is a zero-length string. */
export function sigStructure(
  protectedHeader: Uint8Array,
  payload: Uint8Array,
  external: Uint8Array,
): Uint8Array {
  const header = toHex(protectedHeader) === 'a0' ? new Uint8Array() : protectedHeader;
  const context = new TextEncoder().encode('Signature1');
  return concatBytes(Uint8Array.of(0x84, 0x6a), context, bstr(header), bstr(external), bstr(payload));
}

function bstr(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 24) return concatBytes(Uint8Array.of(0x40 | bytes.length), bytes);
  if (bytes.length < 256) return concatBytes(Uint8Array.of(0x58, bytes.length), bytes);
  return concatBytes(Uint8Array.of(0x59, bytes.length >> 8, bytes.length & 255), bytes);
}

interface Sign1 {
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** A COSE_Sign1, tagged 18 or untagged; `undefined` for another tag. */
export function readSign1(bytes: Uint8Array): Sign1 | undefined {
  const reader = new Reader(bytes);
  let head = reader.head();
  // A CWT may stand in tag 61 (RFC 8392 §6).
  if (head.major === 6 && head.value === 61) head = reader.head();
  if (head.major === 6 && head.value !== 18) return undefined;
  if (head.major === 6) head = reader.head();
  if (head.major !== 4 || head.value !== 4) return undefined;
  const protectedHeader = reader.string();
  reader.skip();
  const message = { protectedHeader, payload: reader.string(), signature: reader.string() };
  return reader.atEnd ? message : undefined;
}

/** As much of CBOR as the examples use. */
class Reader {
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  head(): { major: number; value: number } {
    const first = this.#bytes[this.#at++] ?? 0xff;
    const info = first & 31;
    if (info > 26) throw new Error('cbor: not in the examples');
    let value = info;
    if (info >= 24) {
      value = 0;
      for (let i = 0; i < 2 ** (info - 24); i++) value = value * 256 + (this.#bytes[this.#at++] ?? 0);
    }
    return { major: first >> 5, value };
  }

  string(): Uint8Array {
    const { major, value } = this.head();
    if (major !== 2) throw new Error('cbor: expected a byte string');
    this.#at += value;
    return this.#bytes.slice(this.#at - value, this.#at);
  }

  skip(): void {
    const { major, value } = this.head();
    if (major === 2 || major === 3) this.#at += value;
    const items = major === 4 ? value : major === 5 ? 2 * value : major === 6 ? 1 : 0;
    for (let i = 0; i < items; i++) this.skip();
  }
}
