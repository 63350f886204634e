/** `duet inspect`: what something is, field by field, and whether and why it verifies. */

import { existsSync } from 'node:fs';
import { decodeAny } from '@duet/carriers/text';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { fromHex } from '@duet/protocol/bytes';
import { decodeRequest, type RequestMessage } from '@duet/protocol/messages/request-message';
import { accept, type Result, reject } from '@duet/protocol/rejection';
import type { Hashes } from '@duet/protocol/suite';
import type { Context } from '../context.ts';
import { nothingToRead, readInput } from '../io/files.ts';
import { MAX_INPUT_BYTES } from '../limits.ts';
import { carried, type JsonValue, type Outcome, refusalJson, refusalOf } from '../outcome.ts';
import { pick } from '../text/messages.ts';
import { refusalLines } from '../text/refusal.ts';
import { fieldLines, fieldsJson } from './field.ts';
import { type Form, type Recognised, recognise } from './recognise.ts';
import { loadTrust, type TrustOptions } from './trust.ts';
import type { Verification } from './verification.ts';

const FORM_NAMES: Readonly<Record<Form, string>> = {
  raw: 'raw bytes',
  text: 'DUET: text (base45)',
  ur: 'BC-UR text',
  hex: 'hexadecimal digits',
};

export interface InspectOptions extends TrustOptions {
  /** The request that an opened offer answers. */
  readonly request?: string | undefined;
}

export async function inspect(
  given: string,
  options: InspectOptions,
  context: Context,
): Promise<Result<Outcome>> {
  const input = await inputOf(given);
  if (!input.ok) return input;
  const crypto = createNodeSuites();
  const trust = loadTrust(options, context.stateFolder, crypto);
  if (!trust.ok) return trust;
  const request = options.request === undefined ? undefined : await requestOf(options.request, crypto);
  if (request && !request.ok) return request;
  const recognised = recognise(input.value, {
    crypto,
    trust: trust.value,
    now: context.now(),
    ...(request ? { request: request.value } : {}),
  });
  return recognised.ok ? accept(outcomeOf(recognised.value, context)) : recognised;
}

/** A request message, as bytes, text or hexadecimal digits. */
async function requestOf(given: string, hashes: Hashes): Promise<Result<RequestMessage>> {
  const input = await inputOf(given);
  if (!input.ok) return input;
  const text = new TextDecoder().decode(input.value).trim();
  if (isHex(text)) return decodeRequest(fromHex(text), hashes);
  const incoming = carried(decodeAny(input.value));
  if (incoming.kind === 'message') return decodeRequest(incoming.message, hashes);
  return reject('malformed', 'a whole request', 'some of its parts', 'parts-missing');
}

const isHex = (text: string): boolean => /^([0-9a-f]{2}){2,}$/i.test(text);

/** A file, `-`, or the text itself. @throws OperationalError `file-unreadable`, RefusedError `empty-input` */
export async function inputOf(given: string): Promise<Result<Uint8Array>> {
  const input = await bytesOf(given);
  if (input.ok && new TextDecoder().decode(input.value).trim() === '') carried(decodeAny(''));
  return input;
}

async function bytesOf(given: string): Promise<Result<Uint8Array>> {
  if (given === '-' || existsSync(given)) return readInput(given, MAX_INPUT_BYTES);
  if (/^\s*(DUET:|ur:)/i.test(given) || isHex(given) || given.trim() === '') {
    return accept(new TextEncoder().encode(given));
  }
  throw nothingToRead(given);
}

function outcomeOf({ form, subject }: Recognised, context: Context): Outcome {
  const { kind, meaning, bytes, fields, verification } = subject;
  return {
    json: { kind, form, bytes, fields: fieldsJson(fields), verification: verificationJson(verification) },
    lines: [
      context.paint.bold(meaning),
      `  ${bytes} bytes, from ${FORM_NAMES[form]}`,
      ...fieldLines(fields),
      ...verificationLines(verification, context),
    ],
  };
}

export function verificationJson(verification: Verification): JsonValue {
  switch (verification.state) {
    case 'holds':
      return { state: 'holds', why: verification.why, warnings: verification.warnings };
    case 'fails':
      return { state: 'fails', ...refusalJson(refusalOf(verification.rejection)) };
    case 'unknown':
      return { state: 'unknown', why: verification.why };
  }
}

export function verificationLines(verification: Verification, { paint, language }: Context): string[] {
  switch (verification.state) {
    case 'holds':
      return [
        `${paint.green('verifies')}: ${verification.why}`,
        ...verification.warnings.map((warning) => `${paint.yellow('but')}: ${warning}`),
      ];
    case 'fails': {
      const refusal = refusalOf(verification.rejection);
      const { code, advice } = refusal;
      return [
        `${paint.red('does not verify')} (${code}): ${pick(language, advice.what)}`,
        ...refusalLines(refusal, language),
      ];
    }
    case 'unknown':
      return [`${paint.yellow('not verified')}: ${verification.why}`];
  }
}
