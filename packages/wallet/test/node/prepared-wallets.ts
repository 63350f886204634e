/**
 * Wallet folders as a first sync leaves them, written record by record, and wallets opened from them: for tests
 * that kill processes, and must begin each time with the same short journal.
 */
import { createNodeCrypto } from '@duet/crypto/node';
import type { SyncCrypto } from '@duet/crypto/port';
import type { PublicKey } from '@duet/protocol/brand';
import { bytes, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { handleField } from '@duet/protocol/objects/fields';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { STATUS_LIST } from '@duet/protocol/objects/status-list';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import type { KeyPair } from '@duet/protocol/testing/signing';
import {
  BUNDLE,
  certificateOf,
  coinOf,
  KEYS,
  NOW,
  OPERATORS,
  REGISTRY,
  ROOT,
  statusList,
} from '@duet/protocol/testing/world';
import type { Journal } from '../../src/journal.ts';
import { createWalletFolder, openWalletFolder, type WalletFolder } from '../../src/node/wallet-folder.ts';
import { encodeRecord } from '../../src/secure-element/record-codec.ts';
import type { WalletRecord } from '../../src/secure-element/records.ts';
import { TrustCache } from '../../src/trust-cache.ts';
import { Wallet } from '../../src/wallet.ts';

const crypto: SyncCrypto = createNodeCrypto();

/** The index of whoever is not revoked, in the lists of {@link statusList}. */
let nextStatus = 1;

/** Makes a folder with a certified payee key and coins of the given values, one key each, and closes it. */
export function prepareFolder(
  path: string,
  name: string,
  coins: readonly number[],
  driver: SyncCrypto = crypto,
): void {
  const folder = createWalletFolder(path, { crypto: driver });
  const records: WalletRecord[] = [trustRecord()];
  const payee = makeKey(folder, driver, 'payee', records);
  const certificate = certificateOf(payee, name, { status: nextStatus++ });
  records.push({ kind: 'certified', certificate });
  for (const [i, value] of coins.entries()) {
    const owner = makeKey(folder, driver, 'coin', records);
    const coin = coinOf(asOwner(owner), `${name} ${i}`, value, { status: nextStatus++ });
    records.push({ kind: 'coins-added', coins: [coin] });
  }
  records.push({ kind: 'synced', time: NOW });
  folder.journal.append(records.map(encodeRecord));
  folder.close();
}

/** Opens a prepared folder. `wrap` may put something around its journal. */
export function openWallet(
  path: string,
  wrap: (journal: Journal) => Journal = (journal) => journal,
  driver: SyncCrypto = crypto,
): { readonly wallet: Wallet; readonly folder: WalletFolder } {
  const folder = openWalletFolder(path, { crypto: driver });
  const wallet = new Wallet({
    journal: wrap(folder.journal),
    crypto: driver,
    kek: folder.kek,
    clock: () => NOW,
    root: ROOT.publicKey,
    identity: { operator: 1, handle: HANDLE, role: 'wallet', walletClass: 4 },
    policy: 1,
    continuity: folder.journal.continuity,
  });
  return { wallet, folder };
}

/** The account of both: nothing here is settled. */
const HANDLE = decodeBytes(handleField, encodeBytes(bytes({ length: 4 }), new Uint8Array([1, 2, 3, 4])), 16);

function makeKey(
  folder: WalletFolder,
  driver: SyncCrypto,
  purpose: 'coin' | 'payee',
  records: WalletRecord[],
): PublicKey {
  const handle = driver.generateKey(1, 'sign');
  const wrapped = driver.wrapKey(handle, folder.kek);
  records.push({ kind: 'key-made', key: handle.publicKey, purpose, wrapped });
  return handle.publicKey;
}

/** An owner whose private key is in a folder: only its public key is asked for. */
const asOwner = (publicKey: PublicKey): KeyPair => ({
  suite: 1,
  publicKey,
  sign: () => {
    throw new Error('this key signs in its wallet only');
  },
});

function trustRecord(): WalletRecord {
  const cache = new TrustCache();
  const bundle = cache.bundle(encodeSigned(TRUST_BUNDLE, BUNDLE), crypto);
  const lists = [
    [0, cache.list(encodeSigned(STATUS_LIST, statusList([])), crypto)],
    [
      1,
      cache.list(
        encodeSigned(STATUS_LIST, statusList([], { signerKey: KEYS.operator1 }, OPERATORS[0])),
        crypto,
      ),
    ],
  ] as const;
  const ready = new Map(
    lists.flatMap(([operator, list]) => (list.ok ? [[operator, list.value] as const] : [])),
  );
  if (!bundle.ok || ready.size !== lists.length) throw new Error('trust material that can be read');
  return {
    kind: 'trust-updated',
    trust: cache.state(ROOT.publicKey, bundle.value, ready, REGISTRY.publicKey),
    time: NOW,
  };
}
