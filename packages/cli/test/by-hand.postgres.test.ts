/**
 * Two people with two terminals, on the real command and the real embedded database: text, file and UR, change,
 * two hops, refund, cancel, standing requests, sync, backup, and every kind of bad input (PAY-1, PAY-4, PAY-5,
 * PAY-7, PAY-9, PAY-10, PAY-12, LIMIT-2).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, inside, type Json, messageOf, Sandbox } from './support.ts';

const box = new Sandbox();
const as = (name: string): string[] => ['--wallet', name];

beforeAll(async () => {
  await box.ok(['wallet', 'create', ...as('alice'), '--load', '300']);
  await box.ok(['wallet', 'create', ...as('bob')]);
  await box.ok(['wallet', 'create', ...as('carol'), '--operator', '2']);
  await box.ok(['wallet', 'create', ...as('till'), '--shop', '面馆 Noodle House', '--category', '5812']);
});
afterAll(() => box.remove());

/** Asks, pays, takes; gives the three outcomes. */
async function pass(
  from: string,
  to: string,
  yuan: string,
): Promise<{ asked: Json; paid: Json; taken: Json }> {
  const asked = await box.ok(['wallet', 'request', yuan, ...as(to)]);
  const paid = await box.ok(['wallet', 'pay', '-', '--yes', ...as(from)], { input: messageOf(asked) });
  const taken = await box.ok(['wallet', 'receive', '-', ...as(to)], { input: messageOf(paid) });
  return { asked, paid, taken };
}

const spendable = async (name: string): Promise<unknown> =>
  (await box.ok(['wallet', 'balance', ...as(name)])).spendableFen;

describe('a payment', () => {
  test('as text on the command line, with a receipt shown back', async () => {
    const asked = await box.duet(['wallet', 'request', '12.30', '--text', '2 noodles', ...as('bob')]);
    expect(asked.stdout).toMatch(/^DUET:[0-9A-Z $%*+\-./:]+\n$/);
    expect(asked.stderr).toContain('Asking for 12.30 yuan');
    const paid = await box.duet(['wallet', 'pay', asked.stdout.trimEnd(), '--yes', ...as('alice')]);
    expect(paid.stderr).toMatch(
      /Payee +unnamed[\s\S]*Amount +12\.30[\s\S]*For +2 noodles[\s\S]*Remains +287\.70/,
    );
    const taken = await box.duet(['wallet', 'receive', paid.stdout.trimEnd(), ...as('bob')]);
    expect(taken.stderr).toContain('Received 12.30 yuan.');
    const known = await box.duet(['wallet', 'receive', taken.stdout.trimEnd(), ...as('alice')]);
    expect(known).toMatchObject({ code: 0, stdout: '', stderr: 'Paid: the payee has it.\n' });
    expect([await spendable('alice'), await spendable('bob')]).toEqual([28_770, 1_230]);
  });

  test('through files, and both see the same payment', async () => {
    await box.ok(['wallet', 'request', '5', ...as('till'), '--out', 'request.txt']);
    await box.ok(['wallet', 'pay', ...as('alice'), '--in', 'request.txt', '--out', 'offer.txt', '--yes']);
    const taken = await box.ok(['wallet', 'receive', 'offer.txt', ...as('till'), '--out', 'receipt.txt']);
    const known = await box.ok(['wallet', 'receive', 'receipt.txt', ...as('alice')]);
    expect([taken.paymentId, known.state]).toEqual([known.paymentId, 'paid']);
    const { stdout } = await box.duet(['wallet', 'history', ...as('alice')]);
    expect(stdout).toMatch(/-5\.00 {2}paid +面馆 Noodle House\n/);
  });

  test('of received money is a UR sequence: any order, all parts (PAY-9)', async () => {
    const asked = await box.ok(['wallet', 'request', '2', ...as('carol')]);
    const paid = await box.ok(['wallet', 'pay', '-', '--yes', ...as('bob')], { input: messageOf(asked) });
    const parts = messageOf(paid).split('\n');
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part).toMatch(/^UR:DUET\/\d+-\d+\/[A-Z]+$/);
    const some = await box.json(['wallet', 'receive', '-', ...as('carol')], {
      input: parts.slice(1).join('\n'),
    });
    expect([some.code, codeOf(some.json)]).toEqual([1, 'malformed']);
    const taken = await box.ok(['wallet', 'receive', '-', ...as('carol')], {
      input: parts.reverse().join('\r\n'),
    });
    expect(taken).toMatchObject({ state: 'paid', again: false, amountFen: 200, depth: 2 });
  });

  test('drawn as QR codes: one, or one for each part', async () => {
    const one = await box.duet(['wallet', 'request', '1', '--qr', ...as('till')]);
    expect(one.code).toBe(0);
    expect(one.stdout).toMatch(/^[█▀▄ \n]+$/);
    const asked = await box.ok(['wallet', 'request', '0.50', ...as('carol')]);
    const many = await box.duet(['wallet', 'pay', '-', '--yes', '--qr', ...as('bob')], {
      input: messageOf(asked),
    });
    expect(many.stdout.trimEnd().split('\n\n').length).toBeGreaterThan(2);
  });

  test('one request in BC-UR where that is asked for', async () => {
    const asked = await box.ok(['wallet', 'request', '1', '--ur', ...as('till')]);
    expect(messageOf(asked)).toMatch(/^UR:DUET\/[A-Z]+$/);
    expect((await box.ok(['inspect', messageOf(asked)])).kind).toBe('request-message');
  });
});

