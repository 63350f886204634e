/** Who imports whom, held against the table in `packages.ts`; and the configurations that keep pure folders pure. */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { codeText } from './code-text.ts';
import { isPure, PACKAGES, type PackageRule } from './packages.ts';
import { lineAt, type Problems, type TextFile } from './repository.ts';

const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])( *)\1/g;

interface Importer {
  readonly name: string;
  readonly rule: PackageRule;
  readonly path: string;
  readonly inPackage: string;
  /** Sources keep to the table strictly; tests and benchmarks may use any package from outside. */
  readonly isSource: boolean;
  readonly isPure: boolean;
}

/** Imports that the table does not allow. */
export function importProblems(files: readonly TextFile[]): Problems {
  return files.flatMap((file) => {
    const [, name, inPackage] = /^packages\/([^/]+)\/(.+\.(?:ts|tsx|mjs))$/.exec(file.path) ?? [];
    if (name === undefined || inPackage === undefined) return [];
    const rule = PACKAGES[name];
    if (rule === undefined) {
      return [
        `${file.path}: package "${name}" is not in the table of allowed imports; add it with its layer`,
      ];
    }
    const importer: Importer = {
      name,
      rule,
      path: file.path,
      inPackage,
      isSource: inPackage.startsWith('src/'),
      isPure: isPure(rule, inPackage),
    };
    return importsOf(file.text).flatMap(({ specifier, line }) => {
      const reason = reasonAgainst(importer, specifier);
      return reason === undefined ? [] : [`${file.path}:${line} imports "${specifier}": ${reason}`];
    });
  });
}

function importsOf(text: string): readonly { specifier: string; line: number }[] {
  return [...codeText(text).matchAll(IMPORT)].map((match) => {
    const end = match.index + match[0].length - 1;
    return { specifier: text.slice(end - (match[2] ?? '').length, end), line: lineAt(text, match.index) };
  });
}

function reasonAgainst(importer: Importer, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return reasonAgainstRelative(importer, specifier);
  const [, other] = /^@duet\/([^/]+)/.exec(specifier) ?? [];
  if (other !== undefined) return reasonAgainstPackage(importer, other);
  if (!specifier.startsWith('node:') && builtinModules.includes(specifier))
    return `write "node:${specifier}"`;
  if (!importer.isPure) return undefined;
  if (specifier.startsWith('node:')) return 'pure code sees nothing of the machine; put it behind a port';
  const external = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  return importer.rule.pureExternals.includes(external) ? undefined : 'not allowed in pure code';
}

function reasonAgainstRelative(
  { path, name, rule, ...importer }: Importer,
  specifier: string,
): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  const home = `packages/${name}/`;
  if (!target.startsWith(home)) return 'a path into another package; import it as "@duet/…"';
  const inPackage = target.slice(home.length);
  if (importer.isSource && !inPackage.startsWith('src/')) return 'sources do not import tests or tools';
  return importer.isPure && !isPure(rule, inPackage) ? 'pure code does not import a driver' : undefined;
}

function reasonAgainstPackage({ name, rule, isSource }: Importer, other: string): string | undefined {
  if (other === name) return isSource ? 'its own package; use a relative path' : undefined;
  if (rule.mayImport.includes(other)) return undefined;
  const allowed = rule.mayImport.length === 0 ? 'no other package' : rule.mayImport.join(', ');
  return `${name} may import ${allowed}`;
}

/** Pure folders whose package has no `tsconfig.json` that compiles exactly them without node types. */
export function pureConfigProblems(files: readonly TextFile[]): Problems {
  return Object.entries(PACKAGES).flatMap(([name, rule]) => {
    const home = `packages/${name}/`;
    if (rule.pure.length === 0 || !files.some(({ path }) => path.startsWith(home))) return [];
    const path = `${home}tsconfig.json`;
    const expected = {
      extends: '../../tsconfig.base.json',
      compilerOptions: { lib: ['ES2023'], types: [] },
      include: rule.pure.map((folder) => `${folder}**/*.ts`),
      ...(rule.drivers.length > 0 && { exclude: rule.drivers.map((folder) => folder.replace(/\/$/, '')) }),
    };
    const text = files.find((file) => file.path === path)?.text;
    if (text !== undefined && JSON.stringify(JSON.parse(text)) === JSON.stringify(expected)) return [];
    return [`${path} must be ${JSON.stringify(expected)}`];
  });
}
