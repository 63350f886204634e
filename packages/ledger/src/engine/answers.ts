/** The registry's answer to each upload: credit note, recorded payments, verdicts, coins, refusals (SET-13). */

import type { SyncCrypto } from '@duet/crypto/port';
import type { Instant, ObjectId } from '@duet/protocol/brand';
import type { Code } from '@duet/protocol/codes';
import { type Answer, recordedHash, type Upload } from '@duet/protocol/messages/upload';
import { fen } from '@duet/protocol/money';
import { CREDIT_NOTE, type CreditItem, type IntakeNote, outcomeNumber } from '@duet/protocol/objects/notes';
import { encodeSigned } from '@duet/protocol/objects/signed';
import type { Result } from '@duet/protocol/rejection';
import type pg from 'pg';
import { paymentKey, paymentOf } from '../sql/payments.ts';
import { binary, hexOf, type Queryable, readPiecesByChild, type StoredPiece } from '../sql/rows.ts';
import { readVerdicts } from '../sql/verdicts.ts';
import { type Authority, REGISTRY_KEY } from './authority.ts';
import { placeInReturn } from './claims.ts';
import { LISTS } from './facts.ts';
import { type AskedKeys, readInquiry, recordedFor } from './inquiries.ts';
import type { InputOutcome, IntakeResult } from './intake.ts';
import type { KnownSignatures } from './known-signatures.ts';
import type { Reissued } from './reissue.ts';
import { spendEnds } from './spend-ends.ts';

/** An upload with the hash of its sealed bytes, which names it in the credit note. */
export interface ReceivedUpload {
  readonly upload: Upload;
  readonly hash: Uint8Array;
  /** The IntakeNote that came with it, or why it counts for nothing. */
  readonly note: Result<IntakeNote> | undefined;
}

export interface AnswerContext {
  readonly pool: pg.Pool;
  readonly authority: Authority;
  readonly crypto: SyncCrypto;
  readonly signatures: KnownSignatures;
  readonly now: Instant;
}

export async function answerAll(
  uploads: readonly ReceivedUpload[],
  results: readonly IntakeResult[],
  reissued: ReadonlyMap<string, Reissued>,
  context: AnswerContext,
): Promise<Answer[]> {
  const asked = uploads.flatMap(({ upload }) => upload.openSpends);
  const pieces = await readPiecesByChild(context.pool, asked);
  const verdicts = await verdictsBySpend(context.pool, pieces);
  const ends = await spendEnds(
    context.pool,
    pieces.filter((piece) => !verdicts.has(hexOf(piece.child_id))),
  );
  const inquiries = uploads.map(({ upload }) => readInquiry(upload, context));
  const recorded = await recordedFor(inquiries, context);
  const paid = await paidDues(context.pool, results);
  return uploads.map(({ upload, hash, note: intake }, i): Answer => {
    const result = results[i];
    const orders = result?.orders ?? [];
    const answers = new Map<string, Uint8Array>();
    for (const id of upload.openSpends) {
      const verdict = verdicts.get(hexOf(id));
      if (verdict) answers.set(verdict.toString('hex'), verdict);
    }
    const due = recorded[i] ?? [];
    const ended = upload.openSpends.flatMap((id) => ends.get(hexOf(id)) ?? []);
    const recordedNote = recordedHash(due, context.crypto);
    const note = context.authority.signAsRegistry(CREDIT_NOTE, {
      signerKey: REGISTRY_KEY,
      upload: hash,
      time: context.now,
      items: orders.flatMap((order) =>
        order.inputs.flatMap((input) => itemsOf(coded(input, reissued.get(hexOf(order.id))), paid)),
      ),
      ...(recordedNote ? { recorded: recordedNote } : {}),
      ...(ended.length > 0 ? { ends: ended } : {}),
    });
    return {
      creditNote: encodeSigned(CREDIT_NOTE, note),
      recorded: due,
      verdicts: [...answers.values()],
      coins: orders.flatMap((order) => [...(reissued.get(hexOf(order.id))?.coins ?? [])]),
      refused: refusedOf(result, inquiries[i], intake),
    };
  });
}

