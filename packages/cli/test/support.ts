/** Runs the real command as a child process, in folders that go when the tests end. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const BIN = fileURLToPath(new URL('../bin/duet.mjs', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The name of a file in a folder that goes when the tests of this file end. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duet-cli-'));
  folders.push(folder);
  return join(folder, 'balances.json');
}

/** Folders for one file of tests. The database's user must be able to enter them. */
export class Sandbox {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'duet-cli-'));
    chmodSync(this.folder, 0o755);
    const {
      DATABASE_URL: _url,
      DUET_WALLET: _wallet,
      DUET_PASSPHRASE: _passphrase,
      npm_command: _npm,
      ...env
    } = process.env;
    this.env = { ...env, DUET_STATE: join(this.folder, 'state'), DUET_LANG: 'en', NO_COLOR: '1' };
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Runs `duet` in the folder; `input` goes to its standard input, which then ends. */
  duet(
    args: readonly string[],
    options: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ended> {
    return run(process.execPath, [BIN, ...args], {
      cwd: this.folder,
      env: { ...this.env, ...options.env },
      input: options.input ?? '',
    });
  }

  /** Runs with `--json` and gives what it printed. */
  async json(
    args: readonly string[],
    options: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv } = {},
  ) {
    const end = args.indexOf('--');
    const place = end < 0 ? args.length : end;
    const ended = await this.duet([...args.slice(0, place), '--json', ...args.slice(place)], options);
    return { code: ended.code, stderr: ended.stderr, json: parsed(ended) };
  }

  /** Runs with `--json`; anything but exit code 0 fails the test. */
  async ok(
    args: readonly string[],
    options: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Json> {
    const { code, json, stderr } = await this.json(args, options);
    if (code !== 0)
      throw new Error(`duet ${args.join(' ')}: exit ${code}: ${JSON.stringify(json)} ${stderr}`);
    return json;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export type Json = { readonly [name: string]: unknown };

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

function parsed({ stdout, stderr }: Ended): Json {
  const value: unknown = JSON.parse(stdout === '' ? 'null' : stdout);
  if (!isJson(value)) throw new Error(`expected one line of JSON, got "${stdout}" and "${stderr}"`);
  return value;
}

/** A member of an object, which must be an object. */
export function inside(json: Json, name: string): Json {
  const value = json[name];
  if (!isJson(value)) throw new Error(`expected an object "${name}" in ${JSON.stringify(json)}`);
  return value;
}

/** The lines of text of the message in an outcome. */
export function messageOf(json: Json): string {
  const { text } = inside(json, 'message');
  if (!Array.isArray(text)) throw new Error('expected the text of a message');
  return text.join('\n');
}

/** The code of a rejection or error. */
export const codeOf = (json: Json): unknown => inside(json, 'error').code;

export function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; input: string | Uint8Array },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // The command may end before it reads all of a large input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
  });
}
