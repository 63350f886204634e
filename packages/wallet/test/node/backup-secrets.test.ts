/** LIMIT-2: the backup of a wallet that paid and was paid holds no key, and restoring it gives evidence alone. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createNodeCrypto } from '@duet/crypto/node';
import type { SyncCrypto } from '@duet/crypto/port';
import { fen } from '@duet/protocol/money';
import type { Result } from '@duet/protocol/rejection';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openBackup, sealBackup } from '../../src/node/backup.ts';
import type { Wallet } from '../../src/wallet.ts';
import { openWallet, prepareFolder } from './prepared-wallets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const cost = { logN: 4, blockSize: 8, parallelism: 1 };
const passphrase = 'correct horse';

/** A driver that shows what no driver shows: each secret that was drawn, and what was encrypted. */
interface WatchedCrypto {
  readonly driver: SyncCrypto;
  readonly drawn: Buffer[];
  readonly wrapped: Buffer[];
  readonly plaintexts: Buffer[];
}

function watchedCrypto(): WatchedCrypto {
  const drawn: Buffer[] = [];
  const wrapped: Buffer[] = [];
  const plaintexts: Buffer[] = [];
  const inner = createNodeCrypto({
    random: (length) => {
      const bytes = randomBytes(length);
      drawn.push(Buffer.from(bytes));
      return new Uint8Array(bytes);
    },
  });
  const driver: SyncCrypto = {
    ...inner,
    wrapKey(handle, kek) {
      const bytes = inner.wrapKey(handle, kek);
      wrapped.push(Buffer.from(bytes));
      return bytes;
    },
    encrypt(kek, plaintext, aad) {
      plaintexts.push(Buffer.from(plaintext));
      return inner.encrypt(kek, plaintext, aad);
    },
  };
  return { driver, drawn, wrapped, plaintexts };
}

function value<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(
    `${result.rejection.code}: expected ${result.rejection.expected}, got ${result.rejection.got}`,
  );
}

function open(path: string, driver: SyncCrypto): Wallet {
  const { wallet } = openWallet(path, undefined, driver);
  onTestFinished(() => wallet.close());
  return wallet;
}

function passMoney(payer: Wallet, payee: Wallet, amount: number): void {
  const { message } = value(payee.request({ amount: fen(amount) }));
  const { sealedOffer } = value(payer.pay(message, { confirmed: true }));
  value(payer.takeVerdict(value(payee.receive(sealedOffer)).verdict));
}

/** Is any piece of 16 bytes of a secret in a text? */
function leaks(text: Buffer, secret: Buffer): boolean {
  for (let at = 0; at + 16 <= secret.length; at++)
    if (text.includes(secret.subarray(at, at + 16))) return true;
  return false;
}

/** Kind, purpose, public key: the beginning of a wrapped key is no secret. */
const WRAPPED_HEAD_BYTES = 36;

describe('LIMIT-2: the backup of a wallet in use', () => {
  const folder = (): string => temporaryFolder();

  it('holds no private key, plain or wrapped, and no device key', () => {
    const watched = watchedCrypto();
    const { driver, drawn, wrapped, plaintexts } = watched;
    const place = folder();
    for (const name of ['alice', 'bob']) prepareFolder(join(place, name), name, [500, 400], driver);
    const [alice, bob] = [open(join(place, 'alice'), driver), open(join(place, 'bob'), driver)];
    passMoney(alice, bob, 700);
    passMoney(bob, alice, 1_100);
    const secrets = [
      ...drawn.filter(({ length }) => length >= 16),
      ...wrapped.map((key) => key.subarray(WRAPPED_HEAD_BYTES)),
    ];
    // Device keys, payee and coin keys, sealing keys of requests, ephemeral keys of seals.
    expect([drawn.length > 12, wrapped.length]).toEqual([true, 8]);

    const evidence = alice.exportEvidence();
    expect([evidence.exchanges.length, evidence.verdicts.length]).toEqual([2, 2]);
    sealBackup(evidence, { crypto: driver, passphrase, cost });
    const plaintext = plaintexts.at(-1) ?? Buffer.alloc(0);
    for (const secret of secrets) expect(leaks(plaintext, secret)).toBe(false);
    // The search finds what is there: evidence in the plaintext, and a key when one is put in.
    expect(leaks(plaintext, Buffer.from(evidence.verdicts[0] ?? []))).toBe(true);
    expect(secrets.every((secret) => leaks(Buffer.concat([plaintext, secret]), secret))).toBe(true);
  });

  it('gives a new wallet the evidence to upload, and no money to spend', () => {
    const { driver } = watchedCrypto();
    const place = folder();
    for (const name of ['alice', 'bob']) prepareFolder(join(place, name), name, [500], driver);
    const [alice, bob] = [open(join(place, 'alice'), driver), open(join(place, 'bob'), driver)];
    passMoney(alice, bob, 300);
    const backup = sealBackup(bob.exportEvidence(), { crypto: driver, passphrase, cost });

    prepareFolder(join(place, 'restored'), 'restored', [], driver);
    const restored = open(join(place, 'restored'), driver);
    restored.importEvidence(value(openBackup(backup, { crypto: driver, passphrase })));
    expect(restored.balance().spendable).toBe(0);
    expect(restored.exportEvidence()).toEqual(bob.exportEvidence());
    const { message } = value(alice.request({ amount: fen(1) }));
    const paid = restored.pay(message, { confirmed: true });
    expect(paid.ok ? 'paid' : paid.rejection.code).toBe('insufficient-funds');
  });
});
