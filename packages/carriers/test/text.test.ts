import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_INPUT_CHARACTERS, MAX_LINES, MAX_MESSAGE_BYTES } from '../src/limits.ts';
import { messageParts } from '../src/message-parts.ts';
import { urOfMessage } from '../src/payload.ts';
import { CARRIER_CODES, carrierTodoOf } from '../src/rejection.ts';
import { decodeAny, encodeText, type Incoming, messageDecoder } from '../src/text.ts';
import { encodeUr, UrEncoder, upperCaseUr } from '../src/ur.ts';

const message = Uint8Array.of(0x11, 0x20, 0x0a, 0xff, 0);
const ur = encodeUr(urOfMessage(message));
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

function taken(input: string | Uint8Array, decoder = messageDecoder()): Incoming {
  const result = decodeAny(input, decoder);
  if (!result.ok) throw new Error(result.rejection.code);
  return result.value;
}

const codeOf = (input: string | Uint8Array): string => {
  const result = decodeAny(input);
  return result.ok ? result.value.kind : result.rejection.code;
};

function sequence(bytes: Uint8Array): { readonly partCount: number; partText(partNumber: number): string } {
  const parts = messageParts(bytes, { maxBytesPerPart: 100 });
  if (parts.kind !== 'sequence') throw new Error('expected a sequence');
  return parts;
}

const longMessage = Uint8Array.from({ length: 450 }, (_, i) => (0x11 + i * 7) & 0xff);
const long = sequence(longMessage);

describe('a whole message', () => {
  it('is one line of text', () => {
    expect(encodeText(message)).toBe('DUET:J72PH100');
    expect(taken('DUET:J72PH100')).toEqual({ kind: 'message', form: 'text', message });
    expect(() => encodeText(new Uint8Array())).toThrow(RangeError);
    expect(() => encodeText(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(RangeError);
  });

  it('is taken in every form, with white space at its ends', () => {
    for (const space of ['', ' ', '\n', '\r\n', '\t  \n']) {
      expect(taken(`${space}${encodeText(message)}${space}`)).toEqual({
        kind: 'message',
        form: 'text',
        message,
      });
      expect(taken(ascii(`${space}${encodeText(message)}${space}`)).kind).toBe('message');
      for (const text of [ur, upperCaseUr(ur)]) {
        expect(taken(`${space}${text}${space}`)).toEqual({ kind: 'message', form: 'ur', message });
        expect(taken(ascii(`${space}${text}${space}`))).toEqual({ kind: 'message', form: 'ur', message });
      }
    }
    expect(taken(message)).toEqual({ kind: 'message', form: 'raw', message });
  });

  it('comes back from text whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        expect(taken(` ${encodeText(bytes)}\n`)).toEqual({ kind: 'message', form: 'text', message: bytes });
        expect(taken(encodeUr(urOfMessage(bytes)))).toEqual({ kind: 'message', form: 'ur', message: bytes });
      }),
    );
  });

  it('comes back from its own bytes when they begin as messages do', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(15),
        (rest, version, type) => {
          const bytes = Uint8Array.of((version << 4) | type, ...rest);
          fc.pre(type > 0);
          expect(taken(bytes)).toEqual({ kind: 'message', form: 'raw', message: bytes });
        },
      ),
    );
  });

  it('comes back at its largest', () => {
    const largest = new Uint8Array(MAX_MESSAGE_BYTES).fill(0x11);
    expect(taken(encodeText(largest))).toEqual({ kind: 'message', form: 'text', message: largest });
    expect(taken(encodeUr(urOfMessage(largest)))).toEqual({ kind: 'message', form: 'ur', message: largest });
    expect(taken(largest)).toEqual({ kind: 'message', form: 'raw', message: largest });
  });

  it('is a copy of what was given', () => {
    const given = message.slice();
    const result = taken(given);
    given.fill(0);
    expect(result).toEqual({ kind: 'message', form: 'raw', message });
  });
});

