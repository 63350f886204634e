/**
 * Objects that wallets of one process hold in common: the same certificate, coin or Spend stands in many
 * provenances, and is kept once. Equal ids and equal signatures are equal objects (ID-1); nothing here is trusted.
 */
import { equalBytes, idText } from '@duet/protocol/bytes';
import type { Offer } from '@duet/protocol/messages/offer';
import type { ProvenanceObject } from '@duet/protocol/messages/provenance';
import type { PayeeDocument } from '@duet/protocol/messages/request-message';
import { RecentCache } from '@duet/protocol/recent-cache';

/** Entries by default: a few tens of megabytes at most. */
const DEFAULT_ENTRIES = 32_768;

export class ObjectCache {
  readonly #objects: RecentCache<string, ProvenanceObject>;

  constructor(entries: number = DEFAULT_ENTRIES) {
    this.#objects = new RecentCache(entries);
  }

  /** Puts known objects in the place of equal ones. The payee's document is one that later holders get. */
  share({ provenance, spends }: Offer, payee: PayeeDocument): void {
    for (const [id, coin] of provenance.coins) provenance.coins.set(id, this.#known(id, coin));
    for (const [id, one] of provenance.certificates) provenance.certificates.set(id, this.#known(id, one));
    for (const [id, spend] of provenance.spends) provenance.spends.set(id, this.#known(id, spend));
    this.#known(idText(payee.id), payee);
    for (const spend of spends) this.#known(idText(spend.id), spend);
  }

  #known<T extends ProvenanceObject>(id: string, object: T): T {
    const known = this.#objects.get(id);
    if (known !== undefined && isEqual(known, object)) return known;
    this.#objects.set(id, object);
    return object;
  }
}

/** Of one kind by their id, which is a hash of the kind too. */
function isEqual<T extends ProvenanceObject>(known: ProvenanceObject, object: T): known is T {
  return (
    known.kind === object.kind &&
    known.hardware === undefined &&
    object.hardware === undefined &&
    equalBytes(known.signature, object.signature)
  );
}
