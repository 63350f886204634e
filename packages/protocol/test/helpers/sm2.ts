/** SM2 signatures with SM3 (GB/T 32918.2) on big integers: an oracle for tests, slow and with the default signer id. */
import { createECDH, createHash } from 'node:crypto';
import { concatBytes, fromHex } from '../../src/bytes.ts';
import { inverse, nonces, toBytes, toNumber } from './signing.ts';

const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const A = P - 3n;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const G: Point = {
  x: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  y: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};
/** Length of the default signer id in bits, and the id `1234567812345678`. */
const SIGNER = fromHex('008031323334353637383132333435363738');

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

const mod = (n: bigint): bigint => ((n % P) + P) % P;

function addPoints(a: Point | undefined, b: Point | undefined): Point | undefined {
  if (!a || !b) return a ?? b;
  if (a.x === b.x && mod(a.y + b.y) === 0n) return undefined;
  const slope =
    a.x === b.x ? mod((3n * a.x * a.x + A) * inverse(2n * a.y, P)) : mod((b.y - a.y) * inverse(b.x - a.x, P));
  const x = mod(slope * slope - a.x - b.x);
  return { x, y: mod(slope * (a.x - x) - a.y) };
}

function multiply(n: bigint, point: Point): Point | undefined {
  let sum: Point | undefined;
  let power: Point | undefined = point;
  for (let rest = n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = addPoints(sum, power);
    power = addPoints(power, power);
  }
  return sum;
}

/** The point of a compressed key; `undefined` when its x has no y on the curve. */
function expand(point: Uint8Array): Point | undefined {
  const x = toNumber(point.subarray(1));
  if (x >= P) return undefined;
  const square = mod(x * x * x + A * x + B);
  let y = 1n;
  for (let exponent = (P + 1n) / 4n, power = square; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) y = mod(y * power);
    power = mod(power * power);
  }
  if (mod(y * y) !== square) return undefined;
  return { x, y: Number(y & 1n) === ((point[0] ?? 0) & 1) ? y : P - y };
}

const sm3 = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(
    createHash('sm3')
      .update(concatBytes(...parts))
      .digest(),
  );

/** SM3(Z ‖ message) as a number, Z being the hash of signer, curve and key. */
function digestOf(key: Point, message: Uint8Array): bigint {
  const z = sm3(SIGNER, ...[A, B, G.x, G.y, key.x, key.y].map(toBytes));
  return toNumber(sm3(z, message));
}

/** r ‖ s under the default signer id; the nonce is RFC 6979's, which the standard leaves open. */
export function signSm2(secret: Uint8Array, compressed: Uint8Array, message: Uint8Array): Uint8Array {
  const key = expand(compressed);
  if (!key) throw new Error('a key that is not on the curve');
  const [d, e] = [toNumber(secret), digestOf(key, message)];
  for (const nonce of nonces(secret, toBytes(e % N), N)) {
    const point = createECDH('SM2');
    point.setPrivateKey(toBytes(nonce));
    const r = (e + toNumber(point.getPublicKey().subarray(1, 33))) % N;
    const s = (inverse(1n + d, N) * ((((nonce - r * d) % N) + N) % N)) % N;
    if (r !== 0n && r + nonce !== N && s !== 0n) return concatBytes(toBytes(r), toBytes(s));
  }
  throw new Error('no nonce');
}

export function verifySm2(compressed: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = expand(compressed);
  const [r, s] = [toNumber(signature.subarray(0, 32)), toNumber(signature.subarray(32))];
  if (!key || r <= 0n || r >= N || s <= 0n || s >= N) return false;
  const t = (r + s) % N;
  if (t === 0n) return false;
  const point = addPoints(multiply(s, G), multiply(t, key));
  return point !== undefined && (digestOf(key, message) + point.x) % N === r;
}
