/** Payer and payee machines: every input in every state, one final Verdict, the same answer again (PAY-3, PAY-7, PAY-8). */
import { createHash } from 'node:crypto';
import { type Instant, instant, type ObjectId, type Signature } from '@duet/protocol/brand';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import {
  applyPayee,
  NOT_ASKED,
  type PayeeInput,
  type PayeeState,
  stepPayee,
} from '@duet/protocol/machines/payee';
import {
  applyPayer,
  type DraftSpend,
  type PayerInput,
  type PayerState,
  PROPOSED,
  statusOf,
  stepPayer,
} from '@duet/protocol/machines/payer';
import { fen } from '@duet/protocol/money';
import { idField, signatureField } from '@duet/protocol/objects/fields';
import { draft, rebuild } from '@duet/protocol/objects/signed';
import { SPEND } from '@duet/protocol/objects/spend';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import type { Hashes } from '@duet/protocol/suite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const hashes: Hashes = { hash: (_suite, data) => createHash('sha256').update(data).digest() };
const NOW: Instant = instant(1_800_000_000);

const idOf = (byte: number): ObjectId =>
  decodeBytes(idField, encodeBytes(bytes({ length: 32 }), new Uint8Array(32).fill(byte)), 64);
const signatureOf = (byte: number): Signature =>
  decodeBytes(signatureField, encodeBytes(bytes({ length: 64 }), new Uint8Array(64).fill(byte)), 128);

const REQUEST = idOf(1);
const OTHER = idOf(2);
const draftOf = (seq: number): DraftSpend =>
  draft(
    SPEND,
    1,
    {
      inputs: [{ parent: { id: idOf(9) }, from: fen(seq * 10), to: fen(seq * 10 + 5) }],
      payee: idOf(3),
      request: REQUEST,
      seq,
      time: NOW,
    },
    hashes,
  );
const DRAFTS = [draftOf(1), draftOf(2)];
const IDS = DRAFTS.map((entry) => entry.id);
const verdictOf = (accepted: readonly ObjectId[], request = REQUEST): Verdict =>
  rebuild(VERDICT, 1, { request, accepted: [...accepted].sort(Buffer.compare) }, signatureOf(4), hashes);

const YES = verdictOf(IDS);
const NO = verdictOf([]);
const env = { request: REQUEST };

const RECORDED: PayerState = { kind: 'recorded', drafts: DRAFTS };
const SIGNATURES = [signatureOf(5), signatureOf(6)];
const SIGNED = applyAll(RECORDED, { kind: 'signed', signatures: SIGNATURES });
const PAID = applyAll(SIGNED, { kind: 'verdict', verdict: YES });
const NOT_PAID = applyAll(SIGNED, { kind: 'verdict', verdict: NO });
const FREED = applyAll(RECORDED, { kind: 'free' });

function applyAll(state: PayerState, input: PayerInput): PayerState {
  const stepped = stepPayer(state, input, env);
  if (!stepped.ok) throw new Error(stepped.rejection.code);
  return stepped.value.state;
}

