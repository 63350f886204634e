/**
 * Whether an object verifies, and why or why not. Only what can be judged from the object and a trust bundle is
 * judged: for the rest it says what is missing.
 */

import type { PublicKey } from '@duet/protocol/brand';
import { dayOf, type Instant } from '@duet/protocol/brand';
import {
  keyOfDocument,
  type PayeeDocument,
  type RequestMessage,
} from '@duet/protocol/messages/request-message';
import type { Coin } from '@duet/protocol/objects/coin';
import type { Signed } from '@duet/protocol/objects/signed';
import type { KeyRole } from '@duet/protocol/objects/trust-bundle';
import { type Rejection, refusal } from '@duet/protocol/rejection';
import { type Hashes, suiteOf, type Verifier } from '@duet/protocol/suite';
import { certificateTrust } from '@duet/protocol/verify/chain';
import { checkOfCertificate, checkOfCoin } from '@duet/protocol/verify/chain-signatures';
import { badSignature } from '@duet/protocol/verify/examination';
import { checkOf } from '@duet/protocol/verify/signatures';
import { validOnDay } from '@duet/protocol/verify/trust-view';
import { dayText, instantText } from '../text/format.ts';
import type { Inspectable } from './objects.ts';
import type { Trust } from './trust.ts';

export type Verification =
  | { readonly state: 'holds'; readonly why: string; readonly warnings: readonly string[] }
  | { readonly state: 'fails'; readonly rejection: Rejection }
  /** It takes something that is not here. */
  | { readonly state: 'unknown'; readonly why: string };

export interface Judge {
  readonly crypto: Hashes & Verifier<'sync'>;
  readonly trust: Trust | undefined;
  readonly now: Instant;
  /** The request that an opened offer answers. */
  readonly request?: RequestMessage;
}

export const holds = (why: string, warnings: readonly string[] = []): Verification => ({
  state: 'holds',
  why,
  warnings,
});
export const fails = (rejection: Rejection): Verification => ({ state: 'fails', rejection });
export const unknown = (why: string): Verification => ({ state: 'unknown', why });

export const NEEDS_BUNDLE = unknown('signatures need a trust bundle: give --bundle FILE');

/** Judges one signed object standing alone. */
export function verifyObject(object: Inspectable, judge: Judge): Verification {
  switch (object.kind) {
    case 'trust-bundle':
      return verifyBundle(object, judge);
    case 'enrolment':
      return signedBy(object, object.body.subject, 'signed by the key that it is for', judge);
    case 'inquiry':
      return signedBy(object, object.body.signer, 'signed by the key that it names', judge);
    case 'certificate':
    case 'coin':
      return verifyDocument(object, judge);
    case 'intake-note':
      return signedByTrusted(object, object.body.signerKey, 'operator', judge);
    case 'credit-note':
      return signedByTrusted(object, object.body.signerKey, 'registry', judge);
    case 'status-list':
      return verifyList(object, judge);
    case 'request':
      return unknown('the key of a request stands in the payee document: inspect the whole request message');
    case 'spend':
      return unknown(
        'the key of a spend is the owner of its inputs: inspect the payment or the proof that holds it',
      );
    case 'verdict':
      return unknown('the key of a verdict is the payee of its request: inspect the proof that holds it');
    case 'claim':
    case 'return':
      return unknown(`the key of a ${object.kind} is the owner of what it names: the registry knows it`);
  }
}

function signedBy(
  object: Signed<string, unknown>,
  key: PublicKey,
  why: string,
  { crypto }: Judge,
): Verification {
  if (object.suite !== suiteOf(key)) {
    return fails(refusal('bad-signature', `suite ${suiteOf(key)}, that of the key`, `suite ${object.suite}`));
  }
  return crypto.verify(checkOf(object, key)) ? holds(why) : fails(badSignature(1));
}

function signedByTrusted(
  object: Signed<string, unknown>,
  number: number,
  role: KeyRole,
  judge: Judge,
): Verification {
  if (!judge.trust) return NEEDS_BUNDLE;
  const key = judge.trust.view.key(number, role);
  if (!key)
    return fails(
      refusal('certificate-untrusted', `a key of role ${role} in the trust bundle`, `key ${number}`),
    );
  return signedBy(object, key.key, `signed by key ${number} (${role}) of ${judge.trust.source}`, judge);
}

