/** Coins that arrive from the issuer: judged before they are taken over. */
import { keyText } from '@duet/protocol/bytes';
import { reading } from '@duet/protocol/messages/decoding';
import { COIN, type Coin } from '@duet/protocol/objects/coin';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { checkOfCoin } from '@duet/protocol/verify/chain-signatures';
import { trustOf, type WalletContext } from './context.ts';

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
