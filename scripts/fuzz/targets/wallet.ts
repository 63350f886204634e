/**
 * What a wallet reads from its own files: records of the journal, parts of a snapshot, payments of the archive, and a
 * backup. The first byte chooses, the second the state in which a record is read.
 */
import type { SyncCrypto } from '@duet/crypto/port';
import { concatBytes } from '@duet/protocol/bytes';
import {
  bytes as bytesField,
  decodeBytes,
  encodeBytes,
  field,
  record,
  text,
  uint,
} from '@duet/protocol/cbor/codec';
import { DecodeError } from '@duet/protocol/cbor/reader';
import { encodeOffer } from '@duet/protocol/messages/offer';
import { encodeRequest } from '@duet/protocol/messages/request-message';
import { FRAUD_PROOF } from '@duet/protocol/objects/fraud-proof';
import { accept } from '@duet/protocol/rejection';
import { OFFERS } from '@duet/protocol/testing/offers';
import { PROOFS } from '@duet/protocol/testing/proofs';
import { OBJECTS } from '@duet/protocol/testing/samples';
import { HASHES } from '@duet/protocol/testing/signing';
import { encodeEvidence } from '@duet/wallet/evidence';
import { openBackup } from '@duet/wallet/node/backup';
import { scryptCostField } from '@duet/wallet/node/scrypt-cost';
import { decodeArchived, encodeArchived } from '@duet/wallet/secure-element/archive-codec';
import { unpack } from '@duet/wallet/secure-element/packed';
import { decodeRecord, encodeRecord } from '@duet/wallet/secure-element/record-codec';
import type { WalletRecord } from '@duet/wallet/secure-element/records';
import { acceptedOf, refusedOrSame } from '../oracles.ts';
import { must, mustBeSame, type Target } from '../target.ts';
import { stages } from '../wallet-states.ts';

const STAGES = stages();

/** A record is read, or refused by the error of a damaged file, which only a decoder's refusal may stand behind. */
function readRecord(input: Uint8Array, choice: number): WalletRecord | undefined {
  const stage = STAGES[choice % STAGES.length];
  if (!stage) return undefined;
  try {
    return decodeRecord(input, stage.context);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'JournalError') throw error;
    const { cause } = error;
    const isRefusal =
      cause instanceof DecodeError || (cause instanceof Error && cause.message.startsWith('journal: '));
    if (cause !== undefined && !isRefusal) throw cause;
    return undefined;
  }
}

function journal(input: Uint8Array, choice: number): void {
  const read = readRecord(input, choice);
  if (read)
    mustBeSame(encodeRecord(read), input, `record ${read.kind === 'kept' ? read.part.of : read.kind}`);
}

const archived = (input: Uint8Array): void => {
  refusedOrSame(input, decodeArchived, encodeArchived);
};

/** A backup whose encryption is none: what is behind it is reached. The cost is bounded before it is paid. */
const openCrypto: Pick<SyncCrypto, 'hash' | 'deriveKek' | 'decrypt'> = {
  ...HASHES,
  deriveKek(_passphrase, salt, { logN, blockSize, parallelism }) {
    must(
      salt.length === 16 && 128 * 2 ** logN * blockSize <= 256 * 2 ** 20 && parallelism <= 2,
      'a cost without bound',
    );
    return { kind: 'kek' };
  },
  decrypt: (_kek, encrypted) => accept(encrypted),
};

function backup(input: Uint8Array): void {
  const evidence = acceptedOf(openBackup(input, { crypto: openCrypto as SyncCrypto, passphrase: '' }));
  if (!evidence) return;
  const { encrypted } = decodeBytes(BACKUP, input, input.length);
  mustBeSame(encodeEvidence(evidence), encrypted, 'backup');
}

const BACKUP = record({
  type: field(0, text(11)),
  version: field(1, uint()),
  salt: field(2, bytesField({ length: 16 })),
  cost: field(3, scryptCostField),
  encrypted: field(4, bytesField({ max: 2 ** 20 })),
});

const backupOf = (encrypted: Uint8Array): Uint8Array =>
  encodeBytes(BACKUP, {
    type: 'duet-backup',
    version: 1,
    salt: new Uint8Array(16),
    cost: { logN: 14, blockSize: 8, parallelism: 1 },
    encrypted,
  });

const READERS: readonly ((input: Uint8Array, choice: number) => void)[] = [
  journal,
  journal,
  archived,
  backup,
];

export const target: Target = {
  // A status list, unpacked once.
  mayAllocate: 4 * 2 ** 20 + 512 * 1_024,
  maxInputBytes: 8 * 1_024,
  *seeds() {
    for (const [at, { records }] of STAGES.entries())
      for (const one of records) if (one.length < 6_000) yield concatBytes(Uint8Array.of(0, at), one);
    for (const { context } of STAGES) {
      for (const packed of context.state.archive.values())
        yield concatBytes(Uint8Array.of(2, 0), unpack(packed));
    }
    const exchanges = OFFERS.slice(0, 2).map(({ context, offer }) => ({
      request: encodeRequest(context),
      offer: encodeOffer(offer, context),
    }));
    const verdicts = OBJECTS.filter(({ kind }) => kind === 'verdict').map(({ bytes }) => bytes);
    const proofs = Object.values(PROOFS)
      .slice(0, 2)
      .map((proof) => encodeBytes(FRAUD_PROOF, proof));
    for (const evidence of [
      { exchanges: [], verdicts: [], proofs: [] },
      { exchanges, verdicts, proofs: [] },
      { exchanges: exchanges.map(({ request }) => ({ request })), verdicts: [], proofs },
    ])
      yield concatBytes(Uint8Array.of(3, 0), backupOf(encodeEvidence(evidence)));
  },
  run(input) {
    const [kind = 0, choice = 0] = input;
    READERS[kind % READERS.length]?.(input.subarray(2), choice);
  },
};
