/**
 * LIMIT-2 on the disk: a wallet folder is copied, used, and put back. The anchor shows it, the next sync retires
 * every key, and neither copy's messages contradict the other's.
 */
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fen } from '@duet/protocol/money';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWalletFolder, openWalletFolder, type WalletFolder } from '../../src/node/wallet-folder.ts';
import type { Wallet } from '../../src/wallet.ts';
import { contradictionsOf } from '../helpers/contradictions.ts';
import { codeOf, payment, value, World } from '../helpers/world.ts';
import { temporaryFolder } from './temporary-folder.ts';

const open = (world: World, path: string): { readonly wallet: Wallet; readonly folder: WalletFolder } => {
  const folder = openWalletFolder(path, { crypto: world.crypto });
  onTestFinished(() => folder.close());
  const { journal, kek } = folder;
  return { wallet: world.wallet('anna', { journal, kek, continuity: journal.continuity }), folder };
};

describe('a wallet folder that was put back', () => {
  it.each(['copied back over it', 'moved in its place'])(
    '%s: old money is neither spent nor claimed',
    async (how) => {
      const world = new World();
      const path = join(temporaryFolder(), 'wallet');
      const copy = join(temporaryFolder(), 'copy');
      createWalletFolder(path, { crypto: world.crypto }).close();
      const [ben, cara] = [await world.person('ben'), await world.person('cara')];
      world.fund('anna', 5_000);

      const first = open(world, path);
      await first.wallet.sync(world, { load: fen(5_000) });
      payment(first.wallet, ben, 700);
      first.folder.close();
      cpSync(path, copy, { recursive: true, preserveTimestamps: true });

      const newer = open(world, path);
      expect(newer.folder.journal.continuity).toBe('shown');
      payment(newer.wallet, cara, 4_000);
      await newer.wallet.sync(world);
      newer.folder.close();

      rmSync(path, { recursive: true });
      if (how === 'moved in its place') renameSync(copy, path);
      else cpSync(copy, path, { recursive: true, preserveTimestamps: true });
      const back = open(world, path);
      expect(back.folder.journal.continuity).toBe('unknown');
      expect(back.wallet.balance()).toMatchObject({ spendable: 4_300, waiting: 0 });
      const asked = value(cara.request({ amount: fen(3_000) }));
      expect(codeOf(back.wallet.pay(asked.message, { confirmed: true }))).toBe('sync-required');
      const uploads = world.uploads.length;
      expect((await back.wallet.sync(world, { refresh: 'all', claim: 'all' })).complete).toBe(true);
      back.folder.journal.confirmContinuity();
      expect(world.uploads.slice(uploads).flatMap((upload) => [...upload.claims, ...upload.returns])).toEqual(
        [],
      );
      expect(codeOf(back.wallet.pay(asked.message, { confirmed: true }))).toBe('insufficient-funds');
      back.folder.close();

      const later = open(world, path);
      expect(later.folder.journal.continuity).toBe('shown');
      expect(later.wallet.balance()).toMatchObject({ spendable: 0, waiting: 4_300 });
      world.fund('anna', 100);
      await later.wallet.sync(world, { load: fen(100), refresh: 'all' });
      expect(payment(later.wallet, ben, 100).taken.state).toBe('paid');
      for (const wallet of [later.wallet, ben, cara]) await wallet.sync(world);
      expect(contradictionsOf(world)).toEqual([]);
    },
  );
});