const OWED: Code = 'owed';

/** Says why an order was given fewer coins than it lists. */
const coded = (input: InputOutcome, reissued: Reissued | undefined): InputOutcome =>
  reissued?.code && !input.code ? { ...input, code: reissued.code } : input;

/** One input as the note tells it: what coin and fund paid, what is owed, or why it was refused. */
function itemsOf(input: InputOutcome, paid: ReadonlyMap<string, number>): CreditItem[] {
  const fromFund = Math.min(input.owed, paid.get(`${hexOf(input.order)}:${input.index}`) ?? 0);
  const owed = input.owed - fromFund;
  const base = { object: input.order as ObjectId, index: input.index };
  const code = input.code ? { code: input.code } : {};
  const items: CreditItem[] = [];
  if (input.credited > 0)
    items.push({ ...base, outcome: outcomeNumber('credited'), amount: fen(input.credited), ...code });
  // A fund pays what was owed: to the account, never as coins.
  if (fromFund > 0)
    items.push({ ...base, outcome: outcomeNumber('credited'), amount: fen(fromFund), code: OWED });
  if (owed > 0) items.push({ ...base, outcome: outcomeNumber('owed'), amount: fen(owed), ...code });
  if (items.length === 0)
    items.push({ ...base, outcome: outcomeNumber('refused'), code: input.code ?? 'already-claimed' });
  return items;
}

/** What funds and debtors have paid on what is due to these orders, in full, by order and input. */
async function paidDues(
  queryable: Queryable,
  results: readonly IntakeResult[],
): Promise<Map<string, number>> {
  const paid = new Map<string, number>();
  const owed = results.flatMap((result) =>
    result.orders.flatMap((order) => order.inputs.filter((input) => input.owed > 0)),
  );
  if (owed.length === 0) return paid;
  const rows = await queryable.query<{ child_id: Buffer; child_index: number; paid: number }>(
    `SELECT child_id, child_index, sum(paid)::bigint AS paid FROM (
       SELECT child_id, child_index, paid FROM fund_due WHERE child_id = ANY($1)
       UNION ALL SELECT child_id, child_index, paid FROM debt WHERE child_id = ANY($1)) due
     GROUP BY child_id, child_index`,
    [owed.map((input) => binary(input.order))],
  );
  const returns = new Set(
    results.flatMap(({ orders }) =>
      orders.filter(({ kind }) => kind === 'return').map(({ id }) => hexOf(id)),
    ),
  );
  for (const row of rows.rows) {
    const order = row.child_id.toString('hex');
    const key = `${order}:${returns.has(order) ? placeInReturn(row.child_index) : row.child_index}`;
    paid.set(key, (paid.get(key) ?? 0) + row.paid);
  }
  return paid;
}

async function verdictsBySpend(
  queryable: Queryable,
  pieces: readonly StoredPiece[],
): Promise<Map<string, Buffer>> {
  const verdicts = await readVerdicts(
    queryable,
    pieces.flatMap((piece) => paymentOf(piece) ?? []),
  );
  const found = new Map<string, Buffer>();
  for (const piece of pieces) {
    const payment = paymentOf(piece);
    const [first] = (payment && verdicts.get(paymentKey(payment))) ?? [];
    if (first) found.set(hexOf(piece.child_id), first.body);
  }
  return found;
}

type Refused = Answer['refused'][number];

const refusedOf = (
  result: IntakeResult | undefined,
  inquiry: AskedKeys | undefined,
  note: ReceivedUpload['note'],
): Refused[] => [
  ...(result?.facts.refused ?? []).map(({ list, place, code }) => ({ list, place, code })),
  ...(inquiry?.refused ? [{ list: LISTS.inquiry, place: 0, code: inquiry.refused }] : []),
  ...(note && !note.ok ? [{ list: LISTS.note, place: 0, code: note.rejection.code }] : []),
];
