/** Coins that arrive from the issuer: judged before they are taken over. */
import { equalBytes, keyText } from '@duet/protocol/bytes';
import { reading } from '@duet/protocol/messages/decoding';
import { COIN, type Coin } from '@duet/protocol/objects/coin';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { amountSaid } from '@duet/protocol/said';
import type { LoadOrder } from '@duet/protocol/settlement-port';
import { checkOfCoin } from '@duet/protocol/verify/chain-signatures';
import { trustOf, type WalletContext } from './context.ts';

/** The coins of a load: one for each output that was ordered, in their order (ADR 26). */
export function judgeLoad(
  context: WalletContext,
  encoded: readonly Uint8Array[],
  { outputs, operator, currency, policy }: LoadOrder,
): Result<readonly Coin[]> {
  if (encoded.length !== outputs.length)
    return reject('answer-mismatch', `${outputs.length} coins`, `${encoded.length}`);
  const coins = judgeCoins(context, encoded);
  if (!coins.ok) return coins;
  for (const [i, { body }] of coins.value.entries()) {
    const output = outputs[i];
    if (!output || !equalBytes(output.owner, body.owner))
      return reject('answer-mismatch', 'a coin of the ordered key', 'one of another key of this device');
    if (body.value !== output.amount)
      return reject('answer-mismatch', `a coin of ${amountSaid(output.amount)}`, amountSaid(body.value));
    if (body.operator !== operator || body.currency !== currency || body.policy !== policy)
      return reject('answer-mismatch', 'operator, currency and policy as ordered', 'others');
  }
  return coins;
}

/** Coins of keys of this device, under a trusted issuer key. */
export function judgeCoins(context: WalletContext, encoded: readonly Uint8Array[]): Result<readonly Coin[]> {
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  const coins: Coin[] = [];
  for (const bytes of encoded) {
    const read = reading(() => decodeSigned(COIN, bytes, context.crypto));
    if (!read.ok) return read;
    const coin = read.value;
    const check = checkOfCoin(coin, trust.value.view);
    if (!check || check.key[0] !== coin.suite)
      return reject('issuer-unknown', 'an issuer key', `key ${coin.body.issuerKey}`);
    if (!context.verifier.verify(check))
      return reject('bad-signature', 'a coin of the issuer', 'another signature');
    if (!context.element.state.keys.has(keyText(coin.body.owner))) {
      return reject('wrong-owner', 'a coin of a key of this device', 'another key');
    }
    coins.push(coin);
  }
  return accept(coins);
}
