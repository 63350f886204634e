/** Bounds of the drivers on Node, each with its reason. */

/** A device key file: the largest holds a salt, a cost and an encrypted key, under 100 bytes. */
export const MAX_DEVICE_KEY_BYTES = 256;

/** A backup: ten years of a busy wallet. It is held in memory while it is sealed and opened. */
export const MAX_BACKUP_BYTES = 64 * 1024 * 1024;

/**
 * Pages that the log of the journal grows to before SQLite copies them into the database: 1 MB. Small, because
 * what was replaced stays readable in the log until then.
 */
export const WAL_CHECKPOINT_PAGES = 256;
