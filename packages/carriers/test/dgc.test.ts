/** Base45 as it stands on millions of phones: the test data of the EU digital certificates (RFC 9285). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '@duet/protocol/bytes';
import { describe, expect, it } from 'vitest';
import { decodeBase45, encodeBase45 } from '../src/base45.ts';
import { describeVectors, record, sharedFolder } from './shared-vectors.ts';

const FILES = ['AT', 'DE', 'common', 'LICENSE', 'NOTICE', 'README.md', 'SOURCES.md'];
const COUNTRIES = ['AT', 'DE', 'common'];

describeVectors('dgc-testdata', FILES, () => {
  const folder = sharedFolder('dgc-testdata');
  const cases = COUNTRIES.flatMap((country) => {
    const raw = join(folder, country, '2DCode', 'raw');
    return readdirSync(raw).map((file) => ({
      name: `${country}/${file}`,
      content: record(JSON.parse(readFileSync(join(raw, file), 'utf8'))),
    }));
  });

  describe.each(cases.filter(({ content }) => typeof content.BASE45 === 'string'))('$name', ({ content }) => {
    const text = String(content.BASE45);
    const expected = record(content.EXPECTEDRESULTS);

    it('is read or refused as it says, and written again as it was', () => {
      const decoded = decodeBase45(text);
      expect(decoded.ok).toBe(expected.EXPECTEDB45DECODE !== false);
      if (!decoded.ok) return;
      if (typeof content.COMPRESSED === 'string')
        expect(toHex(decoded.value)).toBe(content.COMPRESSED.toLowerCase());
      expect(encodeBase45(decoded.value)).toBe(text);
    });
  });

  it('there are texts to read, and one to refuse', () => {
    const refused = cases.filter(
      ({ content }) => record(content.EXPECTEDRESULTS).EXPECTEDB45DECODE === false,
    );
    expect([cases.length > 40, refused.length]).toEqual([true, 1]);
  });
});