describe('a sequence', () => {
  it('is taken line by line, over several inputs', () => {
    const decoder = messageDecoder();
    const first = taken(`${long.partText(2)}\n`, decoder);
    expect(first).toEqual({ kind: 'partial', decoder, received: 1, expected: 5, refusedLines: [] });
    expect(taken(`${long.partText(1)}\r\n  ${long.partText(4).toLowerCase()} \n\n`, decoder)).toMatchObject({
      received: 3,
    });
    const last = taken(`${long.partText(5)}\n${long.partText(5)}\n${long.partText(3)}`, decoder);
    expect(last).toEqual({ kind: 'message', form: 'ur', message: longMessage });
  });

  it('names the lines that were refused and keeps the others', () => {
    const other = sequence(longMessage.map((byte) => byte ^ 1));
    const result = taken(
      [long.partText(1), other.partText(2), long.partText(3).slice(0, -1), 'hello'].join('\n'),
    );
    expect(result).toMatchObject({
      kind: 'partial',
      received: 1,
      refusedLines: [
        { line: 2, rejection: { code: 'other-message' } },
        { line: 3, rejection: { code: 'bad-length' } },
        { line: 4, rejection: { code: 'bad-ur' } },
      ],
    });
  });

  it('takes a whole message in between, and goes on', () => {
    const decoder = messageDecoder();
    taken(long.partText(1), decoder);
    expect(taken(encodeText(message), decoder)).toEqual({ kind: 'message', form: 'text', message });
    expect(taken(long.partText(2), decoder)).toMatchObject({ kind: 'partial', received: 2 });
  });

  it('begins anew after a payload that is no message', () => {
    const wrong = new UrEncoder({ type: 'duet', cbor: new Uint8Array(120) }, { maxFragmentBytes: 100 });
    const decoder = messageDecoder();
    taken(wrong.part(1), decoder);
    const result = decodeAny(wrong.part(2), decoder);
    expect(result.ok ? 'taken' : result.rejection.code).toBe('bad-payload');
    expect(taken(long.partText(1), decoder)).toMatchObject({ kind: 'partial', received: 1 });
  });
});

describe('anything else', () => {
  it.each<[string | Uint8Array, string]>([
    ['', 'empty-input'],
    [' \n\t ', 'empty-input'],
    [new Uint8Array(), 'empty-input'],
    ['DUET:', 'empty-input'],
    ['hello', 'unknown-form'],
    ['DUE', 'unknown-form'],
    ['duet:J72PH100', 'unknown-form'],
    ['HC1:J72PH100', 'unknown-form'],
    ['\ufeffDUET:J72PH100', 'unknown-form'],
    ['DUET:J72PH1::', 'bad-group'],
    ['DUET:J72\nPH100', 'bad-character'],
    ['DUET:j72PH100', 'bad-character'],
    ['DUET:J72PH10', 'bad-length'],
    ['DUET:GGW', 'bad-group'],
    [`${ur}aa`, 'bad-checksum'],
    [`${ur.slice(0, 12)} ${ur.slice(12)}`, 'bad-ur'],
    ['ur:duet', 'bad-ur'],
    [ur.replace('duet', 'bytes'), 'wrong-ur-type'],
    [encodeUr({ type: 'duet', cbor: Uint8Array.of(1) }), 'bad-payload'],
    [long.partText(1).replace('/1-', '/x-'), 'bad-sequence'],
    [ascii('DUET:J72P'), 'bad-length'],
    [ascii('UR:DUET'), 'bad-ur'],
  ])('%j: %s', (input, code) => {
    expect(codeOf(input)).toBe(code);
  });

  it('that is too large is refused before it is read', () => {
    expect(codeOf(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toBe('input-too-large');
    expect(codeOf(`DUET:${'0'.repeat(100_000)}`)).toBe('input-too-large');
    expect(codeOf(' '.repeat(MAX_INPUT_CHARACTERS + 1))).toBe('input-too-large');
    expect(codeOf(new Uint8Array(MAX_INPUT_CHARACTERS + 1))).toBe('input-too-large');
    expect(codeOf(`ur:\n${'\n'.repeat(MAX_LINES)}x`)).toBe('input-too-large');
    expect(codeOf(' '.repeat(MAX_INPUT_CHARACTERS))).toBe('empty-input');
  });

  it('has a code with something to do about it, each once', () => {
    expect(new Set(CARRIER_CODES.map(({ code }) => code)).size).toBe(CARRIER_CODES.length);
    for (const { code, todo } of CARRIER_CODES) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(carrierTodoOf(code)).toBe(todo);
      expect(todo).toMatch(/^[A-Z].*\.$/);
    }
  });
});
