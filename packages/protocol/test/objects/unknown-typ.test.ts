/** Objects of kinds that nobody knows take no memory that stays: a peer may send any number of them (LIMIT-3). */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SIGNED = fileURLToPath(new URL('../../src/objects/signed.ts', import.meta.url));
const KINDS = 150_000;

/** Opens envelopes that differ in their `typ` alone, in a process with little memory. */
const script = `
const { openEnvelope } = await import(${JSON.stringify(SIGNED)});
const typ = (i) => String(i).padStart(60, '-');
let opened = 0;
for (let i = 0; i < ${KINDS}; i++) {
  const header = [0xa2, 0x01, 0x26, 0x10, 0x78, 60, ...Buffer.from(typ(i))];
  const bytes = Uint8Array.from([0xd2, 0x84, 0x58, header.length, ...header, 0xa0, 0x40, 0x58, 64, ...new Uint8Array(64)]);
  if (openEnvelope(bytes, 1_000).typ === typ(i)) opened++;
}
console.log(opened);
`;

it('a hundred thousand unknown kinds leave nothing behind [LIMIT-3]', () => {
  const run = spawnSync(
    process.execPath,
    ['--max-old-space-size=24', '--input-type=module', '--eval', script],
    {
      encoding: 'utf8',
    },
  );
  expect([run.status, run.stdout.trim()], run.stderr.slice(0, 400)).toEqual([0, `${KINDS}`]);
});
