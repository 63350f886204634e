/** Requests, spends and offers of tests: money as pieces that know where they came from. */
import type { Instant, ObjectId } from '../../src/brand.ts';
import { compareBytes } from '../../src/bytes.ts';
import type { Offer } from '../../src/messages/offer.ts';
import { Provenance } from '../../src/messages/provenance.ts';
import type { PayeeDocument, RequestMessage } from '../../src/messages/request-message.ts';
import { fen } from '../../src/money.ts';
import type { Coin } from '../../src/objects/coin.ts';
import type { Range } from '../../src/objects/fields.ts';
import { REQUEST, type RequestBody } from '../../src/objects/request.ts';
import { draft, type HardwareAssertion, withSignature } from '../../src/objects/signed.ts';
import {
  compareInputs,
  type Input,
  type Nonce,
  type Parent,
  SPEND,
  type Spend,
  type SpendBody,
  type Standing,
} from '../../src/objects/spend.ts';
import { VERDICT, type Verdict } from '../../src/objects/verdict.ts';
import { hardwareMessage } from '../../src/verify/signatures.ts';
import { HASHES, type KeyPair, keyPair } from './signing.ts';
import { bytesOf, CLIENT_DATA_TAIL, NOW, type Party, RELYING_PARTY, range, signed } from './world.ts';

/** A range that a key owns, with all objects on its way. */
export interface Piece extends Range {
  readonly parent: Parent;
  readonly provenance: Provenance;
}

export const wholeOf = (coin: Coin): Piece => ({
  parent: { id: coin.id },
  provenance: Provenance.of(coin),
  ...range(0, coin.body.value),
});

/** A part of a piece, in coordinates of the coin's line. */
export const cut = (piece: Piece, from: number, to: number): Piece => ({ ...piece, ...range(from, to) });

export interface RequestOptions {
  readonly amount?: number;
  readonly time?: Instant;
  readonly standing?: boolean;
  readonly changes?: Partial<RequestBody>;
  /** What the sealing key is made of: another name is another request. */
  readonly name?: string;
}

/** A request to the key of a document. */
export function requestTo(key: KeyPair, payee: PayeeDocument, options: RequestOptions = {}): RequestMessage {
  const { amount = 1_000, time = NOW, standing = false, changes = {}, name = 'request' } = options;
  const dated = standing ? {} : { amount: fen(amount), time };
  const body = {
    payee: payee.id,
    sealingKey: keyPair(`sealing ${name}`, key.suite).publicKey,
    ...dated,
    ...changes,
  };
  return { request: signed(REQUEST, key, body), payee };
}

export const requestOf = ({ key, certificate }: Party, options: RequestOptions = {}): RequestMessage =>
  requestTo(key, certificate, options);

export interface SpendOptions {
  readonly seq?: number;
  readonly time?: Instant;
  readonly refundOf?: ObjectId;
  readonly standing?: Standing;
  readonly hardware?: HardwareAssertion;
  readonly changes?: Partial<SpendBody>;
}

export const nonceOf = (name: string): Nonce => bytesOf(`nonce ${name}`, 16) as Nonce;

export const inputsOf = (pieces: readonly Piece[]): Input[] =>
  pieces.map(({ parent, from, to }) => ({ parent, from, to })).sort(compareInputs);

/** One Spend of one key. */
export function spendOf(
  key: KeyPair,
  pieces: readonly Piece[],
  { request, payee }: RequestMessage,
  options: SpendOptions = {},
): Spend {
  const { seq = 1, time = NOW, refundOf, standing, hardware, changes = {} } = options;
  const body: SpendBody = {
    inputs: inputsOf(pieces),
    payee: payee.id,
    request: request.id,
    seq,
    time,
    ...(refundOf ? { refundOf } : {}),
    ...(standing ? { standing } : {}),
    ...changes,
  };
  if (!hardware) return signed(SPEND, key, body);
  const unsigned = draft(SPEND, key.suite, body, HASHES);
  const unfinished = withSignature(unsigned, key.sign(unsigned.message), hardware);
  return withSignature(
    unsigned,
    key.sign(hardwareMessage(unfinished, RELYING_PARTY, CLIENT_DATA_TAIL, HASHES)),
    hardware,
  );
}

/** Everything that some pieces rest on. */
function provenanceOf(pieces: readonly Piece[]): Provenance {
  const all = new Provenance();
  for (const { provenance } of pieces) all.merge(provenance);
  return all;
}

export const offerOf = (spends: readonly Spend[], pieces: readonly Piece[]): Offer => ({
  spends,
  provenance: provenanceOf(pieces),
});

/** What the payee of a Spend owns then: one piece for each input. */
export function receivedBy(spend: Spend, pieces: readonly Piece[], payee: PayeeDocument): Piece[] {
  const provenance = provenanceOf(pieces);
  provenance.merge(Provenance.of(spend, payee));
  return spend.body.inputs.map(({ from, to }, index) => ({
    parent: { id: spend.id, index },
    from,
    to,
    provenance,
  }));
}

/** The first piece of a list that must have one. */
export function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error('an empty list');
  return item;
}

/** Hands pieces on to a party: the new pieces, with the Spend and its request. */
export function passOn(
  key: KeyPair,
  pieces: readonly Piece[],
  payee: Party,
  options: SpendOptions & { readonly name?: string } = {},
): { spend: Spend; message: RequestMessage; pieces: Piece[] } {
  const amount = pieces.reduce((total, { from, to }) => total + to - from, 0);
  const { name = `to ${payee.certificate.body.status}`, time = NOW } = options;
  const message = requestOf(payee, { amount, name, time });
  const spend = spendOf(key, pieces, message, options);
  return { spend, message, pieces: receivedBy(spend, pieces, payee.certificate) };
}

export const verdictOf = (
  key: KeyPair,
  { request }: RequestMessage,
  accepted: readonly Spend[],
  nonce?: Nonce,
): Verdict =>
  signed(VERDICT, key, {
    request: request.id,
    accepted: accepted.map(({ id }) => id).sort(compareBytes),
    ...(nonce ? { nonce } : {}),
  });
