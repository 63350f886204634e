/** Files of the local issuer in the state folder. */
import { join } from 'node:path';

/** Its signed trust bundle, for anybody. */
export const BUNDLE_FILE = join('issuer', 'trust-bundle.cose');
/** Its root key in hexadecimal, for anybody. */
export const ROOT_FILE = join('issuer', 'root-key.txt');
/** Its private keys, wrapped under {@link KEY_FILE}. */
export const AUTHORITY_FILE = join('issuer', 'authority.cbor');
/** 32 bytes that wrap the private keys; readable by its owner alone. */
export const KEY_FILE = join('issuer', 'device.key');
