import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBytewords, encodeBytewords } from '../src/bytewords.ts';
import { crc32 } from '../src/crc32.ts';
import { encodeFountainPart } from '../src/fountain-part.ts';
import { MAX_UR_BYTES, MAX_UR_CHARACTERS } from '../src/limits.ts';
import { messageOfUr, urOfMessage } from '../src/payload.ts';
import { encodeUr, parseUr, UrEncoder, upperCaseUr } from '../src/ur.ts';
import { UrDecoder } from '../src/ur-decoder.ts';

const cbor = Uint8Array.of(0x43, 1, 2, 3);
const whole = encodeUr({ type: 'duet', cbor });
const words = encodeBytewords(cbor, 'minimal');
const long = { type: 'duet', cbor: Uint8Array.from({ length: 500 }, (_, i) => (i * 13) & 0xff) };
const parts = new UrEncoder(long, { maxFragmentBytes: 100 });
const [, , partWords = ''] = parts.part(1).split('/');

const codeOf = (text: string): string => {
  const result = parseUr(text);
  return result.ok ? result.value.kind : result.rejection.code;
};

describe('a text', () => {
  it.each([
    [whole, 'whole'],
    [upperCaseUr(whole), 'whole'],
    [`Ur:Duet/${words}`, 'whole'],
    [parts.part(1), 'part'],
    [parts.part(1_000), 'part'],
    [upperCaseUr(parts.part(9)), 'part'],
    ['', 'bad-ur'],
    ['ur', 'bad-ur'],
    ['ur:', 'bad-ur'],
    [`uri:duet/${words}`, 'bad-ur'],
    [`ur:${words}`, 'bad-ur'],
    [`ur:/${words}`, 'bad-ur'],
    [`ur:du_et/${words}`, 'bad-ur'],
    [`ur:${'a'.repeat(33)}/${words}`, 'bad-ur'],
    [`ur:duet//1-5/${words}`, 'bad-ur'],
    [`ur:duet/1-5/${partWords}/`, 'bad-ur'],
    [` ${whole}`, 'bad-ur'],
    [`${whole}\n`, 'bad-ur'],
    // The Kelvin sign and the dotless i fold into ASCII letters where Unicode rules are used.
    [`ur:duet/\u212a${words.slice(1)}`, 'bad-ur'],
    [`ur:\u0131/${words}`, 'bad-ur'],
    [`ur:duet/0-5/${partWords}`, 'bad-sequence'],
    [`ur:duet/01-5/${partWords}`, 'bad-sequence'],
    [`ur:duet/1-0/${partWords}`, 'bad-sequence'],
    [`ur:duet/1-5-1/${partWords}`, 'bad-sequence'],
    [`ur:duet/1/${partWords}`, 'bad-sequence'],
    [`ur:duet/-5/${partWords}`, 'bad-sequence'],
    [`ur:duet/+1-5/${partWords}`, 'bad-sequence'],
    [`ur:duet//${partWords}`, 'bad-sequence'],
    [`ur:duet/2-5/${partWords}`, 'bad-part'],
    [`ur:duet/1-6/${partWords}`, 'bad-part'],
    [`ur:duet/1-5/${words}`, 'bad-part'],
    ['ur:duet/', 'bad-length'],
    ['ur:duet/aeaeaeae', 'bad-length'],
    [whole.slice(0, -1), 'bad-length'],
    [`${whole}zz`, 'bad-word'],
    [`ur:duet/--${words.slice(2)}`, 'bad-word'],
    [whole.slice(0, -2), 'bad-checksum'],
    [`ur:duet/ae${words.slice(2)}`, 'bad-checksum'],
  ])('%j: %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('holds the largest message, and no byte more', () => {
    expect(codeOf(`ur:duet/${'a'.repeat(MAX_UR_CHARACTERS)}`)).toBe('input-too-large');
    const largest = new Uint8Array(MAX_UR_BYTES);
    expect(codeOf(encodeUr({ type: 'duet', cbor: largest }))).toBe('whole');
    expect(
      codeOf(new UrEncoder({ type: 'duet', cbor: largest }, { maxFragmentBytes: MAX_UR_BYTES }).part(1)),
    ).toBe('whole');
    expect(() => encodeUr({ type: 'duet', cbor: new Uint8Array(MAX_UR_BYTES + 1) })).toThrow(RangeError);
    expect(codeOf(`ur:duet/${encodeBytewords(new Uint8Array(MAX_UR_BYTES + 1), 'minimal')}`)).toBe(
      'input-too-large',
    );
    expect(() => encodeUr({ type: 'Duet', cbor })).toThrow(RangeError);
    expect(() => encodeUr({ type: 'duet', cbor: new Uint8Array() })).toThrow(RangeError);
  });

  it('has no single-letter change that is taken for another message', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: words.length - 1 }),
        fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
        (at, letter) => {
          const changed = words.slice(0, at) + letter + words.slice(at + 1);
          if (changed !== words) expect(decodeBytewords(changed, 'minimal').ok).toBe(false);
        },
      ),
    );
  });
});

