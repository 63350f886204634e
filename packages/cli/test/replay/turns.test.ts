/** What lets a world play on several threads: turns of devices. */
import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/replay/turns.ts';

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const WIDE = { tasks: 100, seconds: 0 };

describe('turns', () => {
  it('let tasks of other devices pass, and keep the order of those that share one', async () => {
    const turns = new Turns(WIDE);
    const log: string[] = [];
    const task = (name: string, waits: number) => async (): Promise<void> => {
      log.push(`${name} begins`);
      for (let i = 0; i < waits; i++) await soon();
      log.push(`${name} ends`);
    };
    turns.add(0, [1, 2], task('first', 3));
    turns.add(0, [2, 3], task('second', 0));
    turns.add(0, [4, 5], task('other', 0));
    await turns.end();
    expect(log).toEqual([
      'first begins',
      'other begins',
      'other ends',
      'first ends',
      'second begins',
      'second ends',
    ]);
  });

  it('end with the error of a task, and those that waited for it do not run', async () => {
    const turns = new Turns(WIDE);
    let ran = false;
    turns.add(0, [1], () => Promise.reject(new Error('broken')));
    turns.add(0, [1, 2], async () => {
      ran = true;
    });
    await expect(turns.end()).rejects.toThrow('broken');
    expect(ran).toBe(false);
  });
});

describe('room for another turn', () => {
  const running = (turns: Turns, seconds: number, device: number): (() => void) => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    turns.add(seconds, [device], () => ended);
    return end;
  };
  const hasRoom = async (turns: Turns, seconds: number): Promise<boolean> => {
    const room = turns.room(seconds).then(() => true);
    return Promise.race([room, soon().then(() => false)]);
  };

  it('comes when fewer tasks go on than are allowed', async () => {
    const turns = new Turns({ tasks: 2, seconds: 0 });
    const ends = [running(turns, 0, 1), running(turns, 0, 2)];
    expect(await hasRoom(turns, 0)).toBe(false);
    ends[0]?.();
    expect(await hasRoom(turns, 0)).toBe(true);
  });

  it('comes when the earliest task that goes on is near enough in time', async () => {
    const turns = new Turns({ tasks: 9, seconds: 5 });
    const ends = [running(turns, 10, 1), running(turns, 12, 2)];
    expect(await hasRoom(turns, 15)).toBe(true);
    expect(await hasRoom(turns, 16)).toBe(false);
    ends[0]?.();
    expect(await hasRoom(turns, 16)).toBe(true);
  });

  it('passes the error of a task on', async () => {
    const turns = new Turns({ tasks: 1, seconds: 0 });
    turns.add(0, [1], () => Promise.reject(new Error('broken')));
    await expect(turns.room(0)).rejects.toThrow('broken');
  });
});
