/** Certificate: binds a key to a role; wallets under a pseudonym, terminals under a name. */
import type { Day, PublicKey } from '../brand.ts';
import { field, optional, record, refine, text, uint } from '../cbor/codec.ts';
import { DecodeError } from '../cbor/reader.ts';
import { MAX_NAME_BYTES } from '../limits.ts';
import {
  categoryField,
  dayField,
  keyField,
  keyNumberField,
  operatorField,
  regionField,
  statusField,
} from './fields.ts';
import type { ObjectType, Signed } from './signed.ts';

export type Role = 'operator' | 'wallet' | 'terminal' | 'gateway';

const ROLE_NUMBERS: Readonly<Record<Role, number>> = { operator: 0, wallet: 1, terminal: 2, gateway: 3 };
const ROLES: readonly Role[] = ['operator', 'wallet', 'terminal', 'gateway'];

/** What a terminal shows to its payers. */
export interface TerminalFace {
  /** At most 32 bytes of UTF-8. */
  readonly name: string;
  readonly category: number;
  readonly region: number;
}

export interface CertificateBody {
  /** Key of the trust bundle that signed: an issuer key, for terminals and gateways an operator key. */
  readonly signerKey: number;
  readonly operator: number;
  readonly subject: PublicKey;
  readonly role: Role;
  /** Wallet class: 1 the strongest identification, 4 the weakest; 0 anonymous, and for other roles. */
  readonly walletClass: number;
  readonly status: number;
  readonly validFrom: Day;
  /** The certificate ends at 00:00 UTC of this day. */
  readonly validUntil: Day;
  readonly terminal?: TerminalFace;
}

export type Certificate = Signed<'certificate', CertificateBody>;

/** Role and wallet class in one number: role + 4 × class. */
export const holderNumber = (role: Role, walletClass: number): number => ROLE_NUMBERS[role] + 4 * walletClass;

export function holderOf(number: number): { role: Role; walletClass: number } {
  return { role: ROLES[number % 4] ?? 'operator', walletClass: Math.floor(number / 4) };
}

/** Only wallets have a class, only terminals (always) a face. */
export function holderProblem(certificate: CertificateBody): string | undefined {
  if (certificate.walletClass !== 0 && certificate.role !== 'wallet') return 'only wallets have a class';
  if ((certificate.role === 'terminal') !== (certificate.terminal !== undefined)) {
    return 'terminals, and they alone, have a name, a category and a region';
  }
  return certificate.validFrom < certificate.validUntil ? undefined : 'validFrom < validUntil';
}

export const MAX_HOLDER = 3 + 4 * 4;

interface Wire extends Omit<CertificateBody, 'role' | 'walletClass' | 'terminal'> {
  readonly holder: number;
  readonly name?: string;
  readonly category?: number;
  readonly region?: number;
}

const wire = record({
  signerKey: field(1, keyNumberField),
  operator: field(2, operatorField),
  subject: field(3, keyField),
  holder: field(4, uint(MAX_HOLDER)),
  status: field(5, statusField),
  validFrom: field(6, dayField),
  validUntil: field(7, dayField),
  name: optional(field(8, text(MAX_NAME_BYTES))),
  category: optional(field(9, categoryField)),
  region: optional(field(10, regionField)),
});

function toWire(body: CertificateBody): Wire {
  const { role, walletClass, terminal, ...rest } = body;
  return { ...rest, ...terminal, holder: holderNumber(role, walletClass) };
}

function fromWire(value: Wire): CertificateBody {
  const { holder, name, category, region, ...rest } = value;
  const body = { ...rest, ...holderOf(holder) };
  return name !== undefined && category !== undefined && region !== undefined
    ? { ...body, terminal: { name, category, region } }
    : body;
}

export const CERTIFICATE: ObjectType<'certificate', CertificateBody> = {
  kind: 'certificate',
  typ: 'duet-certificate',
  maxBytes: 512,
  body: refine(
    {
      encode: (writer, body) => wire.encode(writer, toWire(body)),
      decode: (reader) => {
        const value = wire.decode(reader);
        const faces = [value.name, value.category, value.region].filter((part) => part !== undefined).length;
        if (faces !== 0 && faces !== 3) {
          throw new DecodeError('missing-key', reader.offset, 'name, category and region together');
        }
        return fromWire(value);
      },
    },
    holderProblem,
  ),
};