describe('nothing is paid twice, or to somebody else', () => {
  test('the same request again gives the same bytes (PAY-4), the same offer the same answer (PAY-7)', async () => {
    const { asked, paid, taken } = await pass('alice', 'bob', '1');
    const before = await spendable('alice');
    const again = await box.ok(['wallet', 'pay', '-', '--yes', ...as('alice')], { input: messageOf(asked) });
    expect([again.again, messageOf(again), await spendable('alice')]).toEqual([
      true,
      messageOf(paid),
      before,
    ]);
    const replayed = await box.ok(['wallet', 'receive', '-', ...as('bob')], { input: messageOf(paid) });
    expect([replayed.again, messageOf(replayed)]).toEqual([true, messageOf(taken)]);
    const said = await box.duet(['wallet', 'receive', '-', ...as('bob')], { input: messageOf(paid) });
    expect(said.stderr).toContain('Nothing new was received');
  });

  test("another payee's offer (PAY-11)", async () => {
    await box.ok(['wallet', 'request', '1', ...as('till')]);
    const asked = await box.ok(['wallet', 'request', '1', ...as('bob')]);
    const paid = await box.ok(['wallet', 'pay', '-', '--yes', ...as('alice')], { input: messageOf(asked) });
    const { code, json } = await box.json(['wallet', 'receive', '-', ...as('till')], {
      input: messageOf(paid),
    });
    expect([code, codeOf(json)]).toEqual([1, 'cannot-open']);
    expect((await box.ok(['wallet', 'receive', '-', ...as('bob')], { input: messageOf(paid) })).again).toBe(
      false,
    );
  });

  test('an offer with one changed character', async () => {
    const asked = await box.ok(['wallet', 'request', '1', ...as('bob')]);
    const paid = messageOf(
      await box.ok(['wallet', 'pay', '-', '--yes', ...as('alice')], { input: messageOf(asked) }),
    );
    const changed = `${paid.slice(0, 60)}${paid[60] === 'A' ? 'B' : 'A'}${paid.slice(61)}`;
    const { code, json } = await box.json(['wallet', 'receive', '-', ...as('bob')], { input: changed });
    expect(code).toBe(1);
    expect(['cannot-open', 'bad-key', 'malformed', 'bad-group', 'request-unknown']).toContain(codeOf(json));
    expect((await box.ok(['wallet', 'receive', '-', ...as('bob')], { input: paid })).again).toBe(false);
  });

  test('a copied wallet signs nothing before it syncs (LIMIT-2)', async () => {
    cpSync(box.path('alice'), box.path('alice-copy'), { recursive: true });
    const asked = await box.ok(['wallet', 'request', '1', ...as('bob')]);
    const { code, json } = await box.json(['wallet', 'pay', '-', '--yes', ...as('alice-copy')], {
      input: messageOf(asked),
    });
    expect([code, codeOf(json)]).toEqual([1, 'sync-required']);
  });
});

