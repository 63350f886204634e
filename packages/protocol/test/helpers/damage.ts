/** Damaged copies of a message. */

/** Every shorter beginning. */
export function* truncations(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length);
}

/** Every other value of every single byte: 255 copies a byte. */
export function* otherBytes(bytes: Uint8Array): Generator<Uint8Array> {
  for (const [place, original] of bytes.entries()) {
    for (let value = 0; value < 256; value++) if (value !== original) yield replaced(bytes, place, value);
  }
}

/** Every single bit flipped: eight copies a byte. */
export function* bitFlips(bytes: Uint8Array): Generator<Uint8Array> {
  for (const [place, original] of bytes.entries()) {
    for (let bit = 0; bit < 8; bit++) yield replaced(bytes, place, original ^ (1 << bit));
  }
}

/** One bit of each byte flipped, the bits in turn, and each byte inverted: two copies a byte. */
export function* fewFlips(bytes: Uint8Array): Generator<Uint8Array> {
  for (const [place, original] of bytes.entries()) {
    yield replaced(bytes, place, original ^ (1 << (place % 8)));
    yield replaced(bytes, place, original ^ 0xff);
  }
}

function replaced(bytes: Uint8Array, place: number, value: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[place] = value;
  return copy;
}

/** Every so many-th of some copies: for signatures that are slow to verify. */
export function* every<T>(step: number, items: Iterable<T>): Generator<T> {
  let place = 0;
  for (const item of items) if (place++ % step === 0) yield item;
}
