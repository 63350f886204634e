/**
 * What the operations of one suite cost by themselves, in this process: the yardstick of `duet bench payment`.
 *
 * Suite 1 is measured as docs/spec/limits.md says, straight on `node:crypto`: DER signatures, keys that are ready,
 * one import for each foreign key. Suite 2 is measured through its driver, which adds next to nothing to it.
 */
import {
  createCipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { concatBytes } from '@duet/protocol/bytes';
import type { Suite } from '@duet/protocol/suite';
import { sm2Digest, sm2Point, sm2PublicPoint, sm2SharedX, sm2Sign, sm2Verify } from '../src/internal/sm2.ts';
import { createSm4Gcm } from '../src/internal/sm4-gcm.ts';
import { nodePrimitives } from '../src/node-primitives.ts';

/** How many of each operation. */
export interface Operations {
  readonly sign: number;
  readonly verify: number;
  readonly keygen: number;
  readonly ecdh: number;
  readonly aead: number;
  /** Foreign keys that are new: one import each. */
  readonly import: number;
}

/** A message of the size of a Sig_structure, and an offer to be sealed. */
const MESSAGE = new Uint8Array(160).fill(0xa5);
const OFFER = new Uint8Array(240).fill(0x5a);
const KEY = new Uint8Array(16).fill(1);
const NONCE = new Uint8Array(12).fill(2);
const EMPTY = new Uint8Array(0);

/**
 * Microseconds of CPU of these operations, in the mean of `sets` that follow one another. Each set has keys and signatures of its
 * own, as each payment has: over and over with one key, an operation finds all that it needs in the nearest cache.
 */
export function rawMicros(suite: Suite, operations: Operations, sets: number): number {
  const ready = Array.from({ length: sets }, suite === 1 ? nodeOperations : nationalOperations);
  const start = process.cpuUsage();
  for (const one of ready) {
    for (const [name, run] of one) for (let i = 0; i < operations[name]; i++) run();
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / sets;
}

type Runs = readonly (readonly [name: keyof Operations, run: () => void])[];

function nodeOperations(): Runs {
  const own = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const signature = sign('sha256', MESSAGE, own.privateKey);
  const compressed = compressedSpki(peer.publicKey);
  // The first use of a key costs more; a payment's own and known keys were used before.
  expectTrue(verify('sha256', MESSAGE, own.publicKey, signature));
  return [
    ['sign', () => sign('sha256', MESSAGE, own.privateKey)],
    ['verify', () => expectTrue(verify('sha256', MESSAGE, own.publicKey, signature))],
    ['import', () => createPublicKey({ key: compressed, format: 'der', type: 'spki' })],
    ['keygen', () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })],
    ['ecdh', () => diffieHellman({ privateKey: own.privateKey, publicKey: peer.publicKey })],
    ['aead', aesGcmOnce],
  ];
}

function aesGcmOnce(): void {
  const cipher = createCipheriv('aes-128-gcm', KEY, NONCE);
  cipher.setAAD(EMPTY);
  cipher.update(OFFER);
  cipher.final();
  cipher.getAuthTag();
}

function compressedSpki(key: KeyObject): Buffer {
  const spki = key.export({ format: 'der', type: 'spki' });
  const head = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');
  const sign = 2 | ((spki.at(-1) ?? 0) & 1);
  return Buffer.from(concatBytes(head, Uint8Array.of(sign), spki.subarray(27, 59)));
}

function nationalOperations(): Runs {
  const { sm3, random } = nodePrimitives;
  const sm4Gcm = createSm4Gcm(nodePrimitives);
  const scalar = 0x1234_5678_9abc_def0_0fed_cba9_8765_4321n ** 2n;
  const point = sm2PublicPoint(scalar);
  const uncompressed = point.toBytes(false);
  const compressed = point.toBytes(true);
  const signOnce = () => sm2Sign(sm3, scalar, sm2Digest(sm3, uncompressed, MESSAGE), random(32));
  const signature = signOnce();
  return [
    ['sign', signOnce],
    ['verify', () => expectTrue(sm2Verify(point, sm2Digest(sm3, uncompressed, MESSAGE), signature))],
    ['import', () => expectTrue(sm2Point(compressed) !== undefined)],
    ['keygen', () => sm2PublicPoint(scalar).toBytes(false)],
    ['ecdh', () => sm2SharedX(scalar, point)],
    ['aead', () => sm4Gcm.seal(KEY, NONCE, EMPTY, OFFER)],
  ];
}

function expectTrue(value: boolean): void {
  if (!value) throw new Error('raw costs: an operation that is measured does not work');
}
