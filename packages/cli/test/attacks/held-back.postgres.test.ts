/** Operators that hold uploads back until the coins are closed: they pay by the IntakeNote that they signed (SET-7). */
import { operatorRelay } from '@duet/ledger/engine/operator-relay';
import { day, type Instant, instant } from '@duet/protocol/brand';
import { fen } from '@duet/protocol/money';
import { CLAIM, RETURN } from '@duet/protocol/objects/claim';
import { INTAKE_NOTE, type IntakeNoteBody } from '@duet/protocol/objects/notes';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import { expect, it } from 'vitest';
import { exchangesOf, forge, holdingOf, inputsOf } from './forger.ts';
import { describeWithPostgres } from './server.ts';
import { type Person, type Uploaded, value, type World } from './world.ts';

/** Days from a load to claimBy of its coin, and from there to the close: spendDays, claimDays, grace of the policy. */
const CLAIM_DAYS = 90 + 30;
const GRACE_DAYS = 7;
const RESERVE = 10_000_000;

interface Noted {
  readonly sealed: Uint8Array;
  readonly note: Uint8Array;
}

const relayOf = ({ registry, authority, crypto, clock }: World, operator: number): Required<SettlementPort> =>
  operatorRelay(registry, { operator, authority, hashes: crypto, clock });

/** Everything that somebody was paid, and the Claim of it, in one upload. */
function claimOfAll(world: World, person: Person): Uint8Array {
  const holding = holdingOf(person);
  const { operator, handle } = person;
  const destination = { kind: 'account', handle } as const;
  const body = { inputs: inputsOf(holding), operator, destination };
  const claim = forge(world, person, CLAIM, holding.owner, body, true);
  return world.sealed({ exchanges: exchangesOf(person), claims: [encodeSigned(CLAIM, claim)] });
}

/** The operator takes it now, and hands nothing on. */
async function heldBack(world: World, person: Person, operator = person.operator): Promise<Noted> {
  const sealed = claimOfAll(world, person);
  return { sealed, note: value(await relayOf(world, operator).intake(sealed)) };
}

const show = async (world: World, { sealed, note }: Noted): Promise<Uploaded> =>
  world.read(await world.registry.settle(sealed, note));

async function close(world: World): Promise<void> {
  world.passDays(CLAIM_DAYS + GRACE_DAYS + 1);
  await world.registry.close(day(world.today));
}

const accounts = async (world: World, ...people: readonly Person[]): Promise<number[]> =>
  (await Promise.all(people.map((person) => world.wealth(person)))).map(({ account }) => account);

/** What each of the two operators has paid from its reserve. */
async function paidByOperators(world: World): Promise<number[]> {
  const { reserves } = await world.registry.balances();
  return [1, 2].map((operator) => RESERVE - (reserves.get(operator) ?? 0));
}

/** 1,200 went from an account or coin of the first operator to the second: the reserve follows (SET-11). */
const NETTED = [1_200, -1_200];

/** Anna pays ben, whose operator is the second; nobody has synced since. */
async function paidOffline(world: World): Promise<{ anna: Person; ben: Person }> {
  const anna = await world.person('anna', { load: 3_000 });
  const ben = await world.person('ben', { operator: 2 });
  world.pay(anna, ben, 1_200);
  return { anna, ben };
}

