/** Bounds on everything a peer can make a device do (LIMIT-3), each with its reason. */

/** An offer before sealing. Two-way carriers move it at once; an animated code needs about 60 parts. */
export const MAX_OFFER_BYTES = 8 * 1024;

/** A request message: the payee's document, its amounts and an order text. */
export const MAX_REQUEST_BYTES = 512;

/** A verdict message: the largest lists 32 foreign spends. */
export const MAX_VERDICT_BYTES = 2 * 1024;

/** A claim alone: several thousand inputs (LIMIT-3). */
export const MAX_CLAIM_BYTES = 64 * 1024;

/** Any one signed object outside an offer: a trust bundle of a large system is the largest. */
export const MAX_OBJECT_BYTES = 256 * 1024;

/** Inputs of all spends of one offer: bounds verification to about 32 × hops signatures. */
export const MAX_INPUTS = 32;

/** Inputs in one claim: what fits {@link MAX_CLAIM_BYTES}. */
export const MAX_CLAIM_INPUTS = 1_300;

/** Objects of a provenance: 32 paths that share nothing fill {@link MAX_OFFER_BYTES} before this. */
export const MAX_OBJECTS = 128;

/** Spends before the last one on any path, above every policy; a refund may add one. */
export const MAX_HOPS = 16;

/** Inputs a wallet puts into one Spend to a payee who can pass the money on: siblings travel with it. */
export const MAX_INPUTS_PER_SPEND = 4;

/** Order text of a request, UTF-8 bytes. */
export const MAX_TEXT_BYTES = 64;

/** Display name of a terminal, UTF-8 bytes. */
export const MAX_NAME_BYTES = 32;

/** A credit handle: an opaque account reference of an operator. */
export const MAX_HANDLE_BYTES = 32;

/** Outputs of a refresh: new coins of one claim. */
export const MAX_OUTPUTS = 64;

/** Spends named by one return. */
export const MAX_RETURNED = 256;

/** Entries of a condition's category or region list. */
export const MAX_CONDITION_ENTRIES = 16;

/** Rows of the tables in a trust bundle. */
export const MAX_BUNDLE_KEYS = 1_024;
export const MAX_POLICIES = 256;
export const MAX_STOPS = 256;
export const MAX_TEMPLATES = 32;

/** Status list after decompression: 16 million one-bit entries. */
export const MAX_STATUS_LIST_BYTES = 2 * 1024 * 1024;

/** Open requests a payee's device keeps: each is tried on a sealed offer. */
export const MAX_OPEN_REQUESTS = 64;

/** Keys of one Inquiry: eleven a day for the 90 days of a certificate. */
export const MAX_INQUIRED = 1_024;
