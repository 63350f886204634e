/** Ports and registries that lie to a wallet, and what must stand after it was lied to. */
import { decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { ANSWER, type Answer, recordedHash } from '@duet/protocol/messages/upload';
import { accept, type Result } from '@duet/protocol/rejection';
import type { LoadOrder, SettlementPort, TrustMaterial } from '@duet/protocol/settlement-port';
import { expect } from 'vitest';
import type { SyncOptions } from '../../src/sync.ts';
import type { Wallet } from '../../src/wallet.ts';
import { describeState } from './describe-state.ts';
import { payment, value, type World } from './world.ts';

const MAX_BYTES = 4 * 1024 * 1024;

export interface Lies {
  readonly trust?: (honest: TrustMaterial) => TrustMaterial;
  readonly certify?: (honest: Uint8Array, enrolment: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  readonly load?: (honest: readonly Uint8Array[], order: LoadOrder) => readonly Uint8Array[];
  readonly settle?: (honest: Answer) => Partial<Answer>;
  /** Bytes that come back in place of the registry's. */
  readonly bytes?: (honest: Uint8Array) => Uint8Array;
}

const bytesOf = (result: Result<Uint8Array>): Uint8Array => value(result);

/** A port in front of the world that changes what comes back. */
export function lying(world: World, lies: Lies): SettlementPort {
  return {
    trust: async () => (lies.trust ?? ((honest) => honest))(await world.trust()),
    certify: async (enrolment) => {
      const honest = bytesOf(await world.certify(enrolment));
      return accept(lies.certify ? await lies.certify(honest, enrolment) : honest);
    },
    load: async (order) => {
      const honest = value(await world.load(order));
      return accept(lies.load ? lies.load(honest, order) : honest);
    },
    settle: async (sealed) => {
      const honest = bytesOf(await world.settle(sealed));
      if (lies.bytes) return accept(lies.bytes(honest));
      const answer = decodeBytes(ANSWER, honest, MAX_BYTES);
      return accept(encodeBytes(ANSWER, { ...answer, ...lies.settle?.(answer) }));
    },
    account: (operator, handle) => world.account(operator, handle),
  };
}

/** A registry that is mixed up itself: it signs for other recorded payments than there are. */
export function telling(
  world: World,
  tell: (honest: Answer['recorded']) => Answer['recorded'],
): SettlementPort {
  return lying(world, {
    settle: ({ creditNote, recorded }) => {
      const told = tell(recorded);
      const hash = recordedHash(told, world.crypto);
      const note = world.otherNote(creditNote, ({ recorded: _, ...body }) => ({
        ...body,
        ...(hash ? { recorded: hash } : {}),
      }));
      return { recorded: told, creditNote: note };
    },
  });
}

/** A port that carries the first uploads, then nothing. */
export function failing(world: World, carried: number): SettlementPort {
  let calls = 0;
  return {
    ...lying(world, {}),
    settle: (sealed) =>
      calls++ < carried ? world.settle(sealed) : Promise.reject(new Error('connection lost')),
  };
}

/** Syncs with a lying port; gives the codes, after seeing that nothing changed but what may. */
export async function refused(
  wallet: Wallet,
  port: SettlementPort,
  options: SyncOptions = {},
): Promise<readonly string[]> {
  const before = describeState(wallet.state);
  const report = await wallet.sync(port, options);
  expect(describeState(wallet.state)).toEqual(before);
  expect(report).toMatchObject({
    complete: false,
    coins: 0,
    claimedFen: 0,
    refreshedFen: 0,
    returnedFen: 0,
    loadedFen: 0,
    exchanges: 0,
  });
  return report.refused.map(({ code }) => code);
}

/** Ben was paid; his Claim for a new coin is signed, and its upload was lost. */
export async function claiming(world: World, options: SyncOptions = { refresh: 'all' }): Promise<Wallet> {
  const [anna, ben] = [await world.person('anna', 1_000), await world.person('ben')];
  payment(anna, ben, 300);
  await expect(ben.sync(failing(world, 1), options)).rejects.toThrow('connection lost');
  expect(ben.state.claims.size).toBe(1);
  return ben;
}

/** What the registry answered to a sync whose connection then ended. */
export async function lostAnswer(world: World, wallet: Wallet): Promise<Uint8Array> {
  const answers: Uint8Array[] = [];
  const port: SettlementPort = {
    ...lying(world, {}),
    settle: async (sealed) => {
      answers.push(bytesOf(await world.settle(sealed)));
      throw new Error('connection lost');
    },
  };
  await expect(wallet.sync(port)).rejects.toThrow('connection lost');
  return present(answers[0]);
}

export async function comesRight(world: World, ben: Wallet): Promise<void> {
  const report = await ben.sync(world);
  expect(report).toMatchObject({ complete: true, refused: [], refreshedFen: 300 });
  expect(ben.balance()).toMatchObject({ spendable: 300, settling: 0 });
}

/** The last byte of the signature is another one. */
export const flipped = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

export function present<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('there is none');
  return found;
}
