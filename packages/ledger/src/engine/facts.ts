/**
 * Facts: what one upload says, decoded and judged by every rule that needs no database (SET-1).
 *
 * Signatures are planned here and verified in `engine/intake.ts`, after the registry's own coins are known.
 */
import type { IdText, PublicKey } from '@duet/protocol/brand';
import { equalBytes, idText } from '@duet/protocol/bytes';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import type { Code } from '@duet/protocol/codes';
import { reading } from '@duet/protocol/messages/decoding';
import { decodeOffer } from '@duet/protocol/messages/offer';
import {
  decodeRequest,
  keyOfDocument,
  LastDocument,
  type RequestMessage,
} from '@duet/protocol/messages/request-message';
import {
  type Exchange,
  MAX_ORDER_ENTRIES,
  MAX_ORDER_OUTPUTS,
  type Upload,
} from '@duet/protocol/messages/upload';
import { CLAIM, type Claim, type Destination, RETURN, type Return } from '@duet/protocol/objects/claim';
import type { Coin } from '@duet/protocol/objects/coin';
import { FRAUD_PROOF, type FraudProof, MAX_PROOF_BYTES } from '@duet/protocol/objects/fraud-proof';
import { REQUEST } from '@duet/protocol/objects/request';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { SPEND, type Spend } from '@duet/protocol/objects/spend';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import type { Hashes, SignatureCheck } from '@duet/protocol/suite';
import { type Chain, certificateTrust, signerOf, totalOf } from '@duet/protocol/verify/chain';
import { checkOfCertificate, checkOfCoin } from '@duet/protocol/verify/chain-signatures';
import { examineUpload } from '@duet/protocol/verify/registry';
import { checkOf, suitesAgree } from '@duet/protocol/verify/signatures';
import type { TrustView } from '@duet/protocol/verify/trust-view';
import { bucketOf } from '../core/bucket.ts';
import { type PieceRow, pieceKey } from '../sql/rows.ts';

/** Lists of an upload, and the note that came with it, as refusals name them. */
export const LISTS = { exchange: 1, verdict: 2, claim: 3, return: 4, proof: 5, inquiry: 6, note: 0 } as const;

export interface Refused {
  readonly list: number;
  readonly place: number;
  readonly code: Code;
}

/** A payment that passed the rules; it counts once its signatures hold. */
export interface PaymentFacts {
  readonly place: number;
  readonly exchange: Exchange;
  readonly context: RequestMessage;
  readonly chain: Chain;
  readonly checks: readonly SignatureCheck[];
  readonly pieces: readonly PieceRow[];
  readonly coins: ReadonlyMap<IdText, Coin>;
  readonly amount: number;
}

export interface VerdictFacts {
  readonly place: number;
  readonly verdict: Verdict;
  /** COSE_Sign1 Request: evidence in a proof. */
  readonly request: Uint8Array;
  readonly payee: PublicKey;
  readonly checks: readonly SignatureCheck[];
}

export interface Facts {
  readonly payments: PaymentFacts[];
  readonly verdicts: VerdictFacts[];
  /** Verdicts whose request is not in the upload. */
  readonly openVerdicts: { readonly place: number; readonly verdict: Verdict }[];
  readonly claims: { readonly place: number; readonly claim: Claim }[];
  readonly returns: { readonly place: number; readonly order: Return }[];
  readonly proofs: { readonly place: number; readonly proof: FraudProof }[];
  readonly refused: Refused[];
}

const COIN_PARENT = -1;

/** Reads an upload. Bad entries are refused alone, with their code. */
export function factsOf(upload: Upload, trust: TrustView, hashes: Hashes): Facts {
  const facts: Facts = {
    payments: [],
    verdicts: [],
    openVerdicts: [],
    claims: [],
    returns: [],
    proofs: [],
    refused: [],
  };
  const requests = readExchanges(upload, facts, trust, hashes);
  const room = new Room();
  for (const [place, bytes] of upload.verdicts.entries())
    readVerdict(bytes, place, requests, facts, trust, hashes);
  for (const [place, bytes] of upload.claims.entries()) {
    const claim = reading(() => decodeSigned(CLAIM, bytes, hashes));
    if (!claim.ok) facts.refused.push({ list: LISTS.claim, place, code: claim.rejection.code });
    else if (!room.takes(claim.value.body.inputs.length, claim.value.body))
      facts.refused.push({ list: LISTS.claim, place, code: 'too-large' });
    else facts.claims.push({ place, claim: claim.value });
  }
  for (const [place, bytes] of upload.returns.entries()) {
    const order = reading(() => decodeSigned(RETURN, bytes, hashes));
    if (!order.ok) facts.refused.push({ list: LISTS.return, place, code: order.rejection.code });
    else if (!room.takes(order.value.body.spends.length, order.value.body))
      facts.refused.push({ list: LISTS.return, place, code: 'too-large' });
    else facts.returns.push({ place, order: order.value });
  }
  for (const [place, bytes] of upload.proofs.entries()) {
    const proof = reading(() => decodeBytes(FRAUD_PROOF, bytes, MAX_PROOF_BYTES));
    if (proof.ok) facts.proofs.push({ place, proof: proof.value });
    else facts.refused.push({ list: LISTS.proof, place, code: 'proof-invalid' });
  }
  return facts;
}

