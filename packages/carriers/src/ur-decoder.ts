/**
 * Puts one UR together from texts scanned or pasted one by one, in any order, with gaps and repeats.
 *
 * It is the fountain decoder with a name: all texts must be of one UR type. A rejected text changes nothing
 * (but for `message-damaged`, see `fountain-decoder.ts`).
 */
import { equalBytes } from '@duet/protocol/bytes';
import { FountainDecoder, type FountainProgress } from './fountain-decoder.ts';
import { type CarrierRejection, refusal } from './rejection.ts';
import { parseUr, type Ur } from './ur.ts';

export interface UrProgress {
  /** Parts so far that told something new. */
  readonly received: number;
  /** Parts needed, unknown before the first. */
  readonly expected?: number;
  /** The whole UR, once it is complete. */
  readonly complete?: Ur;
  /** Why the text just given was refused. */
  readonly rejected?: CarrierRejection;
}

export class UrDecoder {
  readonly #onlyType: string | undefined;
  readonly #fountain = new FountainDecoder();
  #type: string | undefined;
  #whole: Ur | undefined;

  /** @param onlyType takes this type alone; by default the type of the first text */
  constructor(onlyType?: string) {
    this.#onlyType = onlyType;
  }

  get progress(): UrProgress {
    return this.#whole
      ? { received: 1, expected: 1, complete: this.#whole }
      : this.#named(this.#fountain.progress);
  }

  /** Forgets everything: the next text begins a message. */
  reset(): void {
    this.#fountain.reset();
    this.#type = undefined;
    this.#whole = undefined;
  }

  /**
   * Takes one text. Rejections: those of `parseUr`, `wrong-ur-type`, `other-message`, and those of
   * `FountainDecoder.receive`. White space must be gone.
   */
  receive(text: string): UrProgress {
    const parsed = parseUr(text);
    if (!parsed.ok) return this.#rejected(parsed.rejection);
    const { value } = parsed;
    const type = value.kind === 'whole' ? value.ur.type : value.type;
    if (this.#onlyType !== undefined && type !== this.#onlyType) {
      return this.#rejected(refusal('wrong-ur-type', `ur:${this.#onlyType}`, `ur:${type}`));
    }
    const started = this.#type !== undefined;
    if (started && type !== this.#type) return this.#other();
    if (value.kind === 'part') {
      if (this.#whole) return this.#other();
      this.#type = type;
      const progress = this.#named(this.#fountain.receive(value.part));
      if (progress.expected === undefined) this.#type = undefined;
      return progress;
    }
    if (!started) {
      this.#type = type;
      this.#whole = value.ur;
      return this.progress;
    }
    const complete = this.progress.complete;
    return complete && equalBytes(complete.cbor, value.ur.cbor) ? this.progress : this.#other();
  }

  #named({ message, ...counts }: FountainProgress): UrProgress {
    return message && this.#type !== undefined
      ? { ...counts, complete: { type: this.#type, cbor: message } }
      : counts;
  }

  #other(): UrProgress {
    return this.#rejected(refusal('other-message', 'the message begun', 'another message'));
  }

  #rejected(rejected: CarrierRejection): UrProgress {
    return { ...this.progress, rejected };
  }
}
