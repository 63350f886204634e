/** The budgets of docs/spec/limits.md in bytes; a sealed offer has a prefix, the point of HPKE and a tag. */

/** One-byte prefix, compressed `enc`, AEAD tag. */
const SEAL_BYTES = 1 + 33 + 16;

export const sealedOfferBytes = (offer: Uint8Array): number => offer.length + SEAL_BYTES;

export interface Budget {
  readonly must: number;
  readonly aim: number;
}

export const BUDGETS = {
  firstHop: { must: 367, aim: 265 },
  /** With a condition, or signed by a hardware key. */
  specialFirstHop: { must: 367, aim: 290 },
  walletHop: { must: 300, aim: 230 },
  terminalHop: { must: 300, aim: 270 },
  sibling: { must: 48, aim: 48 },
  walletRequest: { must: 271, aim: 225 },
  terminalRequest: { must: 271, aim: 260 },
  requestWithText: { must: 367, aim: 367 },
  verdict: { must: 80, aim: 70 },
} as const satisfies Record<string, Budget>;
