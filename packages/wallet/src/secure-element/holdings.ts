/** Money that came in: coins from the registry, ranges from payers. What was verified is taken as it is. */
import type { PublicKey } from '@duet/protocol/brand';
import { idText, keyText } from '@duet/protocol/bytes';
import type { Offer } from '@duet/protocol/messages/offer';
import { Provenance, pathOf } from '@duet/protocol/messages/provenance';
import { keyOfDocument, nameInDocument, type RequestMessage } from '@duet/protocol/messages/request-message';
import { add, type Fen, ZERO } from '@duet/protocol/money';
import type { Coin } from '@duet/protocol/objects/coin';
import type { Range } from '@duet/protocol/objects/fields';
import { stepRefs } from '@duet/protocol/verify/history';
import { holdingKey } from '../payment-id.ts';
import { remember } from './chains.ts';
import { lengthOf } from './ranges.ts';
import type { Holding, KeptExchange, SecureElementState } from './state.ts';
import { leaveToClose } from './waiting.ts';

/** A coin is taken over once, however often the registry sends it. */
export function addCoin(state: SecureElementState, coin: Coin): void {
  const id = idText(coin.id);
  if (state.knownCoins.has(id)) return;
  const owner = state.keys.get(keyText(coin.body.owner));
  if (!owner) throw new Error('journal: a coin of a key that is not here');
  state.knownCoins.add(id);
  if (owner.retired) {
    leaveToClose(state, { coin, amount: coin.body.value });
    return;
  }
  const holding = coinHolding(coin, [{ from: ZERO, to: coin.body.value }]);
  state.holdings.set(holdingKey(holding.parent), holding);
}

/** Each input of an accepted Spend becomes a holding of the key that was paid. */
export function addReceived(
  state: SecureElementState,
  message: RequestMessage,
  offer: Offer,
  exchange: KeptExchange,
): { readonly amount: Fen; readonly depth: number; readonly payerName?: string } {
  let amount = ZERO;
  let depth = 0;
  for (const holding of receivedHoldings(message, offer, exchange)) {
    const [range] = holding.free;
    if (!range) throw new Error('journal: an input without a range');
    state.holdings.set(holdingKey(holding.parent), holding);
    remember(state, holding.coin, range, holding.steps);
    amount = add(amount, lengthOf(range));
    depth = Math.max(depth, holding.steps.length);
  }
  const payerName = payerNameOf(offer);
  return { amount, depth, ...(payerName === undefined ? {} : { payerName }) };
}

/** Of a till that pays on what it received: its name stands in the certificate under which it was paid. */
function payerNameOf({ spends, provenance }: Offer): string | undefined {
  for (const { parent } of spends.flatMap(({ body }) => body.inputs)) {
    const earlier = parent.index === undefined ? undefined : provenance.spend(parent.id);
    const payer = earlier && provenance.payeeOf(earlier);
    const name = payer && nameInDocument(payer);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** One holding for each input of an offer. */
export function receivedHoldings(
  { payee }: RequestMessage,
  offer: Offer,
  exchange: KeptExchange,
): readonly Holding[] {
  const owner = keyOfDocument(payee);
  const { provenance } = offer;
  const holdings: Holding[] = [];
  provenance.put(payee);
  for (const spend of offer.spends) provenance.put(spend);
  for (const spend of offer.spends) {
    let payer: PublicKey | undefined;
    for (const [index, input] of spend.body.inputs.entries()) {
      const path = pathOf(provenance, spend, index);
      if (!path) throw new Error('journal: a spend without its way from the coin');
      payer ??= provenance.ownerOf(input);
      holdings.push({
        parent: { id: spend.id, index },
        coin: path.coin,
        owner,
        document: payee,
        steps: stepRefs(path),
        time: spend.body.time,
        provenance,
        exchange,
        free: [{ from: input.from, to: input.to }],
        ...(payer ? { payer } : {}),
      });
    }
  }
  return holdings;
}

/** A coin as its owner holds it. */
export function coinHolding(coin: Coin, free: readonly Range[]): Holding {
  return {
    parent: { id: coin.id },
    coin,
    owner: coin.body.owner,
    document: coin,
    steps: [],
    provenance: Provenance.of(coin),
    free,
  };
}
