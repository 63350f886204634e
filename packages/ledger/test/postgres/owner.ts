/** A process that owns a server and ends as it is told: the subject of the tests that kill. */
import { createInterface } from 'node:readline';
import { startEmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { temporaryPostgres } from '../../src/postgres/temporary.ts';

const folder = process.argv[2];
const server = folder === undefined ? await temporaryPostgres() : await startEmbeddedPostgres({ folder });
const { connectionString, pid: serverPid } = server;
console.log(
  JSON.stringify({
    pid: process.pid,
    serverPid,
    folder: server.folder,
    connectionString,
    user: process.getuid?.(),
  }),
);

// It goes on when nobody talks to it any more: its parent's end must not look like an event loop run dry.
const alive = setInterval(() => undefined, 60_000);

createInterface({ input: process.stdin }).on('line', (word) => {
  if (word === 'exit') process.exit(3);
  if (word === 'throw') throw new Error('planted: nobody catches this');
  if (word === 'drain' || word === 'stop') {
    clearInterval(alive);
    process.stdin.destroy();
  }
  if (word === 'stop') void server.stop();
});
