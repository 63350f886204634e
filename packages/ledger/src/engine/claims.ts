/**
 * Claims and returns become rows: every input is judged alone (SET-2), its owner found from what is stored or
 * came in the same upload, its signature planned under that owner's key.
 */
import type { PublicKey } from '@duet/protocol/brand';
import { equalBytes, idText } from '@duet/protocol/bytes';
import type { Code } from '@duet/protocol/codes';
import { MAX_INPUTS } from '@duet/protocol/limits';
import type { Claim, Destination, Return } from '@duet/protocol/objects/claim';
import type { Input } from '@duet/protocol/objects/spend';
import { accountOf, clearingOf, ticketOf } from '../core/chart.ts';
import { type CoinRow, hexOf, type PieceRow, pieceKey, type StoredPiece } from '../sql/rows.ts';

/** What is known of a parent: the range that was received, and by whom. */
export interface Holding {
  readonly bucket: number;
  readonly coin: Uint8Array;
  /** Its id in hexadecimal. */
  readonly coinText: string;
  readonly owner: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Parents by `id:index` (index -1: the coin itself). */
export class Holdings {
  readonly #known: Map<string, Holding> = new Map();
  readonly coins: Map<string, CoinRow> = new Map();
  readonly pieces: Map<string, StoredPiece[]> = new Map();

  addCoin(row: CoinRow): void {
    const id = row.coin_id.toString('hex');
    this.coins.set(id, row);
    this.#known.set(pieceKey(id, -1), {
      bucket: row.bucket,
      coin: row.coin_id,
      coinText: id,
      owner: row.owner,
      from: 0,
      to: row.value,
    });
  }

  addPiece({ key, bucket, coin, coinText, from, to, payee }: PieceRow): void {
    if (payee) this.#known.set(key, { bucket, coin, coinText, owner: payee, from, to });
  }

  addStored(row: StoredPiece): void {
    const child = row.child_id.toString('hex');
    this.pieces.set(child, [...(this.pieces.get(child) ?? []), row]);
    if (row.kind !== 0 || !row.payee) return;
    this.#known.set(pieceKey(child, row.child_index), {
      bucket: row.bucket,
      coin: row.coin_id,
      coinText: row.coin_id.toString('hex'),
      owner: row.payee,
      from: row.range_from,
      to: row.range_to,
    });
  }

  of(input: Input): Holding | undefined {
    return this.#known.get(pieceKey(idText(input.parent.id), input.parent.index ?? -1));
  }

  coinOf(holding: Holding): CoinRow | undefined {
    return this.coins.get(holding.coinText);
  }
}

/** The ledger account that a destination credits. */
export function creditAccount(destination: Destination, operator: number, order: Uint8Array): string {
  switch (destination.kind) {
    case 'account':
      return accountOf(operator, destination.handle);
    case 'coins':
      return clearingOf(order);
    case 'ticket':
      return ticketOf(destination.ticket);
  }
}

export interface ClaimRows {
  /** Key that must have signed; `undefined` when no input has a known owner. */
  readonly owner: PublicKey | undefined;
  readonly rows: readonly PieceRow[];
  /** Inputs refused before the database judges: place in the claim and code. */
  readonly refused: readonly { readonly index: number; readonly code: Code }[];
}

/** Rows of a claim. */
export function rowsOfClaim(claim: Claim, holdings: Holdings): ClaimRows {
  const { inputs, operator, destination } = claim.body;
  const refused: { index: number; code: Code }[] = [];
  const rows: PieceRow[] = [];
  let owner: Uint8Array | undefined;
  const text = idText(claim.id);
  const account = creditAccount(destination, operator, claim.id);
  let firstBond: string | undefined;
  let firstCurrency: number | undefined;
  for (const [index, input] of inputs.entries()) {
    const holding = holdings.of(input);
    owner ??= holding?.owner;
    const coin = holding && holdings.coinOf(holding);
    const bond = holding && bondOf(coin, holding.owner);
    const code =
      refusalOf(input, holding, owner, destination, holdings) ??
      mixed(bond, rows.length > 0, firstBond) ??
      exchanged(coin, firstCurrency, destination);
    if (code || !holding) {
      refused.push({ index, code: code ?? 'spend-unknown' });
      continue;
    }
    if (rows.length === 0) firstBond = bond;
    firstCurrency ??= coin?.currency;
    rows.push({
      key: pieceKey(text, index),
      bucket: holding.bucket,
      coin: holding.coin,
      coinText: holding.coinText,
      child: claim.id,
      index,
      kind: 1,
      parent: input.parent.id,
      parentIndex: input.parent.index ?? -1,
      from: input.from,
      to: input.to,
      signer: holding.owner,
      void: false,
      account,
      accountOperator: operator,
    });
  }
  return { owner: asKey(owner), rows, refused };
}

