/** What else a payee may know when an offer arrives: each variant is a change of what its case says. */
import type { Instant } from '@duet/protocol/brand';
import type { Offer } from '@duet/protocol/messages/offer';
import type { TrustBundleBody } from '@duet/protocol/objects/trust-bundle';
import { bundle, POLICY } from '@duet/protocol/testing/world';
import type { PayeeView } from '@duet/protocol/verify/offer';
import { TrustView } from '@duet/protocol/verify/trust-view';

const DAY = 86_400;

const later = (view: PayeeView, seconds: number): PayeeView => ({
  ...view,
  clock: (view.clock + seconds) as Instant,
});

const withBundle = (view: PayeeView, changes: Partial<TrustBundleBody>): PayeeView => ({
  ...view,
  trust: new TrustView(bundle({ ...view.trust.bundle.body, ...changes })),
});

const withPolicy = (view: PayeeView, changes: Partial<typeof POLICY>): PayeeView =>
  withBundle(view, { policies: [{ ...POLICY, ...changes }] });

const FAR = 0xffff_ffff as Instant;

type Variant = (view: PayeeView, offer: Offer) => PayeeView;

const VARIANTS: readonly Variant[] = [
  (view) => view,
  (view) => later(view, 400),
  (view) => later(view, -100_000),
  (view) => later(view, 3 * DAY),
  // Lists: none at all, of long ago, with everybody on them; a policy that refuses strangers then.
  (view) => ({ ...view, lists: { statusOf: () => 'unknown', issuedAt: () => undefined } }),
  (view) => ({ ...view, lists: { ...view.lists, issuedAt: () => 1 as Instant } }),
  (view) => ({ ...view, lists: { ...view.lists, statusOf: () => 'revoked' } }),
  (view) =>
    withPolicy(
      { ...view, lists: { ...view.lists, issuedAt: () => 1 as Instant } },
      { refuseStrangersOnStaleLists: true },
    ),
  (view) =>
    withPolicy(
      { ...view, lists: { ...view.lists, issuedAt: () => 1 as Instant } },
      { refuseStrangersOnStaleLists: false },
    ),
  // Stops of every scope, over and in force.
  ...[0, 1, 2, 3].map(
    (scope): Variant =>
      (view) =>
        withBundle(view, {
          stops: [1, 2, 4, 110_105].flatMap((value) => [
            { scope, value, until: 1 as Instant },
            { scope, value, until: FAR },
          ]),
        }),
  ),
  (view) => withBundle(view, { stops: [{ scope: 0, value: 2, until: FAR }] }),
  // Fewer keys, keys of other days, no policy, tight ones.
  (view) => withBundle(view, { keys: view.trust.bundle.body.keys.slice(2) }),
  (view) =>
    withBundle(view, { keys: view.trust.bundle.body.keys.map((key) => ({ ...key, withdrawn: true })) }),
  (view) => withBundle(view, { policies: [] }),
  (view) => {
    const { maxPayments: _payments, maxPerPayment: _amount, ...policy } = POLICY;
    return withBundle(view, { policies: [policy] });
  },
  (view) => withPolicy(view, { maxHops: 0, maxPayments: 1 }),
  (view) =>
    withPolicy(view, { maxHops: 16, maxPayments: 1_000, skew: 0, requestValidity: 1, standingWindow: 1 }),
  // A history that goes another way from one step on; over other ranges; of hardware counters.
  (view, offer) => ({
    ...view,
    history: historyOf(offer, (id, at) => ({ spend: id, index: at === 0 ? 1 : 0 })),
  }),
  (view, offer) => ({ ...view, history: historyOf(offer, (id) => ({ spend: id, index: 0 })) }),
  (view, offer) => ({ ...view, history: historyOf(offer, (id) => ({ spend: id, index: 1 }), 2 ** 50) }),
  (view, { spends }) => ({
    ...view,
    history: {
      chainsOf: () => [],
      countersOf: () =>
        spends.map(({ id, body }) => ({
          spend: id.map((byte) => byte ^ 1) as typeof id,
          seq: body.seq,
          counter: 0,
        })),
    },
  }),
  (view, offer) => ({
    ...view,
    history: {
      chainsOf: () => [],
      countersOf: () =>
        [...offer.provenance.coins.values()].map(({ id }, at) => ({ spend: id, seq: at + 1, counter: 0 })),
    },
  }),
];

/** Chains over the coins of an offer, by its own first Spend. */
function historyOf(
  { provenance, spends }: Offer,
  step: (
    id: Offer['spends'][number]['id'],
    at: number,
  ) => { spend: Offer['spends'][number]['id']; index: number },
  from = 0,
): PayeeView['history'] {
  const ids = [...[...provenance.spends.values()].slice(0, 1), ...spends.slice(0, 1)].map(({ id }) => id);
  const steps = ids.map(step);
  return {
    chainsOf: (coin) => [{ coin, from: from as never, to: Number.MAX_SAFE_INTEGER as never, steps }],
    countersOf: () => [],
  };
}

export const VARIANT_COUNT = VARIANTS.length;

export const varied = (view: PayeeView, offer: Offer, variant: number): PayeeView =>
  VARIANTS[variant % VARIANTS.length]?.(view, offer) ?? view;

/** The offer without one of its objects: what a reader that forgot one would judge. */
export function thinned(offer: Offer, place: number): Offer {
  const { coins, certificates, spends } = offer.provenance;
  const all = [...coins.keys(), ...certificates.keys(), ...spends.keys()];
  const gone = all[place % Math.max(1, all.length)];
  for (const objects of [coins, certificates, spends]) if (gone) objects.delete(gone);
  return offer;
}
