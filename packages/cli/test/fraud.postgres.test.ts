/**
 * A cloned wallet by hand: both copies pay, both payees are honest; the registry proves it, pays both, and the
 * proof verifies on a machine that has nothing but the trust bundle (SET-4, SET-5, invariants 2, 3 and 4).
 */

import { decodeAny, encodeText } from '@duet/carriers/text';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { instant } from '@duet/protocol/brand';
import { memoryJournal } from '@duet/wallet/memory-journal';
import { openWalletFolder } from '@duet/wallet/node/wallet-folder';
import { Wallet } from '@duet/wallet/wallet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { offerMessage } from '../src/wallet/message.ts';
import { readSettings } from '../src/wallet/settings.ts';
import { inside, type Json, messageOf, Sandbox } from './support.ts';

const box = new Sandbox();
const as = (name: string): string[] => ['--wallet', name];

beforeAll(async () => {
  await box.ok(['wallet', 'create', ...as('mallory'), '--load', '50']);
  await box.ok(['wallet', 'create', ...as('bob')]);
  await box.ok(['wallet', 'create', ...as('carol')]);
});
afterAll(() => box.remove());

/** The wallet of a folder in memory, as somebody who broke the secure element has it. */
function cloneOf(name: string): Wallet {
  const crypto = createNodeSuites();
  const folder = openWalletFolder(box.path(name), { crypto });
  const journal = memoryJournal();
  journal.append(folder.journal.read());
  const { root, operator, handle, policy, walletClass } = readSettings(folder.path);
  folder.close();
  return new Wallet({
    journal,
    crypto,
    kek: folder.kek,
    clock: () => instant(Math.floor(Date.now() / 1_000)),
    root,
    identity: { operator, handle, role: 'wallet', walletClass },
    policy,
    continuity: 'shown',
  });
}

function payWith(wallet: Wallet, text: string): string {
  const incoming = decodeAny(text);
  if (!incoming.ok || incoming.value.kind !== 'message') throw new Error('expected a message');
  const paid = wallet.pay(incoming.value.message, { confirmed: true });
  if (!paid.ok) throw new Error(paid.rejection.code);
  return encodeText(offerMessage(paid.value.sealedOffer));
}

const entries = (json: Json): Json[] =>
  Object.values(json).filter((entry): entry is Json => typeof entry === 'object' && entry !== null);

