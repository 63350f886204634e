import { playCampaign } from '@duet/simulator/campaign';

const [seed, seeds, steps] = process.argv.slice(2);
const c = await playCampaign({ seed: seed ?? 's', seeds: Number(seeds), steps: Number(steps) });
console.log(
  c.worlds,
  c.payments,
  c.seconds.toFixed(1),
  c.failure?.result.failure?.message,
  JSON.stringify(c.coverage.unmet()),
);
if (c.failure) {
  console.log(c.failure.result.trace.join('\n'));
  console.log(c.failure.plan.events.map((e) => e.number).join(','), c.failure.runs);
}
