/** What the parts of a wallet share: its secure element, its driver of cryptography, its clock and identity. */

import type { SyncCrypto } from '@duet/crypto/port';
import type { Instant, PublicKey } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import type { Certificate, Role, TerminalFace } from '@duet/protocol/objects/certificate';
import type { Handle } from '@duet/protocol/objects/fields';
import type { Policy } from '@duet/protocol/objects/trust-bundle';
import { type Result, reject } from '@duet/protocol/rejection';
import type { Suite, Verifier } from '@duet/protocol/suite';
import type { SecureElement } from './secure-element/secure-element.ts';
import type { TrustCache, TrustState } from './trust-cache.ts';

/** Whose wallet it is, towards its operator. */
export interface Identity {
  readonly operator: number;
  /** Account or pseudonymous customer of the operator. */
  readonly handle: Handle;
  readonly role: Extract<Role, 'wallet' | 'terminal'>;
  /** 1 … 4, 0 anonymous; 0 for terminals. */
  readonly walletClass: number;
  readonly terminal?: TerminalFace;
}

export interface WalletContext {
  readonly element: SecureElement;
  readonly crypto: SyncCrypto;
  readonly verifier: Verifier<'sync'>;
  readonly clock: () => Instant;
  readonly root: PublicKey;
  readonly identity: Identity;
  /** Policy of the coins that are loaded. */
  readonly policy: number;
  readonly suite: Suite;
  readonly currency: number;
  readonly trustCache: TrustCache;
}

/** The trust material, or the rejection that asks for a first sync. */
export function trustOf({ element }: WalletContext): Result<TrustState> {
  const { trust } = element.state;
  return trust ? { ok: true, value: trust } : reject('bundle-missing', 'a first sync', 'no trust bundle');
}

/** The certificate of the payee key in use. */
export function payeeCertificate({ element }: WalletContext): Certificate | undefined {
  const { payeeKey, certificates } = element.state;
  return payeeKey && certificates.get(keyText(payeeKey));
}

/** One policy that is as strict as all of several, in what binds a request and a clock. */
export function strictest(policies: readonly Policy[]): Policy | undefined {
  const [first] = policies;
  if (!first) return undefined;
  return {
    ...first,
    requestValidity: Math.min(...policies.map((policy) => policy.requestValidity)),
    skew: Math.min(...policies.map((policy) => policy.skew)),
    maxHops: Math.min(...policies.map((policy) => policy.maxHops)),
  };
}
