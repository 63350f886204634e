/** `duet wallet`: money by hand, as two people with two terminals. */
import type { Command } from 'commander';
import type { Run } from '../context.ts';
import { examples } from '../text/examples.ts';

interface Chosen {
  readonly wallet?: string;
}
interface Incoming extends Chosen {
  readonly in?: string;
}
interface Shown extends Chosen {
  readonly out?: string;
  readonly qr?: boolean;
  readonly ur?: boolean;
  readonly light?: boolean;
}

const walletOption = (command: Command): Command =>
  command.option(
    '-w, --wallet <folder>',
    'folder of the wallet (default: DUET_WALLET, else one in the state folder)',
  );

/** How a message leaves. */
const shown = (command: Command): Command =>
  command
    .option('-o, --out <file>', 'write the message to a file')
    .option('--qr', 'draw the message as a QR code; several parts are shown one after the other')
    .option('--ur', 'give BC-UR text, also where one line of DUET: text would do')
    .option('--light', 'draw for dark letters on a light ground');

const incoming = (command: Command): Command =>
  command.option('-i, --in <file>', 'read the message from a file');

const PASSING = `
The message alone goes to standard output, everything said to you to standard error.
One part when it fits a QR code of 367 bytes, else a BC-UR sequence of lines.`;

export function addWallet(program: Command, run: Run): void {
  const wallet = program
    .command('wallet')
    .description('pay and be paid by hand: create, request, pay, receive, sync, …')
    .addHelpText(
      'after',
      examples(
        ['duet wallet create --wallet alice --load 100', 'Alice, with 100 yuan that work offline'],
        ['duet wallet create --wallet bob', 'Bob, with nothing yet'],
        ['duet wallet request 12.30 --wallet bob', 'Bob asks: a line of text'],
        ["duet wallet pay 'DUET:…' --wallet alice", 'Alice pays what he asked: another line'],
        ["duet wallet receive 'DUET:…' --wallet bob", 'Bob takes it, and is paid'],
        ['duet wallet sync --claim --wallet bob', 'online again: into his account'],
      ),
    );
  addCreate(wallet, run);
  addLooking(wallet, run);
  addPaying(wallet, run);
  addSettling(wallet, run);
  addKeeping(wallet, run);
}

function addCreate(wallet: Command, run: Run): void {
  walletOption(wallet.command('create'))
    .description('make a wallet: a folder, an account with play money, offline money')
    .option('-l, --load <yuan>', 'money to load for offline payments')
    .option('-d, --deposit <yuan>', 'play money to put into the account (default: 1000, or what is loaded)')
    .option('--operator <number>', 'the operator that keeps the account: 1 or 2', '1')
    .option('--shop <name>', 'make it the till of a merchant, whom payers see by this name')
    .option('--category <number>', 'merchant category (ISO 18245)', '5411')
    .option('--region <number>', 'region of the till (six digits)', '110105')
    .option('--suite <number>', 'keys of the wallet: 1 international (P-256), 2 Chinese national (SM2)', '1')
    .addHelpText(
      'after',
      examples(
        ['duet wallet create --wallet alice --load 100', 'a person'],
        ['duet wallet create --wallet till --shop "Noodle House" --category 5812', 'a merchant'],
      ),
    )
    .action((options: CreateOptions) =>
      run(async (context) => {
        const { createWallet } = await import('./create.ts');
        return createWallet(options, context);
      }),
    );
}

export interface CreateOptions extends Chosen {
  readonly load?: string;
  readonly deposit?: string;
  readonly operator: string;
  readonly shop?: string;
  readonly category: string;
  readonly region: string;
  readonly suite: string;
}

function addLooking(wallet: Command, run: Run): void {
  walletOption(wallet.command('balance'))
    .description('what the wallet holds: spendable, not yet known, coming back')
    .addHelpText('after', examples(['duet wallet balance --wallet alice', 'works offline']))
    .action((options: Chosen) =>
      run(async (context) => {
        const { balance } = await import('./look.ts');
        return balance(options, context);
      }),
    );
  walletOption(wallet.command('history'))
    .description('every payment, oldest first, each with its reference')
    .addHelpText('after', examples(['duet wallet history --wallet alice', 'works offline']))
    .action((options: Chosen) =>
      run(async (context) => {
        const { history } = await import('./look.ts');
        return history(options, context);
      }),
    );
}

