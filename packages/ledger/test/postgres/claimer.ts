/**
 * A registry in a process of its own, to be killed: it sends prepared uploads in an order from a seed, says which
 * were answered, and when the database dies under it starts that again and goes on.
 */
import { readFileSync } from 'node:fs';
import { createNodeSuites } from '@duet/crypto/node-suites';
import { loadAuthority } from '../../src/engine/authority.ts';
import { openRegistry } from '../../src/engine/registry.ts';
import { openDatabase } from '../../src/postgres/database.ts';
import { DatabaseError } from '../../src/postgres/database-error.ts';
import { NOW } from '../helpers/money.ts';
import { randomFrom } from '../helpers/random.ts';

/** What the parent prepared: bytes in base64. */
export interface Prepared {
  readonly kek: string;
  readonly authority: string;
  readonly uploads: readonly string[];
}

const AT_ONCE = 12;
/** Times that the same process starts its database anew. */
const MAX_RESTARTS = 3;

const say = (word: string, value: number): void => console.log(`${word} ${value}`);

async function sendAll(folder: string, prepared: Prepared, left: Buffer[]): Promise<void> {
  const crypto = createNodeSuites();
  const authority = loadAuthority(
    Buffer.from(prepared.authority, 'base64'),
    crypto.importKek(Buffer.from(prepared.kek, 'base64')),
    crypto,
  );
  const database = await openDatabase({ databaseUrl: '', folder });
  try {
    const registry = await openRegistry({ database, crypto, authority, clock: () => NOW });
    say('ready', database.server?.pid ?? 0);
    const lane = async (): Promise<void> => {
      for (let upload = left.pop(); upload; upload = left.pop()) {
        try {
          await registry.settle(upload);
        } catch (error) {
          left.push(upload);
          throw error;
        }
        say('answered', left.length);
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    await database.close();
  }
}

const [, , folder = '', file = '', seed = '0'] = process.argv;
const prepared: Prepared = JSON.parse(readFileSync(file, 'utf8'));
const left = randomFrom(Number(seed)).shuffled(prepared.uploads.map((text) => Buffer.from(text, 'base64')));
for (let restarts = 0; ; restarts++) {
  try {
    await sendAll(folder, prepared, left);
    break;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.retry === 'never' || restarts === MAX_RESTARTS)
      throw error;
    say('restarts', restarts + 1);
  }
}
say('done', 0);
