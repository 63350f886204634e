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

/** Microseconds of one operation, the median of several rounds. */
export interface RawCosts {
  readonly suite: Suite;
  readonly signMicros: number;
  readonly verifyMicros: number;
  readonly importMicros: number;
  readonly keygenMicros: number;
  readonly ecdhMicros: number;
  readonly aeadMicros: number;
}

export interface RawCostsOptions {
  /** Calls of each operation in one round. */
  readonly iterations?: number;
  readonly rounds?: number;
}

type Operation = Exclude<keyof RawCosts, 'suite'>;

/** A message of the size of a Sig_structure, and an offer to be sealed. */
const MESSAGE = new Uint8Array(160).fill(0xa5);
const OFFER = new Uint8Array(240).fill(0x5a);
const KEY = new Uint8Array(16).fill(1);
const NONCE = new Uint8Array(12).fill(2);
const EMPTY = new Uint8Array(0);

/** Measures every operation. Rounds take turns, so that a slow moment of the machine falls on all of them. */
export function rawCosts(suite: Suite, options: RawCostsOptions = {}): RawCosts {
  const iterations = options.iterations ?? (suite === 1 ? 400 : 20);
  const rounds = options.rounds ?? 7;
  const operations = suite === 1 ? nodeOperations() : nationalOperations();
  const samples = new Map<Operation, number[]>();
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of operations) {
      const micros = timed(run, iterations);
      if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), micros]);
    }
  }
  const medianOf = (name: Operation): number => median(samples.get(name) ?? []);
  return {
    suite,
    signMicros: medianOf('signMicros'),
    verifyMicros: medianOf('verifyMicros'),
    importMicros: medianOf('importMicros'),
    keygenMicros: medianOf('keygenMicros'),
    ecdhMicros: medianOf('ecdhMicros'),
    aeadMicros: medianOf('aeadMicros'),
  };
}

function nodeOperations(): readonly (readonly [Operation, () => void])[] {
  const own = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const signature = sign('sha256', MESSAGE, own.privateKey);
  const compressed = compressedSpki(peer.publicKey);
  return [
    ['signMicros', () => sign('sha256', MESSAGE, own.privateKey)],
    ['verifyMicros', () => expectTrue(verify('sha256', MESSAGE, own.publicKey, signature))],
    ['importMicros', () => createPublicKey({ key: compressed, format: 'der', type: 'spki' })],
    ['keygenMicros', () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })],
    ['ecdhMicros', () => diffieHellman({ privateKey: own.privateKey, publicKey: peer.publicKey })],
    ['aeadMicros', aesGcmOnce],
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

function nationalOperations(): readonly (readonly [Operation, () => void])[] {
  const { sm3, random } = nodePrimitives;
  const sm4Gcm = createSm4Gcm(nodePrimitives);
  const scalar = 0x1234_5678_9abc_def0_0fed_cba9_8765_4321n ** 2n;
  const point = sm2PublicPoint(scalar);
  const uncompressed = point.toBytes(false);
  const compressed = point.toBytes(true);
  const signOnce = () => sm2Sign(sm3, scalar, sm2Digest(sm3, uncompressed, MESSAGE), random(32));
  const signature = signOnce();
  return [
    ['signMicros', signOnce],
    ['verifyMicros', () => expectTrue(sm2Verify(point, sm2Digest(sm3, uncompressed, MESSAGE), signature))],
    ['importMicros', () => expectTrue(sm2Point(compressed) !== undefined)],
    ['keygenMicros', () => sm2PublicPoint(scalar).toBytes(false)],
    ['ecdhMicros', () => sm2SharedX(scalar, point)],
    ['aeadMicros', () => sm4Gcm.seal(KEY, NONCE, EMPTY, OFFER)],
  ];
}

/** CPU of the process, as payments are measured: a wall clock would count what other programs do meanwhile. */
function timed(run: () => void, iterations: number): number {
  const start = process.cpuUsage();
  for (let i = 0; i < iterations; i++) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / iterations;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function expectTrue(value: boolean): void {
  if (!value) throw new Error('raw costs: an operation that is measured does not work');
}
