/**
 * What a person reads at each step by hand: in Chinese as in English, with the advice that fits the situation, and
 * nothing signed where the message could not be shown (PAY-1, PAY-4, PAY-8, LIMIT-2, SET-7).
 */
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processContext } from '../src/context.ts';
import { checkOutgoing } from '../src/io/outgoing.ts';
import { yuan } from '../src/text/format.ts';
import { BIN, inside, messageOf, run, Sandbox } from './support.ts';

const box = new Sandbox();
const as = (name: string): string[] => ['--wallet', name];
const passphrase = { DUET_PASSPHRASE: 'correct horse' };

/** Lines that tell something to a person: messages themselves are left out. */
const told = ({ stdout, stderr }: { stdout: string; stderr: string }): string[] =>
  `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !/^(DUET:|UR:)/.test(line));

/** English words that may stand in a Chinese sentence: commands, options, codes, names, units. */
const ALLOWED =
  /\b(duet|wallet|receive|pay|sync|fraud|show|list|create|claim|yes|lang|zh|UTC|UTF|Duet|DUET|noodles|North|South|Bank|Pay)\b|--wallet \S+|--[a-z-]+|\([a-z-]+\)|\/\S+|\b[0-9a-f]{6,}\b|\S+\.(txt|bak)/g;

/** Names of codes and columns, which are the same in every language. */
const REPORTED = /:paying-oneself|\b(bad|day)\.csv|\bamount\b|\b(PROOF|verify|npx|inspect)\b|--bundle/g;

beforeAll(async () => {
  await box.ok(['wallet', 'create', ...as('alice'), '--load', '100']);
  await box.ok(['wallet', 'create', ...as('bob')]);
});
afterAll(() => box.remove());

describe('every wallet command in Chinese', () => {
  const zh = (args: readonly string[], input = '') =>
    box.duet(['wallet', ...args, '--lang', 'zh-CN'], { input, env: passphrase });

  test('from create to restore', async () => {
    const created = await zh(['create', ...as('carol'), '--load', '5', '--shop', 'noodles']);
    const asked = await zh(['request', '2', '--text', '2 noodles', ...as('carol')]);
    const paid = await zh(['pay', '-', '--yes', ...as('alice')], asked.stdout);
    const balance = await zh(['balance', ...as('alice')]);
    const again = await zh(['pay', '-', '--yes', ...as('alice')], asked.stdout);
    const received = await zh(['receive', '-', ...as('carol')], paid.stdout);
    const twice = await zh(['receive', '-', ...as('carol')], paid.stdout);
    const known = await zh(['receive', '-', ...as('alice')], received.stdout);
    const history = await zh(['history', ...as('alice')]);
    const id = history.stdout.slice(0, 12);
    const refund = await zh(['refund', id, ...as('alice')]);
    const open = await zh(['request', '3', '--out', 'open.txt', ...as('bob')]);
    const bobs = await zh(['history', ...as('bob')]);
    const cancelled = await zh(['cancel', bobs.stdout.slice(0, 12), ...as('bob')]);
    const standing = await zh(['request', '--standing', ...as('bob')]);
    const kept = await zh(['backup', '--out', 'alice.bak', ...as('alice')]);
    const restored = await zh(['restore', 'alice.bak', ...as('alice2')]);
    const synced = await zh(['sync', '--load', '1', ...as('alice')]);
    const claimed = await zh(['sync', '--claim', ...as('carol')]);
    const all = [created, asked, paid, balance, again, received, twice, known, history, refund, open, bobs];
    for (const ended of [...all, cancelled, standing, kept, restored, synced, claimed]) {
      expect([ended.code, told(ended)]).toEqual([0, expect.any(Array)]);
      for (const line of told(ended)) expect(line.replace(ALLOWED, '')).not.toMatch(/[A-Za-z]{3,}/);
    }
  });

  test('what is refused, what is mistyped, what is not there', async () => {
    const refused = await zh(['pay', '-', '--yes', ...as('bob')], messageOf(await request('alice', '50')));
    expect(told(refused)[0]).toBe('被拒绝 (insufficient-funds): 资金不足');
    expect(told(refused).slice(1)).toEqual([
      '  应为: 此处可支付 50.00 元',
      '  实为: 本钱包有 0.00 元',
      '  处理: 请圈存更多资金,或减少付款金额。',
      '  资金: 本次未签署任何内容,没有资金离开钱包。',
    ]);
    const mistyped = await zh(['request', '--standing', '5', ...as('bob')]);
    expect(told(mistyped)).toEqual([
      '命令有误: 固定收款请求没有金额',
      '  处理: 请给出金额(元),如 12.30,或 --standing。',
      '  资金: 本次未作任何更改,没有资金变动。',
    ]);
    const missing = await zh(['balance', ...as('nobody')]);
    expect([missing.code, told(missing)[0]]).toEqual([
      3,
      expect.stringMatching(/^操作失败 \(wallet-unknown\): .*没有钱包$/),
    ]);
    const language = await box.duet(['wallet', 'balance', ...as('bob'), '--lang', 'fr']);
    expect([language.code, language.stderr]).toMatchObject([
      2,
      expect.stringContaining('there is no language "fr"'),
    ]);
  });

  test('JSON stays the same in every language', async () => {
    const [english, chinese] = await Promise.all(
      ['en', 'zh'].map((lang) => box.json(['wallet', 'pay', 'nothing', '--lang', lang, ...as('bob')])),
    );
    expect(chinese).toEqual(english);
  });
});

const request = (name: string, yuan: string) => box.ok(['wallet', 'request', yuan, ...as(name)]);

test('the reports of the registry and of a replay in Chinese', async () => {
  writeFileSync(box.path('day.csv'), 'payer,payee,amount,time\na,b,10,1\nb,c,4.5,2\nb,b,1,3\n');
  writeFileSync(box.path('none.csv'), 'payer,payee,amount,time\n');
  writeFileSync(box.path('bad.csv'), 'payer,payee,amount,time\na,b,1e3,1\n');
  const runs: readonly (readonly [number, string[]])[] = [
    [0, ['audit']],
    [0, ['issuer', 'init']],
    [0, ['issuer', 'bundle', '--out', 'bundle.txt']],
    [0, ['close']],
    [0, ['fraud', 'list']],
    [1, ['fraud', 'show', 'abcdef']],
    [1, ['fraud', 'verify', '00112233']],
    [0, ['replay', 'day.csv', '--cheats', '1']],
    [0, ['replay', 'day.csv', '--cheats', '1', '--proofs', 'proofs']],
    [0, ['replay', 'none.csv', '--proofs', 'none']],
    [1, ['replay', 'bad.csv']],
    [1, ['replay', 'day.csv', '--cheats', '9']],
  ];
  for (const [code, args] of runs) {
    const ended = await box.duet(['--lang', 'zh', ...args]);
    expect([args, ended.code]).toEqual([args, code]);
    for (const line of told(ended))
      expect(line.replace(REPORTED, '').replace(ALLOWED, '')).not.toMatch(/[A-Za-z]{3,}/);
  }
});

describe('advice that fits', () => {
  test('money that is not yet known, and nobody to ask', async () => {
    const first = messageOf(await request('bob', '60'));
    const unasked = await box.json(['wallet', 'pay', '-', ...as('alice')], { input: first });
    expect(unasked.json.error).toMatchObject({ code: 'confirmation-required', situation: 'nobody-to-ask' });
    await box.ok(['wallet', 'pay', '-', '--yes', ...as('alice')], { input: first });
    const second = await box.json(['wallet', 'pay', '-', '--yes', ...as('alice')], {
      input: messageOf(await request('bob', '60')),
    });
    expect(second.json.error).toMatchObject({
      code: 'insufficient-funds',
      situation: 'funds-on-the-way',
      todo: 'Sync, then pay again: some money is on its way back or not yet known.',
    });
  });

  test('another amount, another kind of message, some of its parts', async () => {
    const asked = messageOf(await request('bob', '1'));
    const other = await box.json(['wallet', 'pay', '-', '-y', '-a', '2', ...as('alice')], { input: asked });
    expect(other.json.error).toMatchObject({ code: 'sum-mismatch', situation: 'amount-given' });
    const wrong = await box.json(['wallet', 'receive', '-', ...as('bob')], { input: asked });
    expect(wrong.json.error).toMatchObject({ code: 'malformed', situation: 'wrong-message' });
    expect(wrong.json.error).toMatchObject({ got: 'a request: give it to duet wallet pay' });
  });

  test('a wallet whose first load is refused is there, and says what it has', async () => {
    const made = await box.json(['wallet', 'create', ...as('early'), '--load', '20', '--deposit', '10']);
    expect([made.code, made.json.error]).toMatchObject([
      1,
      {
        code: 'account-funds',
        money: { state: 'not-loaded', said: expect.stringContaining('10.00 yuan in its account') },
      },
    ]);
    expect(await box.ok(['wallet', 'sync', '--load', '10', ...as('early')])).toMatchObject({
      loadedFen: 1_000,
    });
    const above = await box.json(['wallet', 'create', ...as('above'), '--load', '90000000']);
    expect(above.json.error).toMatchObject({
      code: 'quota-exceeded',
      expected: 'at most 10000000.00 yuan in coins of the operator (its quota)',
    });
  });

  test('a payment that is signed can be neither freed nor asked back, and says so', async () => {
    const asked = messageOf(await request('bob', '1'));
    const paid = await box.ok(['wallet', 'pay', '-', '--yes', ...as('early')], { input: asked });
    const reference = String(paid.paymentId).slice(0, 12);
    const freed = await box.json(['wallet', 'cancel', reference, ...as('early')]);
    expect(freed.json.error).toMatchObject({ code: 'range-spent', money: { state: 'signed' } });
    const refund = await box.json(['wallet', 'refund', reference, ...as('early')]);
    expect(refund.json.error).toMatchObject({ code: 'not-refundable', situation: 'no-receipt' });
  });

  test('a load above the account is told in yuan, with the fen in the fields of JSON', async () => {
    const { json } = await box.json(['wallet', 'sync', '--load', '5000', ...as('bob')]);
    expect(json).toMatchObject({ loadedFen: 0, accountFen: 100_000 });
    expect(json.error).toMatchObject({
      code: 'account-funds',
      expected: 'at least 5000.00 yuan in the account',
      got: '1000.00 yuan',
    });
  });
});

describe('what it means for the money', () => {
  /** Runs where standard output takes nothing. */
  const full = (args: readonly string[], input = '') =>
    run('sh', ['-c', '"$@" > /dev/full', 'sh', process.execPath, BIN, ...args], {
      cwd: box.folder,
      env: box.env,
      input,
    });
  const historyOf = async (name: string): Promise<string> =>
    (await box.duet(['wallet', 'history', ...as(name)])).stdout.trimEnd().split('\n').at(-1) ?? '';

  test('PAY-1: a refusal says that nothing was signed, and which limit refused the amount', async () => {
    const asked = messageOf(await request('bob', '600'));
    await box.ok(['wallet', 'create', ...as('rich'), '--load', '700']);
    const { json } = await box.json(['wallet', 'pay', '-', '--yes', ...as('rich')], { input: asked });
    expect(json.error).toMatchObject({
      code: 'amount-above-limit',
      expected: 'at most 500.00 yuan in one payment (maxPerPayment of policy 1)',
      got: '600.00 yuan',
      money: { state: 'nothing-signed' },
    });
    // LIMIT-1: 500 yuan in all until the next sync; each payment by itself is small enough.
    const [first, second] = [messageOf(await request('bob', '300')), messageOf(await request('bob', '201'))];
    await box.ok(['wallet', 'create', ...as('richer'), '--load', '700']);
    await box.ok(['wallet', 'pay', '-', '--yes', ...as('richer')], { input: first });
    const above = await box.json(['wallet', 'pay', '-', '--yes', ...as('richer')], { input: second });
    expect(above.json.error).toMatchObject({
      code: 'amount-above-limit',
      expected: expect.stringContaining(
        'at most 500.00 yuan in all payments of this device between two syncs',
      ),
    });
    const junk = await box.json(['wallet', 'receive', '-', ...as('bob')], { input: 'hello' });
    expect(junk.json.error).toMatchObject({ code: 'malformed', money: { state: 'nothing-received' } });
    const readme = await box.json(['wallet', 'pay', '-', ...as('rich')], { input: '# Räksmörgås\n' });
    expect(readme.json.error).toMatchObject({ code: 'malformed', got: 'another text' });
    const missing = await box.duet(['wallet', 'pay', 'no-such-file', ...as('rich')]);
    expect(missing.stderr).toMatch(
      /cannot read no-such-file: there is no such file.*\n.*\n {2}money: nothing was signed/,
    );
  });

  test.skipIf(!existsSync('/dev/full'))(
    'PAY-4: a payment that is signed and cannot be written says so, and is given again',
    async () => {
      const asked = messageOf(await request('bob', '2'));
      const lost = await full(['wallet', 'pay', '-', '--yes', ...as('rich')], asked);
      expect(lost.code).toBe(3);
      const [, reference = ''] =
        /is signed already.*--again ([0-9a-f]{12})\. Do not pay anew/.exec(lost.stderr) ?? [];
      expect(await historyOf('rich')).toMatch(new RegExp(`^${reference}.*-2\\.00 +not yet known`));
      const freed = await box.json(['wallet', 'cancel', reference, ...as('rich')]);
      expect(freed.json.error).toMatchObject({
        code: 'range-spent',
        situation: 'payment-signed',
        money: { state: 'signed' },
      });
      const other = await box.json(['wallet', 'pay', '-', '-y', '-a', '3', ...as('rich')], { input: asked });
      expect(other.json.error).toMatchObject({ code: 'sum-mismatch', money: { state: 'signed' } });
      const again = await box.ok(['wallet', 'pay', '--again', reference, ...as('rich')]);
      const taken = await full(['wallet', 'receive', '-', ...as('bob')], messageOf(again));
      expect([taken.code, taken.stderr]).toMatchObject([
        3,
        expect.stringContaining('the 2.00 yuan are received and stored'),
      ]);
      const receipt = await box.ok(['wallet', 'receive', '-', ...as('bob')], { input: messageOf(again) });
      expect(receipt).toMatchObject({ state: 'paid', again: true });
      const known = await box.ok(['wallet', 'receive', '-', ...as('rich')], { input: messageOf(receipt) });
      expect(known.state).toBe('paid');
      const ended = await box.json(['wallet', 'pay', '-', '-y', ...as('rich')], { input: asked });
      expect(ended.json.error).toMatchObject({ code: 'already-paid', money: { state: 'paid' } });
    },
  );

  test.skipIf(!existsSync('/dev/full'))('a request, or the end of one, that nobody got', async () => {
    const asked = await full(['wallet', 'request', '3', ...as('bob')]);
    const [, reference = ''] =
      /nobody has it\. Close it with duet wallet cancel --wallet bob ([0-9a-f]{12})/.exec(asked.stderr) ?? [];
    const closed = await full(['wallet', 'cancel', reference, ...as('bob')]);
    expect(closed.stderr).toContain(`duet wallet cancel --wallet bob ${reference} gives it again`);
    expect(await box.ok(['wallet', 'cancel', reference, ...as('bob')])).toMatchObject({ state: 'closed' });
  });

  test('PAY-8: a receipt for another wallet is no payment of this one', async () => {
    const asked = messageOf(await request('bob', '1'));
    const paid = await box.ok(['wallet', 'pay', '-', '--yes', ...as('rich')], { input: asked });
    const receipt = await box.ok(['wallet', 'receive', '-', ...as('bob')], { input: messageOf(paid) });
    for (const name of ['alice', 'bob']) {
      const wrong = await box.duet(['wallet', 'receive', '-', ...as(name)], { input: messageOf(receipt) });
      expect([wrong.code, wrong.stderr]).toMatchObject([
        1,
        expect.stringContaining('the receipt is not for a payment of this wallet'),
      ]);
    }
    const foreign = await box.json(['wallet', 'receive', '-', ...as('alice')], { input: messageOf(paid) });
    expect(foreign.json.error).toMatchObject({ money: { state: 'nothing-received' } });
  });
});

describe('every end says what it means for the money', () => {
  const errorOf = async (args: readonly string[], input = '') =>
    inside((await box.json(['wallet', ...args], { input })).json, 'error');

  test('a request that was paid can not be closed, and its money stays', async () => {
    const asked = await box.ok(['wallet', 'request', '1', ...as('bob')]);
    const paid = await box.ok(['wallet', 'pay', '-', '-y', ...as('alice')], { input: messageOf(asked) });
    await box.ok(['wallet', 'receive', '-', ...as('bob')], { input: messageOf(paid) });
    const error = await errorOf(['cancel', String(asked.requestId).slice(0, 12), ...as('bob')]);
    expect(error).toMatchObject({
      code: 'already-paid',
      situation: 'paid-request',
      money: { state: 'kept', said: expect.stringContaining('the 1.00 yuan of this request were received') },
    });
  });

  test('PAY-12: a standing request is closed also where payments came to it; each of those is paid', async () => {
    const asked = await box.ok(['wallet', 'request', '--standing', ...as('bob')]);
    const standing = String(asked.requestId).slice(0, 12);
    const pay = ['wallet', 'pay', '-', '-y', '-a', '1', ...as('alice')];
    const paid = await box.ok(pay, { input: messageOf(asked) });
    await box.ok(['wallet', 'receive', '-', ...as('bob')], { input: messageOf(paid) });
    const payment = String(paid.paymentId);
    expect(payment).toMatch(new RegExp(`^${standing}.*:`));
    expect(await errorOf(['cancel', payment, ...as('bob')])).toMatchObject({ code: 'already-paid' });
    expect(await box.ok(['wallet', 'cancel', standing, ...as('bob')])).toMatchObject({ state: 'closed' });
    const late = await box.ok(pay, { input: messageOf(asked) });
    expect(await errorOf(['receive', '-', ...as('bob')], messageOf(late))).toMatchObject({
      code: 'cannot-open',
      todo: 'Use the wallet that showed the request (--wallet); else show it again.',
      money: { state: 'nothing-received' },
    });
  });

  test.each([
    ['no amount', ['request', 'abc'], 'amount-invalid', undefined, 'unchanged'],
    ['an amount and --standing', ['request', '5', '--standing'], 'usage', undefined, 'unchanged'],
    ['no reference', ['cancel', 'ffff'], 'payment-unknown', 'reference-form', 'unchanged'],
    ['an empty reference', ['cancel', ''], 'payment-unknown', 'reference-form', 'unchanged'],
    ['a reference of nothing', ['cancel', 'ffffffffffff'], 'payment-unknown', undefined, 'unchanged'],
    ['a refund of nothing', ['refund', 'ffff'], 'payment-unknown', 'reference-form', 'nothing-received'],
    ['an empty offer', ['receive', ''], 'empty-input', undefined, 'nothing-received'],
    ['an empty file', ['receive', '/dev/null'], 'empty-input', undefined, 'nothing-received'],
    ['an empty request', ['pay', ' '], 'empty-input', undefined, 'nothing-signed'],
  ] as const)('%s', async (_what, args, code, situation, state) => {
    const error = await errorOf([...args, ...as('bob')]);
    expect([error.code, error.situation, error.money]).toMatchObject([code, situation, { state }]);
  });

  test('no wallet, and no file to write to', async () => {
    for (const [command, state] of [
      [['request', '1'], 'unchanged'],
      [['cancel', 'ffffffffffff'], 'unchanged'],
      [['refund', 'ffffffffffff'], 'nothing-received'],
    ] as const) {
      expect(await errorOf([...command, ...as('nobody')])).toMatchObject({ money: { state } });
      expect(await errorOf([...command, ...as('bob'), '--out', 'no/such/folder'])).toMatchObject({
        code: 'file-unwritable',
        money: { state },
      });
    }
  });

  test('nothing to inspect is said to be nothing', async () => {
    for (const given of ['', ' ', '/dev/null']) {
      const { code, json } = await box.json(['inspect', given]);
      expect([given, code, inside(json, 'error')]).toMatchObject([
        given,
        1,
        { code: 'empty-input', todo: 'Paste or scan the whole message.' },
      ]);
    }
  });
});

test.skipIf(!existsSync('/proc/self'))('where no folder can be made, that is said at once', async () => {
  const proc = { env: { DUET_STATE: '/proc/duet' } };
  for (const [args, code, options] of [
    [['wallet', 'create', ...as('nowhere')], 'database-folder-unusable', proc],
    [['issuer', 'init'], 'database-folder-unusable', proc],
    [['wallet', 'create', ...as('/proc/duet/wallet')], 'wallet-io-error', {}],
  ] as const) {
    const ended = await box.json(args, options);
    expect([ended.code, ended.json.error]).toMatchObject([3, { code, retry: 'never' }]);
  }
  expect(existsSync(box.path('nowhere'))).toBe(false);
});

describe('backup and restore (LIMIT-2)', () => {
  test('LIMIT-2: what a copy paid and nobody answered comes by the close, not by another sync', async () => {
    await box.ok(['wallet', 'create', ...as('cloned'), '--load', '9']);
    const asked = messageOf(await request('bob', '9'));
    await box.ok(['wallet', 'pay', '-', '--yes', ...as('cloned')], { input: asked });
    cpSync(box.path('cloned'), box.path('clone'), { recursive: true });
    await box.ok(['wallet', 'sync', ...as('cloned')]);
    await box.ok(['wallet', 'sync', ...as('clone')]);
    const balance = await box.ok(['wallet', 'balance', ...as('clone')]);
    expect(balance).toMatchObject({ spendableFen: 0, outgoingFen: 900, waitingFen: 0 });
    const next = messageOf(await request('bob', '4'));
    const onClone = await box.json(['wallet', 'pay', '-', '--yes', ...as('clone')], { input: next });
    expect(onClone.json.error).toMatchObject({
      code: 'insufficient-funds',
      situation: 'funds-at-close',
      got: expect.stringMatching(
        /^0\.00 yuan in this wallet, at most 9\.00 yuan come to the account by \d{4}-\d\d-\d\d$/,
      ),
      todo: 'Load more money, or pay less: the rest comes to the account when its coins close.',
    });
    const inChinese = await box.duet(['wallet', 'pay', '-', '--lang', 'zh', '--yes', ...as('clone')], {
      input: next,
    });
    expect(inChinese.stderr).toMatch(/实为: 本钱包有 0\.00 元,另有至多 9\.00 元最迟 \d{4}-\d\d-\d\d 入账\n/);
    const onOriginal = await box.json(['wallet', 'pay', '-', '--yes', ...as('cloned')], { input: next });
    expect(onOriginal.json.error).toMatchObject({ situation: 'funds-on-the-way' });
  });

  test('LIMIT-2: the sync of a copy says what comes to the account, and by which day', async () => {
    const { spendableFen } = await box.ok(['wallet', 'balance', ...as('rich')]);
    cpSync(box.path('rich'), box.path('copy'), { recursive: true });
    const { stdout } = await box.duet(['wallet', 'sync', ...as('copy')]);
    const held = yuan(Number(spendableFen));
    expect(stdout).toMatch(
      new RegExp(`This is a copy.*\\n {2}Comes to the account by \\d{4}-\\d\\d-\\d\\d +at most ${held}\\n`),
    );
    const { waiting } = await box.ok(['wallet', 'sync', ...as('copy')]);
    expect(waiting).toEqual([{ amountFen: spendableFen, by: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) }]);
  });

  test.each([
    ['short', 'eleven char', 'passphrase is too short: characters in it: 11'],
    ['one letter', 'x', 'characters in it: 1'],
    // Eleven letters, though some are made of two code points.
    ['short once it is composed', 'e\u0301le\u0301ve pa ss', 'characters in it: 11'],
    ['a file', 'x'.repeat(2_000), 'the passphrase is too long'],
  ])('a passphrase that is %s: no file is written', async (_what, DUET_PASSPHRASE, said) => {
    const args = ['wallet', 'backup', '--out', 'no.bak', ...as('alice')];
    const { code, stderr } = await box.duet(args, { env: { DUET_PASSPHRASE } });
    expect([code, stderr]).toMatchObject([2, expect.stringContaining(said)]);
    expect(existsSync(box.path('no.bak'))).toBe(false);
  });

  test('a passphrase is the same, however its letters are composed', async () => {
    const args = ['wallet', 'backup', '--out', 'nfd.bak', ...as('alice')];
    await box.ok(args, { env: { DUET_PASSPHRASE: 'cafe\u0301 au lait' } });
    const restored = await box.json(['wallet', 'restore', 'nfd.bak', ...as('nfc')], {
      env: { DUET_PASSPHRASE: 'caf\u00e9 au lait' },
    });
    expect(restored.code).toBe(0);
  });

  test('a restore says what the wallet held, what was on its way, and when it comes back', async () => {
    const balance = await box.ok(['wallet', 'balance', ...as('alice')]);
    await box.ok(['wallet', 'backup', '--out', 'later.bak', ...as('alice')], { env: passphrase });
    const restored = await box.ok(['wallet', 'restore', 'later.bak', ...as('alice3')], { env: passphrase });
    expect(restored).toMatchObject({
      heldFen: balance.spendableFen,
      notYetKnownFen: balance.outgoingFen,
      comesBackBy: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
    });
    const { stdout } = await box.duet(['wallet', 'restore', 'later.bak', ...as('alice4')], {
      env: passphrase,
    });
    expect(stdout).toContain(
      `comes to the account when its coins close, the last by ${restored.comesBackBy}`,
    );
    expect(stdout).toMatch(/to do: duet wallet sync/);
    const synced = await box.duet(['wallet', 'sync', ...as('alice4')]);
    expect(synced.stdout).toMatch(
      /restored from a backup[\s\S]*the wallet held [\d.]+ yuan[\s\S]*the last by/,
    );
    expect(synced.stdout).toContain(`the last by ${restored.comesBackBy}`);
    expect(await box.ok(['wallet', 'sync', ...as('alice4')])).toMatchObject({
      restored: { heldFen: restored.heldFen, comesBackBy: restored.comesBackBy },
    });
  });
});

describe('what cannot be shown is not signed', () => {
  const terminal = (columns: number) => ({
    ...processContext(false, 'en'),
    isTty: { in: true, out: true, err: true },
    columns,
  });

  test('a terminal narrower than the widest code', () => {
    expect(() => checkOutgoing({ qr: true }, terminal(60))).toThrow(
      /a code may be 73 columns wide and the terminal has 60/,
    );
    expect(() => checkOutgoing({ qr: true }, terminal(80))).not.toThrow();
    expect(() => checkOutgoing({ qr: true }, { ...terminal(60), json: true })).not.toThrow();
    expect(() => checkOutgoing({}, terminal(20))).not.toThrow();
  });

  test.each([
    ['it is a folder', ['alice']],
    ['its folder is not there', ['no-such-folder', 'offer.txt']],
  ])('a file that cannot be written, %s: the payment is not made', async (_why, out) => {
    const asked = messageOf(await request('bob', '1'));
    const before = await box.ok(['wallet', 'balance', ...as('alice')]);
    const { code, json } = await box.json(
      ['wallet', 'pay', '-', '--yes', '--out', box.path(...out), ...as('alice')],
      { input: asked },
    );
    expect([code, inside(json, 'error').code]).toEqual([3, 'file-unwritable']);
    expect(await box.ok(['wallet', 'balance', ...as('alice')])).toEqual(before);
    expect(existsSync(box.path('alice', 'settings.json'))).toBe(true);
  });
});