describe('standing requests, refunds, cancelling', () => {
  test('any payer, any amount, each payment once (PAY-12)', async () => {
    const asked = messageOf(await box.ok(['wallet', 'request', '--standing', ...as('till')]));
    const silent = await box.json(['wallet', 'pay', '-', '--yes', ...as('alice')], { input: asked });
    expect(silent.code).toBe(2);
    const first = await box.ok(['wallet', 'pay', '-', '-y', '-a', '8', ...as('alice')], { input: asked });
    const second = await box.ok(['wallet', 'pay', '-', '-y', '-a', '8', ...as('alice')], { input: asked });
    expect(first.paymentId).not.toBe(second.paymentId);
    const shown = await box.ok(['wallet', 'pay', '--again', String(first.paymentId), ...as('alice')]);
    expect(messageOf(shown)).toBe(messageOf(first));
    for (const paid of [first, second]) {
      const taken = await box.ok(['wallet', 'receive', '-', ...as('till')], { input: messageOf(paid) });
      expect(taken).toMatchObject({ amountFen: 800, again: false });
    }
  });

  test('a refund goes back to the key that paid (PAY-10)', async () => {
    const { paid, taken } = await pass('alice', 'till', '10');
    await box.ok(['wallet', 'receive', '-', ...as('alice')], { input: messageOf(taken) });
    const before = Number(await spendable('alice'));
    const { stdout } = await box.duet([
      'wallet',
      'refund',
      String(paid.paymentId).slice(0, 12),
      ...as('alice'),
    ]);
    const back = await box.duet(['wallet', 'pay', '-', '--yes', ...as('till')], { input: stdout });
    expect(back.stderr).toContain('This pays back an earlier payment.');
    const got = await box.ok(['wallet', 'receive', '-', ...as('alice')], { input: back.stdout });
    expect([got.amountFen, await spendable('alice')]).toEqual([1_000, before + 1_000]);
  });

  test('a cancelled request takes no money, and its answer gives it back', async () => {
    const asked = await box.ok(['wallet', 'request', '3', ...as('till')]);
    const paid = await box.ok(['wallet', 'pay', '-', '--yes', ...as('alice')], { input: messageOf(asked) });
    const closed = await box.ok(['wallet', 'cancel', String(asked.requestId).slice(0, 12), ...as('till')]);
    const late = await box.json(['wallet', 'receive', '-', ...as('till')], { input: messageOf(paid) });
    expect([late.code, codeOf(late.json)]).toEqual([1, 'request-closed']);
    const known = await box.ok(['wallet', 'receive', '-', ...as('alice')], { input: messageOf(closed) });
    expect(known.state).toBe('not-paid');
    expect((await box.ok(['wallet', 'balance', ...as('alice')])).voidedFen).toBe(300);
  });
});