describeWithPostgres('uploads that an operator holds back', (open) => {
  it('SET-7: a claim in time by its note, handed on after the close, is paid by the operator that signed the note', async () => {
    const world = await open();
    const { anna, ben } = await paidOffline(world);
    const noted = await heldBack(world, ben);
    await close(world);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 0]);
    const { items, answer } = await show(world, noted);
    expect(answer.refused).toEqual([]);
    expect(items).toMatchObject([{ outcome: 'credited', amount: 1_200 }]);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 1_200]);
    expect(await paidByOperators(world)).toEqual([0, 1_200]);
    expect((await world.wealth(ben)).owed).toBe(0);
    expect((await world.registry.audit()).accounts).toMatchObject({ receivable: 0, owed: 0 });
    for (let i = 0; i < 2; i++)
      expect((await show(world, noted)).items).toMatchObject([{ outcome: 'credited', amount: 1_200 }]);
    expect(await world.registry.recover()).toBe(0);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 1_200]);
    expect(await world.cases()).toEqual([]);
  });

  it('SET-7: handed on in time, a note changes nothing: the coin pays', async () => {
    const world = await open();
    const { anna, ben } = await paidOffline(world);
    const relay = relayOf(world, 2);
    const answer = world.read(await relay.settle(claimOfAll(world, ben)));
    expect(answer.answer.refused).toEqual([]);
    expect(answer.items).toMatchObject([{ outcome: 'credited', amount: 1_200 }]);
    const noted = await heldBack(world, ben);
    await close(world);
    expect((await show(world, noted)).items).toMatchObject([{ outcome: 'credited' }]);
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    expect(await paidByOperators(world)).toEqual(NETTED);
  });

  it('SET-7: an operator that hands the claim on without its note pays once the device shows it', async () => {
    const world = await open();
    const { anna, ben } = await paidOffline(world);
    const noted = await heldBack(world, ben);
    await close(world);
    const late = world.read(await world.registry.settle(noted.sealed));
    expect(late.items).toMatchObject([{ outcome: 'owed', amount: 1_200, code: 'claim-late' }]);
    expect((await world.registry.audit()).accounts.receivable).toBe(-1_200);
    expect((await show(world, noted)).items).toMatchObject([{ outcome: 'credited', amount: 1_200 }]);
    expect(await world.registry.recover()).toBe(0);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 1_200]);
    expect(await paidByOperators(world)).toEqual([0, 1_200]);
  });

  it('SET-7: what the account that got the gap has paid already, no operator pays again', async () => {
    const world = await open();
    const { anna, ben } = await paidOffline(world);
    const noted = await heldBack(world, ben);
    await close(world);
    await world.registry.settle(noted.sealed);
    expect(await world.registry.recover()).toBe(1_200);
    await show(world, noted);
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    expect(await paidByOperators(world)).toEqual(NETTED);
  });

  it('SET-7: of two operators that noted one claim, the one whose note is shown first pays, once', async () => {
    const world = await open();
    const { anna, ben } = await paidOffline(world);
    const [one, other] = [await heldBack(world, ben, 1), await heldBack(world, ben, 2)];
    await close(world);
    for (const noted of [one, other, one]) await show(world, noted);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 1_200]);
    expect(await paidByOperators(world)).toEqual([1_200, 0]);
  });

  it('SET-7: notes at the last second before claimBy, and at claimBy itself: the second makes the claim late', async () => {
    for (const [offset, byOperator] of [
      [-1, 1_200],
      [0, 0],
    ] as const) {
      const world = await open();
      const { anna, ben } = await paidOffline(world);
      const claimBy = holdingOf(ben).coin.body.claimBy * 86_400;
      world.pass(claimBy + offset - world.clock());
      const noted = await heldBack(world, ben);
      world.passDays(GRACE_DAYS + 1);
      await world.registry.close(day(world.today));
      const { items, answer } = await show(world, noted);
      expect(answer.refused).toEqual([]);
      expect(items).toMatchObject([{ outcome: byOperator > 0 ? 'credited' : 'owed', amount: 1_200 }]);
      expect(await paidByOperators(world)).toEqual([0, byOperator]);
      await world.registry.recover();
      expect(await accounts(world, anna, ben)).toEqual([1_800 + byOperator, 1_200]);
    }
  });

  it('SET-7: a forged note, one over other bytes and one of a withdrawn key change nothing, and have a code', async () => {
    const world = await open();
    const { anna, ben } = await paidOffline(world);
    const { sealed, note } = await heldBack(world, ben);
    const other = value(await relayOf(world, 2).intake(world.sealed({})));
    const { body } = decodeSigned(INTAKE_NOTE, note, world.crypto);
    const by = (operator: number, change: Partial<IntakeNoteBody>): Uint8Array => {
      const made = world.authority.signAsOperator(operator, INTAKE_NOTE, { ...body, ...change });
      if (!made) throw new Error('attacks: a note of an operator');
      return encodeSigned(INTAKE_NOTE, made);
    };
    const beforeItsKey: Instant = instant(1_000);
    const bad = [other, by(1, {}), by(1, { operator: 1 }), by(2, { time: beforeItsKey }), note.subarray(1)];
    await close(world);
    for (const shown of bad) {
      const { answer, items } = await show(world, { sealed, note: shown });
      expect(answer.refused).toEqual([{ list: 0, place: 0, code: 'note-invalid' }]);
      expect(items).toMatchObject([{ outcome: 'owed', amount: 1_200 }]);
    }
    const keys = world.authority.bundle.body.keys.map((key) =>
      key.operator === 2 ? { ...key, withdrawn: true } : key,
    );
    world.useAuthority(world.authority.withBundle({ keys }));
    const { answer } = await show(world, { sealed, note });
    expect(answer.refused).toEqual([{ list: 0, place: 0, code: 'note-invalid' }]);
    expect(await paidByOperators(world)).toEqual([0, 0]);
    expect(await world.registry.recover()).toBe(1_200);
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
  });

  it('SET-7: a voided spend is owed by nobody, whatever note its claim has', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    const copy = world.clone(ben);
    const paid = value(anna.wallet.pay(asked.message, { confirmed: true }));
    value(ben.wallet.receive(paid.sealedOffer));
    value(anna.wallet.takeVerdict(value(copy.wallet.cancel(asked.requestId)).verdict));
    await world.sync(anna, { claim: 'all' });
    const noted = await heldBack(world, ben);
    await close(world);
    expect((await show(world, noted)).items).toMatchObject([{ outcome: 'refused', code: 'spend-void' }]);
    expect(await paidByOperators(world)).toEqual([0, 0]);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 0]);
  });

  it('SET-7, SET-11: only the reserve above quota pays; beyond it the claim stays owed and the operator is stopped', async () => {
    const world = await open({ reserve: RESERVE, quota: RESERVE - 500 });
    const { anna, ben } = await paidOffline(world);
    const noted = await heldBack(world, ben);
    await close(world);
    expect((await show(world, noted)).items.map(({ outcome, amount }) => [outcome, amount])).toEqual([
      ['credited', 500],
      ['owed', 700],
    ]);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 500]);
    expect((await world.wealth(ben)).owed).toBe(700);
    expect(await paidByOperators(world)).toEqual([0, 500]);
    const cara = await world.person('cara', { operator: 2, deposit: 100 });
    const refused = await world.sync(cara, { load: fen(100) });
    expect(refused.refused.map(({ code }) => code)).toEqual(['operator-stopped']);
    // Neither a close nor a fund that owes nothing lets it go on while its reserve owes.
    await close(world);
    expect((await world.sync(cara, { load: fen(100) })).refused).toHaveLength(1);
    await world.sql('UPDATE operator SET quota = quota - 700 WHERE operator = 2');
    await close(world);
    expect((await world.wealth(ben)).owed).toBe(0);
    expect(await world.sync(cara, { load: fen(100) })).toMatchObject({ loadedFen: 100, refused: [] });
  });

  it('SET-7: a Return that an operator held back is paid by it, not by the account that the walk credited', async () => {
    const world = await open();
    const anna = await world.person('anna', { load: 3_000 });
    const ben = await world.person('ben', { operator: 2 });
    const asked = value(ben.wallet.request({ amount: fen(1_200) }));
    value(anna.wallet.pay(asked.message, { confirmed: true }));
    await world.sync(anna, { refresh: 'none' });
    const { verdict } = value(ben.wallet.cancel(asked.requestId));
    const spends = [...anna.wallet.state.outgoing.values()].flatMap((payment) => payment.spends);
    const key = holdingOf(anna).owner;
    const destination = { kind: 'account', handle: anna.handle } as const;
    const ids = spends.map(({ id }) => id);
    const order = forge(world, anna, RETURN, key, { spends: ids, operator: 1, destination }, true);
    value(anna.wallet.takeVerdict(verdict));
    const verdicts = anna.wallet.exportEvidence().verdicts;
    const sealed = world.sealed({ returns: [encodeSigned(RETURN, order)] });
    const note = value(await relayOf(world, 1).intake(sealed));
    await close(world);
    expect(await accounts(world, anna, ben)).toEqual([1_800, 1_200]);
    await world.upload({ verdicts });
    expect((await show(world, { sealed, note })).items).toMatchObject([
      { outcome: 'credited', amount: 1_200 },
    ]);
    expect(await world.registry.recover()).toBe(0);
    expect(await accounts(world, anna, ben)).toEqual([3_000, 1_200]);
    await world.sync(ben);
    expect(await world.cases()).toEqual([]);
  });

  it('SET-14: a device whose operator held its claims back sends them again elsewhere: credited once, nothing is late', async () => {
    const world = await open();
    const { anna, ben } = await paidOffline(world);
    const relay = relayOf(world, 2);
    const settle: SettlementPort['settle'] = (sealed, note) =>
      note ? Promise.reject(new Error('held back')) : world.registry.settle(sealed);
    await expect(ben.wallet.sync({ ...relay, settle }, { claim: 'all' })).rejects.toThrow('held back');
    expect(ben.wallet.state.noted.size).toBe(1);
    expect(await accounts(world, anna, ben)).toEqual([0, 0]);
    await world.settle(ben);
    expect(ben.wallet.state.noted.size).toBe(0);
    expect(await accounts(world, anna, ben)).toEqual([0, 1_200]);
    expect(await ben.wallet.sync(relay, { claim: 'all' })).toMatchObject({ complete: true, refused: [] });
    expect(await accounts(world, anna, ben)).toEqual([0, 1_200]);
  });
});
