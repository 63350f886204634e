/** How a new trust bundle or status list is taken over: signed, newer, in date, roll-over of the root. */

import type { Instant, PublicKey } from '../brand.ts';
import { equalBytes } from '../bytes.ts';
import type { StatusList } from '../objects/status-list.ts';
import type { TrustBundle } from '../objects/trust-bundle.ts';
import { accept, type Result, reject } from '../rejection.ts';
import { timeSaid } from '../said.ts';
import { suiteOf } from '../suite.ts';
import type { Examination } from './examination.ts';
import { checkOf } from './signatures.ts';
import type { TrustView } from './trust-view.ts';

/** The root that a device holds, and the bundle in force. */
export interface Anchor {
  readonly root: PublicKey;
  readonly bundle?: TrustBundle;
}

/**
 * Judges a bundle against the anchor. The version must grow; the same bundle again is accepted as it is.
 * When the bundle names `nextRoot`, that key is the root from then on.
 */
export function examineBundle(
  bundle: TrustBundle,
  anchor: Anchor,
  now: Instant,
): Result<Examination<Anchor>> {
  const held = anchor.bundle;
  const again = held !== undefined && equalBytes(held.id, bundle.id);
  if (now >= bundle.body.validUntil)
    return reject('bundle-expired', `before ${timeSaid(bundle.body.validUntil)}`, timeSaid(now));
  if (held && !again && bundle.body.version <= held.body.version) {
    return reject('bundle-older', `a version above ${held.body.version}`, `${bundle.body.version}`);
  }
  if (again) return accept({ checks: [], conclude: () => accept(anchor) });
  if (bundle.suite !== suiteOf(anchor.root))
    return reject('bad-signature', 'the suite of the root', `suite ${bundle.suite}`);
  return accept({
    checks: [checkOf(bundle, anchor.root)],
    conclude: () => accept({ root: bundle.body.nextRoot ?? anchor.root, bundle }),
  });
}

/**
 * Judges a status list of an authority: signed by its key, for its place in the bundle, not older than the one held, and
 * in date where it says until when (Token Status List, `exp`).
 */
export function examineStatusList(
  list: StatusList,
  operator: number,
  trust: TrustView,
  newest: Instant | undefined,
  now: Instant,
): Result<Examination<StatusList>> {
  const { body } = list;
  const location = trust.bundle.body.lists.find((entry) => entry.operator === operator);
  const key = trust.key(body.signerKey, operator === 0 ? 'issuer' : 'operator');
  const right = key && key.key[0] === list.suite && (operator === 0 || key.operator === operator);
  if (newest !== undefined && body.issuedAt < newest) {
    return reject('bundle-older', `a list not before ${timeSaid(newest)}`, timeSaid(body.issuedAt));
  }
  if (!right || !key || location?.uri !== body.uri) {
    return reject(
      'certificate-untrusted',
      `the list of authority ${operator}`,
      `a list of key ${body.signerKey}`,
    );
  }
  if (body.expires !== undefined && now >= body.expires)
    return reject('lists-stale', `a list before ${body.expires}`, `${now}`);
  return accept({ checks: [checkOf(list, key.key)], conclude: () => accept(list) });
}
