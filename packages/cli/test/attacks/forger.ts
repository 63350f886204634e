/** A broken secure element: it signs whatever it is told with the keys of a wallet. */
import type { ObjectId, PublicKey, Signature } from '@duet/protocol/brand';
import { compareBytes, keyText } from '@duet/protocol/bytes';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { Provenance } from '@duet/protocol/messages/provenance';
import { decodeRequest } from '@duet/protocol/messages/request-message';
import type { Exchange } from '@duet/protocol/messages/upload';
import { signatureField } from '@duet/protocol/objects/fields';
import { draft, type ObjectType, type Signed, withSignature } from '@duet/protocol/objects/signed';
import { type Input, SPEND, type Spend, type SpendBody } from '@duet/protocol/objects/spend';
import { VERDICT, type Verdict } from '@duet/protocol/objects/verdict';
import { suiteOf } from '@duet/protocol/suite';
import type { Holding } from '@duet/wallet/secure-element/state';
import { branded, type Person, value, type World } from './world.ts';

/** Signs any body with a key of the person; the person is a cheat from then on unless `honest`. */
export function forge<Kind extends string, Body>(
  world: World,
  person: Person,
  type: ObjectType<Kind, Body>,
  key: PublicKey,
  body: Body,
  honest = false,
): Signed<Kind, Body> {
  const own = person.wallet.state.keys.get(keyText(key));
  if (!own) throw new Error('attacks: not a key of this person');
  if (!honest) person.cheats = true;
  const unsigned = draft(type, suiteOf(key), body, world.crypto);
  return withSignature(
    unsigned,
    world.crypto.sign(value(world.crypto.unwrapKey(own.wrapped, person.kek)), unsigned.message),
  );
}

/** What the person holds, first come first. */
export function holdingOf(person: Person, place = 0): Holding {
  const holding = [...person.wallet.state.holdings.values()][place];
  if (!holding) throw new Error(`attacks: ${person.name} holds nothing`);
  return holding;
}

/** The whole of what is free in a holding, as inputs. */
export const inputsOf = (holding: Holding): Input[] =>
  holding.free.map(({ from, to }) => ({ parent: holding.parent, from, to }));

export interface ForgedSpend {
  readonly holding: Holding;
  readonly inputs: readonly Input[];
  readonly seq: number;
  readonly change?: Partial<SpendBody>;
}

/** A Spend for a request, and the exchange that holds it. */
export function forgePayment(
  world: World,
  payer: Person,
  request: Uint8Array,
  { holding, inputs, seq, change = {} }: ForgedSpend,
): { readonly spend: Spend; readonly exchange: Exchange; readonly sealed: Uint8Array } {
  const message = value(decodeRequest(request, world.crypto));
  const body: SpendBody = {
    inputs,
    payee: message.payee.id,
    request: message.request.id,
    seq,
    time: world.clock(),
    ...change,
  };
  const spend = forge(world, payer, SPEND, holding.owner, body);
  const provenance = new Provenance();
  provenance.merge(holding.provenance);
  const offer = encodeOffer({ spends: [spend], provenance }, message);
  const sealed = world.crypto.seal({
    recipient: message.request.body.sealingKey,
    info: message.request.id,
    aad: new Uint8Array(0),
    plaintext: offer,
  });
  return { spend, exchange: { request, offer }, sealed: value(sealed) };
}

/** A Verdict on a request of the person. */
export const forgeVerdict = (
  world: World,
  payee: Person,
  key: PublicKey,
  request: ObjectId,
  accepted: readonly ObjectId[],
): Verdict => forge(world, payee, VERDICT, key, { request, accepted: [...accepted].sort(compareBytes) });

/** Order of the P-256 group (SEC 2 §2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other signature that holds wherever the first does: s becomes n − s. */
export function malleated(signature: Signature): Signature {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`);
  const other = (ORDER - s).toString(16).padStart(64, '0');
  return branded(signatureField, Buffer.concat([signature.subarray(0, 32), Buffer.from(other, 'hex')]));
}

/** Every exchange that waits in the device's outbox. */
export const exchangesOf = (person: Person): readonly Exchange[] => person.wallet.exportEvidence().exchanges;