function addPaying(wallet: Command, run: Run): void {
  shown(walletOption(wallet.command('request')))
    .description('ask for money: the message goes to the payer')
    .argument('[yuan]', 'the amount; left out with --standing')
    .option('--text <text>', 'what it is for (at most 64 bytes)')
    .option('--standing', 'any payer, any amount, until the certificate ends: to be printed')
    .addHelpText(
      'after',
      `${PASSING}
${examples(
  ['duet wallet request 12.30 --wallet bob', 'a line of text to send'],
  ['duet wallet request 12.30 --text "2 noodles" --qr', 'a QR code to show'],
  ['duet wallet request --standing --out stall.txt', 'to print and hang up'],
)}`,
    )
    .action((yuan: string | undefined, options: RequestOptions) =>
      run(async (context) => {
        const { request } = await import('./receive.ts');
        return request(yuan, options, context);
      }),
    );
  shown(incoming(walletOption(wallet.command('pay'))))
    .description('pay a request: shows payee, amount and what remains, asks, then signs')
    .argument('[request]', 'the message: text, a file, or - for standard input; left out, it is asked for')
    .option('-y, --yes', 'pay without asking (needed where nobody can be asked)')
    .option('-a, --amount <yuan>', 'how much, for a standing request')
    .option('--again <reference>', 'give the message of a payment made before again, byte for byte')
    .option('--refund-of <spend>', 'the received spend that is paid back, where it is not found by itself')
    .addHelpText(
      'after',
      `${PASSING}
${examples(
  ["duet wallet pay 'DUET:…' --wallet alice", 'asks before it signs'],
  ['duet wallet pay --in request.txt --out offer.txt --yes', 'with files'],
  ['duet wallet pay stall.txt --amount 8', 'a standing request'],
)}`,
    )
    .action((message: string | undefined, options: PayOptions) =>
      run(async (context) => {
        const { pay } = await import('./pay.ts');
        return pay({ ...options, message }, context);
      }),
    );
  shown(incoming(walletOption(wallet.command('receive'))))
    .description(
      'take what the other side gave: an offer (you are paid), or a receipt (your payment arrived)',
    )
    .argument('[message]', 'the message: text, a file, or - for standard input; left out, it is asked for')
    .addHelpText(
      'after',
      `${PASSING}
${examples(
  ["duet wallet receive 'DUET:…' --wallet bob", 'an offer: Bob is paid, and gets a receipt to show back'],
  ["duet wallet receive 'DUET:…' --wallet alice", 'the receipt: Alice knows that it arrived'],
)}`,
    )
    .action((message: string | undefined, options: ReceiveOptions) =>
      run(async (context) => {
        const { receive } = await import('./receive.ts');
        return receive({ ...options, message }, context);
      }),
    );
  shown(walletOption(wallet.command('cancel')))
    .description('close an open request unpaid, or free a payment that was never signed')
    .argument('<reference>', 'from the history, or its beginning')
    .addHelpText(
      'after',
      examples(['duet wallet cancel 3fa1c09b2d11', 'the answer may be shown to the payer']),
    )
    .action((reference: string, options: Shown) =>
      run(async (context) => {
        const { cancel } = await import('./receive.ts');
        return cancel(reference, options, context);
      }),
    );
  shown(walletOption(wallet.command('refund')))
    .description('ask for a payment back: the payee pays the message with duet wallet pay')
    .argument('<reference>', 'your payment, from the history, or its beginning')
    .addHelpText(
      'after',
      examples(['duet wallet refund 3fa1c09b2d11 --wallet alice', 'the payee then pays it']),
    )
    .action((reference: string, options: Shown) =>
      run(async (context) => {
        const { refund } = await import('./receive.ts');
        return refund(reference, options, context);
      }),
    );
}

export interface RequestOptions extends Shown {
  readonly text?: string;
  readonly standing?: boolean;
}

export interface PayOptions extends Shown, Incoming {
  readonly yes?: boolean;
  readonly amount?: string;
  readonly again?: string;
  readonly refundOf?: string;
}

export interface ReceiveOptions extends Shown, Incoming {}

function addSettling(wallet: Command, run: Run): void {
  walletOption(wallet.command('sync'))
    .description('go online: upload, take answers and certificates, load, claim')
    .option('-l, --load <yuan>', 'load money from the account for offline payments')
    .option('-c, --claim', 'put all that is held into the account')
    .option('-r, --refresh', 'exchange all coins for fresh ones')
    .addHelpText(
      'after',
      examples(
        ['duet wallet sync --load 50 --wallet alice', '50 yuan more to spend offline'],
        ['duet wallet sync --claim --wallet bob', 'received money into the account'],
      ),
    )
    .action((options: SyncCommandOptions) =>
      run(async (context) => {
        const { sync } = await import('./sync.ts');
        return sync(options, context);
      }),
    );
}

export interface SyncCommandOptions extends Chosen {
  readonly load?: string;
  readonly claim?: boolean;
  readonly refresh?: boolean;
}

function addKeeping(wallet: Command, run: Run): void {
  walletOption(wallet.command('backup'))
    .description('write the signed evidence of the wallet to an encrypted file; no key that can pay is in it')
    .requiredOption('-o, --out <file>', 'file to write')
    .addHelpText(
      'after',
      examples([
        'duet wallet backup --wallet alice --out alice.backup',
        'asks for a passphrase of 12 characters or more',
      ]),
    )
    .action((options: Chosen & { out: string }) =>
      run(async (context) => {
        const { backup } = await import('./keep.ts');
        return backup(options, context);
      }),
    );
  walletOption(wallet.command('restore'))
    .description(
      'make a new wallet, with new keys, from a backup: what it proves is credited, never spent again',
    )
    .argument('<file>', 'the backup')
    .addHelpText(
      'after',
      examples(
        ['duet wallet restore alice.backup --wallet alice2', 'asks for the passphrase'],
        ['duet wallet sync --wallet alice2', 'then: uploads what it proves'],
      ),
    )
    .action((file: string, options: Chosen) =>
      run(async (context) => {
        const { restore } = await import('./keep.ts');
        return restore(file, options, context);
      }),
    );
}
