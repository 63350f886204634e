/**
 * `settings.json` of a wallet folder: whose wallet it is, and which root it believes. No secret is in it. It is
 * made once; what the wallet knows beyond it stands in its journal.
 */
import { join } from 'node:path';
import type { PublicKey } from '@duet/protocol/brand';
import { fromHex, toHex } from '@duet/protocol/bytes';
import { type Codec, tryDecode, uint } from '@duet/protocol/cbor/codec';
import { Writer } from '@duet/protocol/cbor/writer';
import type { TerminalFace } from '@duet/protocol/objects/certificate';
import {
  categoryField,
  coordinateField,
  type Handle,
  handleField,
  instantField,
  keyField,
  operatorField,
  policyField,
  regionField,
} from '@duet/protocol/objects/fields';
import { readFile, writeOutput } from '../io/files.ts';
import { MAX_SETTINGS_BYTES } from '../limits.ts';
import { OperationalError } from '../outcome.ts';
import type { Held } from './held.ts';

export interface Settings {
  readonly root: PublicKey;
  readonly operator: number;
  readonly handle: Handle;
  readonly policy: number;
  readonly suite: 1 | 2;
  /** 0 for terminals. */
  readonly walletClass: number;
  /** Only for the till of a merchant. */
  readonly terminal?: TerminalFace;
  /** Only for a wallet that was restored: what the one that was backed up held. */
  readonly restored?: Held;
}

const SETTINGS_FILE = 'settings.json';
const VERSION = 1;

/** Writes the settings of a new wallet. @throws OperationalError */
export function writeSettings(folder: string, settings: Settings): void {
  writeOutput(join(folder, SETTINGS_FILE), encodeSettings(settings), 0o600);
}

export function encodeSettings({ root, handle, ...rest }: Settings): string {
  return `${JSON.stringify({ version: VERSION, root: toHex(root), handle: toHex(handle), ...rest }, null, 2)}\n`;
}

/** @throws OperationalError `wallet-damaged` */
export function readSettings(folder: string): Settings {
  const read = readFile(join(folder, SETTINGS_FILE), MAX_SETTINGS_BYTES);
  const settings = read.ok ? decodeSettings(new TextDecoder().decode(read.value)) : undefined;
  if (settings) return settings;
  throw new OperationalError('wallet-damaged', 'never', { folder });
}

/** `undefined` for anything but settings of this version. */
export function decodeSettings(text: string): Settings | undefined {
  const given = jsonOf(text);
  if (given.version !== VERSION) return undefined;
  const root = bytesOf(given.root, keyField);
  const handle = bytesOf(given.handle, handleField);
  const operator = numberOf(given.operator, operatorField);
  const policy = numberOf(given.policy, policyField);
  const walletClass = numberOf(given.walletClass, uint(4));
  const suite = given.suite === 1 || given.suite === 2 ? given.suite : undefined;
  const terminal = given.terminal === undefined ? undefined : terminalOf(given.terminal);
  const restored = given.restored === undefined ? undefined : heldOf(given.restored);
  const whole =
    root && handle && operator !== undefined && policy !== undefined && walletClass !== undefined && suite;
  if (!whole || (given.terminal !== undefined && !terminal) || (given.restored !== undefined && !restored))
    return undefined;
  return {
    root,
    handle,
    operator,
    policy,
    walletClass,
    suite,
    ...(terminal ? { terminal } : {}),
    ...(restored ? { restored } : {}),
  };
}

type Unchecked = Readonly<Record<string, unknown>>;

const isObject = (given: unknown): given is Unchecked => typeof given === 'object' && given !== null;

function jsonOf(text: string): Unchecked {
  try {
    const given: unknown = JSON.parse(text);
    return isObject(given) ? given : {};
  } catch {
    return {};
  }
}

function terminalOf(given: unknown): TerminalFace | undefined {
  if (!isObject(given) || typeof given.name !== 'string') return undefined;
  const category = numberOf(given.category, categoryField);
  const region = numberOf(given.region, regionField);
  return category === undefined || region === undefined ? undefined : { name: given.name, category, region };
}

function heldOf(given: unknown): Held | undefined {
  if (!isObject(given)) return undefined;
  const at = numberOf(given.at, instantField);
  const held = numberOf(given.held, coordinateField);
  const notYetKnown = numberOf(given.notYetKnown, coordinateField);
  const closes = given.closes === undefined ? undefined : numberOf(given.closes, instantField);
  if (at === undefined || held === undefined || notYetKnown === undefined) return undefined;
  if (closes === undefined) return given.closes === undefined ? { at, held, notYetKnown } : undefined;
  return { at, held, notYetKnown, closes };
}

const MAX_VALUE_BYTES = 64;

/** The codecs of the protocol say what is a key, a handle, a number. */
function bytesOf<T>(given: unknown, codec: Codec<T>): T | undefined {
  if (typeof given !== 'string' || !/^([0-9a-f]{2}){1,40}$/.test(given)) return undefined;
  const writer = new Writer();
  writer.bytes(fromHex(given));
  const decoded = tryDecode(codec, writer.finish(), MAX_VALUE_BYTES);
  return decoded.ok ? decoded.value : undefined;
}

function numberOf<T extends number>(given: unknown, codec: Codec<T>): T | undefined {
  if (typeof given !== 'number' || !Number.isSafeInteger(given) || given < 0) return undefined;
  const writer = new Writer();
  writer.uint(given);
  const decoded = tryDecode(codec, writer.finish(), MAX_VALUE_BYTES);
  return decoded.ok ? decoded.value : undefined;
}
