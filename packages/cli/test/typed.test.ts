/** Next steps can be copied: they start as the reader started the command, and name the wallet that it was given. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { fill, say } from '../src/text/messages.ts';
import { MONEY } from '../src/text/money.ts';
import { quoted, startOf, typeable, typedAs } from '../src/text/typed.ts';
import { Sandbox } from './support.ts';

const box = new Sandbox();
afterAll(() => box.remove());
afterEach(() => typedAs({ start: 'duet' }));

describe('a command in a text', () => {
  test('is as it stands where nothing else was typed', () => {
    expect(say('en', 'requestStanding')).toMatch(/run: duet wallet receive$/);
  });

  test.each(['en', 'zh'] as const)('starts with npx and names the wallet, in %s', (language) => {
    typedAs({ start: 'npx duet', wallet: '/tmp/my wallet' });
    expect(say(language, 'requestShown', { amount: '1' })).toMatch(
      /npx duet wallet receive --wallet '\/tmp\/my wallet'$/,
    );
    const values = { amount: '1', reference: '3fa1c09b2d11', wallet: 'late' };
    expect(fill(language, MONEY.signed, values)).toContain(
      "npx duet wallet pay --wallet '/tmp/my wallet' --again 3fa1c09b2d11",
    );
    expect(fill(language, MONEY['not-loaded'], values)).toContain(
      'npx duet wallet sync --load YUAN --wallet late',
    );
  });

  test('that makes a wallet, or is on none, names none', () => {
    typedAs({ start: 'npx duet', wallet: 'bob' });
    expect(typeable('make one: duet wallet create --wallet x')).toBe(
      'make one: npx duet wallet create --wallet x',
    );
    expect(typeable('Make one: duet issuer init (duet wallet create does)')).toBe(
      'Make one: npx duet issuer init (npx duet wallet create does)',
    );
    expect(typeable('Another duet command')).toBe('Another duet command');
  });

  test('is not made of what others say', () => {
    typedAs({ start: 'npx duet', wallet: 'bob' });
    expect(fill('en', ['{text}', '{text}'], { text: 'duet wallet pay' })).toBe('duet wallet pay');
  });
});

test.each([
  ['bob', 'bob'],
  ['/tmp/duet-tour/bob', '/tmp/duet-tour/bob'],
  ['two words', "'two words'"],
  ["it's", "'it'\\''s'"],
  ['$(id)', "'$(id)'"],
  ['', "''"],
])('%s is one word for a shell', (word, said) => {
  expect(quoted(word)).toBe(said);
});

test('npx is known by what it leaves in the environment', async () => {
  expect([startOf({ npm_command: 'exec' }), startOf({ npm_command: 'run-script' }), startOf({})]).toEqual([
    'npx duet',
    'duet',
    'duet',
  ]);
  const args = ['wallet', 'balance', '--wallet', 'no such'];
  const { stderr } = await box.duet(args, { env: { npm_command: 'exec' } });
  expect(stderr).toContain(`npx duet wallet create --wallet '${box.path('no such')}'`);
  const mistyped = await box.duet(['wallet', 'pay', '--what'], { env: { npm_command: 'exec' } });
  expect(mistyped.stderr).toContain('See: npx duet wallet pay --help');
});
