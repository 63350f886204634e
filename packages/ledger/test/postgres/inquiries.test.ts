/** PRIV-2, SET-13: what payers recorded is told to the payee's own devices, and to nobody else. */
import { holderNumber } from '@duet/protocol/objects/certificate';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { INQUIRY } from '@duet/protocol/objects/inquiry';
import { encodeSigned } from '@duet/protocol/objects/signed';
import type { KeyHandle } from '@duet/protocol/suite';
import { beforeAll, expect, test } from 'vitest';
import type { Registry } from '../../src/engine/registry.ts';
import type { Database } from '../../src/postgres/database.ts';
import { CRYPTO, inquiryOf, type Party, type Payment, pay, sign, uploadOf } from '../helpers/money.ts';
import { enrol, load, openWorld, send } from '../helpers/world.ts';
import { describeWithPostgres, temporaryDatabase } from './support.ts';

describeWithPostgres('inquiries', () => {
  const opened = temporaryDatabase();
  let database: Database;
  let registry: Registry;
  let payee: Party;
  let stranger: Party;
  let idle: Party;
  let payment: Payment;

  beforeAll(async () => {
    database = opened();
    registry = await openWorld(database);
    const [payer, ...others] = await enrol(registry, ['payer', 'payee', 'stranger', 'idle']);
    const [coin] = payer ? await load(registry, payer, [40]) : [];
    const [first, second, third] = others;
    if (!coin || !first || !second || !third) throw new Error('four parties and a coin');
    [payee, stranger, idle] = [first, second, third];
    payment = pay([coin], payee);
    await send(registry, uploadOf({ payments: [payment] }));
  });
  const ask = (inquiry: Uint8Array) => send(registry, { ...uploadOf({}), inquiry });

  /** Another key of a party's account. */
  const secondKey = async ({ operator, handle }: Party): Promise<KeyHandle> => {
    const key = CRYPTO.generateKey(1, 'sign');
    const body = { operator, handle, subject: key.publicKey, holder: holderNumber('wallet', 2) };
    const certified = await registry.certify(encodeSigned(ENROLMENT, sign(ENROLMENT, body, key)));
    expect(certified.ok).toBe(true);
    return key;
  };

  test("PRIV-2 SET-13 a stranger that names somebody's key learns nothing, not even that there is a payment", async () => {
    const paid = await ask(inquiryOf(stranger.key, [payee.key.publicKey]));
    const unpaid = await ask(inquiryOf(stranger.key, [idle.key.publicKey]));
    const { creditNote: _one, ...told } = paid;
    const { creditNote: _other, ...toldOfNothing } = unpaid;
    expect(told).toEqual(toldOfNothing);
    expect(told).toEqual({ recorded: [], verdicts: [], coins: [], refused: [] });
  });

  test("PRIV-2 SET-13 the payee's name under a stranger's signature, and a key that nobody knows, prove nothing", async () => {
    const body = { signer: payee.key.publicKey, payeeKeys: [payee.key.publicKey] };
    expect((await ask(encodeSigned(INQUIRY, sign(INQUIRY, body, stranger.key)))).recorded).toEqual([]);
    const unknown = CRYPTO.generateKey(1, 'sign');
    expect((await ask(inquiryOf(unknown, [payee.key.publicKey]))).recorded).toEqual([]);
    const mixed = [payee.key.publicKey, stranger.key.publicKey];
    expect((await ask(inquiryOf(stranger.key, mixed))).recorded).toEqual([]);
  });

  test('SET-13 after all that the payee is told, by this key and by a later one of the account', async () => {
    expect((await ask(inquiryOf(payee.key, [payee.key.publicKey, payee.key.publicKey]))).recorded).toEqual([
      payment.exchange,
    ]);
    const later = await secondKey(payee);
    const keys = [payee.key.publicKey, later.publicKey, stranger.key.publicKey];
    expect((await ask(inquiryOf(later, keys))).recorded).toEqual([payment.exchange]);
  });

  test('SET-13 each upload of a batch is answered for its own key', async () => {
    const keys = [payee.key.publicKey];
    const answers = await Promise.all([stranger, payee, idle].map(({ key }) => ask(inquiryOf(key, keys))));
    expect(answers.map(({ recorded }) => recorded.length)).toEqual([0, 1, 0]);
  });

  test('SET-13 an inquiry that cannot be read is refused alone', async () => {
    const answer = await ask(inquiryOf(payee.key, [payee.key.publicKey]).subarray(0, -1));
    expect(answer.refused).toEqual([{ list: 6, place: 0, code: 'malformed' }]);
    expect(answer.recorded).toEqual([]);
  });
});
