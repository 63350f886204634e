/**
 * Work for `duet bench settle`: uploads of received first-hop spends, each by a distinct payer, claimed into
 * the payee's account by signed Claims of at most 16 inputs.
 */
import type { SyncCrypto } from '@duet/crypto/port';
import { type Authority, ISSUER_KEY } from '@duet/ledger/engine/authority';
import { type NewCoin, randomSerial, storeCoins } from '@duet/ledger/engine/coin-maker';
import type { Queryable } from '@duet/ledger/sql/rows';
import { type Day, dayOf, type Instant } from '@duet/protocol/brand';
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import { encodeRequest } from '@duet/protocol/messages/request-message';
import { EMPTY_UPLOAD, UPLOAD, UPLOAD_INFO } from '@duet/protocol/messages/upload';
import { type Fen, fen } from '@duet/protocol/money';
import type { Certificate } from '@duet/protocol/objects/certificate';
import { CLAIM } from '@duet/protocol/objects/claim';
import { COIN, type Coin } from '@duet/protocol/objects/coin';
import type { Handle } from '@duet/protocol/objects/fields';
import { DEFAULT_CURRENCY, DEFAULT_UNIT, REQUEST } from '@duet/protocol/objects/request';
import {
  draft,
  encodeSigned,
  type ObjectType,
  type Signed,
  withSignature,
} from '@duet/protocol/objects/signed';
import { compareInputs, type Input, SPEND, type Spend } from '@duet/protocol/objects/spend';
import type { KeyHandle } from '@duet/protocol/suite';
import { utf8 } from '@duet/protocol/text';

/** A payee that claims, with its certificate and account. */
export interface Payee {
  readonly key: KeyHandle;
  readonly certificate: Certificate;
  readonly operator: number;
  readonly handle: Handle;
}

export interface Workload {
  readonly sealedUploads: readonly Uint8Array[];
  readonly claims: number;
  readonly inputsPerClaim: number;
}

export interface WorkloadOptions {
  readonly crypto: SyncCrypto;
  readonly authority: Authority;
  readonly payees: readonly Payee[];
  readonly claims: number;
  readonly inputsPerClaim: number;
  readonly claimsPerUpload: number;
  readonly now: Instant;
  readonly home: { readonly operator: number; readonly handle: Handle };
}

const AMOUNT = 1_250;

/** Makes coins for distinct payers, their spends, and the uploads that claim them; stores the coins. */
export async function makeWorkload(queryable: Queryable, options: WorkloadOptions): Promise<Workload> {
  const { crypto, authority, payees, claims, inputsPerClaim, claimsPerUpload } = options;
  const sealedUploads: Uint8Array[] = [];
  let made = 0;
  for (let upload = 0; made < claims; upload++) {
    const payee = payees[upload % payees.length];
    if (!payee) throw new RangeError('bench: at least one payee');
    const count = Math.min(claimsPerUpload, claims - made);
    const payments = Array.from({ length: count }, () => makePayment(payee, options));
    await storeCoins(
      queryable,
      payments.map(
        ({ coin }): NewCoin => ({
          coin,
          homeOperator: options.home.operator,
          home: options.home.handle,
          known: true,
        }),
      ),
    );
    const signed: Uint8Array[] = [];
    for (let from = 0; from < count; from += inputsPerClaim) {
      signed.push(
        claimOf(
          payments.slice(from, from + inputsPerClaim).map(({ spend }) => spend),
          payee,
          crypto,
        ),
      );
    }
    const plaintext = encodeBytes(UPLOAD, {
      ...EMPTY_UPLOAD,
      exchanges: payments.map(({ exchange }) => exchange),
      claims: signed,
    });
    const sealed = crypto.seal({
      recipient: authority.registryKey,
      info: utf8(UPLOAD_INFO),
      aad: new Uint8Array(0),
      plaintext,
    });
    if (!sealed.ok) throw new Error(`bench: ${sealed.rejection.code}`);
    sealedUploads.push(sealed.value);
    made += count;
  }
  return { sealedUploads, claims: made, inputsPerClaim };
}

function sign<Kind extends string, Body>(
  type: ObjectType<Kind, Body>,
  body: Body,
  key: KeyHandle,
  crypto: SyncCrypto,
): Signed<Kind, Body> {
  const unsigned = draft(type, 1, body, crypto);
  return withSignature(unsigned, crypto.sign(key, unsigned.message));
}

function makePayment(
  payee: Payee,
  { crypto, authority, now }: WorkloadOptions,
): { coin: Coin; spend: Spend; exchange: { request: Uint8Array; offer: Uint8Array } } {
  const payer = crypto.generateKey(1, 'sign');
  const today = dayOf(now);
  const coin = authority.signAsIssuer(COIN, {
    issuerKey: ISSUER_KEY,
    operator: payee.operator,
    currency: DEFAULT_CURRENCY,
    unit: DEFAULT_UNIT,
    value: fen(AMOUNT * 4),
    owner: payer.publicKey,
    status: 1,
    policy: 1,
    issuedAt: today,
    spendBy: (today + 30) as Day,
    claimBy: (today + 60) as Day,
    serial: randomSerial(crypto),
  });
  const request = sign(
    REQUEST,
    { payee: payee.certificate.id, amount: fen(AMOUNT), time: now, sealingKey: payee.key.publicKey },
    payee.key,
    crypto,
  );
  const input: Input = { parent: { id: coin.id }, from: 0 as Fen, to: fen(AMOUNT) };
  const spend = sign(
    SPEND,
    { inputs: [input], payee: payee.certificate.id, request: request.id, seq: 1, time: now },
    payer,
    crypto,
  );
  const context = { request, payee: payee.certificate };
  const offer = encodeOffer({ spends: [spend], provenance: Provenance.of(coin) }, context);
  return { coin, spend, exchange: { request: encodeRequest(context), offer } };
}

function claimOf(spends: readonly Spend[], payee: Payee, crypto: SyncCrypto): Uint8Array {
  const inputs = spends
    .map((spend): Input => ({ parent: { id: spend.id, index: 0 }, from: 0 as Fen, to: fen(AMOUNT) }))
    .sort(compareInputs);
  const body = {
    inputs,
    operator: payee.operator,
    destination: { kind: 'account' as const, handle: payee.handle },
  };
  return encodeSigned(CLAIM, sign(CLAIM, body, payee.key, crypto));
}