describe('payer', () => {
  const INPUTS: Readonly<Record<string, PayerInput>> = {
    record: { kind: 'record', drafts: DRAFTS },
    signed: { kind: 'signed', signatures: SIGNATURES },
    again: { kind: 'ask-again' },
    yes: { kind: 'verdict', verdict: YES },
    no: { kind: 'verdict', verdict: NO },
    other: { kind: 'verdict', verdict: verdictOf(IDS, OTHER) },
    registered: { kind: 'registered' },
    free: { kind: 'free' },
  };

  it.each([
    [
      'proposed',
      PROPOSED,
      {
        record: 'recorded',
        signed: 'payment-unknown',
        again: 'payment-unknown',
        yes: 'payment-unknown',
        no: 'payment-unknown',
        other: 'request-mismatch',
        registered: undefined,
        free: 'range-spent',
      },
    ],
    [
      'recorded',
      RECORDED,
      {
        record: 'recorded',
        signed: 'not-yet-known',
        again: 'recorded',
        yes: 'payment-unknown',
        no: 'payment-unknown',
        other: 'request-mismatch',
        registered: 'recorded',
        free: 'freed',
      },
    ],
    [
      'signed',
      SIGNED,
      {
        record: 'not-yet-known',
        signed: 'not-yet-known',
        again: 'not-yet-known',
        yes: 'paid',
        no: 'not-paid',
        other: 'request-mismatch',
        registered: 'recorded-not-yet-known',
        free: 'range-spent',
      },
    ],
    [
      'paid',
      PAID,
      {
        record: 'paid',
        signed: 'paid',
        again: 'paid',
        yes: 'paid',
        no: 'paid',
        other: 'request-mismatch',
        registered: 'paid',
        free: 'range-spent',
      },
    ],
    [
      'not paid',
      NOT_PAID,
      {
        record: 'not-paid',
        signed: 'not-paid',
        again: 'not-paid',
        yes: 'not-paid',
        no: 'not-paid',
        other: 'request-mismatch',
        registered: 'not-paid',
        free: 'range-spent',
      },
    ],
    [
      'freed',
      FREED,
      {
        record: 'payment-unknown',
        signed: 'payment-unknown',
        again: 'payment-unknown',
        yes: 'payment-unknown',
        no: 'payment-unknown',
        other: 'request-mismatch',
        registered: 'freed',
        free: 'range-spent',
      },
    ],
  ] as const)('%s: each input leads where the diagram says', (_name, state, expected) => {
    for (const [name, wanted] of Object.entries(expected)) {
      const input = INPUTS[name];
      if (!input) throw new Error(name);
      const stepped = stepPayer(state, input, env);
      expect([name, stepped.ok ? statusOf(stepped.value.state) : stepped.rejection.code]).toEqual([
        name,
        wanted,
      ]);
    }
  });

  it('PAY-3: signatures are released only after their record', () => {
    const recorded = stepPayer(PROPOSED, { kind: 'record', drafts: DRAFTS }, env);
    expect(recorded).toMatchObject({
      ok: true,
      value: {
        records: [{ kind: 'recorded' }],
        effects: [{ kind: 'sign' }, { kind: 'show', status: 'recorded' }],
      },
    });
    const signed = stepPayer(RECORDED, { kind: 'signed', signatures: SIGNATURES }, env);
    expect(signed).toMatchObject({
      ok: true,
      value: { records: [{ kind: 'signed' }], effects: [{ kind: 'release' }, { kind: 'show' }] },
    });
    expect(stepPayer(RECORDED, { kind: 'signed', signatures: [signatureOf(5)] }, env)).toMatchObject({
      ok: false,
      rejection: { code: 'malformed' },
    });
  });

  it('a second, different verdict is evidence and changes nothing', () => {
    const stepped = stepPayer(PAID, { kind: 'verdict', verdict: NO }, env);
    expect(stepped).toMatchObject({
      ok: true,
      value: { state: PAID, records: [], effects: [{ kind: 'keep-verdicts', verdicts: [YES, NO] }] },
    });
  });

  it('a verdict that lists only some of the spends is not "paid"', () => {
    expect(statusOf(applyAll(SIGNED, { kind: 'verdict', verdict: verdictOf(IDS.slice(0, 1)) }))).toBe(
      'not-paid',
    );
  });

  it('replaying the records gives the same state, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(INPUTS)), { maxLength: 12 }), (inputs) => {
        let live: PayerState = PROPOSED;
        let replayed: PayerState = PROPOSED;
        const finals = new Set<string>();
        for (const input of inputs) {
          const stepped = stepPayer(live, input, env);
          if (!stepped.ok) continue;
          live = stepped.value.state;
          for (const record of stepped.value.records) replayed = applyPayer(replayed, record);
          expect(replayed).toEqual(live);
          const status = statusOf(live);
          if (status === 'paid' || status === 'not-paid' || status === 'freed') finals.add(status);
        }
        expect(finals.size).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('payee', () => {
  const INPUTS: readonly PayeeInput[] = [
    { kind: 'open' },
    { kind: 'accept', verdict: YES, at: NOW },
    { kind: 'close', verdict: NO, at: NOW },
    { kind: 'ask-again', spends: IDS },
    { kind: 'ask-again', spends: [idOf(7)] },
  ];
  const OPEN = applyPayee(NOT_ASKED, { kind: 'opened' });
  const ACCEPTED: PayeeState = { kind: 'accepted', verdict: YES, at: NOW };
  const CLOSED: PayeeState = { kind: 'closed', verdict: NO, at: NOW };

  it.each([
    ['none', NOT_ASKED, ['open', 'request-unknown', 'request-unknown', 'request-unknown', 'request-unknown']],
    ['open', OPEN, ['request-closed', 'accepted', 'closed', 'request-unknown', 'request-unknown']],
    [
      'accepted',
      ACCEPTED,
      ['request-closed', 'request-closed', 'request-closed', 'accepted', 'request-closed'],
    ],
    [
      'closed',
      CLOSED,
      ['request-closed', 'request-closed', 'request-closed', 'request-closed', 'request-closed'],
    ],
  ] as const)('%s: each input leads where the diagram says', (_name, state, expected) => {
    const got = INPUTS.map((input) => {
      const stepped = stepPayee(state, input, env);
      return stepped.ok ? stepped.value.state.kind : stepped.rejection.code;
    });
    expect(got).toEqual(expected);
  });

  it('PAY-7: the same spends again get the same answer, marked as given before', () => {
    expect(stepPayee(ACCEPTED, { kind: 'ask-again', spends: [...IDS].reverse() }, env)).toMatchObject({
      ok: true,
      value: { records: [], effects: [{ kind: 'answer', verdict: YES, again: true, at: NOW }] },
    });
  });

  it('an answer must be the answer to this request, and list spends exactly when it accepts', () => {
    const codes = [
      stepPayee(OPEN, { kind: 'accept', verdict: verdictOf(IDS, OTHER), at: NOW }, env),
      stepPayee(OPEN, { kind: 'accept', verdict: NO, at: NOW }, env),
      stepPayee(OPEN, { kind: 'close', verdict: YES, at: NOW }, env),
    ].map((stepped) => (stepped.ok ? 'accepted' : stepped.rejection.code));
    expect(codes).toEqual(['request-mismatch', 'request-mismatch', 'request-mismatch']);
  });

  it('there is one final answer, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...INPUTS), { maxLength: 12 }), (inputs) => {
        let state = NOT_ASKED;
        let replayed = NOT_ASKED;
        const answers = new Set<Verdict>();
        for (const input of inputs) {
          const stepped = stepPayee(state, input, env);
          if (!stepped.ok) continue;
          state = stepped.value.state;
          for (const record of stepped.value.records) replayed = applyPayee(replayed, record);
          for (const effect of stepped.value.effects)
            if (effect.kind === 'answer') answers.add(effect.verdict);
          expect(replayed).toEqual(state);
        }
        expect(answers.size).toBeLessThanOrEqual(1);
      }),
    );
  });
});
