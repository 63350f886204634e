/** What a wallet held when its backup was made: what a restore, and later syncs, may promise (LIMIT-2, SET-7). */
import { dayOf, type Instant, later } from '@duet/protocol/brand';
import { field, type Infer, optional, record } from '@duet/protocol/cbor/codec';
import { sum } from '@duet/protocol/money';
import { coordinateField, instantField } from '@duet/protocol/objects/fields';
import { closeOf } from '@duet/wallet/secure-element/waiting';
import type { Wallet } from '@duet/wallet/wallet';
import { dayText, instantJson, instantText, yuan } from '../text/format.ts';
import { type Language, say } from '../text/messages.ts';

export const HELD = record({
  /** When the backup was made. */
  at: field(0, instantField),
  /** In coins of this wallet. */
  held: field(1, coordinateField),
  /** Paid out, or void, without the last word of the registry. */
  notYetKnown: field(2, coordinateField),
  /** When the last of its coins closes; absent where there is none. */
  closes: optional(field(3, instantField)),
});

export type Held = Infer<typeof HELD>;

/** The day on which a coin closes: claimBy and the grace of its policy. */
export const closeText = (closes: Instant): string => dayText(dayOf(closes));

export function heldBy(wallet: Wallet, now: Instant): Held {
  const { spendable, conditional, outgoing, voided, settling, refused, waiting } = wallet.balance();
  const { state } = wallet;
  const coins = [...state.holdings.values(), ...state.waiting.values()].map(({ coin }) => coin);
  const closes = coins.flatMap((coin) => closeOf(state, coin) ?? []);
  return {
    at: now,
    held: sum([spendable, conditional, waiting]),
    notYetKnown: sum([outgoing, voided, settling, refused]),
    ...(closes.length === 0 ? {} : { closes: closes.reduce(later) }),
  };
}

export const heldJson = ({ at, held, notYetKnown, closes }: Held) => ({
  backedUpAt: instantJson(at),
  heldFen: held,
  notYetKnownFen: notYetKnown,
  comesBackBy: closes === undefined ? null : closeText(closes),
});

/** Nothing of it can be paid from here: how much it was, when it comes back, and what may be missing then. */
export function heldLines({ at, held, notYetKnown, closes }: Held, language: Language): string[] {
  const values = {
    time: instantText(at),
    held: yuan(held),
    unknown: yuan(notYetKnown),
    day: closes === undefined ? '' : closeText(closes),
  };
  return [
    say(language, 'restoredHeld', values),
    ...(notYetKnown > 0 ? [say(language, 'restoredUnknown', values)] : []),
    ...(closes === undefined ? [] : [say(language, 'restoredCloses', values)]),
  ];
}
