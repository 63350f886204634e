/** What must hold when the trouble is over and everybody was online (PROTOCOL §8). */
import type { AuditReport } from '@duet/ledger/engine/walk';
import { toHex } from '@duet/protocol/bytes';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { MAX_OBJECT_BYTES } from '@duet/protocol/limits';
import { reading } from '@duet/protocol/messages/decoding';
import { FRAUD_PROOF } from '@duet/protocol/objects/fraud-proof';
import { settle } from '@duet/protocol/verify/examination';
import { examineProof } from '@duet/protocol/verify/fraud-proof';
import { TrustView } from '@duet/protocol/verify/trust-view';
import { Failure } from './failure.ts';
import type { Person } from './person.ts';
import type { World } from './world.ts';

const handleOf = ({ owner }: Person): string => toHex(owner.handle);
const accountOf = ({ owner }: Person): string => `${owner.operator}:${toHex(owner.handle)}`;

/** Invariant 1: the books balance, and nothing differs from what was signed. */
export async function checkBooks(world: World): Promise<void> {
  const report: AuditReport = await world.registry.audit();
  if (!report.balanced || report.problems.length > 0)
    throw new Failure(
      'conservation',
      `the audit differs by ${report.differenceFen} fen: ${report.problems.join('; ')}`,
    );
}

/** Invariants 3 and 4: every double spend that was taken twice by the honest is proved, and nobody else is named. */
export async function checkCases(world: World): Promise<void> {
  const cases = await world.registry.cases();
  const trust = new TrustView(world.registry.authority.bundle);
  const named = new Set<string>();
  for (const { handle, proofs } of cases) {
    if (handle !== undefined) named.add(handle);
    for (const bytes of proofs) {
      const proof = reading(() => decodeBytes(FRAUD_PROOF, bytes, MAX_OBJECT_BYTES));
      const examined = proof.ok ? examineProof(proof.value, trust, world.ground.crypto) : proof;
      const held = examined.ok ? settle(examined, world.ground.crypto) : examined;
      if (!held.ok)
        throw new Failure(
          'double-spend-proved',
          `a stored proof does not verify alone: ${held.rejection.code}`,
        );
    }
  }
  for (const person of world.people)
    if (person.isHonest && named.has(handleOf(person)))
      throw new Failure('honest-never-named', `${person.owner.name} did nothing and is named`);
  for (const { person: number, payees } of world.book.doubleSpends()) {
    const person = world.person(number);
    const honest = payees.every((side) => [...side].some((payee) => world.person(payee).isHonest));
    if (honest && !named.has(handleOf(person)))
      throw new Failure(
        'double-spend-proved',
        `${person.owner.name} paid twice with one range and is not named`,
      );
  }
}

/** Invariant 8, after the close: no payment of the honest is open for ever, also where its payee never answered. */
export function checkClosed(world: World): void {
  for (const person of world.people) {
    if (!person.isHonest || person.hasRestored) continue;
    for (const { paymentId, requestId, direction, state } of person.device.wallet.payments()) {
      const payee = world.reference.payeeOf(requestId);
      // A copy may have taken it, and be paid or not.
      if (direction !== 'out' || payee === undefined || !world.person(payee).isHonest) continue;
      const isTaken = world.reference.isAccepted(payee, paymentId);
      if (!PAID.has(state) && !ENDED_UNPAID.has(state))
        throw new Failure(
          'ends-in-time',
          `${person.owner.name}: ${paymentId.slice(0, 8)} is ${state} after the close`,
        );
      if (PAID.has(state) !== isTaken)
        throw new Failure(
          'verdicts-agree',
          `${person.owner.name} is told ${state} of ${paymentId.slice(0, 8)}`,
        );
    }
  }
}

const PAID: ReadonlySet<string> = new Set(['paid', 'paid-at-close']);
const ENDED_UNPAID: ReadonlySet<string> = new Set(['not-paid', 'freed', 'returned-at-close']);

/** Whether somebody's answers can be had: it is honest, and has the phone with which it took payments. */
const answers = (person: Person | undefined): boolean => person?.isHonest === true && !person.hasRestored;

/** Invariants 5 and 8: every payment between the honest has ended, on both sides in the same way. */
export function checkEnds(world: World): void {
  for (const person of world.people) {
    if (!person.isHonest) continue;
    const { name } = person.owner;
    for (const { paymentId, requestId, direction, state, waiting } of person.device.wallet.payments()) {
      if (waiting) continue;
      const number = world.reference.payeeOf(requestId);
      const payee = number === undefined ? undefined : world.person(number);
      if (!answers(payee) || number === undefined) continue;
      if (!ENDS.has(state))
        throw new Failure(
          'ends-in-time',
          `${name}: ${paymentId.slice(0, 8)} (${direction}) still is ${state}`,
        );
      const isTaken = world.reference.isAccepted(number, paymentId);
      if (direction === 'out' && (state === 'paid') !== isTaken)
        throw new Failure(
          'verdicts-agree',
          `${name} holds ${paymentId.slice(0, 8)} for ${state}; its payee ${isTaken ? 'took it' : 'did not take it'}`,
        );
    }
  }
}

const ENDS: ReadonlySet<string> = new Set(['paid', 'not-paid', 'freed', 'closed']);

/** Invariants 1 and 2: everybody honest has, or is owed, what the clerk who saw all hands wrote down. */
export async function checkWealth(world: World): Promise<void> {
  const { accounts, walk, owed } = await world.registry.balances();
  for (const person of world.people) {
    if (!person.isHonest) continue;
    const account = accountOf(person);
    const has = (accounts.get(account) ?? 0) + (walk.get(account) ?? 0) + (owed.get(account) ?? 0);
    const due = world.reference.wealthOf(person.owner.number);
    if (has !== due)
      throw new Failure('payee-paid', `${person.owner.name} has ${has} fen and should have ${due}`);
  }
}
