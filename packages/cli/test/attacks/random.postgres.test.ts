/**
 * Random histories from seeds: honest people among clones, lost offers, lost verdicts, syncs at any time. In the end
 * every honest person has, to the fen, what its device says, and no honest key is named (PROTOCOL.md §8, 1 to 5).
 */
import { day } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { expect, it } from 'vitest';
import { describeWithPostgres, type OpenWorld } from './server.ts';
import type { Person, World } from './world.ts';

/** A small generator with a good spread (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const LOAD = 5_000;
const STEPS = 70;
const GENEROUS = fen(1_000_000_000);

/** One payment between two devices, with everything that may go wrong on the way. */
function payAtRandom(payer: Person, payee: Person, amount: number, random: (below: number) => number): void {
  const asked = payee.wallet.request({ amount: fen(amount) });
  if (!asked.ok) return;
  const paid = payer.wallet.pay(asked.value.message, { confirmed: true });
  if (!paid.ok) {
    payee.wallet.cancel(asked.value.requestId);
    return;
  }
  // The offer is lost; the payee gives up at once, or waits for its next sync.
  const lost = random(8) === 0;
  const receipt = lost ? undefined : payee.wallet.receive(paid.value.sealedOffer);
  if (lost && random(2) === 0) return;
  const verdict = receipt?.ok ? receipt.value.verdict : payee.wallet.cancel(asked.value.requestId);
  const shown = verdict instanceof Uint8Array ? verdict : verdict.ok ? verdict.value.verdict : undefined;
  if (shown && random(4) > 0) payer.wallet.takeVerdict(shown);
}

/** What a device says that its holder has. */
const believed = ({ wallet }: Person): number =>
  wallet.payments().reduce((total, { direction, state, amount }) => {
    if (state !== 'paid') return total;
    return direction === 'in' ? total + amount : total - amount;
  }, LOAD);

/** Plays one history to its end; gives who was named. */
async function play(open: OpenWorld, seed: number): Promise<readonly string[]> {
  const random = generator(seed);
  const world = await open({
    policy: { maxPayments: 1_000, fundPerPayee: GENEROUS, fundPerCoin: GENEROUS },
    funds: [1_000_000, 1_000_000],
  });
  const honest = await Promise.all(
    Array.from({ length: 5 }, (_, i) => world.person(`honest-${i}`, { operator: 1 + (i % 2), load: LOAD })),
  );
  const cheats = await Promise.all(
    Array.from({ length: 2 }, (_, i) => world.person(`cheat-${i}`, { operator: 1 + i, load: LOAD })),
  );
  const devices = [...honest, ...cheats, ...cheats.map((cheat) => world.clone(cheat))];
  const any = (list: readonly Person[]): Person => {
    const one = list[random(list.length)];
    if (!one) throw new Error('attacks: nobody');
    return one;
  };
  for (let step = 0; step < STEPS; step++) {
    const [payer, payee] = [any(devices), any(devices)];
    if (payer.name !== payee.name) payAtRandom(payer, payee, 1 + random(1_200), random);
    world.pass(random(60));
    const options = [{}, { refresh: 'all' }, { claim: 'all' }, { refresh: 'none' }] as const;
    if (random(6) === 0) await world.sync(any(devices), options[random(4)]);
  }
  for (let round = 0; round < 3; round++) {
    for (const device of [...devices].sort(() => random(3) - 1)) await world.sync(device, { claim: 'all' });
  }
  for (const person of honest) {
    const { account, owed } = await world.wealth(person);
    expect(account + owed, `seed ${seed}, ${person.name}`).toBe(believed(person));
    expect(owed).toBe(0);
  }
  await afterTheClose(world, honest, devices);
  return world.culprits();
}

/** Closing every coin, and syncing again, changes nothing for those who claimed. */
async function afterTheClose(
  world: World,
  honest: readonly Person[],
  devices: readonly Person[],
): Promise<void> {
  world.passDays(130);
  await world.registry.close(day(world.today));
  for (const device of devices) await world.sync(device, { claim: 'all' });
  await world.registry.recover();
  for (const person of honest) {
    expect(await world.wealth(person), person.name).toEqual({ account: believed(person), walk: 0, owed: 0 });
  }
}

describeWithPostgres('random histories', (open) => {
  let cheated = 0;
  it.each(seeds())('honest people keep what their devices say, whoever cheats: seed %i', async (seed) => {
    cheated += (await play(open, seed)).length;
  });

  it('and cheats were found in them', () => {
    expect(cheated).toBeGreaterThan(0);
  });
});

/** `DUET_ATTACK_SEEDS=from-to` plays others. */
function seeds(): number[] {
  const [from = 1, to = 5] = (process.env.DUET_ATTACK_SEEDS ?? '1-5').split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
