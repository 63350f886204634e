/**
 * Sends one upload, sealed to the registry (PRIV-2). Where an operator takes it, its IntakeNote is kept with the sealed
 * bytes before they go on, and both are shown again until they are answered (SET-7, SET-14): who held a Claim back
 * until its coin was closed then pays it.
 */
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { UPLOAD, UPLOAD_INFO, type Upload } from '@duet/protocol/messages/upload';
import { accept, type Rejection, type Result, reject } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import { utf8 } from '@duet/protocol/text';
import { settle } from '@duet/protocol/verify/examination';
import { examineIntakeNote } from '@duet/protocol/verify/intake-note';
import { trustOf, type WalletContext } from './context.ts';
import type { NotedUpload } from './secure-element/state.ts';

const INFO = utf8(UPLOAD_INFO);
const NO_DATA = new Uint8Array(0);

/** What went out, and what came back. */
export interface Sent {
  readonly sealed: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Gives the registry's answer. Without a note that holds the money goes up all the same, and `refused` says why. */
export async function sendUpload(
  context: WalletContext,
  port: SettlementPort,
  upload: Upload,
  refused: Rejection[],
): Promise<Result<Sent>> {
  const { crypto, element } = context;
  const { trust } = element.state;
  if (!trust) return reject('bundle-missing', 'a trust bundle', 'none');
  const plaintext = encodeBytes(UPLOAD, upload);
  const sealed = crypto.seal({ recipient: trust.registryKey, info: INFO, aad: NO_DATA, plaintext });
  if (!sealed.ok) return sealed;
  const isMoney = upload.claims.length + upload.returns.length > 0;
  const note = isMoney && port.intake ? await port.intake(sealed.value) : undefined;
  if (!note) return settled(port, sealed.value);
  const noted = note.ok ? judgeNote(context, note.value, sealed.value) : note;
  if (!noted.ok) {
    refused.push(noted.rejection);
    return settled(port, sealed.value);
  }
  element.note({ kind: 'upload-noted', ...noted.value });
  return sendNoted(context, port, noted.value);
}

/** Sends what an operator noted, for the first time or again. */
export async function sendNoted(
  { element }: WalletContext,
  port: SettlementPort,
  { sealed, note }: NotedUpload,
): Promise<Result<Sent>> {
  const answer = await settled(port, sealed, note);
  element.note({ kind: 'upload-answered', note });
  return answer;
}

async function settled(port: SettlementPort, sealed: Uint8Array, note?: Uint8Array): Promise<Result<Sent>> {
  const answer = await port.settle(sealed, note);
  return answer.ok ? accept({ sealed, bytes: answer.value }) : answer;
}

function judgeNote(context: WalletContext, note: Uint8Array, sealed: Uint8Array): Result<NotedUpload> {
  const trust = trustOf(context);
  if (!trust.ok) return trust;
  const { crypto, verifier } = context;
  const held = settle(examineIntakeNote(note, sealed, trust.value.view, crypto), verifier);
  if (held.ok) return accept({ sealed, note });
  return reject('note-invalid', held.rejection.expected, held.rejection.got);
}
