/** Files of transfers and balances: every bad line is named with its number and reason (MONEY-1). */
import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES, MAX_LINE_BYTES } from '../../src/replay/limits.ts';
import { readWorkload } from '../../src/replay/transfers.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const HEADER = 'payer,payee,amount,time\n';
const NODES = 'nodeid,isFraud,init_balance,fraudStep\n';

function refusalOf(transfers: string | Uint8Array, balances?: string): string {
  const content = typeof transfers === 'string' ? bytes(transfers) : transfers;
  const read = readWorkload(content, balances === undefined ? undefined : bytes(balances));
  if (read.ok) throw new Error('expected a rejection');
  expect(read.rejection.code).toBe('file-invalid');
  return `${read.rejection.got} / ${read.rejection.expected}`;
}

function readOk(transfers: string | Uint8Array, balances?: string) {
  const content = typeof transfers === 'string' ? bytes(transfers) : transfers;
  const read = readWorkload(content, balances === undefined ? undefined : bytes(balances));
  if (!read.ok) throw new Error(`${read.rejection.expected}; ${read.rejection.got}`);
  return read.value;
}

describe('transfers', () => {
  it('reads both sets of columns, in any order, and leaves others alone', () => {
    const plain = readOk(`${HEADER}ann,bob,147.8,1\nbob,cat,0.01,2\n`);
    expect(plain.nodes).toEqual(['ann', 'bob', 'cat']);
    expect(plain.transfers).toEqual([
      { payer: 0, payee: 1, amount: 14_780, time: 1 },
      { payer: 1, payee: 2, amount: 1, time: 2 },
    ]);
    const amlsim = readOk('time,note,value,targetNodeId,sourceNodeId\n7,"a, b",104.06,9015,249\n');
    expect(amlsim.nodes).toEqual(['249', '9015']);
    expect(amlsim.transfers).toEqual([{ payer: 0, payee: 1, amount: 10_406, time: 7 }]);
  });

  it('takes a byte order mark, CRLF, quotes, empty lines and a missing last line end', () => {
    const read = readOk('\ufeffpayer,payee,amount,time\r\n"ann","bob","1.00","1"\r\n\r\nbob,ann,2,2');
    expect(read.transfers.map(({ amount }) => amount)).toEqual([100, 200]);
    expect(read.nodes).toEqual(['ann', 'bob']);
  });

  it('takes the largest amount there is', () => {
    expect(readOk(`${HEADER}a,b,90071992547409.91,1\n`).transfers[0]?.amount).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([
    ['no number', 'a,b,1.00,1\na,b,ten,2\n', 'line 3: amount "ten" (not-a-number)'],
    ['an empty amount', 'a,b,,1\n', 'line 2: amount "" (not-a-number)'],
    ['a number in another notation', 'a,b,1e3,1\n', 'line 2: amount "1e3" (not-a-number)'],
    ['a comma inside', 'a,b,"1,000",1\n', 'line 2: amount "1,000" (not-a-number)'],
    ['a plus sign', 'a,b,+1,1\n', 'line 2: amount "+1" (not-a-number)'],
    ['a fractional fen', 'a,b,1.001,1\n', 'line 2: amount "1.001" (fractional-fen)'],
    ['zero', 'a,b,0.00,1\n', 'line 2: amount "0.00" (not-positive)'],
    ['a negative amount', 'a,b,-5,1\n', 'line 2: amount "-5" (not-positive)'],
    ['too much', 'a,b,90071992547409.92,1\n', 'line 2: amount "90071992547409.92" (too-large)'],
    ['far too much', `a,b,${'9'.repeat(40)},1\n`, '(too-large)'],
    ['no payer', ',b,1,1\n', 'line 2: payer ""'],
    ['a name too long', `a,${'b'.repeat(65)},1,1\n`, 'line 2: payee'],
    ['a reserved name', 'a,funds,1,1\n', 'line 2: payee "funds"'],
    ['a negative time', 'a,b,1,-1\n', 'line 2: time "-1"'],
    ['half a time step', 'a,b,1,1.5\n', 'line 2: time "1.5"'],
    ['a time beyond 2^53', 'a,b,1,9007199254740993\n', 'line 2: time'],
    ['too few columns', 'a,b,1,1\na,b,1\n', 'line 3: 3 columns'],
    ['too many columns', 'a,b,1,1,x\n', 'line 2: 5 columns'],
    ['a quote that is not closed', 'a,b,1,1\n"a,b,1,1\na,b,1,1\n', 'line 3: a quote that is not closed'],
    ['a quote inside a cell', 'a,b"c,1,1\n', 'line 2: a quote inside a cell'],
    ['text after a quote', '"a"x,b,1,1\n', 'line 2: something after a closing quote'],
    ['a line too long', `a,b,1,1\n${'a'.repeat(2 * MAX_LINE_BYTES)},b,1,1\n`, 'line 3: a longer line'],
  ])('refuses %s', (_what, lines, got) => {
    expect(refusalOf(HEADER + lines)).toContain(got);
  });

  it.each([
    ['an empty file', '', 'an empty file'],
    ['missing columns', 'payer,payee,amount\na,b,1\n', 'line 1: the columns "payer,payee,amount"'],
    ['a column twice', 'payer,payee,amount,time,payer\n', 'line 1: column payer twice'],
  ])('refuses %s', (_what, text, got) => {
    expect(refusalOf(text)).toContain(got);
  });

  it('refuses bytes that are no text, and a file that is too large', () => {
    expect(refusalOf(Uint8Array.of(0x70, 0xff, 0xfe, 0x0a))).toContain('bytes that are no text');
    expect(refusalOf(new Uint8Array(MAX_FILE_BYTES + 1))).toContain(`${MAX_FILE_BYTES + 1} bytes`);
  });

  it('does not let a name move a cursor', () => {
    expect(refusalOf(`${HEADER}a,b,\u001b[2J,1\n`)).toContain('\\u001b[2J');
  });

  it('takes names of columns in any case and order, and names the file that is wrong', () => {
    const read = readOk('TIME,Amount,note,Payee,payer\n7,1.50,x,b,a\n');
    expect(read).toMatchObject({
      nodes: ['a', 'b'],
      transfers: [{ payer: 0, payee: 1, amount: 150, time: 7 }],
    });
    expect(refusalOf('payer,payee,amount,time,Payer\n')).toContain('line 1: column payer twice');
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const wrong = readWorkload(encode(HEADER), encode('nodeid\n'), { transfers: 't.csv', balances: 'n.csv' });
    expect(wrong).toMatchObject({ rejection: { got: 'n.csv: line 1: the columns "nodeid"' } });
  });
});

describe('balances', () => {
  const transfers = `${HEADER}a,b,1,1\n`;

  it('numbers its nodes first, takes zero, and gives nothing to nodes it does not name', () => {
    const read = readOk(`${HEADER}a,c,1,1\n`, `${NODES}b,0,175.8,-1\na,0,0,-1\n`);
    expect(read.nodes).toEqual(['b', 'a', 'c']);
    expect(read.initial).toEqual([17_580, 0, 0]);
  });

  it.each([
    ['a negative balance', 'a,0,-1,-1\n', 'line 2: init_balance "-1" (not-positive)'],
    ['a fractional fen', 'a,0,0.005,-1\n', 'line 2: init_balance "0.005" (fractional-fen)'],
    ['a node twice', 'a,0,1,-1\na,0,2,-1\n', 'line 3: nodeid "a" twice'],
    ['more money than fits', 'a,0,90071992547409.91,-1\nb,0,0.01,-1\n', 'line 3: more'],
  ])('refuses %s', (_what, lines, got) => {
    expect(refusalOf(transfers, NODES + lines)).toContain(got);
  });

  it('refuses a file without the column', () => {
    expect(refusalOf(transfers, 'nodeid,balance\na,1\n')).toContain('line 1: the columns "nodeid,balance"');
  });
});
