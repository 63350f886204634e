/**
 * The symmetric building blocks from `node:crypto`: give them to `createNationalCrypto` on Node.
 *
 * A Node that is linked to an OpenSSL without SM3 or SM4 gets the pure ones in their place.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  getCiphers,
  getHashes,
  hash,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import type { Aead, Primitives } from './internal/primitives.ts';
import { purePrimitives } from './internal/pure-primitives.ts';
import { TAG_BYTES } from './port.ts';

type GcmCipher = 'aes-128-gcm' | 'aes-256-gcm';

const gcmOf = (key: Uint8Array): GcmCipher => (key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm');

const TAG_OPTION = { authTagLength: TAG_BYTES };

/** AES-GCM by the length of the key; as a key object, since Node takes four times as long over bytes. */
export const nodeAesGcm: Aead = {
  seal(key, nonce, aad, plaintext) {
    const cipher = createCipheriv(gcmOf(key), createSecretKey(key), nonce, TAG_OPTION);
    cipher.setAAD(aad);
    const out = new Uint8Array(plaintext.length + TAG_BYTES);
    out.set(cipher.update(plaintext));
    cipher.final();
    out.set(cipher.getAuthTag(), plaintext.length);
    return out;
  },
  open(key, nonce, aad, sealed) {
    const length = sealed.length - TAG_BYTES;
    if (length < 0) return undefined;
    const decipher = createDecipheriv(gcmOf(key), createSecretKey(key), nonce, TAG_OPTION);
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(length));
    const plaintext = new Uint8Array(decipher.update(sealed.subarray(0, length)));
    try {
      decipher.final();
    } catch {
      plaintext.fill(0);
      return undefined;
    }
    return plaintext;
  },
};

export const sha256 = (data: Uint8Array): Uint8Array => oneShot('sha256', data);

const hasSm3 = getHashes().includes('sm3');
const hasSm4 = getCiphers().includes('sm4-ecb');

export const nodePrimitives: Primitives = {
  sm3: hasSm3 ? (data) => oneShot('sm3', data) : purePrimitives.sm3,
  sm4Blocks: hasSm4 ? sm4Blocks : purePrimitives.sm4Blocks,
  aesGcm: nodeAesGcm,
  scrypt(passphrase, salt, cost, length) {
    const N = 2 ** cost.logN;
    const maxmem = 128 * N * cost.blockSize + 128 * cost.blockSize * cost.parallelism + (1 << 20);
    return new Uint8Array(
      scryptSync(passphrase, salt, length, { N, r: cost.blockSize, p: cost.parallelism, maxmem }),
    );
  },
  random: (length) => new Uint8Array(randomBytes(length)),
};

function sm4Blocks(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  const cipher = createCipheriv('sm4-ecb', key, null);
  cipher.setAutoPadding(false);
  const out = new Uint8Array(cipher.update(blocks));
  cipher.final();
  return out;
}

/** By way of a string of one character a byte, which costs half of what a Buffer does. */
function oneShot(algorithm: 'sha256' | 'sm3', data: Uint8Array): Uint8Array {
  const text = hash(algorithm, data, 'binary');
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = text.charCodeAt(i);
  return out;
}
