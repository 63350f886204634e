/** Reads the examples of `docs/spec/objects.md`: lines of hexadecimal, and behind each of them what it says. */
import { fromHex, toHex } from '../../src/bytes.ts';

/** A line of an example. "…" after its bytes stands for the content of the string that begins there. */
export interface PrintedLine {
  readonly bytes: Uint8Array;
  readonly gap: boolean;
  readonly comment: string;
}

export interface Example {
  /** Heading of the section. */
  readonly section: string;
  readonly lines: readonly PrintedLine[];
  /** The text up to the next example. */
  readonly after: string;
}

/** All examples of a document, in order. */
export function examplesIn(markdown: string): readonly Example[] {
  const [before = '', ...parts] = markdown.split(/^```text\n/m);
  let section = lastHeading(before) ?? '';
  return parts.map((part) => {
    const end = part.indexOf('\n```');
    const after = part.slice(end + 4);
    const example = { section, lines: part.slice(0, end).split('\n').map(lineOf), after };
    section = lastHeading(after) ?? section;
    return example;
  });
}

const lastHeading = (text: string): string | undefined =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title).at(-1);

function lineOf(line: string): PrintedLine {
  const [code = '', ...comment] = line.split('#');
  const hex = code.replaceAll(/\s/g, '');
  return { bytes: fromHex(hex.replace('…', '')), gap: hex.endsWith('…'), comment: comment.join('#').trim() };
}

/** The head of an item of CBOR: major type, and its number. */
export interface Head {
  readonly major: number;
  readonly value: number;
}

/** The heads in a line, as far as it holds nothing but heads. */
function headsOf(bytes: Uint8Array): readonly Head[] {
  const heads: Head[] = [];
  for (let at = 0; at < bytes.length; ) {
    const initial = bytes[at] ?? 0;
    const short = initial & 0x1f;
    const size = short < 24 ? 0 : 2 ** (short - 24);
    let value = short;
    if (size > 0) {
      value = 0;
      for (const byte of bytes.slice(at + 1, at + 1 + size)) value = value * 256 + byte;
    }
    heads.push({ major: initial >> 5, value });
    at += 1 + size;
  }
  return heads;
}

/** Why some bytes are not the printed ones; `undefined` where they are. A line of "…" alone stands for the rest. */
export function differenceOf(lines: readonly PrintedLine[], bytes: Uint8Array): string | undefined {
  let at = 0;
  for (const [number, line] of lines.entries()) {
    const there = bytes.slice(at, at + line.bytes.length);
    if (toHex(there) !== toHex(line.bytes))
      return `line ${number + 1}: ${toHex(line.bytes)}, not ${toHex(there)}`;
    at += line.bytes.length;
    if (!line.gap) continue;
    if (line.bytes.length === 0) return undefined;
    at += headsOf(line.bytes).at(-1)?.value ?? 0;
  }
  return at === bytes.length ? undefined : `${at} bytes printed of ${bytes.length}`;
}

const CLAIMS: readonly (readonly [RegExp, number])[] = [
  [/array of (\d+)$/, 4],
  [/map of (\d+)$/, 5],
  [/text of (\d+) bytes$/, 3],
  [/(?<!text of )\b(\d+) bytes/, 2],
];

/** What a line says of its bytes and they are not; `undefined` where it is true, or says no more than a name. */
export function falsehoodOf({ bytes, comment }: PrintedLine): string | undefined {
  const heads = headsOf(bytes);
  const [first, last] = [heads[0], heads.at(-1)];
  if (!first || !last) return undefined;
  const key = /^(-?\d+) [a-zA-Z]/.exec(comment)?.[1];
  if (key && numberOf(first) !== Number(key)) return `key ${key}, not ${numberOf(first)}`;
  const number = /(?:^|: )(-?\d+)$/.exec(comment)?.[1];
  if (number) return numberOf(last) === Number(number) ? undefined : `${number}, not ${numberOf(last)}`;
  const truth = /: (true|false)$/.exec(comment)?.[1];
  if (truth) return bytes.at(-1) === (truth === 'true' ? 0xf5 : 0xf4) ? undefined : `${truth}, not so`;
  for (const [claim, major] of CLAIMS) {
    const count = claim.exec(comment)?.[1];
    if (!count) continue;
    return last.major === major && last.value === Number(count) ? undefined : `${count}, not ${last.value}`;
  }
  return undefined;
}

const numberOf = ({ major, value }: Head): number => (major === 1 ? -1 - value : value);

/** Printed texts that are not what their bytes say: a text stands at the last of its lines. */
export function falseTexts(lines: readonly PrintedLine[]): readonly string[] {
  const wrong: string[] = [];
  for (const [at, { comment }] of lines.entries()) {
    if (!comment.startsWith('"')) continue;
    let first = at;
    while (lines[first - 1]?.comment === '') first -= 1;
    const bytes = lines.slice(first, at + 1).flatMap((line) => [...line.bytes]);
    if (JSON.stringify(new TextDecoder().decode(new Uint8Array(bytes))) !== comment) wrong.push(comment);
  }
  return wrong;
}
