/**
 * Issuer, operator and registry for benches of payments: it certifies, issues and answers at once, keeps no
 * books and takes no claims. Wallets reach it by the settlement port, as they reach the real ones.
 */
import type { SyncCrypto } from '@duet/crypto/port';
import { type Authority, createAuthority, ISSUER_KEY, REGISTRY_KEY } from '@duet/ledger/engine/authority';
import { randomSerial } from '@duet/ledger/engine/coin-maker';
import { type Day, day, dayOf, type Instant } from '@duet/protocol/brand';
import { encodeBytes } from '@duet/protocol/cbor/codec';
import { reading } from '@duet/protocol/messages/decoding';
import { ANSWER } from '@duet/protocol/messages/upload';
import { ZERO } from '@duet/protocol/money';
import { CERTIFICATE, holderOf } from '@duet/protocol/objects/certificate';
import { COIN } from '@duet/protocol/objects/coin';
import { ENROLMENT } from '@duet/protocol/objects/enrolment';
import { CREDIT_NOTE } from '@duet/protocol/objects/notes';
import { DEFAULT_UNIT } from '@duet/protocol/objects/request';
import { decodeSigned, encodeSigned } from '@duet/protocol/objects/signed';
import { STATUS_LIST } from '@duet/protocol/objects/status-list';
import { type Policy, TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { accept } from '@duet/protocol/rejection';
import type { SettlementPort } from '@duet/protocol/settlement-port';
import type { Suite } from '@duet/protocol/suite';

export interface Mint {
  readonly port: SettlementPort;
  readonly authority: Authority;
}

export interface MintOptions {
  readonly crypto: SyncCrypto;
  readonly suite: Suite;
  readonly policy: Policy;
  readonly now: Instant;
}

const OPERATOR = 1;
const CERTIFICATE_DAYS = 90;
const STATUS_INDICES = 1_024;

export function createMint({ crypto, suite, policy, now }: MintOptions): Mint {
  const authority = createAuthority({
    crypto,
    suite,
    policies: [policy],
    operators: [{ id: OPERATOR, name: 'Bench' }],
    now,
  });
  const today = dayOf(now);
  let status = 0;
  const nextStatus = (): number => status++ % STATUS_INDICES;
  const lists = authority.bundle.body.lists.flatMap(({ operator }) => {
    const list = authority.statusList(operator, [], STATUS_INDICES, now);
    return list ? [{ operator, list: encodeSigned(STATUS_LIST, list) }] : [];
  });
  const bundle = encodeSigned(TRUST_BUNDLE, authority.bundle);
  const port: SettlementPort = {
    trust: async () => ({ bundle, lists, time: now, registryKey: authority.registryKey }),
    async certify(enrolment) {
      const read = reading(() => decodeSigned(ENROLMENT, enrolment, crypto));
      if (!read.ok) return read;
      const { operator, subject, holder } = read.value.body;
      const validity = { validFrom: today, validUntil: plusDays(today, CERTIFICATE_DAYS) };
      const base = {
        signerKey: ISSUER_KEY,
        operator,
        subject,
        ...holderOf(holder),
        status: nextStatus(),
        ...validity,
      };
      return accept(encodeSigned(CERTIFICATE, authority.signAsIssuer(CERTIFICATE, base)));
    },
    load: async ({ operator, currency, outputs }) => {
      const spendBy = plusDays(today, policy.spendDays);
      const dates = { issuedAt: today, spendBy, claimBy: plusDays(spendBy, policy.claimDays) };
      const base = {
        issuerKey: ISSUER_KEY,
        operator,
        currency,
        unit: DEFAULT_UNIT,
        policy: policy.id,
        ...dates,
      };
      const coins = outputs.map(({ owner, amount }) =>
        authority.signAsIssuer(COIN, {
          ...base,
          owner,
          value: amount,
          status: nextStatus(),
          serial: randomSerial(crypto),
        }),
      );
      return accept(coins.map((coin) => encodeSigned(COIN, coin)));
    },
    async settle(sealed) {
      const body = { signerKey: REGISTRY_KEY, upload: crypto.hash(1, sealed), time: now, items: [] };
      const creditNote = encodeSigned(CREDIT_NOTE, authority.signAsRegistry(CREDIT_NOTE, body));
      return accept(encodeBytes(ANSWER, { creditNote, recorded: [], verdicts: [], coins: [], refused: [] }));
    },
    account: async () => accept({ balance: ZERO, pending: ZERO }),
  };
  return { port, authority };
}

const plusDays = (from: Day, days: number): Day => day(from + days);
