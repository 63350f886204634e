/**
 * The folder of `--proofs`: every fraud proof in a file of its own, beside the trust bundle and the root key that
 * signed it. They verify with nothing else (invariants 3 and 4).
 */
import { basename, join, resolve } from 'node:path';
import type { Authority } from '@duet/ledger/engine/authority';
import type { FraudCase } from '@duet/ledger/engine/reports';
import { toHex } from '@duet/protocol/bytes';
import { encodeSigned } from '@duet/protocol/objects/signed';
import { TRUST_BUNDLE } from '@duet/protocol/objects/trust-bundle';
import { proofsOf } from '../fraud/proofs.ts';
import { makeFolder, requireNewFolder, writeOutput } from '../io/files.ts';
import { BUNDLE_FILE, ROOT_FILE } from '../issuer/files.ts';
import type { Outcome } from '../outcome.ts';
import { count, printable, shortId } from '../text/format.ts';
import { type Language, say } from '../text/messages.ts';
import { quoted } from '../text/typed.ts';

export class ProofsFolder {
  readonly #path: string;
  readonly #bundle: string;
  readonly #proofs: string[] = [];

  /** A folder that is new or empty: the proofs of one run need the bundle of that run. @throws UsageError, OperationalError */
  constructor(path: string) {
    this.#path = resolve(path);
    this.#bundle = this.#inside(basename(BUNDLE_FILE));
    requireNewFolder(this.#path);
  }

  /** Writes the proofs of all cases, oldest case first, in each by their form; nothing where there are none. @throws OperationalError */
  write(cases: readonly FraudCase[], { bundle, root }: Pick<Authority, 'bundle' | 'root'>): void {
    const proofs = cases.flatMap((entry) => proofsOf(entry).map((proof) => ({ ...proof, id: entry.caseId })));
    if (proofs.length === 0) return;
    makeFolder(this.#path);
    writeOutput(this.#bundle, encodeSigned(TRUST_BUNDLE, bundle));
    writeOutput(this.#inside(basename(ROOT_FILE)), `${toHex(root)}\n`);
    for (const [place, { id, form, bytes }] of proofs.entries()) {
      const number = String(place + 1).padStart(String(proofs.length).length, '0');
      const file = this.#inside(`${number}-case-${shortId(id)}-form-${form}.cbor`);
      writeOutput(file, bytes);
      this.#proofs.push(file);
    }
  }

  /** An outcome that also says where the proofs are, and how to look at one. */
  toldIn(outcome: Outcome, language: Language): Outcome {
    const [first] = this.#proofs;
    const folder = printable(this.#path);
    const lines =
      first === undefined
        ? [say(language, 'noProofsWritten', { folder })]
        : [
            say(language, 'proofsWritten', { count: count(this.#proofs.length), folder }),
            ...['inspect', 'fraud verify'].map(
              (command) => `  npx duet ${command} ${quoted(first)} --bundle ${quoted(this.#bundle)}`,
            ),
          ];
    return { ...outcome, lines: [...outcome.lines, ...lines] };
  }

  #inside(name: string): string {
    return join(this.#path, name);
  }
}
