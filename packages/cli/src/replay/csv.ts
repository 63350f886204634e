/**
 * Strict reading of a CSV file with a header (RFC 4180): every fault is a rejection `file-invalid` that names the
 * line and the reason. A byte order mark, CRLF, empty lines, columns in any order and names of columns in any case
 * are taken; columns that are not asked for are not read.
 */
import type { Situation } from '@duet/protocol/codes';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import { CsvError, parse } from 'csv-parse/sync';
import { printable } from '../text/format.ts';
import { MAX_FILE_BYTES, MAX_LINE_BYTES } from './limits.ts';

/** Refuses what a line says; `expected` and `got` are for a person. */
export interface LineFault {
  readonly expected: string;
  readonly got: string;
}

export const fault = (expected: string, got: string): LineFault => ({ expected, got });

const MAX_SHOWN_CHARACTERS = 40;

/** A cell as it may be shown. */
export const shown = (cell: string): string => `"${printable(cell.slice(0, MAX_SHOWN_CHARACTERS))}"`;

export const fileInvalid = (expected: string, got: string, situation?: Situation): Result<never> =>
  reject('file-invalid', expected, got, situation);

/** The same result, a rejection of it with the name of the file. */
export function inFile<T>(name: string, result: Result<T>): Result<T> {
  if (result.ok) return result;
  const { rejection } = result;
  return { ok: false, rejection: { ...rejection, got: `${printable(name)}: ${rejection.got}` } };
}

/** Ends the parser from inside its callback. */
class Stop extends Error {
  readonly line: number;
  readonly fault: LineFault;

  constructor(line: number, found: LineFault) {
    super('stop');
    this.line = line;
    this.fault = found;
  }
}

/**
 * Reads every line. `headers` are the names under which the columns may stand: the first set that is whole is
 * taken. `take` gets each line after the header and says what is wrong with it, if anything.
 */
export function readCsv(
  content: Uint8Array,
  headers: readonly (readonly string[])[],
  take: (cells: readonly string[], line: number) => LineFault | undefined,
): Result<void> {
  if (content.length > MAX_FILE_BYTES) {
    return fileInvalid(`a file of at most ${MAX_FILE_BYTES} bytes`, `${content.length} bytes`, 'whole-file');
  }
  const text = utf8Text(content);
  if (text === undefined) return fileInvalid('UTF-8 text', 'bytes that are no text', 'whole-file');
  let lastLine = 0;
  let places: readonly number[] | undefined;
  let width = 0;
  const read = (record: readonly string[], line: number): LineFault | undefined => {
    if (places !== undefined) {
      if (record.length !== width)
        return fault(`${width} columns, as in the first line`, `${record.length} columns`);
      return take(
        places.map((place) => record[place] ?? ''),
        line,
      );
    }
    width = record.length;
    const found = placesOf(record, headers);
    if (!found.ok) return found.fault;
    places = found.places;
    return undefined;
  };
  try {
    parse(text, {
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: MAX_LINE_BYTES,
      on_record: (record: string[], { lines }) => {
        const found = read(record, lines);
        if (found) throw new Stop(lines, found);
        lastLine = lines;
        return null;
      },
    });
  } catch (error) {
    if (error instanceof Stop)
      return fileInvalid(error.fault.expected, `line ${error.line}: ${error.fault.got}`);
    if (error instanceof CsvError) return fileInvalid(...csvFault(error, lastLine + 1));
    throw error;
  }
  return places
    ? accept(undefined)
    : fileInvalid(`a first line ${headersText(headers)}`, 'an empty file', 'whole-file');
}

function placesOf(
  record: readonly string[],
  headers: readonly (readonly string[])[],
): { ok: true; places: readonly number[] } | { ok: false; fault: LineFault } {
  const names = record.map((name) => name.trim().toLowerCase());
  for (const header of headers) {
    const places = header.map((name) => names.indexOf(name.toLowerCase()));
    if (places.includes(-1)) continue;
    const twice = header.find((name, i) => names.lastIndexOf(name.toLowerCase()) !== places[i]);
    if (twice !== undefined) return { ok: false, fault: fault('each column once', `column ${twice} twice`) };
    return { ok: true, places };
  }
  return {
    ok: false,
    fault: fault(`the columns ${headersText(headers)}`, `the columns ${shown(record.join(','))}`),
  };
}

const headersText = (headers: readonly (readonly string[])[]): string =>
  headers.map((header) => header.join(',')).join(' or ');

const REASONS: Readonly<Record<string, readonly [expected: string, got: string]>> = {
  CSV_QUOTE_NOT_CLOSED: ['a closing quote', 'a quote that is not closed'],
  CSV_MAX_RECORD_SIZE: [
    `lines of at most ${MAX_LINE_BYTES} bytes`,
    'a longer line, or a quote that is not closed',
  ],
  INVALID_OPENING_QUOTE: ['quotes around a whole cell', 'a quote inside a cell'],
  CSV_INVALID_CLOSING_QUOTE: ['quotes around a whole cell', 'something after a closing quote'],
};

/** The record that could not be read begins after the last one that could. */
function csvFault(error: CsvError, line: number): [string, string] {
  const [expected, got] = REASONS[error.code] ?? ['comma-separated values (RFC 4180)', 'something else'];
  return [expected, `line ${line}: ${got}`];
}

function utf8Text(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
