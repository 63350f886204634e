/** The command line itself: help, version, exit codes, the Node it runs on. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { createProgram } from '../src/program.ts';
import { BIN, run, Sandbox } from './support.ts';

const box = new Sandbox();
afterAll(() => box.remove());

const program = createProgram(() => Promise.resolve());

/** Every command that does something, with its path. */
function leaves(
  command: Command,
  path: readonly string[] = [],
): { path: readonly string[]; command: Command }[] {
  const children = command.commands.filter((child) => child.name() !== 'help');
  return children.length === 0
    ? [{ path, command }]
    : children.flatMap((child) => leaves(child, [...path, child.name()]));
}

const helpOf = (command: Command): string => {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
};

describe('duet --help', () => {
  test('names every command, the exit codes and the environment', async () => {
    const { code, stdout, stderr } = await box.duet(['--help']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const { path } of leaves(program)) expect(stdout).toContain(path[0]);
    for (const word of ['Exit codes', 'DUET_STATE', 'DUET_WALLET', 'DATABASE_URL'])
      expect(stdout).toContain(word);
  });

  test('nothing at all gives the help', async () => {
    const { code, stdout } = await box.duet([]);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: duet');
  });

  test('--version is that of the package', async () => {
    const content: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const { code, stdout } = await box.duet(['--version']);
    expect(code).toBe(0);
    expect(content).toMatchObject({ version: stdout.trim() });
  });

  test.each(leaves(program).map(({ path, command }) => [path.join(' '), command] as const))(
    'duet %s --help says what it does and takes --json',
    (_path, command) => {
      const text = helpOf(command);
      expect(command.description()).not.toBe('');
      expect(text).toContain('--json');
    },
  );

  const own = leaves(program).filter(({ path }) => !['replay', 'demo', 'bench'].includes(path[0] ?? ''));
  test.each(own.map(({ path, command }) => [path.join(' '), command] as const))(
    'duet %s --help has examples',
    (_path, command) => {
      expect(helpOf(command)).toContain('Examples:\n  $ ');
    },
  );
});

