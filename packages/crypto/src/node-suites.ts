/** Both suites on Node, ready to use: what a terminal, a command line or a registry takes. */
import { combine } from './combine.ts';
import { createNationalCrypto } from './national.ts';
import { createNodeCrypto, type NodeCryptoOptions } from './node.ts';
import { nodePrimitives } from './node-primitives.ts';
import type { SyncCrypto } from './port.ts';

export function createNodeSuites(options: NodeCryptoOptions = {}): SyncCrypto {
  const { random } = options;
  return combine(
    createNodeCrypto(options),
    createNationalCrypto(random ? { primitives: nodePrimitives, random } : { primitives: nodePrimitives }),
  );
}
