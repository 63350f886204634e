/** What goes into one upload: the keys of an Inquiry (SET-13), and as many Claims and Returns as fit (SET-14). */
import type { KeyText, PublicKey } from '@duet/protocol/brand';
import { idText, keyText } from '@duet/protocol/bytes';
import { bytes, type Codec, decodeBytes, encodeBytes } from '@duet/protocol/cbor/codec';
import { MAX_INQUIRED } from '@duet/protocol/limits';
import {
  MAX_ORDER_ENTRIES,
  MAX_ORDER_OUTPUTS,
  MAX_UPLOAD_BYTES,
  MAX_UPLOAD_ENTRIES,
} from '@duet/protocol/messages/upload';
import { fen, ZERO } from '@duet/protocol/money';
import { CERTIFICATE, type Certificate } from '@duet/protocol/objects/certificate';
import { CLAIM, type ClaimBody } from '@duet/protocol/objects/claim';
import { handleField, idField } from '@duet/protocol/objects/fields';
import { decodeSigned, draft, encodeSigned, withSignature } from '@duet/protocol/objects/signed';
import type { KeyHandle } from '@duet/protocol/suite';
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

describe('SET-14: Claims that wait are cut into uploads', () => {
  const branded = <T>(codec: Codec<T>, raw: Uint8Array): T =>
    decodeBytes(codec, encodeBytes(bytes({ max: 64 }), raw), 80);
  const ACCOUNT = { kind: 'account', handle: branded(handleField, new Uint8Array(8)) } as const;
  const world = new World();
  const key: KeyHandle = world.crypto.generateKey(1, 'sign');

  /** A state that waits to send Claims, behind entries that leave room for the first Claim and `left` bytes. */
  async function waiting(bodies: readonly Pick<ClaimBody, 'inputs' | 'destination'>[], left?: number) {
    const { state } = await world.person('ben');
    const claims = bodies.map((body) => {
      const unsigned = draft(CLAIM, 1, { ...body, operator: 1 }, world.crypto);
      return withSignature(unsigned, world.crypto.sign(key, unsigned.message));
    });
    const open = { owner: key.publicKey, amount: ZERO, parts: [], exchanges: [], retries: 0 };
    const size = Math.max(0, ...claims.map((claim) => encodeSigned(CLAIM, claim).length));
    const outbox: Wallet['state']['outbox'] = new Map();
    if (left !== undefined)
      outbox.set(1, { kind: 'verdict', bytes: new Uint8Array(MAX_UPLOAD_BYTES - HEADS - left - size) });
    return {
      ...state,
      outbox,
      claims: new Map(claims.map((claim) => [idText(claim.id), { ...open, claim }])),
    };
  }
  /** What a plan keeps for heads of lists and for what is asked, and the head of one entry of two lists. */
  const HEADS = 96 * 1024 + 16;
  const ENTRY = 16;

  const inputs = (count: number, first = 0) =>
    Array.from({ length: count }, (_, i) => ({
      parent: { id: branded(idField, Buffer.from((first + i).toString(16).padStart(64, '0'), 'hex')) },
      from: fen(0),
      to: fen(1),
    }));
  /** How many Claims are in each upload until none is left. */
  async function cut(...waits: Parameters<typeof waiting>): Promise<number[]> {
    const state = await waiting(...waits);
    const sent = new Set<string>();
    const counts: number[] = [];
    for (let last = false; !last && counts.length < 5; ) {
      const planned = nextUpload(
        { ...state, outbox: counts.length === 0 ? state.outbox : new Map() },
        false,
        sent,
      );
      counts.push(planned.claims.length);
      last = planned.last;
    }
    return counts;
  }

  it('by the inputs of which one answer can tell', async () => {
    const half = MAX_ORDER_ENTRIES / 2;
    const bodies = [0, 1, 2].map((place) => ({ inputs: inputs(half, place * half), destination: ACCOUNT }));
    expect(await cut(bodies)).toEqual([2, 1]);
    const [first, ...others] = bodies;
    if (!first) return expect.unreachable('a body');
    expect(await cut([{ ...first, inputs: inputs(half + 1, 5_000) }, ...others])).toEqual([1, 2]);
  });

  it('by the coins that one answer can hold', async () => {
    const outputs = Array.from({ length: 64 }, () => ({ owner: key.publicKey, amount: fen(1) }));
    const destination = { kind: 'coins', outputs } as const;
    const full = MAX_ORDER_OUTPUTS / outputs.length;
    const bodies = Array.from({ length: full + 1 }, (_, i) => ({ inputs: inputs(1, i), destination }));
    expect(await cut(bodies)).toEqual([full, 1]);
  });

  it('by their number', async () => {
    const bodies = inputs(MAX_UPLOAD_ENTRIES + 1).map((input) => ({ inputs: [input], destination: ACCOUNT }));
    expect(await cut(bodies)).toEqual([MAX_UPLOAD_ENTRIES, 1]);
  });

  it('by the bytes that other entries leave, to the byte', async () => {
    const one = { inputs: inputs(1), destination: ACCOUNT };
    expect(await cut([one], ENTRY)).toEqual([1]);
    expect(await cut([one], ENTRY - 1)).toEqual([0, 1]);
    const two = [one, { ...one, inputs: inputs(1, 1) }];
    expect(await cut(two, ENTRY)).toEqual([1, 1]);
  });
});
