/** `--proofs`: what a replay and a market day leave to look at verifies with nothing but its own folder (SET-4). */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProofsFolder } from '../../src/replay/proofs-folder.ts';
import { authorityOf } from '../objects.ts';
import { inside, Sandbox } from '../support.ts';

const box = new Sandbox();
beforeAll(() => {
  writeFileSync(box.path('day.csv'), 'payer,payee,amount,time\na,b,10,1\nb,c,4.5,2\nc,d,2,3\n');
});
afterAll(() => box.remove());

/** A machine that never saw the run. */
const elsewhere = { env: { DUET_STATE: box.path('elsewhere') } };
const BUNDLE = 'trust-bundle.cose';
const ROOT = 'root-key.txt';

const proofsIn = (folder: string): string[] =>
  readdirSync(box.path(folder))
    .sort()
    .filter((name) => name !== BUNDLE && name !== ROOT);

/** Every file of the folder holds, with its own bundle and root key; gives who spent twice. */
async function verified(folder: string): Promise<string[]> {
  const root = readFileSync(box.path(folder, ROOT), 'utf8').trim();
  const trust = ['--bundle', `${folder}/${BUNDLE}`, '--root', root];
  const culprits: string[] = [];
  for (const name of proofsIn(folder)) {
    const [, form] = /^\d+-case-[0-9a-f]{12}-form-([14])\.cbor$/.exec(name) ?? [];
    const held = await box.ok(['fraud', 'verify', `${folder}/${name}`, ...trust], elsewhere);
    expect(held).toMatchObject({ holds: true, form: Number(form), isDebt: form === '1' });
    if (form === '1') culprits.push(String(held.culprit));
  }
  return culprits;
}

/** Runs the commands that a summary shows, as a person pastes them. */
async function paste(stdout: string): Promise<number> {
  const commands = [...stdout.matchAll(/^ +npx duet (.+)$/gm)].map(([, command = '']) => command.split(' '));
  for (const args of commands) expect((await box.duet(args, elsewhere)).code).toBe(0);
  return commands.length;
}

describe('--proofs', () => {
  test('of a replay: what each cheat leaves, and a summary that says how to look at one', async () => {
    const args = ['replay', 'day.csv', '--cheats', '2', '--proofs', 'proofs'];
    const { code, stdout } = await box.duet(args);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^Proofs of double spends: \d in \S+proofs, which/m),
    ]);
    expect(new Set(await verified('proofs')).size).toBe(2);
    expect(await paste(stdout)).toBe(2);
  });

  test('of a market day', async () => {
    const { code, stdout } = await box.duet(['demo', '--proofs', 'market', '--lang', 'zh']);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`6 份,位于 ${box.path('market')}`)]);
    const culprits = await verified('market');
    expect(new Set(culprits).size).toBe(3);
    for (const name of proofsIn('market')) expect(stdout).toContain(name.slice(7, 19));
    expect(await paste(stdout)).toBe(2);
  });

  test('leave the fields of --json as they are', async () => {
    mkdirSync(box.path('empty'));
    const json = await box.ok(['replay', 'day.csv', '--cheats', '1', '--proofs', 'empty']);
    expect(Object.keys(json)).toHaveLength(12);
    expect(inside(json, 'doubleSpends')).toMatchObject({ planted: 1, proven: 1 });
    expect(await verified('empty')).toHaveLength(1);
    expect(proofsIn('empty')).toMatchObject([/form-1/, /form-4/].map((name) => expect.stringMatching(name)));
  });

  test('are no files where nobody cheated', () => {
    const proofs = new ProofsFolder(box.path('none'));
    proofs.write([], authorityOf());
    expect(readdirSync(box.folder)).not.toContain('none');
    const { lines } = proofs.toldIn({ json: {}, lines: ['end'] }, 'en');
    expect(lines).toEqual(['end', `No double spend, no proof: nothing was written to ${box.path('none')}.`]);
  });

  test.each([['replay', 'day.csv'], ['demo']])(
    'of %s refuse a folder in use before anything is played',
    async (...args) => {
      mkdirSync(box.path('taken', 'thing'), { recursive: true });
      const taken = await box.json([...args, '--proofs', 'taken']);
      expect([taken.code, taken.json.error]).toMatchObject([
        2,
        { message: expect.stringContaining('taken') },
      ]);
      for (const option of ['--proofs', '--out']) {
        const lost = await box.json([...args, option, 'missing/below']);
        expect([lost.code, lost.json.error]).toMatchObject([
          3,
          { code: 'file-unwritable', message: expect.stringContaining('make it first') },
        ]);
        expect(lost.stderr).not.toContain('Making the wallets');
      }
      expect(readdirSync(box.folder)).not.toContain('missing');
    },
  );
});