function verifyBundle(object: Extract<Inspectable, { kind: 'trust-bundle' }>, judge: Judge): Verification {
  const root = judge.trust?.root;
  if (!root) return unknown('the signature of a trust bundle needs the root key: give --root HEX');
  const { validUntil } = object.body;
  if (judge.now >= validUntil) {
    return fails(refusal('bundle-expired', `before ${instantText(validUntil)}`, instantText(judge.now)));
  }
  return signedBy(object, root, 'signed by the root key, and in date', judge);
}

function verifyList(object: Extract<Inspectable, { kind: 'status-list' }>, judge: Judge): Verification {
  if (!judge.trust) return NEEDS_BUNDLE;
  const location = judge.trust.view.bundle.body.lists.find(({ uri }) => uri === object.body.uri);
  if (!location)
    return fails(refusal('certificate-untrusted', 'a list that the trust bundle names', object.body.uri));
  return signedByTrusted(
    object,
    object.body.signerKey,
    location.operator === 0 ? 'issuer' : 'operator',
    judge,
  );
}

/** A certificate or coin: the signer's role and dates, then the signature. */
function verifyDocument(document: PayeeDocument, judge: Judge): Verification {
  const { trust, crypto } = judge;
  if (!trust) return NEEDS_BUNDLE;
  const rejection =
    document.kind === 'coin' ? coinTrust(document, trust) : certificateTrust(document, trust.view);
  // Such a certificate may be as good as another; only nobody may pay to it.
  const isOfNoPayee = rejection?.code === 'role-not-allowed';
  if (rejection && !isOfNoPayee) return fails(rejection);
  const check =
    document.kind === 'coin' ? checkOfCoin(document, trust.view) : checkOfCertificate(document, trust.view);
  if (!check || !crypto.verify(check)) return fails(badSignature(1));
  const { signerKey } = document.kind === 'coin' ? { signerKey: document.body.issuerKey } : document.body;
  return holds(`signed by key ${signerKey} of ${trust.source}`, [
    ...dateWarnings(document, judge.now),
    ...(isOfNoPayee ? ['it is no certificate of a wallet or a till: no payment may be made to it'] : []),
  ]);
}

function coinTrust(coin: Coin, { view }: Trust): Rejection | undefined {
  const key = view.key(coin.body.issuerKey, 'issuer');
  if (!key || suiteOf(key.key) !== coin.suite) {
    return refusal('issuer-unknown', 'an issuer key of the trust bundle', `key ${coin.body.issuerKey}`);
  }
  return validOnDay(key, coin.body.issuedAt)
    ? undefined
    : refusal(
        'issuer-not-valid',
        `key ${key.number} in its dates`,
        `a coin of ${dayText(coin.body.issuedAt)}`,
      );
}

/** Dates are judged where a payment is: here they are only pointed out. */
function dateWarnings(document: PayeeDocument, now: Instant): string[] {
  const today = dayOf(now);
  if (document.kind === 'coin') {
    const { spendBy, claimBy } = document.body;
    if (today >= claimBy) return [`it is past its last day to be claimed (${dayText(claimBy)})`];
    return today >= spendBy ? [`it is past its last day to be spent (${dayText(spendBy)})`] : [];
  }
  const { validFrom, validUntil } = document.body;
  return today >= validFrom && today < validUntil
    ? []
    : [`it is not in date today (${dayText(validFrom)} to ${dayText(validUntil)})`];
}

/** A request message: the payee's document, then the request under its key. */
export function verifyRequest({ request, payee }: RequestMessage, judge: Judge): Verification {
  const own = signedBy(request, keyOfDocument(payee), 'signed by the payee', judge);
  if (own.state !== 'holds') return own;
  const document = verifyDocument(payee, judge);
  return document.state === 'holds'
    ? holds(`signed by the payee, whose ${payee.kind} is ${document.why}`, document.warnings)
    : document;
}