describe('bad input', () => {
  test.each(['0', '-1', '90071992547409.92'])('an amount of "%s"', async (amount) => {
    const { code, json } = await box.json(['wallet', 'request', ...as('bob'), '--', amount]);
    expect([code, codeOf(json)]).toEqual([1, 'amount-invalid']);
  });

  test('amounts of every other command', async () => {
    const found = await Promise.all([
      box.json(['wallet', 'sync', '--load', '0', ...as('bob')]),
      box.json(['wallet', 'create', '--load', '1.001', ...as('nobody')]),
      box.json(['wallet', 'create', '--deposit', '1e9', ...as('nobody')]),
      box.json(['wallet', 'pay', '-', '-y', '--amount', '0', ...as('bob')]),
    ]);
    expect(found.map(({ code, json }) => [code, codeOf(json)])).toEqual(
      found.map(() => [1, 'amount-invalid']),
    );
    expect(existsSync(box.path('nobody'))).toBe(false);
  });

  test('more than there is, oneself, and without a yes', async () => {
    const large = messageOf(await box.ok(['wallet', 'request', '90071992547409.91', ...as('till')]));
    const poor = await box.duet(['wallet', 'pay', '-', '--yes', ...as('alice')], { input: large });
    expect(poor.code).toBe(1);
    expect(poor.stderr).toMatch(
      /insufficient-funds[\s\S]*expected: 90,071,992,547,409\.91 yuan[\s\S]*to do: /,
    );
    const own = messageOf(await box.ok(['wallet', 'request', '1', ...as('alice')]));
    const oneself = await box.json(['wallet', 'pay', '-', '--yes', ...as('alice')], { input: own });
    expect([oneself.code, codeOf(oneself.json)]).toEqual([1, 'paying-oneself']);
    const other = messageOf(await box.ok(['wallet', 'request', '1', ...as('till')]));
    const unasked = await box.json(['wallet', 'pay', '-', ...as('alice')], { input: other });
    expect([unasked.code, codeOf(unasked.json)]).toEqual([1, 'confirmation-required']);
  });

  test('messages of the wrong kind, version, length', async () => {
    const request = messageOf(await box.ok(['wallet', 'request', '1', ...as('till')]));
    const cases: readonly (readonly [string[], string | Uint8Array, string])[] = [
      [['receive', '-', ...as('till')], request, 'malformed'],
      [['receive', '-', ...as('till')], 'DUET:', 'empty-input'],
      [['receive', '-', ...as('till')], 'a shopping list', 'malformed'],
      [['receive', '-', ...as('till')], new Uint8Array([0x22, 1, 2, 3]), 'unsupported-version'],
      [
        ['receive', '-', ...as('till')],
        new Uint8Array([0x12, ...new Array<number>(9_000).fill(2)]),
        'too-large',
      ],
      [['receive', '-', ...as('till')], new Uint8Array(9_000_000), 'too-large'],
      [['pay', '-', '-y', ...as('alice')], request.slice(0, 41), 'malformed'],
      [['pay', '-', '-y', ...as('alice')], `${request}::`, 'bad-group'],
    ];
    for (const [args, input, code] of cases) {
      const ended = await box.json(['wallet', ...args], { input });
      expect([input.slice(0, 20), ended.code, codeOf(ended.json)]).toEqual([input.slice(0, 20), 1, code]);
    }
  });

  test('no wallet, a wallet already, unknown references', async () => {
    const found = await Promise.all([
      box.json(['wallet', 'balance', ...as('nobody')]),
      box.json(['wallet', 'create', ...as('alice')]),
      box.json(['wallet', 'cancel', 'ffffffffffff', ...as('alice')]),
      box.json(['wallet', 'refund', 'x', ...as('bob')]),
    ]);
    expect(found.map(({ code, json }) => [code, codeOf(json)])).toEqual([
      [3, 'wallet-unknown'],
      [3, 'wallet-exists'],
      [1, 'payment-unknown'],
      [1, 'payment-unknown'],
    ]);
  });

  test('a damaged wallet is an operational error', async () => {
    cpSync(box.path('till'), box.path('broken'), { recursive: true });
    writeFileSync(box.path('broken', 'settings.json'), '{}');
    const settings = await box.json(['wallet', 'balance', ...as('broken')]);
    expect([settings.code, codeOf(settings.json)]).toEqual([3, 'wallet-damaged']);
    writeFileSync(box.path('broken', 'journal.sqlite'), 'not a database at all');
    const journal = await box.json(['wallet', 'balance', ...as('broken')]);
    expect([journal.code, codeOf(journal.json)]).toEqual([3, 'wallet-damaged']);
  });
});