describe('exit code 2', () => {
  test.each([
    [['frobnicate']],
    [['wallet', 'frobnicate']],
    [['wallet', 'request']],
    [['wallet', 'request', '5', '--standing']],
    [['wallet', 'create', '--suite', '3']],
    [['wallet', 'create', '--shop', 'x'.repeat(33)]],
    [['wallet', 'create', '--shop', 'x', '--region', '-1']],
    [['wallet', 'request', '1', '--text', 'x'.repeat(65)]],
    [['wallet', 'pay', 'DUET:00', '--in', 'file']],
    [['wallet', 'pay', 'DUET:00', '--qr', '--out', 'file']],
  ] as const)('duet %j', async (args) => {
    const { code, json } = await box.json(args);
    expect(code).toBe(2);
    expect(json).toMatchObject({ error: { kind: 'usage', code: 'usage' } });
    expect(json).toHaveProperty('error.todo');
  });

  test.each([
    [[], 'duet --help'],
    [['wallet'], 'duet wallet --help'],
    [['--lang', 'zh', 'fraud'], 'duet fraud --help'],
  ] as const)('a machine gets an error where a subcommand is missing: duet %j', async (args, help) => {
    const { code, json } = await box.json(args);
    expect([code, json]).toEqual([
      2,
      { error: { kind: 'usage', code: 'usage', message: 'a subcommand is missing', todo: `See: ${help}` } },
    ]);
  });

  test.each([
    [['wallet', 'pay', '--frob'], 'duet wallet pay --help'],
    [['--lang', 'en', 'wallet', 'pay', '--frob'], 'duet wallet pay --help'],
    [['wallet', 'frobnicate'], 'duet wallet --help'],
    [['fraud', 'verify'], 'duet fraud verify --help'],
    [['frobnicate', 'wallet'], 'duet --help'],
  ] as const)('duet %j names the help of its command', async (args, help) => {
    const { stderr } = await box.duet(args);
    expect(stderr).toContain(`See: ${help}\n`);
  });

  test.each([
    [
      ['--lang', 'zh', 'wallet', 'pay', '--frob'],
      '命令有误: 没有选项“--frob”\n  处理: 参见:duet wallet pay --help\n',
    ],
    [
      ['wallet', '--lang=zh', 'pya'],
      '命令有误: 没有命令“pya”(是否指 pay?)\n  处理: 参见:duet wallet --help\n',
    ],
    [
      ['audit', 'a', 'b', '--lang', 'zh'],
      '命令有误: “audit”的参数过多:应为 0 个,实为 2 个(a, b)\n  处理: 参见:duet audit --help\n',
    ],
    [
      ['bench', 'settle', '--claims', 'x', '--lang', 'zh'],
      '命令有误: 选项“--claims <number>”的值“x”无效。应为整数。\n  处理: 参见:duet bench settle --help\n',
    ],
  ] as const)('in Chinese, with the option at any place: duet %j', async (args, said) => {
    expect((await box.duet(args)).stderr).toBe(said);
  });

  test('--json before the command', async () => {
    const { code, stdout, stderr } = await box.duet(['--json', 'wallet', 'pay', 'no-such-file']);
    expect([code, stderr]).toEqual([3, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { message: expect.stringContaining('no-such-file'), money: { state: 'nothing-signed' } },
    });
  });

  test('a person gets what is wrong and what to do, on standard error', async () => {
    const { code, stdout, stderr } = await box.duet(['wallet', 'request']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Wrong command line: an amount is missing\n {2}to do: /);
  });

  test('the headline is Chinese where that is asked for', async () => {
    const { stderr } = await box.duet(['wallet', 'request'], { env: { DUET_LANG: 'zh' } });
    expect(stderr).toMatch(/^命令有误/);
  });
});

describe('exit code 3', () => {
  test('no issuer', async () => {
    for (const args of [['audit'], ['fraud', 'list']]) {
      const { code, json } = await box.json(args);
      expect(code).toBe(3);
      expect(json).toMatchObject({ error: { kind: 'operational', code: 'issuer-missing', retry: 'never' } });
    }
  });

  test('a file that is a folder', async () => {
    const { code, json } = await box.json(['inspect', '.']);
    expect(code).toBe(3);
    expect(json).toMatchObject({ error: { kind: 'operational', code: 'file-unreadable' } });
  });

  test('a database URL that is none', async () => {
    const { code, json } = await box.json(['issuer', 'init'], { env: { DATABASE_URL: 'mysql://localhost' } });
    expect(code).toBe(3);
    expect(json).toMatchObject({ error: { kind: 'operational', code: 'database-url-invalid' } });
  });
});

describe('an old Node', () => {
  const older = olderNode();
  test.skipIf(older === undefined)('starts itself again on the bundled one', async () => {
    const { code, stdout } = await run(older ?? '', [BIN, '--version'], {
      cwd: box.folder,
      env: box.env,
      input: '',
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.skipIf(older === undefined)('says what to do where there is none', async () => {
    const env = { ...box.env, DUET_STARTED_AGAIN: '1' };
    const { code, stderr } = await run(older ?? '', [BIN, '--version'], { cwd: box.folder, env, input: '' });
    expect(code).toBe(3);
    expect(stderr).toContain('expected Node 22.18 or newer');
    expect(stderr).toContain('npm install');
  });
});

/** A system Node that is too old, where this machine has one; without it the two tests above are skipped. */
function olderNode(): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder.includes('node_modules')) continue;
    const node = join(folder, 'node');
    const version = versionOf(node);
    if (version !== undefined && version < 22) return node;
  }
  return undefined;
}

function versionOf(node: string): number | undefined {
  const { stdout, status } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? Number(/^v(\d+)/.exec(stdout)?.[1]) : undefined;
}
