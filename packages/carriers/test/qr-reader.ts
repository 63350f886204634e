/** Reads QR symbols back with an independent decoder (zxing), for tests. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { QrSymbol } from '../src/qr.ts';

const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
// Without the binary given here the module would load one from the network.
prepareZXingModule({ overrides: { wasmBinary: Uint8Array.from(wasm).buffer } });

export interface ReadSymbol {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly version: string;
  readonly level: string;
}

/** Modules with their quiet zone as a gray image, `scale` pixels a module; `true` is dark. */
export async function readModules(
  rows: readonly (readonly boolean[])[],
  scale = 4,
): Promise<readonly ReadSymbol[]> {
  const height = rows.length * scale;
  const width = (rows[0]?.length ?? 0) * scale;
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (rows[Math.floor(y / scale)]?.[Math.floor(x / scale)])
        data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  const results = await readBarcodes(
    { data, width, height, colorSpace: 'srgb' },
    { formats: ['QRCode'], tryHarder: true, tryInvert: true, textMode: 'Plain' },
  );
  return results.map(({ bytes, text, version, ecLevel }) => ({ bytes, text, version, level: ecLevel }));
}

const QUIET_ZONE_MODULES = 4;

/** A symbol with a quiet zone around it. */
export function readSymbol(symbol: QrSymbol): Promise<readonly ReadSymbol[]> {
  const side = symbol.sizeModules + 2 * QUIET_ZONE_MODULES;
  return readModules(
    Array.from({ length: side }, (_, y) =>
      Array.from(
        { length: side },
        (_, x) => symbol.rows[y - QUIET_ZONE_MODULES]?.[x - QUIET_ZONE_MODULES] ?? false,
      ),
    ),
  );
}