/** What the answer to one upload has room for. */
class Room {
  #entries = MAX_ORDER_ENTRIES;
  #outputs = MAX_ORDER_OUTPUTS;

  takes(entries: number, { destination }: { readonly destination: Destination }): boolean {
    const outputs = destination.kind === 'coins' ? destination.outputs.length : 0;
    if (entries > this.#entries || outputs > this.#outputs) return false;
    this.#entries -= entries;
    this.#outputs -= outputs;
    return true;
  }
}

/** Requests of the upload by id. */
type Requests = Map<string, RequestMessage>;

function readExchanges(upload: Upload, facts: Facts, trust: TrustView, hashes: Hashes): Requests {
  const requests: Requests = new Map();
  const last = new LastDocument();
  for (const [place, exchange] of upload.exchanges.entries()) {
    const refuse = (code: Code): number => facts.refused.push({ list: LISTS.exchange, place, code });
    const context = decodeRequest(exchange.request, hashes, last);
    if (!context.ok) {
      refuse(context.rejection.code);
      continue;
    }
    requests.set(idText(context.value.request.id), context.value);
    if (!exchange.offer) continue;
    const offer = decodeOffer(exchange.offer, context.value, hashes);
    if (!offer.ok) {
      refuse(offer.rejection.code);
      continue;
    }
    const examined = examineUpload(offer.value, context.value, trust, hashes);
    if (!examined.ok) {
      refuse(examined.rejection.code);
      continue;
    }
    const concluded = examined.value.conclude();
    if (!concluded.ok) {
      refuse(concluded.rejection.code);
      continue;
    }
    const chain = concluded.value;
    facts.payments.push({
      place,
      exchange,
      context: context.value,
      chain,
      checks: examined.value.checks,
      pieces: piecesOf(chain),
      coins: new Map(chain.paths.map(({ coin }) => [idText(coin.id), coin])),
      amount: totalOf(chain) ?? 0,
    });
  }
  return requests;
}

function readVerdict(
  bytes: Uint8Array,
  place: number,
  requests: Requests,
  facts: Facts,
  trust: TrustView,
  hashes: Hashes,
): void {
  const refuse = (code: Code): number => facts.refused.push({ list: LISTS.verdict, place, code });
  const read = reading(() => decodeSigned(VERDICT, bytes, hashes));
  if (!read.ok) return void refuse(read.rejection.code);
  const known = requests.get(idText(read.value.body.request));
  if (known) judgeVerdict(read.value, place, known, facts, trust);
  else facts.openVerdicts.push({ place, verdict: read.value });
}

/** What a verdict needs besides its signature: to be of this request, by the key that the request names. */
export function judgeVerdict(
  verdict: Verdict,
  place: number,
  { payee, request }: RequestMessage,
  facts: Facts,
  trust: TrustView,
): void {
  const refuse = (code: Code): number => facts.refused.push({ list: LISTS.verdict, place, code });
  const key = keyOfDocument(payee);
  if (!suitesAgree(verdict, key)) return void refuse('wrong-owner');
  const standing = request.body.amount === undefined;
  if ((verdict.body.nonce !== undefined) !== standing) return void refuse('request-mismatch');
  const document = payee.kind === 'coin' ? checkOfCoin(payee, trust) : checkOfCertificate(payee, trust);
  const untrusted = payee.kind === 'certificate' ? certificateTrust(payee, trust) : undefined;
  if (!document || untrusted) return void refuse(untrusted?.code ?? 'issuer-unknown');
  facts.verdicts.push({
    place,
    verdict,
    request: encodeSigned(REQUEST, request),
    payee: key,
    checks: [document, checkOf(verdict, key)],
  });
}

/** Every followed input of a chain as a row, each once. */
function piecesOf(chain: Chain): PieceRow[] {
  const rows = new Map<string, PieceRow>();
  const bodies = new Map<string, Uint8Array>();
  for (const path of chain.paths) {
    const bucket = bucketOf(path.coin.id);
    const coinText = idText(path.coin.id);
    for (const [place, { spend, index, input }] of path.steps.entries()) {
      const key = pieceKey(idText(spend.id), index);
      if (rows.has(key)) continue;
      const signer = signerOf(chain, path, place);
      const payee = payeeKeyOf(chain, spend);
      if (!signer || !payee) continue;
      const { standing, request } = spend.body;
      rows.set(key, {
        key,
        bucket,
        coin: path.coin.id,
        coinText,
        child: spend.id,
        index,
        kind: 0,
        parent: input.parent.id,
        parentIndex: input.parent.index ?? COIN_PARENT,
        from: input.from,
        to: input.to,
        signer,
        payee,
        request,
        void: false,
        seq: spend.body.seq,
        body: bodyOf(spend, bodies),
        ...(standing ? { nonce: standing.nonce } : {}),
      });
    }
  }
  return [...rows.values()];
}

function payeeKeyOf(chain: Chain, spend: Spend): PublicKey | undefined {
  const document = equalBytes(spend.body.payee, chain.payee.id)
    ? chain.payee
    : chain.provenance.payeeOf(spend);
  return document && keyOfDocument(document);
}

function bodyOf(spend: Spend, bodies: Map<string, Uint8Array>): Uint8Array {
  const key = idText(spend.id);
  const body = bodies.get(key) ?? encodeSigned(SPEND, spend);
  bodies.set(key, body);
  return body;
}
