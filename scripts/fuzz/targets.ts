/** The targets by name. Each is loaded in its own thread, after the loader was told to instrument. */
import type { Target } from './target.ts';

export const TARGETS = {
  cbor: () => import('./targets/cbor.ts'),
  objects: () => import('./targets/objects.ts'),
  messages: () => import('./targets/messages.ts'),
  verify: () => import('./targets/verify.ts'),
  carriers: () => import('./targets/carriers.ts'),
  wallet: () => import('./targets/wallet.ts'),
} satisfies Readonly<Record<string, () => Promise<{ readonly target: Target }>>>;

export type TargetName = keyof typeof TARGETS;

export const TARGET_NAMES = Object.keys(TARGETS).filter(isTarget);

export function isTarget(name: string): name is TargetName {
  return Object.hasOwn(TARGETS, name);
}
