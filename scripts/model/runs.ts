/** The runs of the model: its bounds, its mutants, and the findings that it shows. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export type RunKind = 'bound' | 'mutant' | 'finding';

export interface Run {
  readonly name: string;
  readonly kind: RunKind;
  /** Root module, without `.tla`. */
  readonly module: string;
  /** Text of the configuration. */
  readonly config: string;
  /** What it is, in one sentence. */
  readonly says: string;
  /** The invariant or property that TLC must find broken; nothing where all must hold. */
  readonly breaks?: string;
}

/** The small bound in which every action must be taken. */
export const ACTIONS = 'actions';
const BOUNDS = [ACTIONS, 'healing', 'ci', 'large'];

/** All runs of the model in `folder`. */
export function runsOf(folder: string): readonly Run[] {
  const base = readFileSync(join(folder, 'base.cfg'), 'utf8');
  const read = (kind: RunKind, path: string): Run => {
    const own = readFileSync(join(folder, path), 'utf8');
    const comments = [...own.matchAll(/^\\\* (.*)$/gm)].map(([, text = '']) => text);
    const breaks = comments.find((text) => text.startsWith('breaks '))?.slice('breaks '.length);
    return {
      name: basename(path, '.cfg'),
      kind,
      module: moduleOf(kind, own),
      config: `${base}\n${own}`,
      says: comments.filter((text) => !text.startsWith('breaks ')).join(' '),
      ...(breaks === undefined ? {} : { breaks }),
    };
  };
  const inFolder = (name: string): string[] =>
    readdirSync(join(folder, name))
      .filter((file) => file.endsWith('.cfg'))
      .sort()
      .map((file) => join(name, file));
  return [
    ...BOUNDS.map((name) => read('bound', `${name}.cfg`)),
    ...inFolder('mutants').map((path) => read('mutant', path)),
    ...inFolder('findings').map((path) => read('finding', path)),
  ];
}

function moduleOf(kind: RunKind, config: string): string {
  const heals = /^SPECIFICATION HealedSpec$/m.test(config);
  if (kind === 'mutant') return heals ? 'HealedMutants' : 'Mutants';
  return heals ? 'Healed' : 'MC';
}
