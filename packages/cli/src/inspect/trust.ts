/** What an inspection believes: a trust bundle from a file, else that of the issuer on this machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAny } from '@duet/carriers/text';
import type { PublicKey } from '@duet/protocol/brand';
import { fromHex } from '@duet/protocol/bytes';
import { tryDecode } from '@duet/protocol/cbor/codec';
import { Writer } from '@duet/protocol/cbor/writer';
import { reading } from '@duet/protocol/messages/decoding';
import { frameOf } from '@duet/protocol/messages/frame';
import { keyField } from '@duet/protocol/objects/fields';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { TRUST_BUNDLE, type TrustBundle } from '@duet/protocol/objects/trust-bundle';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { type Hashes, PUBLIC_KEY_BYTES, suiteOf, type Verifier } from '@duet/protocol/suite';
import { checkOf } from '@duet/protocol/verify/signatures';
import { TrustView } from '@duet/protocol/verify/trust-view';
import { readFile } from '../io/files.ts';
import { BUNDLE_FILE, ROOT_FILE } from '../issuer/files.ts';
import { MAX_INPUT_BYTES } from '../limits.ts';
import { carried, UsageError } from '../outcome.ts';

export interface Trust {
  readonly view: TrustView;
  /** Key that signed the bundle, where it is known. */
  readonly root?: PublicKey;
  /** Where the bundle came from, for a person. */
  readonly source: string;
}

export interface TrustOptions {
  readonly bundle?: string | undefined;
  /** Root key in hexadecimal: then the bundle's own signature is verified too. */
  readonly root?: string | undefined;
}

/**
 * The bundle to verify against; `undefined` when none was given and there is no issuer here. A bundle whose
 * signature does not hold under a root that is known is refused.
 */
export function loadTrust(
  options: TrustOptions,
  stateFolder: string,
  crypto: Hashes & Verifier<'sync'>,
): Result<Trust | undefined> {
  const given = options.root === undefined ? undefined : rootOf(options.root);
  if (options.bundle !== undefined) return fromFile(options.bundle, options.bundle, given, crypto);
  const local = join(stateFolder, BUNDLE_FILE);
  if (!existsSync(local)) return accept(undefined);
  const root = given ?? rootOf(textOf(join(stateFolder, ROOT_FILE)));
  return fromFile(local, 'the issuer of this machine', root, crypto);
}

function textOf(path: string): string {
  const read = readFile(path, 2 * PUBLIC_KEY_BYTES + 2);
  return read.ok ? new TextDecoder().decode(read.value).trim() : '';
}

/** A public key in hexadecimal. @throws UsageError */
function rootOf(text: string): PublicKey {
  const root = /^([0-9a-f]{2})+$/i.test(text) ? publicKeyOf(fromHex(text)) : undefined;
  if (root === undefined) throw new UsageError('rootKey');
  return root;
}

/** `undefined` for bytes that are no public key. */
export function publicKeyOf(bytes: Uint8Array): PublicKey | undefined {
  if (bytes.length !== PUBLIC_KEY_BYTES) return undefined;
  const writer = new Writer();
  writer.bytes(bytes);
  const decoded = tryDecode(keyField, writer.finish(), PUBLIC_KEY_BYTES + 2);
  return decoded.ok ? decoded.value : undefined;
}

function fromFile(
  path: string,
  source: string,
  root: PublicKey | undefined,
  crypto: Hashes & Verifier<'sync'>,
): Result<Trust> {
  const read = readFile(path, MAX_INPUT_BYTES);
  if (!read.ok) return read;
  const bundle = bundleOf(read.value, crypto);
  if (!bundle.ok) return bundle;
  if (root !== undefined) {
    const signed = bundle.value.suite === suiteOf(root) && crypto.verify(checkOf(bundle.value, root));
    if (!signed) return reject('bad-signature', 'a trust bundle signed by the root key', 'another signature');
  }
  const view = new TrustView(bundle.value);
  return accept(root === undefined ? { view, source } : { view, root, source });
}

/** Raw COSE, or any text form of it. */
function bundleOf(bytes: Uint8Array, hashes: Hashes): Result<TrustBundle> {
  const COSE_TAG_18 = 0xd2;
  if (bytes[0] === COSE_TAG_18) return reading(() => decodeSigned(TRUST_BUNDLE, bytes, hashes));
  const incoming = carried(decodeAny(bytes));
  if (incoming.kind !== 'message') return reject('malformed', 'a whole trust bundle', 'some of its parts');
  const { message } = incoming;
  const body = frameOf(message)?.type === 'object' ? message.subarray(1) : message;
  return reading(() => decodeSigned(TRUST_BUNDLE, body, hashes));
}