describe('online', () => {
  test('a till claims what it holds; what was void comes back; the books balance', async () => {
    const till = await box.ok(['wallet', 'sync', '--claim', ...as('till')]);
    expect(till).toMatchObject({ complete: true, refused: [], spendableFen: 0 });
    expect(till.accountFen).toBe(100_000 + Number(till.claimedFen));
    const alice = await box.ok(['wallet', 'sync', ...as('alice')]);
    expect(alice).toMatchObject({ complete: true, returnedFen: 300 });
    const audit = await box.ok(['audit']);
    expect(audit).toMatchObject({ balanced: true, differenceFen: 0, problems: [] });
    expect(inside(audit, 'accounts')).toHaveProperty('outstanding');
  });

  test('more than the account holds is refused, and nothing is loaded', async () => {
    const { code, json } = await box.json(['wallet', 'sync', '--load', '99999', ...as('carol')]);
    expect([code, codeOf(json), json.loadedFen]).toEqual([1, 'account-funds', 0]);
  });

  test('two at once take turns', async () => {
    const both = await Promise.all([
      box.ok(['wallet', 'sync', '--load', '1', ...as('carol')]),
      box.ok(['wallet', 'sync', '--load', '1', ...as('bob')]),
    ]);
    expect(both.map(({ loadedFen }) => loadedFen)).toEqual([100, 100]);
  });

  test('close before the last day closes nothing; a day that is none is refused', async () => {
    expect(await box.ok(['close'])).toMatchObject({ coins: 0 });
    for (const day of ['2027-02-30', 'tomorrow', '1969-01-01', '9999-01-01']) {
      const { code, json } = await box.json(['close', '--day', day]);
      expect([day, code, codeOf(json)]).toEqual([day, 2, 'usage']);
    }
  });
});

describe('backup', () => {
  const passphrase = { env: { DUET_PASSPHRASE: 'correct horse' } };

  test('restores evidence under new keys, once, with the passphrase alone', async () => {
    await pass('alice', 'bob', '4');
    const kept = await box.ok(['wallet', 'backup', '--out', 'bob.backup', ...as('bob')], passphrase);
    expect(Number(kept.payments)).toBeGreaterThan(0);
    expect((await box.json(['wallet', 'backup', '--out', 'bob.backup', ...as('bob')], passphrase)).code).toBe(
      2,
    );
    const wrong = { env: { DUET_PASSPHRASE: 'another' } };
    const refused = await box.json(['wallet', 'restore', 'bob.backup', ...as('bob2')], wrong);
    expect([refused.code, codeOf(refused.json)]).toEqual([1, 'backup-invalid']);
    expect(existsSync(box.path('bob2'))).toBe(false);
    await box.ok(['wallet', 'restore', 'bob.backup', ...as('bob2')], passphrase);
    expect(await spendable('bob2')).toBe(0);
    expect(await box.ok(['wallet', 'sync', ...as('bob2')])).toMatchObject({
      complete: true,
      spendableFen: 0,
    });
    expect(await box.ok(['audit'])).toMatchObject({ balanced: true });
  });

  test('damaged, cut, or something else: a code, and no wallet', async () => {
    const bytes = readFileSync(box.path('bob.backup'));
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 9] = (damaged[bytes.length - 9] ?? 0) ^ 1;
    writeFileSync(box.path('damaged.backup'), damaged);
    writeFileSync(box.path('cut.backup'), bytes.subarray(0, bytes.length / 2));
    for (const [file, expected] of [
      ['damaged.backup', 'backup-invalid'],
      ['cut.backup', 'malformed'],
      ['request.txt', 'malformed'],
    ] as const) {
      const { code, json } = await box.json(['wallet', 'restore', file, ...as('bob3')], passphrase);
      expect([file, code, codeOf(json)]).toEqual([file, 1, expected]);
    }
    expect(existsSync(box.path('bob3'))).toBe(false);
  });
});

/** A disk of 1 MB, where this machine lets us have one. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts('true');

function mounts(command: string): boolean {
  const script = `mount -t tmpfs -o size=1m tmpfs "$1" && ${command}`;
  return spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', box.folder], { stdio: 'ignore' }).status === 0;
}

describe.skipIf(!canMount)('a full disk (needs root and mount namespaces)', () => {
  test('is said with a stable code, and nothing is written', () => {
    const script = 'mount -t tmpfs -o size=16k tmpfs /mnt && head -c 20000 /dev/zero > /mnt/fill; exec "$@"';
    const args = [process.execPath, new URL('../bin/duet.mjs', import.meta.url).pathname];
    const command = [
      'wallet',
      'request',
      '1',
      ...as(box.path('till')),
      '--out',
      '/mnt/request.txt',
      '--json',
    ];
    const { status, stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', ...args, ...command], {
      env: box.env,
      encoding: 'utf8',
    });
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: 'operational', code: 'disk-full' } });
  });
});
