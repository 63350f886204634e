/** Bounds of the command line, each with its reason. */
import { MAX_INPUT_CHARACTERS } from '@duet/carriers/limits';

/** A file or stream with one message: text of the largest message in its longest form. */
export const MAX_INPUT_BYTES = MAX_INPUT_CHARACTERS;

/** The settings of a wallet: a few keys and a name. */
export const MAX_SETTINGS_BYTES = 16 * 1024;

/** The saved keys of the local issuer, with their bundle. */
export const MAX_AUTHORITY_BYTES = 1024 * 1024;

/** Redraws of an animated code: ten minutes, then nobody is looking any more. */
export const MAX_FRAMES = 2_400;
export const FRAME_MS = 250;

/** How long a command waits for another one that uses the local registry. */
export const REGISTRY_WAIT_MS = 60_000;
export const REGISTRY_POLL_MS = 250;

/** Characters of an id by which a payment may be named: fewer would be guessing. */
export const MIN_ID_CHARACTERS = 6;

/** A backup may lie anywhere for years: shorter ones are tried through, whatever scrypt costs. */
export const MIN_PASSPHRASE_CHARACTERS = 12;

/** Long work says where it is after so much silence, where no terminal shows it: ten seconds are not exceeded. */
export const STILL_AT_WORK_MS = 9_000;
export const LOOK_AT_WORK_MS = 500;
