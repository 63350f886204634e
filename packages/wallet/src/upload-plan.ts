/**
 * Cuts what waits for the registry into uploads (SET-13): exchanges and Verdicts in the order in which they came
 * to be, Claims and Returns with the last of them, since they are judged after the exchanges they rest on.
 */
import type { IdText, KeyText, PublicKey } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import { MAX_INQUIRED } from '@duet/protocol/limits';
import { keyOfDocument } from '@duet/protocol/messages/request-message';
import {
  type Exchange,
  MAX_ORDER_ENTRIES,
  MAX_ORDER_OUTPUTS,
  MAX_UPLOAD_BYTES,
  MAX_UPLOAD_ENTRIES,
  type Upload,
} from '@duet/protocol/messages/upload';
import { CLAIM, type Destination, RETURN } from '@duet/protocol/objects/claim';
import type { InquiryBody } from '@duet/protocol/objects/inquiry';
import { encodeSigned } from '@duet/protocol/objects/signed';
import {
  isRetired,
  type OutboxItem,
  type SecureElementState,
  unsettledPayments,
} from './secure-element/state.ts';

export interface PlannedUpload {
  /** Its Inquiry is still to be signed. */
  readonly upload: Upload;
  /** Absent: nothing is asked, or there is no key to ask with. */
  readonly inquiry?: InquiryBody;
  /** Entries of the outbox that are in it, by number. */
  readonly entries: readonly number[];
  /** Claims and Returns that are in it, in the order of its lists. */
  readonly claims: readonly IdText[];
  readonly returns: readonly IdText[];
  /** Nothing of the outbox is left for another upload. */
  readonly last: boolean;
  /** Nothing to say. */
  readonly empty: boolean;
  /** There may be something to learn: payments to own keys, or Verdicts on own payments. */
  readonly asks: boolean;
}

/** Room for heads of lists, keys and ids that are asked about. */
const RESERVED_BYTES = 96 * 1024;
/** Proofs in one upload. */
const MAX_PROOFS = 64;
/** Head of each entry. */
const ENTRY_BYTES = 16;

/** `asking`: own keys and open Spends are in it. `sent` holds the claims and returns of this sync that went out. */
export function nextUpload(
  state: Readonly<SecureElementState>,
  asking: boolean,
  sent: Set<string>,
): PlannedUpload {
  const exchanges: Exchange[] = [];
  const verdicts: Uint8Array[] = [];
  const proofs: Uint8Array[] = [];
  const entries: number[] = [];
  let bytes = RESERVED_BYTES;
  let last = true;
  for (const [number, item] of state.outbox) {
    const size = sizeOf(item) + ENTRY_BYTES;
    const full =
      exchanges.length >= MAX_UPLOAD_ENTRIES ||
      verdicts.length >= MAX_UPLOAD_ENTRIES ||
      proofs.length >= MAX_PROOFS;
    if (bytes + size > MAX_UPLOAD_BYTES || full) {
      last = false;
      break;
    }
    bytes += size;
    entries.push(number);
    if (item.kind === 'exchange')
      exchanges.push(item.offer ? { request: item.request, offer: item.offer } : { request: item.request });
    if (item.kind === 'verdict') verdicts.push(item.bytes);
    if (item.kind === 'proof') proofs.push(item.bytes);
  }
  const money = last ? openMoney(state, MAX_UPLOAD_BYTES - bytes, sent) : NO_MONEY;
  const upload: Upload = {
    exchanges,
    verdicts,
    proofs,
    claims: [...money.claims.values()],
    returns: [...money.returns.values()],
    openSpends: last && asking ? openSpends(state) : [],
  };
  const claims = [...money.claims.keys()];
  const returns = [...money.returns.keys()];
  const inquiry = last && asking && mayBePaid(state) ? inquiryOf(state) : undefined;
  const empty = entries.length + claims.length + returns.length === 0;
  return {
    upload,
    ...(inquiry ? { inquiry } : {}),
    entries,
    claims,
    returns,
    last: last && !money.more,
    empty,
    asks: inquiry !== undefined || upload.openSpends.length > 0,
  };
}

