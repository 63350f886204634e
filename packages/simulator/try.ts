import { openDatabase } from '@duet/ledger/postgres/database';
import { temporaryPostgres } from '@duet/ledger/postgres/temporary';
import { drawPlan } from '@duet/simulator/plan';
import { playPlan } from '@duet/simulator/run';
const server = await temporaryPostgres();
const [from, to, steps] = process.argv.slice(2).map(Number);
const admin = await openDatabase({ databaseUrl: server.connectionString });
for (let n = from; n < to; n++) {
  const name = `sim_${n}`;
  await admin.pool.query(`CREATE DATABASE ${name}`);
  const database = await openDatabase({ databaseUrl: server.connectionString.replace("/postgres?", `/${name}?`) });
  const t = performance.now();
  const r = await playPlan(drawPlan(`seed-${n}`, steps), database);
  console.log(n, r.failure ? `${r.failure.checker}: ${r.failure.message}` : 'clean', r.payments, 'payments', Math.round(performance.now() - t), 'ms', r.hash.slice(0, 12));
  if (r.failure && process.env.TRACE) console.log(r.trace.join('\n'));
  await database.close();
  await admin.pool.query(`DROP DATABASE ${name}`);
}
await admin.close();
await server.stop();
