/** What an inspection shows: named values in order, for a person and for a machine from one description. */
import type { Day, Instant, PublicKey } from '@duet/protocol/brand';
import { toHex } from '@duet/protocol/bytes';
import type { JsonValue } from '../outcome.ts';
import { dayText, instantJson, instantText, printable, yuan } from '../text/format.ts';

export type Field =
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly label: string;
      readonly text: string;
      readonly json: JsonValue;
    }
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly label: string;
      readonly fields: readonly Field[];
    }
  /** Entries of one list; each is shown with its place. */
  | {
      readonly kind: 'list';
      readonly name: string;
      readonly label: string;
      readonly entries: readonly (readonly Field[])[];
    };

export const value = (name: string, label: string, text: string, json: JsonValue = text): Field => ({
  kind: 'value',
  name,
  label,
  text,
  json,
});

export const group = (name: string, label: string, fields: readonly Field[]): Field => ({
  kind: 'group',
  name,
  label,
  fields,
});

export const list = (name: string, label: string, entries: readonly (readonly Field[])[]): Field => ({
  kind: 'list',
  name,
  label,
  entries,
});

/** Nothing where there is nothing to show. */
export const maybe = <T>(given: T | undefined, describe: (given: T) => Field): readonly Field[] =>
  given === undefined ? [] : [describe(given)];

export const count = (name: string, label: string, number: number): Field =>
  value(name, label, String(number), number);

export const words = (name: string, label: string, text: string): Field =>
  value(name, label, printable(text), text);

export const hex = (name: string, label: string, bytes: Uint8Array): Field =>
  value(name, label, toHex(bytes));

export const key = (name: string, label: string, bytes: PublicKey): Field =>
  value(name, label, `${toHex(bytes)} (suite ${bytes[0]})`, toHex(bytes));

/** Chinese yuan; other currencies say which they are and have their own minor digits. */
const CNY = 156;
export function money(name: string, label: string, amount: number, currency = CNY, unit = 2): Field {
  const major = currency === CNY ? 'yuan' : `of currency ${currency}`;
  return value(name, label, `${yuan(amount, unit)} ${major}`, amount);
}

export const time = (name: string, label: string, at: Instant): Field =>
  value(name, label, instantText(at), instantJson(at));

export const date = (name: string, label: string, on: Day): Field => value(name, label, dayText(on));

export const seconds = (name: string, label: string, length: number): Field =>
  value(name, label, lengthText(length), length);

const DAY_SECONDS = 86_400;

function lengthText(length: number): string {
  if (length === DAY_SECONDS) return '1 day';
  return length % DAY_SECONDS === 0 && length > 0 ? `${length / DAY_SECONDS} days` : `${length} s`;
}

/** `{name: json}` of fields. */
export const fieldsJson = (fields: readonly Field[]): { [name: string]: JsonValue } =>
  Object.fromEntries(fields.map((field) => [field.name, jsonOf(field)]));

function jsonOf(field: Field): JsonValue {
  switch (field.kind) {
    case 'value':
      return field.json;
    case 'group':
      return fieldsJson(field.fields);
    case 'list':
      return field.entries.map(fieldsJson);
  }
}

const INDENT = '  ';

/** Indented lines, the labels of one level aligned. */
export function fieldLines(fields: readonly Field[], indent = INDENT): string[] {
  const width = Math.max(
    0,
    ...fields.filter(({ kind }) => kind === 'value').map(({ label }) => label.length),
  );
  return fields.flatMap((field) => linesOf(field, width, indent));
}

function linesOf(field: Field, width: number, indent: string): string[] {
  switch (field.kind) {
    case 'value':
      return [`${indent}${field.label.padEnd(width)}  ${field.text}`];
    case 'group':
      return [`${indent}${field.label}`, ...fieldLines(field.fields, indent + INDENT)];
    case 'list':
      return listLines(field.label, field.entries, indent);
  }
}

function listLines(label: string, entries: readonly (readonly Field[])[], indent: string): string[] {
  if (entries.length === 0) return [`${indent}${label}: none`];
  const numbered = entries.flatMap((entry, place) => {
    const lines = fieldLines(entry, indent + INDENT + INDENT);
    const [first = ''] = lines;
    const mark = `${indent}${INDENT}${place}`;
    return [mark + first.slice(mark.length), ...lines.slice(1)];
  });
  return [`${indent}${label} (${entries.length})`, ...numbered];
}
