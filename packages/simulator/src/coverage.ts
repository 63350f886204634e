/** What a run has met: codes of rejections, states of machines, faults, attacks. What was never met is named. */
import { CODES } from '@duet/protocol/codes';

/** Faults of the world, in the order of the plan's kinds. */
export const FAULTS = [
  'message-lost',
  'message-twice',
  'message-late',
  'message-changed',
  'message-cut',
  'message-to-another',
  'power-cut-before',
  'power-cut-after',
  'reboot',
  'clock-jump',
  'registry-down',
  'answer-lost',
  'restored-from-backup',
] as const;

export const ATTACKS = ['clone-pays-stranger', 'clone-answers', 'clone-cancels'] as const;

export const PAYER_STATES = ['recorded', 'signed', 'answered', 'freed'] as const;
export const PAYEE_STATES = ['open', 'accepted', 'closed'] as const;

export type Fault = (typeof FAULTS)[number];
export type Attack = (typeof ATTACKS)[number];

/** Counts by name. */
export type Counts = Record<string, number>;

export class Coverage {
  readonly codes: Counts = counts(CODES.map(({ code }) => code));
  readonly faults: Counts = counts(FAULTS);
  readonly attacks: Counts = counts(ATTACKS);
  readonly payer: Counts = counts(PAYER_STATES);
  readonly payee: Counts = counts(PAYEE_STATES);

  code(code: string): void {
    raise(this.codes, code);
  }

  fault(fault: Fault): void {
    raise(this.faults, fault);
  }

  attack(attack: Attack): void {
    raise(this.attacks, attack);
  }

  states(payer: Iterable<string>, payee: Iterable<string>): void {
    for (const kind of payer) raise(this.payer, kind);
    for (const kind of payee) raise(this.payee, kind);
  }

  add(other: Coverage): void {
    for (const group of ['codes', 'faults', 'attacks', 'payer', 'payee'] as const)
      for (const [name, count] of Object.entries(other[group]))
        this[group][name] = (this[group][name] ?? 0) + count;
  }

  /** Names that were never met, by group. */
  unmet(): Record<string, string[]> {
    const groups = {
      codes: this.codes,
      faults: this.faults,
      attacks: this.attacks,
      payer: this.payer,
      payee: this.payee,
    };
    return Object.fromEntries(
      Object.entries(groups).map(([group, met]) => [
        group,
        Object.keys(met).filter((name) => met[name] === 0),
      ]),
    );
  }
}

const counts = (names: readonly string[]): Counts => Object.fromEntries(names.map((name) => [name, 0]));

const raise = (group: Counts, name: string): void => {
  group[name] = (group[name] ?? 0) + 1;
};
