/**
 * The table of allowed imports: dependencies point one way, and pure folders see nothing of the machine
 * (docs/ARCHITECTURE.md). A new package is added here first.
 */

export interface PackageRule {
  /** Other packages of this repository that its sources may import. */
  readonly mayImport: readonly string[];
  /** Folders without input, output, clock or randomness; they compile without node types. */
  readonly pure: readonly string[];
  /** Folders inside the pure ones that hold drivers and are not pure. */
  readonly drivers: readonly string[];
  /** Packages from outside that pure folders may import. */
  readonly pureExternals: readonly string[];
}

const IMPURE = { pure: [], drivers: [], pureExternals: [] };
const PURE_WITH_DRIVERS = { pure: ['src/'], drivers: ['src/node/'], pureExternals: [] };
const CORES = ['protocol', 'crypto', 'wallet', 'terminal', 'ledger'];

export const PACKAGES: Readonly<Record<string, PackageRule>> = {
  protocol: { mayImport: [], pure: ['src/'], drivers: [], pureExternals: ['fflate'] },
  crypto: { mayImport: ['protocol'], ...IMPURE },
  wallet: { mayImport: ['protocol', 'crypto'], ...PURE_WITH_DRIVERS },
  terminal: { mayImport: ['protocol', 'crypto'], ...PURE_WITH_DRIVERS },
  ledger: { mayImport: ['protocol', 'crypto'], pure: ['src/core/'], drivers: [], pureExternals: [] },
  carriers: { mayImport: ['protocol'], ...IMPURE },
  server: { mayImport: CORES, ...IMPURE },
  consortium: { mayImport: CORES, ...IMPURE },
  simulator: { mayImport: CORES, ...IMPURE },
  cli: { mayImport: [...CORES, 'carriers', 'server', 'consortium', 'simulator'], ...IMPURE },
};

/** Whether a file of a package, by its path inside it, must be pure. */
export function isPure(rule: PackageRule, pathInPackage: string): boolean {
  const inside = (folder: string): boolean => pathInPackage.startsWith(folder);
  return rule.pure.some(inside) && !rule.drivers.some(inside);
}
