/** {@link Primitives} without a platform, for browsers: @noble and sm-crypto-v2. */

import { fromHex } from '@duet/protocol/bytes';
import { gcm } from '@noble/ciphers/aes.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { sm3, sm4 } from 'sm-crypto-v2';
import type { Primitives } from './primitives.ts';

export const purePrimitives: Primitives = {
  sm3: (data) => fromHex(sm3(new Uint8Array(data))),
  sm4Blocks: (key, blocks) => sm4.encrypt(blocks, key, { mode: 'ecb', padding: 'none', output: 'array' }),
  aesGcm: {
    seal: (key, nonce, aad, plaintext) => gcm(key, nonce, aad).encrypt(plaintext),
    open(key, nonce, aad, sealed) {
      try {
        return gcm(key, nonce, aad).decrypt(sealed);
      } catch {
        return undefined;
      }
    },
  },
  scrypt: (passphrase, salt, cost, length) =>
    scrypt(passphrase, salt, { N: 2 ** cost.logN, r: cost.blockSize, p: cost.parallelism, dkLen: length }),
  random: randomBytes,
};
