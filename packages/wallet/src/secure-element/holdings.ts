/** Money that came in: coins from the registry, ranges from payers. What was verified is taken as it is. */
import type { PublicKey } from '@duet/protocol/brand';
import { idText, keyText } from '@duet/protocol/bytes';
import type { Offer } from '@duet/protocol/messages/offer';
import { Provenance, pathOf } from '@duet/protocol/messages/provenance';
import { keyOfDocument, type RequestMessage } from '@duet/protocol/messages/request-message';
import { add, type Fen, ZERO } from '@duet/protocol/money';
import type { Coin } from '@duet/protocol/objects/coin';
import { stepRefs } from '@duet/protocol/verify/history';
import { holdingKey } from '../payment-id.ts';
import { remember } from './chains.ts';
import { lengthOf } from './ranges.ts';
import type { Holding, SecureElementState } from './state.ts';

/** A coin is taken over once, however often the registry sends it. */
export function addCoin(state: SecureElementState, coin: Coin): void {
  const id = idText(coin.id);
  if (state.knownCoins.has(id)) return;
  if (!state.keys.has(keyText(coin.body.owner))) throw new Error('journal: a coin of a key that is not here');
  state.knownCoins.add(id);
  const parent = { id: coin.id };
  state.holdings.set(holdingKey(parent), {
    parent,
    coin,
    owner: coin.body.owner,
    document: coin,
    steps: [],
    provenance: Provenance.of(coin),
    free: [{ from: ZERO, to: coin.body.value }],
  });
}

/** Each input of an accepted Spend becomes a holding of the key that was paid. */
export function addReceived(
  state: SecureElementState,
  message: RequestMessage,
  offer: Offer,
): { readonly amount: Fen; readonly depth: number } {
  const { payee } = message;
  const owner = keyOfDocument(payee);
  const { provenance } = offer;
  let amount = ZERO;
  let depth = 0;
  provenance.put(payee);
  for (const spend of offer.spends) provenance.put(spend);
  for (const spend of offer.spends) {
    let payer: PublicKey | undefined;
    for (const [index, input] of spend.body.inputs.entries()) {
      const path = pathOf(provenance, spend, index);
      if (!path) throw new Error('journal: a spend without its way from the coin');
      payer ??= provenance.ownerOf(input);
      const steps = stepRefs(path);
      const parent = { id: spend.id, index };
      const range = { from: input.from, to: input.to };
      const holding: Holding = {
        parent,
        coin: path.coin,
        owner,
        document: payee,
        steps,
        time: spend.body.time,
        provenance,
        free: [range],
        ...(payer ? { payer } : {}),
      };
      state.holdings.set(holdingKey(parent), holding);
      remember(state, path.coin, range, steps);
      amount = add(amount, lengthOf(input));
      depth = Math.max(depth, steps.length);
    }
  }
  return { amount, depth };
}
