/** Branches of codec and verification that no input reaches, and why they stay. `text` stands on their line. */

interface Unreached {
  readonly file: string;
  readonly text: string;
  readonly reason: string;
}

const unreached = (file: string, text: string, reason: string): Unreached => ({
  file: `packages/protocol/src/${file}`,
  text,
  reason,
});

export const UNREACHED: readonly Unreached[] = [
  unreached(
    'cbor/writer.ts',
    'if (this.#buffer.length <= MAX_SPARE_BYTES',
    'Only what is longer than 64 KB is not used again.',
  ),
  unreached(
    'cbor/codec.ts',
    'if (!(error instanceof DecodeError)) throw error;',
    'A bug of ours alone gets here: the loop would report it.',
  ),
  unreached(
    'messages/decoding.ts',
    'if (!(error instanceof DecodeError)) throw error;',
    'A bug of ours alone gets here: the loop would report it.',
  ),
  unreached(
    'cbor/reader.ts',
    'if (byte !== 0xf6) throw',
    'The generic reader asks for null where it has seen one; unit tests ask elsewhere.',
  ),
  unreached(
    'messages/offer.ts',
    'if (!spend) return;',
    'An offer that was read has the Spends which its paths name; the writer takes others as well.',
  ),
  unreached(
    'messages/offer.ts',
    'this.#followed.get(key) ?? []',
    'Every Spend that is placed was followed before.',
  ),
  unreached(
    'messages/offer.ts',
    'if (payee) this.#append',
    'An offer that was read has its documents; the writer takes others as well.',
  ),
  unreached(
    'messages/offer.ts',
    'layout.places.get(idText(spend.body.payee)) ?? 0',
    'An offer that was read has its documents; the writer takes others as well.',
  ),
  unreached(
    'messages/offer.ts',
    '?? 1, this.#hashes)',
    'For the type checker: the kinds left are those of a certificate.',
  ),
  unreached(
    'messages/request-message.ts',
    '?? 1, currency, hashes)',
    'For the type checker: the kinds left are those of a coin.',
  ),
  unreached(
    'messages/request-message.ts',
    'if (!written(result).wrote(message))',
    'The last line of defence: no field read there has a second form, by what fuzzing knows.',
  ),
  unreached(
    'objects/claim.ts',
    'value.outputs ?? []',
    'For the type checker: the other two destinations were looked for before.',
  ),
  unreached(
    'objects/spend.ts',
    'if (!before || !after) continue;',
    'For the type checker: both places are inside the list.',
  ),
  unreached('objects/status-list.ts', 'cause instanceof Error', 'The library throws errors.'),
  unreached('verify/chain.ts', 'if (!step) throw new Error', 'A path has at least one step.'),
  unreached(
    'verify/chain.ts',
    'if (!owner) continue;',
    'Only chains whose documents are all there come so far.',
  ),
  unreached(
    'verify/chain.ts',
    'if (!policy) continue;',
    'For the type checker: there is a policy for each path.',
  ),
  unreached('verify/chain.ts', 'policies[i]?.', 'For the type checker: there is a policy for each path.'),
  unreached(
    'verify/chain.ts',
    'if (!signer || !equalBytes(signer, owner)) continue;',
    'Only chains whose documents are all there come so far.',
  ),
  unreached(
    'verify/examination.ts',
    'count === 1',
    'settleLater runs in a browser: its tests are those of the drivers.',
  ),
  unreached(
    'verify/examination.ts',
    'if (!examined.ok) return examined;',
    'settleLater runs in a browser: its tests are those of the drivers.',
  ),
  unreached(
    'verify/examination.ts',
    'return bad > 0',
    'settleLater runs in a browser: its tests are those of the drivers.',
  ),
  unreached(
    'verify/fraud-proof.ts',
    'case 5:',
    'Form 5 went its own way before; the switch is complete for the type checker.',
  ),
  unreached(
    'verify/fraud-proof.ts',
    'if (!bytes) return invalid',
    'A proof that was read has a holder in every form but 5.',
  ),
  unreached('verify/fraud-proof.ts', '[i ?? -1]', 'A proof that was read has the inputs of its form.'),
  unreached(
    'verify/fraud-proof.ts',
    '?? new Uint8Array(0), hashes)',
    'A proof that was read has the request and the holder of its form.',
  ),
  unreached(
    'verify/fraud-proof.ts',
    ': encodeSigned(CERTIFICATE, document);',
    'Makes proofs, and reads none.',
  ),
  unreached('verify/history.ts', 'if (!last) return undefined;', 'A path has at least one step.'),
  unreached(
    'verify/history.ts',
    'if (!theirs || !ours) continue;',
    'For the type checker: both places are inside their lists.',
  ),
  unreached(
    'verify/lists.ts',
    'if (signer) keys.add',
    'Only chains whose documents are all there come so far.',
  ),
  unreached(
    'verify/offer.ts',
    "if (other) return reject('currency-mismatch'",
    'The reader rebuilds a coin in the currency of the request; only an offer that was not read has another.',
  ),
  unreached(
    'verify/request.ts',
    'if (!document) return reject',
    'For the type checker: the rule before it looked for the key.',
  ),
  unreached(
    'verify/request.ts',
    ": refusal('wrong-owner'",
    'The reader rebuilds a request in the suite of its payee; only a message that was not read has another.',
  ),
  unreached(
    'verify/signatures.ts',
    'spend.hardware ?? {',
    'For the type checker: only hardware Spends get here.',
  ),
];
