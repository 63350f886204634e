/** Which branches of codec and verification a run reached, and why the others are not reached. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arm } from './coverage.ts';
import { UNREACHED } from './unreached.ts';

export interface Missing {
  readonly file: string;
  readonly line: number;
  readonly type: string;
  /** Which way: of an `if` 0 is that it holds. */
  readonly arm: number;
  readonly text: string;
  /** Why no input reaches it; absent where nobody has said. */
  readonly reason?: string;
}

export interface Reached {
  readonly reached: number;
  readonly of: number;
  readonly percent: number;
  readonly missing: readonly Missing[];
}

/** Codec and verification: what the share is of. The other instrumented sources guide the loop as well. */
const COUNTED = 'packages/protocol/src/{cbor,objects,messages,verify}/*.ts';

export function reachedBy(root: string, arms: readonly { arm: Arm; reached: boolean }[]): Reached {
  const files = new Set(globSync(COUNTED, { cwd: root }).map((file) => file.replaceAll('\\', '/')));
  const all = new Map<string, { arm: Arm; reached: boolean }>();
  for (const { arm, reached } of arms) {
    if (!files.has(arm.file)) continue;
    const name = JSON.stringify(arm);
    all.set(name, { arm, reached: reached || (all.get(name)?.reached ?? false) });
  }
  const lines = new Map([...files].map((file) => [file, readFileSync(join(root, file), 'utf8').split('\n')]));
  const counted = [...all.values()].filter(({ arm }) => !isForTypes(arm, lines.get(arm.file) ?? []));
  const missing = counted
    .filter(({ reached }) => !reached)
    .map(({ arm }) => missingOf(arm, lines.get(arm.file) ?? []))
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  const [reached, of] = [counted.length - missing.length, counted.length];
  return { reached, of, percent: of === 0 ? 0 : Math.floor((1_000 * reached) / of) / 10, missing };
}

/** What stands behind `array[i] ??`, for the type checker alone, which does not know that the place is inside. */
function isForTypes({ type, from: [line, column] }: Arm, lines: readonly string[]): boolean {
  if (type !== 'binary-expr') return false;
  const before = `${lines[line - 2] ?? ''}\n${(lines[line - 1] ?? '').slice(0, column)}`;
  return /\]\s*\?\?\s*\(*$/.test(before);
}

function missingOf({ file, line, type, arm, from }: Arm, lines: readonly string[]): Missing {
  const text = (lines[(type === 'if' ? line : from[0] || line) - 1] ?? '').trim();
  const reason = UNREACHED.find((entry) => entry.file === file && text.includes(entry.text))?.reason;
  return { file, line, type, arm, text, ...(reason === undefined ? {} : { reason }) };
}

export function summaryOf({ reached, of, percent, missing }: Reached): string {
  const lines = missing.map(
    ({ file, line, type, arm, text, reason }) =>
      `  ${file}:${line} (${type} ${arm}) ${text.slice(0, 90)}${reason ? `\n    ${reason}` : ''}`,
  );
  return [
    `\nBranches of codec and verification: ${reached} of ${of} (${percent} %).`,
    ...(lines.length > 0 ? ['Not reached:', ...lines] : []),
  ].join('\n');
}