/** The coin whose condition binds a range in this hand (PAY-10); others hold it free. */
const bondOf = (coin: CoinRow | undefined, owner: Uint8Array): string | undefined =>
  coin?.conditional && equalBytes(coin.owner, owner) ? hexOf(coin.coin_id) : undefined;

/** One order makes coins under one condition or none. */
const mixed = (bond: string | undefined, any: boolean, first: string | undefined): Code | undefined =>
  any && bond !== first ? 'conditional-money' : undefined;

/** Coins are made in one currency: of money in two they would be made in that of the first. */
const exchanged = (
  coin: CoinRow | undefined,
  first: number | undefined,
  { kind }: Destination,
): Code | undefined =>
  kind === 'coins' && first !== undefined && coin?.currency !== first ? 'currency-mismatch' : undefined;

const asKey = (key: Uint8Array | undefined): PublicKey | undefined => key as PublicKey | undefined;

function refusalOf(
  input: Input,
  holding: Holding | undefined,
  owner: Uint8Array | undefined,
  destination: Destination,
  holdings: Holdings,
): Code | undefined {
  if (!holding) return input.parent.index === undefined ? 'coin-unknown' : 'spend-unknown';
  if (owner && !equalBytes(owner, holding.owner)) return 'wrong-owner';
  if (input.from < holding.from || input.to > holding.to) return 'range-outside-parent';
  const coin = holdings.coinOf(holding);
  if (!coin) return 'coin-unknown';
  // Directed money in its own owner's hand leaves only by an eligible spend, refresh or return (PAY-10).
  return coin.conditional && equalBytes(coin.owner, holding.owner) && destination.kind !== 'coins'
    ? 'conditional-money'
    : undefined;
}

/** Rows of one return are told apart by the place of the Spend and its input; both fit the column. */
const returnIndex = (place: number, input: number): number => place * MAX_INPUTS + input;

/** Place of the Spend of a row of a return. */
export const placeInReturn = (index: number): number => Math.floor(index / MAX_INPUTS);

/** Rows of a return: one for every input of the void Spends that it names. */
export function rowsOfReturn(order: Return, holdings: Holdings): ClaimRows {
  const refused: { index: number; code: Code }[] = [];
  const rows: PieceRow[] = [];
  let owner: Uint8Array | undefined;
  const { spends, operator, destination } = order.body;
  const text = idText(order.id);
  const account = creditAccount(destination, operator, order.id);
  let firstBond: string | undefined;
  let firstCurrency: number | undefined;
  for (const [place, id] of spends.entries()) {
    const pieces = (holdings.pieces.get(idText(id)) ?? []).filter((piece) => piece.kind === 0);
    owner ??= pieces[0]?.signer;
    const bonds = pieces.map((piece) => bondOf(holdings.coins.get(hexOf(piece.coin_id)), piece.signer));
    if (rows.length === 0) firstBond = bonds[0];
    const apart = bonds.map((bond) => mixed(bond, true, firstBond)).find((found) => found !== undefined);
    const coins = pieces.map((piece) => holdings.coins.get(hexOf(piece.coin_id)));
    firstCurrency ??= coins[0]?.currency;
    const other = coins.find((coin) => exchanged(coin, firstCurrency, destination));
    const code =
      returnRefusal(pieces, owner, destination, holdings) ??
      apart ??
      (other && exchanged(other, firstCurrency, destination));
    if (code) {
      refused.push({ index: place, code });
      continue;
    }
    for (const piece of pieces) {
      const index = returnIndex(place, piece.child_index);
      rows.push({
        key: pieceKey(text, index),
        bucket: piece.bucket,
        coin: piece.coin_id,
        coinText: piece.coin_id.toString('hex'),
        child: order.id,
        index,
        kind: 2,
        parent: piece.parent_id,
        parentIndex: piece.parent_index,
        from: piece.range_from,
        to: piece.range_to,
        signer: piece.signer,
        void: false,
        account,
        accountOperator: operator,
      });
    }
  }
  return { owner: asKey(owner), rows, refused };
}

function returnRefusal(
  pieces: readonly StoredPiece[],
  owner: Uint8Array | undefined,
  destination: Destination,
  holdings: Holdings,
): Code | undefined {
  if (pieces.length === 0) return 'spend-unknown';
  if (pieces.some((piece) => owner && !equalBytes(piece.signer, owner))) return 'wrong-owner';
  if (pieces.some((piece) => !piece.void)) return 'not-void';
  const conditional = pieces.some((piece) => {
    const coin = holdings.coins.get(hexOf(piece.coin_id));
    return coin?.conditional && equalBytes(coin.owner, piece.signer);
  });
  return conditional && destination.kind !== 'coins' ? 'conditional-money' : undefined;
}
