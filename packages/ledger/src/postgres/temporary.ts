/**
 * Databases for tests and trials: real and durable like any other, in a folder that goes when they stop.
 *
 * They lie in `temporary/` of the state folder, where the next one sweeps what a killed run left: its server is
 * stopped and its folder removed.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  claimPlace,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  preparePlace,
  startIn,
} from './embedded.ts';
import { clearFormerServer } from './former-server.ts';
import { isRunning } from './process.ts';
import { stateFolderPath } from './state-folder.ts';

/** Starts a new, empty database that is removed when it stops or this process ends. @throws DatabaseError */
export async function temporaryPostgres(
  options: Omit<EmbeddedOptions, 'folder'> = {},
): Promise<EmbeddedPostgres> {
  const parent = join(stateFolderPath(), 'temporary');
  await sweep(parent, options.log ?? (() => undefined));
  const place = preparePlace(join(parent, `${process.pid}-${randomUUID().slice(0, 8)}`));
  try {
    return await startIn(place, options, true);
  } catch (error) {
    rmSync(place.folder, { recursive: true, force: true });
    throw error;
  }
}

async function sweep(parent: string, log: (line: string) => void): Promise<void> {
  for (const name of namesIn(parent)) {
    const pid = Number(/^(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    // A living process of that number may be about to own it.
    if (!Number.isSafeInteger(pid) || isRunning(pid)) continue;
    try {
      const place = preparePlace(join(parent, name));
      const owner = await claimPlace(place);
      await clearFormerServer(place, log);
      await owner.release();
      for (const folder of [place.socketFolder, place.folder])
        rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      // Somebody else sweeps it, or it is not ours to sweep: it is in nobody's way.
      log(`left ${name} in ${parent}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
