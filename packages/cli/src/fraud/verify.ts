/** `duet fraud verify`: nothing is needed but the proof and a trust bundle (invariants 3 and 4). */
import { decodeAny } from '@duet/carriers/text';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { fromHex, toHex } from '@duet/protocol/bytes';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { reading } from '@duet/protocol/messages/decoding';
import { frameOf } from '@duet/protocol/messages/frame';
import { FRAUD_PROOF, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { type Result, reject } from '@duet/protocol/rejection';
import type { Context } from '../context.ts';
import { inputOf } from '../inspect/inspect.ts';
import { judgeProof } from '../inspect/records.ts';
import { loadTrust, type TrustOptions } from '../inspect/trust.ts';
import { carried, done, type Outcome, UsageError } from '../outcome.ts';
import { table } from '../text/format.ts';
import { type MessageKey, PROOF_FORMS, pick, say } from '../text/messages.ts';
import { phrase } from '../text/phrases/translate.ts';

export async function verifyProofFile(
  given: string,
  options: TrustOptions,
  context: Context,
): Promise<Result<Outcome>> {
  const input = await inputOf(given);
  if (!input.ok) return input;
  const crypto = createNodeSuites();
  const trust = loadTrust(options, context.stateFolder, crypto);
  if (!trust.ok) return trust;
  if (!trust.value) throw new UsageError('noBundle');
  const bytes = proofBytes(input.value);
  if (!bytes.ok) return bytes;
  const proof = reading(() => decodeBytes(FRAUD_PROOF, bytes.value, MAX_PROOF_BYTES));
  if (!proof.ok) return proof;
  const judged = judgeProof(proof.value, { crypto, trust: trust.value, now: context.now() });
  if (!judged) throw new Error('fraud: a bundle that was loaded is gone');
  if (!judged.ok) return judged;
  const { form, culprit, holder } = judged.value;
  const isDebt = form !== 4;
  const { root, source } = trust.value;
  const { language, paint } = context;
  const row = (key: MessageKey, text: string): string[] => [`  ${say(language, key)}`, text];
  return done(
    {
      holds: true,
      form,
      meaning: PROOF_FORMS[form][0],
      culprit: toHex(culprit),
      holder: holder?.kind ?? null,
      isDebt,
      bundle: source,
    },
    [
      `${paint.green(say(language, 'proofHolds'))}: ${pick(language, PROOF_FORMS[form])}`,
      ...table([
        row('proofCulprit', toHex(culprit)),
        row('proofHolder', say(language, HOLDERS[holder?.kind ?? 'issuer'])),
        row('proofEffect', say(language, isDebt ? 'proofDebt' : 'proofNoDebt')),
        row(
          'proofBundle',
          say(language, root ? 'bundleSigned' : 'bundleUnchecked', { source: phrase(source) }),
        ),
      ]),
    ],
  );
}

const HOLDERS = {
  issuer: 'holderIssuer',
  certificate: 'holderCertificate',
  coin: 'holderCoin',
} as const satisfies Readonly<Record<string, MessageKey>>;

/** Raw bytes, the same behind a prefix, or any text form. */
function proofBytes(input: Uint8Array): Result<Uint8Array> {
  const text = new TextDecoder().decode(input).trim();
  if (/^([0-9a-f]{2})+$/i.test(text)) return { ok: true, value: fromHex(text) };
  if (input.length === 0) return reject('malformed', 'a fraud proof', 'nothing');
  const incoming = carried(decodeAny(input));
  if (incoming.kind === 'partial')
    return reject('malformed', 'all parts of the proof', `${incoming.received} of them`, 'parts-missing');
  const { message } = incoming;
  return { ok: true, value: frameOf(message)?.type === 'proof' ? message.subarray(1) : message };
}