const sizeOf = (item: OutboxItem): number =>
  item.kind === 'exchange' ? item.request.length + (item.offer?.length ?? 0) : item.bytes.length;

interface Money {
  readonly claims: ReadonlyMap<IdText, Uint8Array>;
  readonly returns: ReadonlyMap<IdText, Uint8Array>;
  readonly more: boolean;
}

const NO_MONEY: Money = { claims: new Map(), returns: new Map(), more: false };

/** Claims and Returns without an answer, each once in a sync, as many as one credit note can tell of. */
function openMoney(state: Readonly<SecureElementState>, bytes: number, sent: Set<string>): Money {
  const room = new Room(bytes);
  const claims = new Map<IdText, Uint8Array>();
  const returns = new Map<IdText, Uint8Array>();
  for (const [id, { claim }] of state.claims) {
    if (sent.has(id)) continue;
    const encoded = encodeSigned(CLAIM, claim);
    if (!room.takes(encoded, claim.body.inputs.length, claim.body.destination, claims.size))
      return { claims, returns, more: true };
    claims.set(id, encoded);
    sent.add(id);
  }
  for (const [id, { object }] of state.returns) {
    if (sent.has(id)) continue;
    const encoded = encodeSigned(RETURN, object);
    if (!room.takes(encoded, object.body.spends.length, object.body.destination, returns.size))
      return { claims, returns, more: true };
    returns.set(id, encoded);
    sent.add(id);
  }
  return { claims, returns, more: false };
}

/** What is left of one upload for Claims and Returns: its bytes, and what its answer has room for. */
class Room {
  #bytes: number;
  #entries = MAX_ORDER_ENTRIES;
  #outputs = MAX_ORDER_OUTPUTS;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** `listed`: how many its list has already. */
  takes(encoded: Uint8Array, entries: number, destination: Destination, listed: number): boolean {
    const bytes = encoded.length + ENTRY_BYTES;
    const outputs = destination.kind === 'coins' ? destination.outputs.length : 0;
    const fits = bytes <= this.#bytes && entries <= this.#entries && outputs <= this.#outputs;
    if (!fits || listed >= MAX_UPLOAD_ENTRIES) return false;
    this.#bytes -= bytes;
    this.#entries -= entries;
    this.#outputs -= outputs;
    return true;
  }
}

/** Whether anybody has a Request of this device, so that a payment to it may be recorded (SET-13). */
function mayBePaid({ requests, incoming, certificates, keys }: Readonly<SecureElementState>): boolean {
  if (requests.size > 0 || incoming.size > 0) return true;
  return [...certificates.keys()].some((name) => keys.get(name)?.used === true);
}

/**
 * Keys under which this device may be paid: those of its open Requests, however old, then the newest that are certified, as
 * far as there is room; signed by the key that was certified last.
 */
function inquiryOf(state: Readonly<SecureElementState>): InquiryBody | undefined {
  const asked = [...state.requests.values()].map(({ message }) => keyOfDocument(message.payee));
  const certified = [...state.certificates.values()]
    .map(({ body }) => body.subject)
    .filter((key) => !isRetired(state, key))
    .reverse();
  const keys = new Map<KeyText, PublicKey>();
  for (const key of [...asked, ...certified]) keys.set(keyText(key), key);
  const [signer] = certified;
  return signer && { signer, payeeKeys: [...keys.values()].slice(0, MAX_INQUIRED) };
}

function openSpends(state: Readonly<SecureElementState>): Upload['openSpends'] {
  const payments = unsettledPayments(state);
  // Those that the close ended come last: a Verdict on them is not expected any more.
  const ordered = [
    ...payments.filter(({ returned }) => returned === undefined),
    ...payments.filter(({ returned }) => returned !== undefined),
  ];
  return ordered
    .flatMap(({ machine }) => (machine.kind === 'signed' ? machine.spends.map((spend) => spend.id) : []))
    .slice(0, MAX_UPLOAD_ENTRIES);
}
