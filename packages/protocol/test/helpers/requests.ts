/** Request messages of every kind. */
import type { RequestMessage } from '../../src/messages/request-message.ts';
import { requestOf, requestTo } from './payments.ts';
import { keyPair } from './signing.ts';
import { coinOf, nationalWallet, terminal, wallet } from './world.ts';

export interface RequestSample {
  readonly name: string;
  readonly message: RequestMessage;
}

const alice = wallet('alice');
const shop = terminal('shop');
const key = keyPair('alice coin');
/** 32 bytes of UTF-8, the most that a display name takes. */
export const LONGEST_NAME = '花园路兰州拉面馆 No 1002';
/** 64 bytes of UTF-8, the most that an order text takes. */
export const LONGEST_TEXT = 'Table 7: 2 × beef noodles, 1 × tea, 1 × cucumber; order 10023';
const longest = terminal('longest', { terminal: { name: LONGEST_NAME, category: 5_812, region: 110_105 } });

export const REQUESTS: readonly RequestSample[] = [
  { name: 'wallet', message: requestOf(alice, { amount: 200_000 }) },
  { name: 'terminal', message: requestOf(longest, { amount: 200_000 }) },
  { name: 'terminal with a usual name', message: requestOf(shop, { amount: 200_000 }) },
  {
    name: 'terminal with text',
    message: requestOf(longest, { amount: 200_000, changes: { text: LONGEST_TEXT } }),
  },
  {
    name: 'terminal without a name',
    message: requestOf(terminal('bare', { terminal: { name: '', category: 0, region: 0 } })),
  },
  {
    name: 'other currency and suite',
    message: requestOf(alice, { changes: { currency: 1_001, suites: 1 } }),
  },
  { name: 'standing', message: requestOf(shop, { standing: true }) },
  { name: 'standing with text', message: requestOf(shop, { standing: true, changes: { text: 'Stall 9' } }) },
  { name: 'refund to a coin', message: requestTo(key, coinOf(key, 'coin', 100_000), { amount: 1_500 }) },
  {
    name: 'refund to a conditional coin of another unit',
    message: requestTo(
      key,
      coinOf(key, 'points', 100_000, { unit: 0, currency: 1_001, condition: { categories: [5_411] } }),
      { changes: { currency: 1_001 } },
    ),
  },
  { name: 'suite 2', message: requestOf(nationalWallet('dave')) },
];
