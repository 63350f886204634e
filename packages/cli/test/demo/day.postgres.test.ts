/** The market day on a real database: everything that it promises happens, and the books are right. */
import { beforeAll, describe, expect, it } from 'vitest';
import { marketDay } from '../../src/demo/day.ts';
import { describeDay } from '../../src/demo/describe.ts';
import type { Story } from '../../src/demo/story.ts';
import { openWorldDatabase } from '../../src/replay/database.ts';
import { widthOf } from '../../src/text/format.ts';
import { temporaryFile } from '../support.ts';

const COLUMNS = 80;

describe('a market day', () => {
  let story: Story;

  beforeAll(async () => {
    story = await marketDay({
      seed: '1',
      balancesFile: temporaryFile(),
      openDatabase: () => openWorldDatabase(),
    });
  });

  it('has its people, tills and operators, and money that travels', () => {
    expect(story).toMatchObject({ people: 200, tills: 20 });
    expect(story.operators).toHaveLength(2);
    expect(new Set(story.names).size).toBe(220);
    expect(story.result.loads).toBe(200);
    expect(story.result.paid).toBeGreaterThan(1_000);
    expect(Object.keys(story.result.hops).length).toBeGreaterThanOrEqual(3);
    expect(story.refunds.count).toBeGreaterThan(5);
  });

  it('ends an interrupted payment the same way on both sides', () => {
    expect(story.interrupted).toMatchObject({
      payerSawFirst: 'not-yet-known',
      payerSawLast: 'paid',
      payeeSays: 'paid',
    });
  });

  it('gives the money of a lost phone back, and not before the close', () => {
    const { lost, evening, closed } = story;
    expect(lost?.heldFen).toBeGreaterThan(0);
    expect(lost?.backFen).toBe(lost?.heldFen);
    expect(evening.balanced && closed.balanced).toBe(true);
  });

  it('proves every cheat, names nobody else, pays everybody, and balances', () => {
    expect(story.cheats).toHaveLength(3);
    expect(story.result.doubleSpends).toEqual({ planted: 3, proven: 3, culpritsNamed: 3, honestNamed: 0 });
    expect(story.result.unpaidHonestPayees).toBe(0);
    expect(story.result.audit).toEqual({ balanced: true, differenceFen: 0 });
  });

  it('is told within 80 columns, with names and proofs, and ends well', () => {
    const { lines, exit } = describeDay(story, 'en', COLUMNS);
    const text = lines.join('\n');
    const inside = lines.filter((line) => /^[┌│└]/.test(line));
    expect(new Set(inside.map(widthOf))).toEqual(new Set([COLUMNS]));
    for (const { culprit, first, second } of story.cheats) {
      for (const device of [culprit, first, second]) expect(text).toContain(story.names[device]);
    }
    for (const { caseId } of story.closed.cases) expect(text).toContain(caseId.slice(0, 12));
    expect(
      text.match(
        /one key signed to both the same part of one coin, +│\n│ +from [\d.,]+ to [\d.,]+ yuan of its line/g,
      ),
    ).toHaveLength(3);
    const [, morning, evening, close] = /together +(\S+) +(\S+) +(\S+)/.exec(text) ?? [];
    expect([evening, close]).toEqual([morning, morning]);
    expect(text).toContain('not a fen missing');
    expect(exit).toBe(0);
  });

  it('says in words why payments were refused', () => {
    const result = { ...story.result, refused: { conflict: 1, 'count-limit': 40 } };
    const { lines } = describeDay({ ...story, result }, 'en', COLUMNS);
    expect(lines.join('\n')).toMatch(/conflict +1 +this money was spent twice/);
    expect(lines.join('\n')).toMatch(/count-limit +40 +the number of offline payments is used up/);
  });

  it('has no frames where a terminal is too narrow for them', () => {
    const text = describeDay(story, 'en', COLUMNS - 1).lines.join('\n');
    expect(text).not.toMatch(/[┌│└]/);
    expect(text).toContain('\nWho cheated\n');
  });

  it('is told in Chinese, within 80 columns', () => {
    const { lines } = describeDay(story, 'zh', COLUMNS);
    const inside = lines.filter((line) => /^[┌│└]/.test(line));
    expect(new Set(inside.map(widthOf))).toEqual(new Set([COLUMNS]));
    // Names of people, tills and operators are theirs in every language.
    const names = [...story.names, ...story.operators.map(({ name }) => name)];
    const rest = names
      .reduce((text, name) => text.replaceAll(name, ''), inside.join('\n'))
      .replace(/\b[0-9a-f]{12}\b/g, '');
    for (const word of rest.match(/[A-Za-z]{3,}/g) ?? [])
      expect([...Object.keys(story.result.refused).flatMap((code) => code.split('-'))]).toContain(word);
    expect(rest).toContain('分毫不差');
  });
});
