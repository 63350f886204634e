/** Policies that an authority starts with. Figures: DOMAIN.md "Public figures we use as defaults". */
import { type Fen, fen } from '@duet/protocol/money';
import type { Policy } from '@duet/protocol/objects/trust-bundle';

const MINUTE = 60;
const DAY = 86_400;

/** 10 payments of together at most 500 yuan until the next sync; 8 hops; confirmation of every payment. */
export const DEFAULT_POLICY: Policy = {
  id: 1,
  maxPayments: 10,
  maxPerPayment: fen(50_000),
  maxHops: 8,
  requestValidity: 10 * MINUTE,
  skew: 5 * MINUTE,
  standingWindow: DAY,
  listMaxAge: 7 * DAY,
  refuseStrangersOnStaleLists: false,
  pinAbove: fen(0),
  spendDays: 90,
  claimDays: 30,
  graceDays: 7,
  offlineTicketDays: 7,
  maxBalance: fen(1_000_000),
  fundPerPayee: fen(100_000),
  fundPerCoin: fen(100_000),
  fundPeriodDays: 30,
  lossCap: fen(10_000_000),
};

/** Days for which certificates of wallets and terminals are given. */
export const CERTIFICATE_DAYS = 90;

/** Without a limit where the policy names none. */
export const capOf = (cap: Fen | undefined): number => cap ?? Number.MAX_SAFE_INTEGER;