describe('bytewords', () => {
  it.each([
    ['standard', 'able  acid also lava zoom jade need echo taxi', 'bad-length'],
    ['standard', 'able-acid-also-lava-zoom-jade-need-echo-taxi', 'bad-word'],
    ['uri', 'able acid also lava zoom jade need echo taxi', 'bad-word'],
    ['standard', 'ABLE acid also lava zoom jade need echo taxi', 'bad-word'],
    ['standard', 'able acid also lava zoom jade need echo taxi ', 'bad-length'],
    ['minimal', 'aeadaolazmjendeot', 'bad-length'],
    ['minimal', 'AEADAOLAZMJENDEOTI', 'bad-word'],
  ] as const)('%s %j: %s', (style, text, code) => {
    const result = decodeBytewords(text, style);
    expect(result.ok ? 'accepted' : result.rejection.code).toBe(code);
  });
});

describe('the decoder', () => {
  it('is done with a single text, and takes it again', () => {
    const decoder = new UrDecoder();
    const done = { received: 1, expected: 1, complete: { type: 'duet', cbor } };
    expect(decoder.receive(whole)).toEqual(done);
    expect(decoder.receive(upperCaseUr(whole))).toEqual(done);
    expect(decoder.receive(parts.part(1)).rejected?.code).toBe('other-message');
    expect(decoder.progress).toEqual(done);
  });

  it('puts parts together, and takes the same message whole afterwards', () => {
    const decoder = new UrDecoder('duet');
    expect(decoder.receive(parts.part(2))).toEqual({ received: 1, expected: 5 });
    expect(decoder.receive(encodeUr(long)).rejected?.code).toBe('other-message');
    for (const i of [5, 1, 4]) decoder.receive(upperCaseUr(parts.part(i)));
    expect(decoder.progress).toEqual({ received: 4, expected: 5 });
    expect(decoder.receive(parts.part(3)).complete).toEqual(long);
    expect(decoder.receive(encodeUr(long)).complete).toEqual(long);
    expect(decoder.receive(whole).rejected?.code).toBe('other-message');
    decoder.reset();
    expect(decoder.progress).toEqual({ received: 0 });
    expect(decoder.receive(whole).complete?.cbor).toEqual(cbor);
  });

  it('refuses other types before and in the middle', () => {
    const decoder = new UrDecoder('duet');
    expect(decoder.receive(encodeUr({ type: 'bytes', cbor })).rejected?.code).toBe('wrong-ur-type');
    expect(decoder.progress).toEqual({ received: 0 });
    const any = new UrDecoder();
    any.receive(parts.part(1));
    const other = new UrEncoder({ ...long, type: 'bytes' }, { maxFragmentBytes: 100 });
    expect(any.receive(other.part(2)).rejected?.code).toBe('other-message');
    expect(any.progress).toEqual({ received: 1, expected: 5 });
  });

  it('takes a sequence of one part', () => {
    const { type } = long;
    const part = { partNumber: 1, fragmentCount: 1, messageBytes: 4, checksum: crc32(cbor), data: cbor };
    const text = `ur:${type}/1-1/${encodeBytewords(encodeFountainPart(part), 'minimal')}`;
    expect(new UrDecoder().receive(text)).toEqual({ received: 1, expected: 1, complete: { type, cbor } });
  });
});

describe('the payload', () => {
  it.each([1, 23, 24, 255, 256, 65_535, 65_536])('holds a message of %i bytes', (length) => {
    const message = new Uint8Array(length).fill(9);
    const back = messageOfUr(urOfMessage(message));
    expect(back).toEqual({ ok: true, value: message });
  });

  it.each<[string, readonly number[]]>([
    ['another item', [0x83, 1, 2, 3]],
    ['a text', [0x61, 0x61]],
    ['an empty byte string', [0x40]],
    ['a byte too many', [0x41, 1, 2]],
    ['a byte too few', [0x42, 1]],
    ['a long head', [0x58, 1, 1]],
    ['an indefinite byte string', [0x5f, 0x41, 1, 0xff]],
    ['nothing', []],
  ])('refuses %s', (_, bytes) => {
    const result = messageOfUr({ type: 'duet', cbor: Uint8Array.from(bytes) });
    expect(result.ok ? 'accepted' : result.rejection.code).toBe('bad-payload');
  });

  it('refuses sizes and types that are not ours', () => {
    expect(() => urOfMessage(new Uint8Array())).toThrow(RangeError);
    expect(() => urOfMessage(new Uint8Array(65_537))).toThrow(RangeError);
    const result = messageOfUr({ type: 'bytes', cbor });
    expect(result.ok ? 'accepted' : result.rejection.code).toBe('wrong-ur-type');
  });
});
