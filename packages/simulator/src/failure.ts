/** A checker found something that must not be. */

/** The invariants of PROTOCOL §8 that are checked, and what else a run must not do. */
export type Checker =
  | 'conservation'
  | 'payee-paid'
  | 'double-spend-proved'
  | 'honest-never-named'
  | 'verdicts-agree'
  | 'restart-equals'
  | 'limits-kept'
  | 'ends-in-time'
  | 'no-exception';

export class Failure extends Error {
  readonly checker: Checker;

  constructor(checker: Checker, what: string) {
    super(what);
    this.name = 'Failure';
    this.checker = checker;
  }
}
