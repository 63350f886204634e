/** Looks through everything that was ever uploaded for what a FraudProof could be made of (SET-4). */
import { equalBytes, idText, keyText, toHex } from '@duet/protocol/bytes';
import { decodeOffer } from '@duet/protocol/messages/offer';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import { CLAIM, type Claim } from '@duet/protocol/objects/claim';
import { decodeSigned } from '@duet/protocol/objects/signed';
import type { Spend } from '@duet/protocol/objects/spend';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import { inputsConflict } from '@duet/protocol/verify/fraud-proof';
import { value, type World } from './world.ts';

interface Said {
  readonly spends: Map<string, { readonly spend: Spend; readonly owner: string }>;
  readonly claims: Map<string, Claim>;
  readonly verdicts: Map<string, Verdict>;
}

function everything({ uploads, crypto }: World): Said {
  const said: Said = { spends: new Map(), claims: new Map(), verdicts: new Map() };
  for (const upload of uploads) {
    for (const exchange of upload.exchanges) {
      if (!exchange.offer) continue;
      const offer = value(
        decodeOffer(exchange.offer, value(decodeRequest(exchange.request, crypto)), crypto),
      );
      for (const spend of [...offer.provenance.spends.values(), ...offer.spends]) {
        const [input] = spend.body.inputs;
        const owner = input && offer.provenance.ownerOf(input);
        if (owner) said.spends.set(idText(spend.id), { spend, owner: keyText(owner) });
      }
    }
    for (const bytes of upload.claims) {
      const claim = decodeSigned(CLAIM, bytes, crypto);
      said.claims.set(idText(claim.id), claim);
    }
    for (const bytes of upload.verdicts) {
      const verdict = decodeSigned(VERDICT, bytes, crypto);
      said.verdicts.set(idText(verdict.id), verdict);
    }
  }
  return said;
}

/** Each a sentence; none where every key told one story. */
export function contradictionsOf(world: World): readonly string[] {
  const { spends, claims, verdicts } = everything(world);
  const found: string[] = [];
  const money = [...[...spends.values()].map(({ spend }) => spend), ...claims.values()];
  for (const [i, a] of money.entries()) {
    for (const b of money.slice(i + 1)) {
      if (a.kind === 'claim' && b.kind === 'claim') continue;
      if (a.body.inputs.some((x) => b.body.inputs.some((y) => inputsConflict(x, y))))
        found.push(`form 1: a ${a.kind} and a ${b.kind} over one range`);
    }
  }
  const numbers = new Set<string>();
  for (const { spend, owner } of spends.values()) {
    const name = `${owner}:${spend.body.seq}`;
    if (numbers.has(name)) found.push(`form 4: two spends with number ${spend.body.seq}`);
    numbers.add(name);
  }
  const answered = new Set<string>();
  for (const { body } of verdicts.values()) {
    const name = `${idText(body.request)}${body.nonce ? toHex(body.nonce) : ''}`;
    if (answered.has(name)) found.push('form 2: two verdicts of one request');
    answered.add(name);
    for (const { spend } of spends.values()) {
      if (!equalBytes(spend.body.request, body.request)) continue;
      if (body.accepted.some((id) => equalBytes(id, spend.id))) continue;
      if (money.some((one) => one.body.inputs.some(({ parent }) => equalBytes(parent.id, spend.id))))
        found.push('form 3: a void spend was used');
    }
  }
  return found;
}
