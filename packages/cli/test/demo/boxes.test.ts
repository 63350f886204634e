/** Frames around text. */
import { describe, expect, it } from 'vitest';
import { box } from '../../src/demo/boxes.ts';
import { widthOf } from '../../src/text/format.ts';

describe('a box', () => {
  it('is as wide as it was told, whatever it holds', () => {
    const lines = box(
      '标题',
      ['short', '  indented and far too long for one line of this box', '', '茶馆'],
      24,
    );
    expect(new Set(lines.map(widthOf))).toEqual(new Set([28]));
    expect(lines.slice(2, 5).map((line) => line.slice(2, 26).trimEnd())).toEqual([
      '  indented and far too',
      '    long for one line of',
      '    this box',
    ]);
    expect(lines[0]).toMatch(/^┌─ 标题 ─+┐$/);
  });

  it('grows with a word that cannot be broken', () => {
    expect(box('t', ['x'.repeat(30)], 10).map(widthOf)).toEqual([34, 34, 34]);
  });
});
