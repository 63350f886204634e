/** What goes into one upload: the keys of an Inquiry (SET-13), and as many Claims and Returns as fit (SET-14). */
import type { KeyText, PublicKey } from '@duet/protocol/brand';
import { keyText } from '@duet/protocol/bytes';
import { MAX_INQUIRED } from '@duet/protocol/limits';
import { fen } from '@duet/protocol/money';
import { CERTIFICATE, type Certificate } from '@duet/protocol/objects/certificate';
import { decodeSigned } from '@duet/protocol/objects/signed';
import { describe, expect, it } from 'vitest';
import { nextUpload } from '../src/upload-plan.ts';
import type { Wallet } from '../src/wallet.ts';
import { value, World } from './helpers/world.ts';

const askedKeys = (state: Wallet['state']): readonly PublicKey[] =>
  nextUpload(state, true, new Set()).inquiry?.payeeKeys ?? [];

/** The wallet's certificate and key, then others that were certified later. */
function certified(
  world: World,
  { state }: Wallet,
  count: number,
): Pick<Wallet['state'], 'certificates' | 'keys'> {
  const [[name, first] = expect.unreachable()] = state.certificates;
  const own = state.keys.get(name) ?? expect.unreachable();
  const bytes = world.certified.get(name) ?? expect.unreachable();
  const certificates = new Map<KeyText, Certificate>([[name, first]]);
  const keys = new Map(state.keys);
  for (let i = 0; i < count; i++) {
    const subject = world.crypto.generateKey(1, 'sign').publicKey;
    const later = decodeSigned(CERTIFICATE, world.recertified(bytes, { subject }), world.crypto);
    certificates.set(keyText(subject), later);
    keys.set(keyText(subject), { ...own, key: subject });
  }
  return { certificates, keys };
}

describe('SET-13: the keys that a device asks about', () => {
  it('PAY-12: include that of a standing request, however many keys were certified since', async () => {
    const world = new World();
    const stall = await world.person('stall');
    value(stall.request({ standing: true }));
    const [printed] = [...stall.state.certificates.values()].map(({ body }) => body.subject);
    const state = { ...stall.state, ...certified(world, stall, MAX_INQUIRED + 5) };
    const keys = askedKeys(state).map(keyText);
    expect(keys).toHaveLength(MAX_INQUIRED);
    expect(new Set(keys).size).toBe(MAX_INQUIRED);
    expect(keys).toContain(keyText(printed ?? expect.unreachable()));
    const newest = [...state.certificates.keys()].at(-1);
    expect(keys).toContain(newest);
    const signer = nextUpload(state, true, new Set()).inquiry?.signer;
    expect(signer && keyText(signer)).toBe(newest);
  });

  it('LIMIT-2: leave out those that were retired, and nobody signs where no other key is left', async () => {
    const world = new World();
    const stall = await world.person('stall');
    const { certificates, keys } = certified(world, stall, 1);
    const [old, fresh] = [...keys].filter(([name]) => certificates.has(name));
    if (!old || !fresh) return expect.unreachable('two keys');
    const stateWith = (...own: (typeof old)[]) => ({ ...stall.state, certificates, keys: new Map(own) });
    const used = (entry: typeof old): typeof old => [entry[0], { ...entry[1], used: true }];
    const retired = (entry: typeof old): typeof old => [entry[0], { ...entry[1], used: true, retired: true }];
    expect(askedKeys(stateWith(used(old), used(fresh))).map(keyText)).toEqual([fresh[0], old[0]]);
    expect(askedKeys(stateWith(retired(old), used(fresh))).map(keyText)).toEqual([fresh[0]]);
    expect(askedKeys(stateWith(retired(old), retired(fresh)))).toEqual([]);
  });
});
