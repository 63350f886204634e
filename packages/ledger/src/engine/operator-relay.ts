/**
 * An operator between its devices and the registry (SET-7, PRIV-2): it takes sealed uploads, which it cannot read,
 * signs an IntakeNote over each and hands them on with it. It keeps nothing: what it took and did not hand on, the
 * device sends again with the note, by whatever way.
 */
import type { Instant } from '@duet/protocol/brand';
import { MAX_SEALED_UPLOAD_BYTES } from '@duet/protocol/messages/upload';
import { INTAKE_NOTE } from '@duet/protocol/objects/notes';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { LoadOrder, SettlementPort } from '@duet/protocol/settlement-port';
import { type Hashes, suiteOf } from '@duet/protocol/suite';
import { type Authority, operatorKeyOf } from './authority.ts';

export interface OperatorRelayOptions {
  readonly operator: number;
  /** Holds the operator's key. */
  readonly authority: Authority;
  readonly hashes: Hashes;
  readonly clock: () => Instant;
}

/** The port that an operator's devices reach, on the way to the registry's. @throws Error without the operator's key */
export function operatorRelay(
  registry: SettlementPort,
  options: OperatorRelayOptions,
): Required<SettlementPort> {
  const intake = async (sealed: Uint8Array): Promise<Result<Uint8Array>> =>
    sealed.length > MAX_SEALED_UPLOAD_BYTES
      ? reject('too-large', `at most ${MAX_SEALED_UPLOAD_BYTES} bytes`, `${sealed.length}`)
      : accept(intakeNote(sealed, options));
  return {
    trust: () => registry.trust(),
    certify: (enrolment) => registry.certify(enrolment),
    load: (order: LoadOrder) => registry.load(order),
    intake,
    settle: async (sealed, note) => {
      if (note) return registry.settle(sealed, note);
      const taken = await intake(sealed);
      return taken.ok ? registry.settle(sealed, taken.value) : taken;
    },
    account: (operator, handle) => registry.account(operator, handle),
  };
}

/** COSE_Sign1 IntakeNote over sealed bytes, at the operator's time. */
function intakeNote(
  sealed: Uint8Array,
  { operator, authority, hashes, clock }: OperatorRelayOptions,
): Uint8Array {
  const signerKey = operatorKeyOf(operator);
  const key = authority.bundle.body.keys.find(({ number }) => number === signerKey);
  const upload = hashes.hash(key ? suiteOf(key.key) : 1, sealed);
  const note = authority.signAsOperator(operator, INTAKE_NOTE, {
    signerKey,
    operator,
    upload,
    time: clock(),
  });
  if (!note) throw new Error(`relay: no key of operator ${operator}`);
  return encodeSigned(INTAKE_NOTE, note);
}