describe('two copies of one wallet pay two people', () => {
  test('both are paid, the culprit is named, the proof stands alone', async () => {
    const copies = [cloneOf('mallory'), cloneOf('mallory')];
    for (const [place, name] of ['bob', 'carol'].entries()) {
      const asked = await box.ok(['wallet', 'request', '20', ...as(name)]);
      const copy = copies[place];
      if (!copy) throw new Error('expected two copies');
      const taken = await box.ok(['wallet', 'receive', '-', ...as(name)], {
        input: payWith(copy, messageOf(asked)),
      });
      expect(taken).toMatchObject({ state: 'paid', amountFen: 2_000 });
    }
    await box.ok(['wallet', 'sync', '--claim', ...as('bob')]);
    const carol = await box.ok(['wallet', 'sync', '--claim', ...as('carol')]);
    expect(carol.accountFen).toBe(102_000);
    expect((await box.ok(['wallet', 'sync', ...as('bob')])).accountFen).toBe(102_000);

    const cases = entries(await box.ok(['fraud', 'list']));
    expect(cases).toHaveLength(1);
    const [found] = cases;
    expect(found).toMatchObject({ form: 1, paidFen: 2_000, owedFen: expect.any(Number) });
    expect(Date.parse(String(found?.openedAt))).toBeGreaterThan(Date.now() - 3_600_000);
    const id = String(found?.caseId);
    const shown = await box.ok(['fraud', 'show', id.slice(0, 12), '--out', 'proof.cbor']);
    expect(shown.culprit).toBe(found?.culprit);
    const proofs = entries(inside(shown, 'proofs'));
    expect(proofs.map(({ form }) => form)).toContain(1);
    for (const proof of proofs) expect(proof).toMatchObject({ verification: { state: 'holds' } });

    await box.ok(['issuer', 'bundle', '--out', 'bundle.cose']);
    const alone = { env: { DUET_STATE: box.path('elsewhere') } };
    const verified = await box.ok(['fraud', 'verify', 'proof.cbor', '--bundle', 'bundle.cose'], alone);
    expect(verified).toMatchObject({ holds: true, form: 1, culprit: found?.culprit });
    expect(await box.ok(['audit'])).toMatchObject({ balanced: true, differenceFen: 0 });
  });

  test('a person sees who cheated and who was made good', async () => {
    const { code, stdout } = await box.duet(['fraud', 'list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^case +opened +proof +culprit +made good +owed +to recover\n/);
    expect(stdout).toContain('20.00');
    const chinese = await box.duet(['fraud', 'list', '--lang', 'zh']);
    expect(chinese.stdout).toMatch(
      /^案件 +立案时间 +证明 +作弊者 +已赔付 +尚欠 +待追偿\n\S+ .* 形式 1 .*20\.00/,
    );
    const id = chinese.stdout.split('\n')[1]?.slice(0, 12) ?? '';
    const shown = await box.duet(['fraud', 'show', id]);
    expect(shown.stdout).toMatch(
      /^Case [0-9a-f]+, opened .* UTC: one key signed the same range away twice\n/,
    );
    expect(shown.stdout).toMatch(
      /\n {2}paid to the others +20\.00 yuan\n {2}still owed to them +0\.00 yuan\n/,
    );
    const said = await box.duet(['fraud', 'show', id, '--lang', 'zh']);
    expect(said.stdout).toMatch(
      /^案件 .*:同一密钥重复签署了同一区间\n {2}作弊的密钥 .*\n {2}所属账户 +运营机构 1 的 /,
    );
    expect(said.stdout).toMatch(/\n {2}已赔付他人 +20\.00 元\n/);
    const verified = await box.duet(['fraud', 'verify', 'proof.cbor', '--lang', 'zh']);
    expect(verified.stdout).toMatch(
      /^证明成立: 同一密钥重复签署了同一区间\n {2}作弊的密钥 .*\n {2}密钥来源 +币串\n.*\n {2}可信清单 +本机发行方,/,
    );
  });

  test('SET-5: after a review the rest of a case is paid; here the fund had paid it all', async () => {
    const [found] = entries(await box.ok(['fraud', 'list']));
    const caseId = String(found?.caseId);
    expect(await box.ok(['fraud', 'pay', caseId.slice(0, 10)])).toMatchObject({
      caseId,
      paidFen: 0,
      owedFen: 0,
    });
    expect(await box.ok(['audit'])).toMatchObject({ balanced: true, alarms: [] });
  });

  test('the holder of the cheating wallet is told at its sync, and what to do (SET-6)', async () => {
    const synced = await box.ok(['wallet', 'sync', ...as('mallory')]);
    expect(synced.fraudCases).toMatchObject([{ form: 1, paidFen: 2_000, receivableFen: 0 }]);
    const { stdout } = await box.duet(['wallet', 'sync', ...as('mallory')]);
    expect(stdout).toMatch(
      /FRAUD CASE [0-9a-f]{12} names a key of this wallet: one key signed the same range/,
    );
    expect(stdout).toContain('20.00 yuan were paid to the others');
    expect(stdout).toContain('Nothing is owed any more.');
    expect(stdout).toMatch(/to do: .*duet fraud show [0-9a-f]{12}/);
    const loaded = await box.json(['wallet', 'sync', '--load', '1', ...as('mallory')]);
    expect([loaded.code, loaded.json.error]).toMatchObject([
      1,
      { code: 'revoked', situation: 'account-locked' },
    ]);
    expect((await box.ok(['wallet', 'sync', ...as('bob')])).fraudCases).toEqual([]);
  });

  test('a case that is none', async () => {
    for (const word of ['show', 'pay']) {
      const { code, json } = await box.json(['fraud', word, 'ffffffffffff']);
      expect([code, json.error]).toMatchObject([1, { code: 'payment-unknown', situation: 'case-unknown' }]);
    }
  });
});
