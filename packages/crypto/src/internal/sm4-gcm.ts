/**
 * SM4-GCM (RFC 8998 §3, NIST SP 800-38D): Node has SM4 but not its GCM, so the mode is built here over the
 * plain block function and the GHASH of @noble/ciphers. Proved by RFC 8998 and Wycheproof.
 */

import { concatBytes } from '@duet/protocol/bytes';
import { ghash } from '@noble/ciphers/_polyval.js';
import { TAG_BYTES } from '../port.ts';
import type { Aead, Primitives } from './primitives.ts';

const BLOCK_BYTES = 16;
const ZERO_BLOCK = new Uint8Array(BLOCK_BYTES);

export function createSm4Gcm({ sm4Blocks }: Pick<Primitives, 'sm4Blocks'>): Aead {
  /** Hash key, tag mask and key stream, in one call of the block function. */
  function start(key: Uint8Array, nonce: Uint8Array, length: number) {
    if (key.length !== BLOCK_BYTES) throw new RangeError('sm4-gcm: expected a key of 16 bytes');
    if (nonce.length === 0) throw new RangeError('sm4-gcm: expected a nonce');
    const first =
      nonce.length === 12
        ? concatBytes(nonce, Uint8Array.of(0, 0, 0, 1))
        : ghash(lengthened(new Uint8Array(0), nonce), sm4Blocks(key, ZERO_BLOCK));
    const count = 1 + Math.ceil(length / BLOCK_BYTES);
    const blocks = new Uint8Array(BLOCK_BYTES * (1 + count));
    const view = new DataView(blocks.buffer);
    const counter = new DataView(first.buffer, first.byteOffset).getUint32(12);
    for (let i = 0; i < count; i++) {
      blocks.set(first, BLOCK_BYTES * (1 + i));
      view.setUint32(BLOCK_BYTES * (1 + i) + 12, counter + i);
    }
    const out = sm4Blocks(key, blocks);
    return {
      hashKey: out.subarray(0, BLOCK_BYTES),
      mask: out.subarray(BLOCK_BYTES, 2 * BLOCK_BYTES),
      stream: out.subarray(2 * BLOCK_BYTES),
    };
  }

  function tagOf(hashKey: Uint8Array, mask: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    return xor(ghash(lengthened(aad, ciphertext), hashKey), mask);
  }

  return {
    seal(key, nonce, aad, plaintext) {
      const { hashKey, mask, stream } = start(key, nonce, plaintext.length);
      const ciphertext = xor(plaintext, stream);
      return concatBytes(ciphertext, tagOf(hashKey, mask, aad, ciphertext));
    },
    open(key, nonce, aad, sealed) {
      const length = sealed.length - TAG_BYTES;
      if (length < 0) return undefined;
      const ciphertext = sealed.subarray(0, length);
      const { hashKey, mask, stream } = start(key, nonce, length);
      if (!sameTag(tagOf(hashKey, mask, aad, ciphertext), sealed.subarray(length))) return undefined;
      return xor(ciphertext, stream);
    },
  };
}

/** Both strings padded to whole blocks, then their lengths in bits: what GHASH is taken over. */
function lengthened(aad: Uint8Array, data: Uint8Array): Uint8Array {
  const aadBytes = Math.ceil(aad.length / BLOCK_BYTES) * BLOCK_BYTES;
  const dataBytes = Math.ceil(data.length / BLOCK_BYTES) * BLOCK_BYTES;
  const out = new Uint8Array(aadBytes + dataBytes + BLOCK_BYTES);
  out.set(aad, 0);
  out.set(data, aadBytes);
  const view = new DataView(out.buffer, aadBytes + dataBytes);
  view.setBigUint64(0, BigInt(aad.length) * 8n);
  view.setBigUint64(8, BigInt(data.length) * 8n);
  return out;
}

function xor(data: Uint8Array, stream: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = (data[i] ?? 0) ^ (stream[i] ?? 0);
  return out;
}

/** In constant time. */
function sameTag(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
