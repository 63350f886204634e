/** Notes of an operator that takes uploads: kept with the sealed bytes, shown again until they are answered (SET-7). */
import { toHex } from '@duet/protocol/bytes';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../src/memory-journal.ts';
import { encodeRecord } from '../src/secure-element/record-codec.ts';
import { snapshotOf } from '../src/secure-element/snapshot.ts';
import type { Wallet } from '../src/wallet.ts';
import { copyOf, payment, World } from './helpers/world.ts';

interface Shown {
  readonly sealed: string;
  readonly note: string | undefined;
}

interface Operator {
  readonly port: SettlementPort;
  /** Uploads as they arrived, in hex. */
  readonly shown: Shown[];
  /** Hands on what it noted; else the connection ends. */
  honest: boolean;
}

function operator(world: World, intake: (sealed: Uint8Array) => Result<Uint8Array>): Operator {
  const shown: Shown[] = [];
  const port: SettlementPort = {
    trust: () => world.trust(),
    certify: (enrolment) => world.certify(enrolment),
    load: (order) => world.load(order),
    account: (...of) => world.account(...of),
    intake: (sealed) => Promise.resolve(intake(sealed)),
    settle: (sealed, note) => {
      shown.push({ sealed: toHex(sealed), note: note && toHex(note) });
      return note && !made.honest ? Promise.reject(new Error('held back')) : world.settle(sealed);
    },
  };
  const made: Operator = { port, shown, honest: false };
  return made;
}

async function paid(): Promise<{ world: World; ben: Wallet; journal: ReturnType<typeof memoryJournal> }> {
  const world = new World();
  const journal = memoryJournal();
  const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben', 0, { journal })];
  payment(anna, ben, 400);
  return { world, ben, journal };
}

describe('SET-7, SET-14: an upload that an operator noted', () => {
  it('is shown again, the same bytes with the same note, until it is answered; also after a restart', async () => {
    const { world, ben, journal } = await paid();
    const east = operator(world, (sealed) => accept(world.noteOf(sealed)));
    await expect(ben.sync(east.port, { claim: 'all' })).rejects.toThrow('held back');
    const [noted, ...more] = east.shown;
    expect(more).toEqual([]);
    expect(noted?.note).toBeDefined();
    expect(world.balanceOf('ben')).toBe(0);

    const compact = memoryJournal();
    compact.append((snapshotOf(ben.state) ?? []).map(encodeRecord));
    for (const kept of [compact, copyOf(journal)]) {
      const again = world.wallet('ben', { journal: kept });
      const west = operator(world, (sealed) => accept(world.noteOf(sealed)));
      await expect(again.sync(west.port, { claim: 'all' })).rejects.toThrow('held back');
      expect(west.shown).toEqual([noted]);
      west.honest = true;
      expect(await again.sync(west.port, { claim: 'all' })).toMatchObject({ complete: true, refused: [] });
      expect(west.shown[1]).toEqual(noted);
      expect(again.state.noted.size).toBe(0);
      expect(world.balanceOf('ben')).toBe(400);
      const before = west.shown.length;
      await again.sync(west.port, { claim: 'all' });
      expect(west.shown.slice(before).map(({ note }) => note)).not.toContain(noted?.note);
    }
  });

  it('goes up without a note where the operator gives none that holds, and the report says so', async () => {
    const bad: readonly [string, (world: World, sealed: Uint8Array) => Result<Uint8Array>][] = [
      ['note-invalid', (world) => accept(world.noteOf(new Uint8Array(3)))],
      ['note-invalid', () => accept(new Uint8Array(40))],
      ['note-invalid', (_, sealed) => accept(new World().noteOf(sealed))],
      ['too-large', () => reject('too-large', 'less', 'more')],
    ];
    for (const [code, intake] of bad) {
      const { world, ben } = await paid();
      const east = operator(world, (sealed) => intake(world, sealed));
      const report = await ben.sync(east.port, { claim: 'all' });
      expect(report.complete).toBe(true);
      expect(report.refused.map((refused) => refused.code)).toEqual([code]);
      expect(east.shown.filter(({ note }) => note !== undefined)).toEqual([]);
      expect(world.balanceOf('ben')).toBe(400);
    }
  });
});
