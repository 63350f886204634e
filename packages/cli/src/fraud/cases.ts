/** `duet fraud list|show|pay`: the cases that the registry opened (SET-4 to SET-6). */
import { createNodeSuites } from '@duet/crypto/node-suites';
import type { FraudCase } from '@duet/ledger/engine/reports';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { Context } from '../context.ts';
import { fieldLines, fieldsJson } from '../inspect/field.ts';
import { verificationJson, verificationLines } from '../inspect/inspect.ts';
import { inspectProof } from '../inspect/records.ts';
import { loadTrust } from '../inspect/trust.ts';
import { writeOutput } from '../io/files.ts';
import { withIssuer } from '../issuer/local-issuer.ts';
import { done, type Outcome } from '../outcome.ts';
import { instantText, shortId, table, yuan } from '../text/format.ts';
import { type Language, type MessageKey, proofFormSaid, say } from '../text/messages.ts';
import { caseJson, openedAt, secondsOf } from './case-json.ts';
import { proofsOf } from './proofs.ts';

const casesOf = (context: Context): Promise<readonly FraudCase[]> =>
  withIssuer(context, { create: false }, ({ registry }) => registry.cases());

export async function listCases(context: Context): Promise<Result<Outcome>> {
  const cases = await casesOf(context);
  const { language } = context;
  const rows = cases.map((entry) => [
    shortId(entry.caseId),
    instantText(openedAt(entry)),
    say(language, 'proofForm', { form: entry.form }),
    shortId(entry.culprit),
    yuan(entry.paidFen),
    yuan(entry.owedFen),
    yuan(entry.receivableFen),
  ]);
  const heads = HEADS.map((key) => say(language, key));
  return done(
    cases.map(caseJson),
    cases.length === 0
      ? [say(language, 'noCases')]
      : table([heads, ...rows], ['left', 'left', 'left', 'left', 'right', 'right', 'right']),
  );
}

const HEADS: readonly MessageKey[] = [
  'headCase',
  'headOpened',
  'headProof',
  'headCulprit',
  'headPaid',
  'headOwed',
  'headReceivable',
];

export async function showCase(
  id: string,
  options: { out?: string },
  context: Context,
): Promise<Result<Outcome>> {
  const named = oneCase(id, await casesOf(context));
  if (!named.ok) return named;
  const entry = named.value;
  const { language } = context;
  const crypto = createNodeSuites();
  const trust = loadTrust({}, context.stateFolder, crypto);
  if (!trust.ok) return trust;
  const judge = { crypto, trust: trust.value, now: context.now() };
  const [main] = proofsOf(entry);
  const { out } = options;
  if (main && out !== undefined) writeOutput(out, main.bytes);
  const subjects = entry.proofs.flatMap((proof) => {
    const subject = inspectProof(proof, judge);
    return subject.ok ? [subject.value] : [];
  });
  return done(
    {
      ...caseJson(entry),
      proofs: subjects.map(({ fields, verification }) => ({
        ...fieldsJson(fields),
        verification: verificationJson(verification),
      })),
    },
    [
      say(language, 'caseOpened', {
        case: entry.caseId,
        time: instantText(openedAt(entry)),
        what: proofFormSaid(entry.form),
      }),
      ...table(caseRows(entry, language)),
      ...subjects.flatMap(({ meaning, fields, verification }) => [
        meaning,
        ...fieldLines(fields),
        ...verificationLines(verification, context),
      ]),
      ...(out === undefined ? [] : [say(language, main ? 'proofWritten' : 'noProof', { file: out })]),
    ],
  );
}

function caseRows(entry: FraudCase, language: Language): string[][] {
  const row = (key: MessageKey, text: string): string[] => [`  ${say(language, key)}`, text];
  const { operator, handle } = entry;
  const account =
    operator === undefined || handle === undefined
      ? say(language, 'caseAccountUnknown')
      : say(language, 'caseAccountOf', { account: handle, operator });
  const money = (amount: number): string => say(language, 'yuanText', { amount: yuan(amount) });
  return [
    row('caseCulprit', entry.culprit),
    row('caseAccount', account),
    row('casePaid', money(entry.paidFen)),
    row('caseOwed', money(entry.owedFen)),
    row('caseReceivable', money(entry.receivableFen)),
    ...entry.credit.map(({ debtFen, paidFen, since }) =>
      row(
        'caseCredit',
        say(language, 'caseDebt', {
          debt: yuan(debtFen),
          paid: yuan(paidFen),
          time: instantText(secondsOf(since)),
        }),
      ),
    ),
  ];
}

/** `duet fraud pay`: what is owed to the innocent above the caps, after a review (SET-5). */
export function payCase(id: string, context: Context): Promise<Result<Outcome>> {
  return withIssuer(context, { create: false }, async ({ registry }) => {
    const named = oneCase(id, await registry.cases());
    if (!named.ok) return named;
    const { caseId, culprit } = named.value;
    const { paidFen, owedFen } = await registry.payReviewed(culprit);
    const values = { case: shortId(caseId), paid: yuan(paidFen), owed: yuan(owedFen) };
    return done({ caseId, paidFen, owedFen }, [
      say(context.language, 'reviewPaid', values),
      ...(owedFen > 0 ? [say(context.language, 'reviewRest', values)] : []),
    ]);
  });
}

function oneCase(id: string, cases: readonly FraudCase[]): Result<FraudCase> {
  const found = cases.filter((entry) => entry.caseId.startsWith(id));
  const [entry] = found;
  return entry && found.length === 1
    ? accept(entry)
    : reject(
        'payment-unknown',
        'the id of one case (duet fraud list)',
        `${found.length} cases that begin with it`,
        'case-unknown',
      );
}
