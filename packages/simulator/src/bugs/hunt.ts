/**
 * Plays worlds until a checker fails, in a process of its own that holds one planted bug. Prints one line of JSON:
 * `{ bug, checker, seeds, what }`, `checker` null where none failed.
 */
import { playCampaign } from '../campaign.ts';

const [seed = '1', seeds = '200', steps = '60'] = process.argv.slice(2);
const { worlds, failure } = await playCampaign({
  seed,
  seeds: Number(seeds),
  steps: Number(steps),
  shrinks: false,
});
const found = failure?.found.failure;
console.log(
  JSON.stringify({
    bug: process.env.DUET_PLANTED_BUG ?? null,
    checker: found?.checker ?? null,
    seeds: worlds,
    what: found?.message.split('\n')[0] ?? null,
  }),
);
