/**
 * A message to the other side: text, a file, or a QR code; one part when it fits version 12-L, else a BC-UR
 * sequence. The message alone goes to standard output, so commands can be put in a row with `|`.
 */
import { ONE_PART_BYTES } from '@duet/carriers/limits';
import { type MessageParts, messageParts } from '@duet/carriers/message-parts';
import { urOfMessage } from '@duet/carriers/payload';
import { type QrSymbol, qrOfBytes } from '@duet/carriers/qr';
import { drawQr, qrColumns } from '@duet/carriers/qr-terminal';
import { encodeText } from '@duet/carriers/text';
import { encodeUr, upperCaseUr } from '@duet/carriers/ur';
import type { Context } from '../context.ts';
import { FRAME_MS, MAX_FRAMES } from '../limits.ts';
import { type JsonValue, UsageError } from '../outcome.ts';
import { say } from '../text/messages.ts';
import { requireWritable, writeOutput } from './files.ts';

export interface OutgoingOptions {
  /** Write the text to a file instead. */
  readonly out?: string | undefined;
  /** Draw it. */
  readonly qr?: boolean | undefined;
  /** BC-UR even where one line of text would do. */
  readonly ur?: boolean | undefined;
  /** For letters that are dark on a light ground. */
  readonly light?: boolean | undefined;
}

/** The message as text: one line, or the parts of a sequence, one in each line. */
function messageLines(message: Uint8Array, ur = false): readonly string[] {
  const fits = message.length <= ONE_PART_BYTES;
  if (fits) return [ur ? upperCaseUr(encodeUr(urOfMessage(message))) : encodeText(message)];
  const parts = messageParts(message);
  return parts.kind === 'single' ? [encodeText(message)] : sequenceOf(parts);
}

const sequenceOf = (parts: Extract<MessageParts, { kind: 'sequence' }>): string[] =>
  Array.from({ length: parts.partCount }, (_, i) => parts.partText(i + 1));

/** What `--json` says of an outgoing message. */
export const messageJson = (message: Uint8Array, options: OutgoingOptions): JsonValue => ({
  bytes: message.length,
  text: messageLines(message, options.ur),
  ...(options.out === undefined ? {} : { file: options.out }),
});

/**
 * Refuses what cannot be given in the end, before anything is signed or stored: options that contradict each other,
 * a code wider than the terminal, a file that cannot be written. @throws UsageError, OperationalError
 */
export function checkOutgoing({ out, qr }: OutgoingOptions, context: Context): void {
  if (out !== undefined && qr) throw new UsageError('outAndQr');
  if (out !== undefined) requireWritable(out);
  if (!qr || context.json || !context.isTty.out) return;
  const needed = widestCode();
  if (needed > context.columns) throw new UsageError('tooNarrow', { needed, columns: context.columns });
}

/** Columns of the largest code of one part; the parts of a sequence are smaller. */
const widestCode = (): number => qrColumns(qrOfBytes(new Uint8Array(ONE_PART_BYTES)));

/** Shows a message in the way that was asked for. With `--json` only a file is written. */
export async function giveMessage(
  message: Uint8Array,
  options: OutgoingOptions,
  context: Context,
): Promise<void> {
  const { out, qr, ur } = options;
  if (out !== undefined) {
    writeOutput(out, `${messageLines(message, ur).join('\n')}\n`);
    context.note(say(context.language, 'written', { file: out }));
  } else if (!context.json && qr) {
    await showQr(message, options, context);
  } else if (!context.json) {
    await context.out(`${messageLines(message, ur).join('\n')}\n`);
  }
}

async function showQr(message: Uint8Array, options: OutgoingOptions, context: Context): Promise<void> {
  const parts = messageParts(message);
  const draw = (symbol: QrSymbol): string => drawQr(symbol, { background: options.light ? 'light' : 'dark' });
  if (parts.kind === 'single') await context.out(`${draw(parts.symbol)}\n`);
  else if (context.isTty.out && context.isTty.in) await animate(parts, draw, context);
  else
    for (let number = 1; number <= parts.partCount; number++)
      await context.out(`${draw(parts.partSymbol(number))}\n\n`);
}

/** Redraws in place until a key is pressed; after the plain parts come mixed ones, so a missed part does not matter. */
async function animate(
  parts: Extract<MessageParts, { kind: 'sequence' }>,
  draw: (symbol: QrSymbol) => string,
  context: Context,
): Promise<void> {
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.stdin.once('data', stop);
  try {
    for (let number = 1; number <= MAX_FRAMES && !stopped; number++) {
      const drawing = draw(parts.partSymbol(number));
      const caption = `${say(context.language, 'part', { number, count: parts.partCount })} · Enter ↵`;
      const height = drawing.split('\n').length + 1;
      await context.out(`${number > 1 ? `\u001b[${height}A` : ''}${drawing}\n\u001b[2K${caption}\n`);
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
    }
  } finally {
    process.stdin.off('data', stop);
    process.stdin.pause();
  }
}
