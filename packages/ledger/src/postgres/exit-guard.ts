/**
 * Nothing is left running when this process ends, however it ends.
 *
 *   the event loop runs dry, process.exit, an uncaught error   the `exit` event: stopNow, blocking
 *   SIGINT, SIGTERM, SIGHUP with no other listener             stop, then die of the same signal
 *   the same with a listener of the program                    the program's; `exit` is behind it
 *   npm is told to stop (it kills its shell, not us)           the parent changes: we send ourselves SIGTERM
 *   SIGKILL, power                                             the next start (former-server.ts)
 *
 * The parent is watched only under npm: anybody else's child may be left to run on its own on purpose.
 */

export interface Guarded {
  /** Ends it properly. */
  stop(): Promise<void>;
  /** Ends it without giving up the thread. */
  stopNow(): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const PARENT_CHECK_MS = 500;

const guarded = new Set<Guarded>();
let parentWatch: NodeJS.Timeout | undefined;
let dying = false;

/** Puts something under guard until the returned function is called. */
export function guardExit(target: Guarded): () => void {
  if (guarded.size === 0) install();
  guarded.add(target);
  return () => {
    guarded.delete(target);
    if (guarded.size === 0 && !dying) uninstall();
  };
}

function install(): void {
  process.on('exit', onExit);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  if (process.env.npm_lifecycle_event !== undefined) watchParent();
}

function uninstall(): void {
  process.off('exit', onExit);
  for (const signal of SIGNALS) process.off(signal, onSignal);
  clearInterval(parentWatch);
}

function onExit(): void {
  for (const target of guarded) target.stopNow();
}

function onSignal(signal: NodeJS.Signals): void {
  if (dying || process.listenerCount(signal) > 1) return;
  dying = true;
  void Promise.allSettled([...guarded].map((target) => target.stop())).then(() => {
    uninstall();
    process.kill(process.pid, signal);
  });
}

function watchParent(): void {
  const parent = process.ppid;
  parentWatch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(parentWatch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS);
  parentWatch.unref();
}
