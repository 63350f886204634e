/**
 * Cuts what waits for the registry into uploads (SET-13): exchanges and Verdicts in the order in which they came
 * to be, Claims and Returns with the last of them, since they are judged after the exchanges they rest on.
 */
import type { KeyText, PublicKey } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import { MAX_INQUIRED } from '@duet/protocol/limits';
import { keyOfDocument } from '@duet/protocol/messages/request-message';
import {
  type Exchange,
  MAX_UPLOAD_BYTES,
  MAX_UPLOAD_ENTRIES,
  type Upload,
} from '@duet/protocol/messages/upload';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
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
  /** Nothing of the outbox is left for another upload. */
  readonly last: boolean;
  /** Nothing to say. */
  readonly empty: boolean;
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
    claims: money.claims,
    returns: money.returns,
    openSpends: last && asking ? openSpends(state) : [],
  };
  const inquiry = last && asking ? inquiryOf(state) : undefined;
  const count = entries.length + money.claims.length + money.returns.length;
  return { upload, ...(inquiry ? { inquiry } : {}), entries, last: last && !money.more, empty: count === 0 };
}

const sizeOf = (item: OutboxItem): number =>
  item.kind === 'exchange' ? item.request.length + (item.offer?.length ?? 0) : item.bytes.length;

interface Money {
  readonly claims: readonly Uint8Array[];
  readonly returns: readonly Uint8Array[];
  readonly more: boolean;
}

const NO_MONEY: Money = { claims: [], returns: [], more: false };

/** Claims and Returns without an answer, each once in a sync. */
function openMoney(state: Readonly<SecureElementState>, room: number, sent: Set<string>): Money {
  const claims: Uint8Array[] = [];
  const returns: Uint8Array[] = [];
  let left = room;
  for (const [id, { claim }] of state.claims) {
    if (sent.has(id)) continue;
    const bytes = encodeSigned(CLAIM, claim);
    if (bytes.length + ENTRY_BYTES > left || claims.length >= MAX_UPLOAD_ENTRIES)
      return { claims, returns, more: true };
    left -= bytes.length + ENTRY_BYTES;
    claims.push(bytes);
    sent.add(id);
  }
  for (const [id, { object }] of state.returns) {
    if (sent.has(id)) continue;
    const bytes = encodeSigned(RETURN, object);
    if (bytes.length + ENTRY_BYTES > left || returns.length >= MAX_UPLOAD_ENTRIES)
      return { claims, returns, more: true };
    left -= bytes.length + ENTRY_BYTES;
    returns.push(bytes);
    sent.add(id);
  }
  return { claims, returns, more: false };
}

/**
 * Keys under which this device asked or may be paid, the newest where there are too many; signed by the key that was
 * certified last.
 */
function inquiryOf(state: Readonly<SecureElementState>): InquiryBody | undefined {
  const keys = new Map<KeyText, PublicKey>();
  let signer: PublicKey | undefined;
  for (const { body } of state.certificates.values()) {
    if (isRetired(state, body.subject)) continue;
    keys.set(keyText(body.subject), body.subject);
    signer = body.subject;
  }
  for (const { message } of state.requests.values()) {
    const key = keyOfDocument(message.payee);
    keys.set(keyText(key), key);
  }
  return signer && { signer, payeeKeys: [...keys.values()].slice(-MAX_INQUIRED) };
}

function openSpends(state: Readonly<SecureElementState>): Upload['openSpends'] {
  const open: Upload['openSpends'][number][] = [];
  for (const { machine } of unsettledPayments(state)) {
    if (machine.kind === 'signed') open.push(...machine.spends.map((spend) => spend.id));
  }
  return open.slice(0, MAX_UPLOAD_ENTRIES);
}
