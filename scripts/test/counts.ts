/**
 * Counting what ran: each check is one test, vitest's JSON report gives the others. What is trusted: nothing of
 * the report's shape; a report that cannot be read, or says less than the exit code, counts as a failure.
 */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

const ONE_FAILED: Counts = { passed: 0, failed: 1, skipped: 0 };

export const addCounts = (one: Counts, other: Counts): Counts => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});

/** A check without a report of its own: one test that passed or failed. */
export const countsOfCheck = (exitCode: number): Counts =>
  exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : ONE_FAILED;

/** The last line of a run. A run in which nothing ran has failed, and says so. */
export function summaryLine(counts: Counts): string {
  const { passed, failed, skipped } = counts;
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** True only where at least one test ran and none failed. */
export const isGood = (counts: Counts): boolean => counts.passed > 0 && counts.failed === 0;

/**
 * Counts of a vitest run. A test file that broke before its tests is one failure. So is a run that ended badly
 * though no test failed (an error outside any test), a run without a test, and a missing or damaged report.
 */
export function countsOfVitest(report: string | undefined, exitCode: number): Counts {
  const files = report === undefined ? undefined : testFilesIn(report);
  if (files === undefined) return ONE_FAILED;
  const counts = files.map(countsOfFile).reduce(addCounts, NO_COUNTS);
  const silentFailure = counts.failed === 0 && (exitCode !== 0 || counts.passed + counts.skipped === 0);
  return silentFailure ? addCounts(counts, ONE_FAILED) : counts;
}

interface TestFile {
  readonly status: unknown;
  readonly tests: readonly unknown[];
}

function testFilesIn(report: string): readonly TestFile[] | undefined {
  const results = field(parseJson(report), 'testResults');
  if (!Array.isArray(results)) return undefined;
  return results.map((result: unknown) => {
    const tests = field(result, 'assertionResults');
    return { status: field(result, 'status'), tests: Array.isArray(tests) ? tests : [] };
  });
}

function countsOfFile(file: TestFile): Counts {
  const statuses = file.tests.map((test) => field(test, 'status'));
  const passed = statuses.filter((status) => status === 'passed').length;
  const failed = statuses.filter((status) => status === 'failed').length;
  const counts = { passed, failed, skipped: statuses.length - passed - failed };
  return file.status === 'failed' && failed === 0 ? addCounts(counts, ONE_FAILED) : counts;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
