/** A file that is not there is one and the same error, whichever argument or option names it (exit code 3). */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from '../src/program.ts';
import { Sandbox } from './support.ts';

const box = new Sandbox();
const NONE = 'no-such-file';
const wallet = ['--wallet', 'alice'];

beforeAll(async () => {
  await box.ok(['wallet', 'create', ...wallet]);
  writeFileSync(box.path('day.csv'), 'payer,payee,amount,time\na,b,10,1\n');
});
afterAll(() => box.remove());

/** Command lines by the command, then by its argument or option. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  'inspect what': [NONE],
  'inspect --bundle': ['a101', '--bundle', NONE],
  'inspect --request': ['a101', '--request', NONE],
  'fraud verify proof': [NONE],
  'fraud verify --bundle': ['a101', '--bundle', NONE],
  'replay transfers': [NONE],
  'replay --balances': ['day.csv', '--balances', NONE],
  'replay --policy': ['day.csv', '--policy', NONE],
  'wallet pay request': [NONE, ...wallet],
  'wallet pay --in': ['--in', NONE, ...wallet],
  'wallet receive message': [NONE, ...wallet],
  'wallet receive --in': ['--in', NONE, ...wallet],
  'wallet restore file': [NONE, '--wallet', 'new'],
};

const commandOf = (name: string): string[] => name.split(' ').slice(0, -1);

test.each(Object.entries(CASES))('%s', async (name, args) => {
  const { code, json } = await box.json([...commandOf(name), ...args]);
  expect([code, json.error]).toMatchObject([
    3,
    { kind: 'operational', code: 'file-unreadable', message: expect.stringContaining(NONE) },
  ]);
});

/** What writes a file, or makes a folder, or names one of wallets. */
const WRITTEN = ['--out', '--proofs', '--wallet'];

test('no option that takes a file is left out', () => {
  const found: string[] = [];
  const walk = (command: ReturnType<typeof createProgram>, path: string): void => {
    for (const child of command.commands) walk(child, `${path}${child.name()} `);
    for (const { flags, long } of command.options)
      if (/<(file|folder|nodes)>/.test(flags) && !WRITTEN.includes(long ?? '')) found.push(`${path}${long}`);
    for (const argument of command.registeredArguments)
      if (/\bfile\b|\bbackup\b/.test(argument.description)) found.push(`${path}${argument.name()}`);
  };
  walk(
    createProgram(async () => undefined),
    '',
  );
  expect(found.sort()).toEqual(Object.keys(CASES).sort());
});
