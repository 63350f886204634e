/** Bounds of files that are replayed, each with its reason. */

/** A file is read at once: some million transfers. */
export const MAX_FILE_BYTES = 128 * 1024 * 1024;

/** One line: a few columns and room for those that are not read. */
export const MAX_LINE_BYTES = 4 * 1024;

/** Transfers of one file: more than the wallets of one process hold in memory. */
export const MAX_TRANSFERS = 2_000_000;

/** Wallets of one world: each is a device with keys and a journal. */
export const MAX_NODES = 200_000;

/** Characters of a node's name. */
export const MAX_NODE_CHARACTERS = 64;

/** A policy file: about twenty short fields. */
export const MAX_POLICY_BYTES = 64 * 1024;

/**
 * Virtual seconds in which a file is played. A time step is a second; what spans more is compressed, so that a
 * file of dates does not run into the end of every certificate.
 */
export const MAX_SPAN_SECONDS = 5 * 86_400;

/** Devices that sync at the same time: enough for the registry to settle them in large batches. */
export const SYNCS_IN_FLIGHT = 1_024;

/** Devices from which on wallets and registry get threads of their own, which take a second to start. */
export const MANY_DEVICES = 2_000;

/** Payees that a clone tries before it gives up. */
export const MAX_CHEAT_TRIES = 16;

/** Transfers that go on side by side: enough to keep threads busy, few enough to show progress and to be stopped. */
export const TRANSFERS_IN_FLIGHT = 512;

/** Public keys kept ready by a thread of wallets, about 1 KB each. */
export const READY_KEYS = 2 ** 15;
