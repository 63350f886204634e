/**
 * SHA-256 (FIPS 180-4) in plain TypeScript.
 *
 * It seeds the public generator that says which fragments a UR part mixes, nothing else: no secret and no
 * signature passes here, and carriers stay free of a crypto platform.
 */

const ROUNDS = 64;
const BLOCK_BYTES = 64;

/** The first 32 bits of the fractional part of `x`. */
const fraction32 = (x: number): number => Math.floor((x - Math.floor(x)) * 0x1_0000_0000) >>> 0;

const PRIMES: readonly number[] = (() => {
  const primes: number[] = [];
  for (let n = 2; primes.length < ROUNDS; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return primes;
})();

/** FIPS 180-4 §5.3.3: square roots of the first 8 primes; §4.2.2: cube roots of the first 64. */
const INITIAL: Uint32Array = Uint32Array.from(PRIMES.slice(0, 8), (p) => fraction32(Math.sqrt(p)));
const CONSTANTS: Uint32Array = Uint32Array.from(PRIMES, (p) => fraction32(Math.cbrt(p)));

/** The 32-byte hash of `data`. */
export function sha256(data: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((data.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(data.length / 0x2000_0000));
  view.setUint32(padded.length - 4, (data.length << 3) >>> 0);
  const state = Uint32Array.from(INITIAL);
  const words = new Uint32Array(ROUNDS);
  for (let offset = 0; offset < padded.length; offset += BLOCK_BYTES) {
    for (let t = 0; t < 16; t++) words[t] = view.getUint32(offset + 4 * t);
    for (let t = 16; t < ROUNDS; t++) {
      words[t] =
        smallSigma1(at(words, t - 2)) + at(words, t - 7) + smallSigma0(at(words, t - 15)) + at(words, t - 16);
    }
    compress(state, words);
  }
  const out = new Uint8Array(32);
  const outView = new DataView(out.buffer);
  for (let i = 0; i < 8; i++) outView.setUint32(4 * i, at(state, i));
  return out;
}

function compress(state: Uint32Array, words: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < ROUNDS; t++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const t1 = (h + bigSigma1(e) + choice + at(CONSTANTS, t) + at(words, t)) | 0;
    const t2 = (bigSigma0(a) + majority) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => {
    state[i] = at(state, i) + value;
  });
}

const at = (words: Uint32Array, i: number): number => words[i] ?? 0;
const rotate = (x: number, bits: number): number => (x >>> bits) | (x << (32 - bits));
const bigSigma0 = (x: number): number => rotate(x, 2) ^ rotate(x, 13) ^ rotate(x, 22);
const bigSigma1 = (x: number): number => rotate(x, 6) ^ rotate(x, 11) ^ rotate(x, 25);
const smallSigma0 = (x: number): number => rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
const smallSigma1 = (x: number): number => rotate(x, 17) ^ rotate(x, 19) ^ (x >>> 10);
