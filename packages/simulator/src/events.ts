/** What each kind of planned event does to a world. */
import { ZERO } from '@duet/protocol/money';
import type { Asked } from '@duet/wallet/receiving';
import { Meeting } from './meeting.ts';
import { Device, type Person } from './person.ts';
import type { PlannedEvent } from './plan.ts';
import type { World } from './world.ts';

/** Enters all events of the plan. */
export function enterEvents(world: World): void {
  const startMs = world.agenda.nowMs;
  for (const event of world.plan.events) {
    const atMs = startMs + event.atMs;
    if (event.kind === 'restore') keepBackup(world, event.who, Math.max(startMs, atMs - event.backMs));
    world.agenda.at(atMs, () => (world.isHealed ? undefined : happen(world, event)));
  }
}

/** A backup is the journal as it was: what the phone's maker copies while its owner knows nothing of it. */
function keepBackup(world: World, who: number, atMs: number): void {
  const person = world.person(who);
  world.agenda.at(atMs, () => {
    person.past.push({ atMs, records: person.device.journal.read() });
  });
}

function happen(world: World, event: PlannedEvent): void | Promise<void> {
  const { agenda, coverage, connection } = world;
  switch (event.kind) {
    case 'pay':
    case 'clone-pays':
      return meet(world, event);
    case 'pay-standing':
      return payStanding(world, event);
    case 'refund':
      return refund(world, event);
    case 'sync': {
      const { device } = world.person(event.who);
      return world.sync(device, event.load > ZERO ? { load: event.load } : {}).then(() => undefined);
    }
    case 'power-cut':
      return world.person(event.who).device.journal.arm(event.steps, event.point);
    case 'reboot':
      coverage.fault('reboot');
      return world.reboot(world.person(event.who).device);
    case 'clock-jump':
      coverage.fault('clock-jump');
      world.person(event.who).device.drift = event.seconds;
      return world.say(world.person(event.who).device, `has a clock that is ${event.seconds} s off`);
    case 'registry-down':
      connection.down();
      return agenda.after(event.forMs, () => connection.up());
    case 'answer-lost':
      return connection.loseAnswer(event.to);
    case 'restore':
      return restore(world, event);
    case 'clone':
      return clone(world, event.who);
    case 'replay':
      return replay(world, event);
  }
}

function meet(world: World, event: Extract<PlannedEvent, { kind: 'pay' | 'clone-pays' }>): void {
  const isCopy = event.kind === 'clone-pays';
  const payer = world.person(isCopy ? event.who : event.payer);
  if (isCopy && payer.copy) world.coverage.attack('clone-pays-stranger');
  const device = (): Device | undefined => (isCopy ? payer.copy : payer.device);
  if (device())
    new Meeting(world, device, world.person(event.payee), world.chanceOf(event.number)).begin(event.amount);
}

/** A till has one standing request on its wall, and takes it down when it is closed. */
function payStanding(world: World, event: Extract<PlannedEvent, { kind: 'pay-standing' }>): void {
  const [payer, till] = [world.person(event.payer), world.person(event.payee)];
  till.standing ??= standingOf(world, till);
  if (!till.standing) return;
  new Meeting(world, () => payer.device, till, world.chanceOf(event.number)).show(
    till.standing,
    event.amount,
  );
}

function standingOf(world: World, till: Person): Asked | undefined {
  const asked = world.act(till.device, 'asks for any amount', (wallet) => wallet.request({ standing: true }));
  return asked?.ok ? asked.value : undefined;
}

/** The person asks for a payment of its own to be paid back, and shows that to who took it. */
function refund(world: World, event: Extract<PlannedEvent, { kind: 'refund' }>): void {
  const person = world.person(event.who);
  const random = world.chanceOf(event.number);
  const paid = person.device.wallet
    .payments()
    .filter(({ direction, state }) => direction === 'out' && state === 'paid');
  if (paid.length === 0) return;
  const { paymentId, requestId } = random.pick(paid);
  const number = world.reference.payeeOf(requestId);
  if (number === undefined) return;
  const asked = world.act(person.device, 'asks for its money back', (wallet) =>
    wallet.requestRefund(paymentId),
  );
  for (const [place, one] of (asked?.ok ? asked.value : []).entries())
    new Meeting(world, () => world.person(number).device, person, random.fork(`${place}`)).show(
      one,
      one.amount,
    );
}

/** A clone is dishonest; whoever lost a phone is not. */
function restore(world: World, event: Extract<PlannedEvent, { kind: 'restore' }>): void {
  const person = world.person(event.who);
  const backup = person.past.at(-1);
  if (!person.isHonest || !backup) return;
  world.coverage.fault('restored-from-backup');
  world.say(person.device, 'loses the phone and goes on from a backup');
  person.device = new Device(person.owner, world.ground, { records: backup.records, restored: true });
  person.hasRestored = true;
}

function clone(world: World, who: number): void {
  const person = world.person(who);
  if (person.copy || person.hasRestored) return;
  person.copy = new Device(person.owner, world.ground, {
    records: person.device.journal.read(),
    isCopy: true,
  });
  world.say(person.device, 'copies the phone');
}

function replay(world: World, event: Extract<PlannedEvent, { kind: 'replay' }>): void {
  const random = world.chanceOf(event.number);
  if (world.overheard.length === 0) return;
  const bytes = random.pick(world.overheard);
  const { device } = world.person(event.to);
  world.coverage.fault('message-to-another');
  world.act(device, 'is shown an overheard offer', (wallet) => wallet.receive(bytes));
  world.act(device, 'is shown an overheard answer', (wallet) => wallet.takeVerdict(bytes));
  world.act(device, 'is shown an overheard request', (wallet) => wallet.inspectRequest(bytes));
}
