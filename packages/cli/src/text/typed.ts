/** Commands in texts, as the reader types them: started in the same way, on the same wallet, ready to be copied. */
import { printable } from './format.ts';

interface Typed {
  /** What starts the command. */
  readonly start: string;
  /** `--wallet`, where it was given. */
  readonly wallet?: string | undefined;
}

let typed: Typed = { start: 'duet' };

/** Says once, before anything is told, how this command was typed. */
export function typedAs(now: Typed): void {
  typed = now;
}

/** npx says in the environment of what it runs that it did; anybody else has a `duet` on the path. */
export const startOf = (env: NodeJS.ProcessEnv): string => (env.npm_command === 'exec' ? 'npx duet' : 'duet');

/** A new wallet is no next step on the one that is there; a text that names a wallet has its own. */
const COMMAND = /(?<![\w/.-])duet (?=(?:wallet|issuer|fraud)\b)(wallet (?!create\b)\w+(?![^.]*--wallet))?/g;

/** A text of ours, without values of others in it, with its commands as the reader types them. */
export function typeable(text: string): string {
  const { start, wallet } = typed;
  return text.replace(COMMAND, (_, onWallet: string | undefined) => {
    if (onWallet === undefined) return `${start} `;
    return `${start} ${onWallet}${wallet === undefined ? '' : ` --wallet ${quoted(wallet)}`}`;
  });
}

/** One word for a shell of POSIX. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", `'\\''`)}'`;
