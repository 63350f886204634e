/** A registry on a database of its own with two operators and some parties, for tests. */
import type { Instant } from '@duet/protocol/brand';
import { decodeBytes } from '@duet/protocol/cbor/codec';
import { ANSWER, type Answer, type Upload } from '@duet/protocol/messages/upload';
import { type Fen, fen } from '@duet/protocol/money';
import { CERTIFICATE, holderNumber } from '@duet/protocol/objects/certificate';
import { COIN } from '@duet/protocol/objects/coin';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import type { Condition } from '@duet/protocol/objects/fields';
import { CREDIT_NOTE, type CreditItem, outcomeNumber } from '@duet/protocol/objects/notes';
import { DEFAULT_CURRENCY } from '@duet/protocol/objects/request';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import type { Policy } from '@duet/protocol/objects/trust-bundle';
import type { Result } from '@duet/protocol/rejection';
import { type Authority, createAuthority } from '../../src/engine/authority.ts';
import { DEFAULT_POLICY } from '../../src/engine/policies.ts';
import { openRegistry, type Registry } from '../../src/engine/registry.ts';
import type { Database } from '../../src/postgres/database.ts';
import { CRYPTO, type Holding, handleOf, NOW, type Party, sealed, sign, wholeOf } from './money.ts';

const {
  maxPayments: _payments,
  maxPerPayment: _amount,
  fundPerPayee: _payee,
  fundPerCoin: _coin,
  lossCap: _loss,
  ...uncapped
} = DEFAULT_POLICY;
/** No limit on counts, amounts and funds. */
const OPEN_POLICY: Policy = { ...uncapped, maxHops: 16 };

const OPERATORS = [1, 2] as const;
const RESERVE = fen(100_000_000);
const DEPOSIT = fen(1_000_000);
const CREDITED = outcomeNumber('credited');
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export const makeAuthority = (policies: readonly Policy[] = [OPEN_POLICY]): Authority =>
  createAuthority({
    crypto: CRYPTO,
    suite: 1,
    policies,
    operators: OPERATORS.map((id) => ({ id, name: `operator ${id}` })),
    now: NOW,
  });

export interface Clock {
  now: Instant;
}

/** Opens the registry, with its operators, on a database. */
export async function openWorld(
  database: Database,
  authority = makeAuthority(),
  clock: Clock = { now: NOW },
): Promise<Registry> {
  const registry = await openRegistry({ database, crypto: CRYPTO, authority, clock: () => clock.now });
  for (const id of OPERATORS)
    await registry.addOperator({
      id,
      name: `operator ${id}`,
      reserve: RESERVE,
      quota: RESERVE,
      fund: RESERVE,
    });
  return registry;
}

const value = <T>(result: Result<T>): T => {
  if (!result.ok)
    throw new Error(
      `${result.rejection.code}: expected ${result.rejection.expected}, got ${result.rejection.got}`,
    );
  return result.value;
};

/** Parties with an account, a deposit and a certified key; by turns at operator 1 and 2. */
export async function enrol(registry: Registry, names: readonly string[]): Promise<Party[]> {
  const accounts = names.map((name, i) => ({
    name,
    operator: OPERATORS[i % OPERATORS.length] ?? 1,
    handle: handleOf(name),
  }));
  await registry.openAccounts(
    accounts.map(({ operator, handle }) => ({
      operator,
      handle,
      kind: 'customer' as const,
      deposit: DEPOSIT,
    })),
  );
  return Promise.all(
    accounts.map(async ({ name, operator, handle }) => {
      const key = CRYPTO.generateKey(1, 'sign');
      const enrolment = sign(
        ENROLMENT,
        { operator, handle, subject: key.publicKey, holder: holderNumber('wallet', 2) },
        key,
      );
      const certificate = value(await registry.certify(encodeSigned(ENROLMENT, enrolment)));
      return { name, operator, handle, key, certificate: decodeSigned(CERTIFICATE, certificate, CRYPTO) };
    }),
  );
}

/** Loads coins, each under a key of its own. */
export async function load(
  registry: Registry,
  party: Party,
  amounts: readonly number[],
  condition?: Condition,
): Promise<Holding[]> {
  const keys = amounts.map(() => CRYPTO.generateKey(1, 'sign'));
  const coins = await registry.load({
    order: CRYPTO.randomBytes(16),
    operator: party.operator,
    handle: party.handle,
    currency: DEFAULT_CURRENCY,
    policy: OPEN_POLICY.id,
    outputs: keys.map(({ publicKey }, i) => ({ owner: publicKey, amount: fen(amounts[i] ?? 1) })),
    ...(condition ? { condition } : {}),
  });
  return value(coins).flatMap((bytes, i) => {
    const key = keys[i];
    return key ? [wholeOf(decodeSigned(COIN, bytes, CRYPTO), key)] : [];
  });
}

/** Sends an upload and reads the answer. @throws what the registry throws */
export const send = async (registry: Registry, upload: Upload): Promise<Answer> =>
  answerOf(await registry.settle(sealed(upload, registry.authority.registryKey)));

export const answerOf = (result: Result<Uint8Array>): Answer =>
  decodeBytes(ANSWER, value(result), MAX_ANSWER_BYTES);

export const itemsOf = (answer: Answer): readonly CreditItem[] =>
  decodeSigned(CREDIT_NOTE, answer.creditNote, CRYPTO).body.items;

export async function balanceOf(registry: Registry, { operator, handle }: Party): Promise<Fen> {
  return value(await registry.account(operator, handle)).balance;
}

/** Sum of what the credit note of an answer says was credited. */
export const creditedIn = (answer: Answer): number =>
  itemsOf(answer).reduce((sum, { amount, outcome }) => sum + (outcome === CREDITED ? (amount ?? 0) : 0), 0);
