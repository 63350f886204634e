/**
 * `node scripts/sizes.ts [--json]`: the bytes of every field of each message, beside the budgets of suite 1.
 * The messages are the samples of the tests, which assert the budgets.
 */

import { encodeOffer } from '../packages/protocol/src/messages/offer.ts';
import { encodeRequest } from '../packages/protocol/src/messages/request-message.ts';
import { encodeVerdict } from '../packages/protocol/src/messages/verdict-message.ts';
import { BUDGETS, type Budget, sealedOfferBytes } from '../packages/protocol/test/helpers/budgets.ts';
import {
  type FieldSize,
  offerFields,
  requestFields,
  totalOf,
  verdictFields,
} from '../packages/protocol/test/helpers/field-sizes.ts';
import {
  chainSample,
  OFFERS,
  type OfferSample,
  siblingSample,
} from '../packages/protocol/test/helpers/offers.ts';
import { verdictOf } from '../packages/protocol/test/helpers/payments.ts';
import { REQUESTS } from '../packages/protocol/test/helpers/requests.ts';
import { terminal, wallet } from '../packages/protocol/test/helpers/world.ts';

interface Message {
  readonly message: string;
  readonly bytes: number;
  readonly budget?: Budget;
  readonly fields: readonly FieldSize[];
}

const offerBytes = ({ offer, context }: OfferSample): number => sealedOfferBytes(encodeOffer(offer, context));

function offerMessage(sample: OfferSample): Message {
  const fields = offerFields(encodeOffer(sample.offer, sample.context));
  const special = /conditional|hardware/.test(sample.name) ? BUDGETS.specialFirstHop : BUDGETS.firstHop;
  const budget = sample.hops === 0 && sample.offer.spends.length === 1 ? { budget: special } : {};
  return { message: `sealed offer: ${sample.name}`, bytes: offerBytes(sample), ...budget, fields };
}

function requestMessage({ name, message }: (typeof REQUESTS)[number]): Message {
  const bytes = encodeRequest(message);
  const budgets: Readonly<Record<string, Budget>> = {
    wallet: BUDGETS.walletRequest,
    terminal: BUDGETS.terminalRequest,
    'terminal with a usual name': BUDGETS.terminalRequest,
    'terminal with text': BUDGETS.requestWithText,
  };
  const budget = budgets[name];
  return {
    message: `request: ${name}`,
    bytes: bytes.length,
    ...(budget ? { budget } : {}),
    fields: requestFields(bytes),
  };
}

function verdictMessage(): Message {
  const shop = terminal('shop');
  const [sample] = OFFERS;
  const [spend] = sample?.offer.spends ?? [];
  if (!sample || !spend) throw new Error('no sample');
  const context = { request: sample.context.request.id, payee: shop.key.publicKey, spends: [spend.id] };
  const bytes = encodeVerdict(verdictOf(shop.key, sample.context, [spend]), context);
  return {
    message: 'verdict: one spend',
    bytes: bytes.length,
    budget: BUDGETS.verdict,
    fields: verdictFields(bytes),
  };
}

/** What one more hop and one more sibling input add to an offer. */
function growths(): readonly { readonly growth: string; readonly bytes: number; readonly budget: Budget }[] {
  const wallets = [wallet('bob'), wallet('carol')];
  const shops = [terminal('shop'), terminal('second shop')];
  return [
    {
      growth: 'a further hop of a wallet',
      bytes: offerBytes(chainSample(2, wallets)) - offerBytes(chainSample(1, wallets)),
      budget: BUDGETS.walletHop,
    },
    {
      growth: 'a further hop of a terminal',
      bytes: offerBytes(chainSample(2, shops)) - offerBytes(chainSample(1, shops)),
      budget: BUDGETS.terminalHop,
    },
    {
      growth: 'a sibling input',
      bytes: offerBytes(siblingSample(3)) - offerBytes(siblingSample(2)),
      budget: BUDGETS.sibling,
    },
  ];
}

const inBudget = (bytes: number, budget: Budget | undefined): string =>
  budget
    ? `  (must ${budget.must}, aim ${budget.aim}: ${bytes <= budget.aim ? 'reached' : bytes <= budget.must ? 'within must' : 'MISSED'})`
    : '';

const messages = [...REQUESTS.map(requestMessage), ...OFFERS.map(offerMessage), verdictMessage()];
for (const { message, bytes, fields } of messages) {
  if (totalOf(fields) !== bytes)
    throw new Error(`${message}: its fields have ${totalOf(fields)} bytes of ${bytes}`);
}

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ messages, growths: growths() }, null, 2));
} else {
  for (const { message, bytes, budget, fields } of messages) {
    console.log(`\n${message}: ${bytes} bytes${inBudget(bytes, budget)}`);
    for (const { field, bytes: size } of fields) console.log(`${String(size).padStart(6)}  ${field}`);
  }
  console.log('');
  for (const { growth, bytes, budget } of growths())
    console.log(`${growth}: ${bytes} bytes${inBudget(bytes, budget)}`);
}
