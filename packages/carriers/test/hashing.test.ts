import { createHash } from 'node:crypto';
import { crc32 as crc32OfZlib } from 'node:zlib';
import { toHex } from '@duet/protocol/bytes';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32 } from '../src/crc32.ts';
import { sha256 } from '../src/sha256.ts';

it('sha256 equals the platform, at every length around a block and beyond', () => {
  for (let length = 0; length <= 200; length++) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
    expect(toHex(sha256(data))).toBe(createHash('sha256').update(data).digest('hex'));
  }
  // FIPS 180-4, the example of one block.
  expect(toHex(sha256(Uint8Array.of(0x61, 0x62, 0x63)))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

it('crc32 and sha256 equal the platform on anything', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1_000 }), (data) => {
      expect(crc32(data)).toBe(crc32OfZlib(data));
      expect(toHex(sha256(data))).toBe(createHash('sha256').update(data).digest('hex'));
    }),
  );
});
