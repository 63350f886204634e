/** What a run has met: codes of rejections, states of payments, faults, attacks. What was never met is named. */
import { CODES } from '@duet/protocol/codes';
import type { PaymentState } from '@duet/wallet/views';

const FAULTS = [
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

const ATTACKS = ['clone-pays-stranger', 'clone-answers', 'clone-cancels'] as const;

/** What a holder is told of a payment. */
const NOT_SEEN: Readonly<Record<PaymentState, 0>> = {
  recorded: 0,
  'not-yet-known': 0,
  'recorded-not-yet-known': 0,
  paid: 0,
  'not-paid': 0,
  freed: 0,
  'paid-at-close': 0,
  'returned-at-close': 0,
  open: 0,
  closed: 0,
};

export type Fault = (typeof FAULTS)[number];
export type Attack = (typeof ATTACKS)[number];

/** Counts by name. */
export type Counts = Record<string, number>;

export class Coverage {
  readonly codes: Counts = counts(CODES.map(({ code }) => code));
  readonly faults: Counts = counts(FAULTS);
  readonly attacks: Counts = counts(ATTACKS);
  readonly payments: Counts = { ...NOT_SEEN };

  code(code: string): void {
    raise(this.codes, code);
  }

  fault(fault: Fault): void {
    raise(this.faults, fault);
  }

  attack(attack: Attack): void {
    raise(this.attacks, attack);
  }

  payment(state: PaymentState): void {
    raise(this.payments, state);
  }

  add(other: Coverage): void {
    for (const group of GROUPS)
      for (const [name, count] of Object.entries(other[group]))
        this[group][name] = (this[group][name] ?? 0) + count;
  }

  /** Names that were never met, by group. */
  unmet(): Record<Group, string[]> {
    const namesOf = (group: Group): string[] =>
      Object.keys(this[group]).filter((name) => this[group][name] === 0);
    return {
      codes: namesOf('codes'),
      faults: namesOf('faults'),
      attacks: namesOf('attacks'),
      payments: namesOf('payments'),
    };
  }
}

const GROUPS = ['codes', 'faults', 'attacks', 'payments'] as const;
export type Group = (typeof GROUPS)[number];

const counts = (names: readonly string[]): Counts => Object.fromEntries(names.map((name) => [name, 0]));

const raise = (group: Counts, name: string): void => {
  group[name] = (group[name] ?? 0) + 1;
};
