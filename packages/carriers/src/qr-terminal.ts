/**
 * Draws a QR symbol as text: one character is two modules, one above the other. No control sequences, so
 * the result can also go to a file.
 */
import type { QrSymbol } from './qr.ts';

export interface TerminalDrawing {
  /**
   * `dark` (default): light letters on a dark ground, so blocks draw the light modules. `light`: the other
   * way round. With the wrong one, most readers still read the inverted symbol.
   */
  readonly background?: 'dark' | 'light';
  /** Light modules around the symbol; 4 as the standard asks, 2 are enough for most readers. */
  readonly quietZoneModules?: number;
}

const DEFAULT_QUIET_ZONE_MODULES = 4;
const MAX_QUIET_ZONE_MODULES = 16;

/** Columns that {@link drawQr} needs. */
export const qrColumns = (symbol: QrSymbol, quietZoneModules = DEFAULT_QUIET_ZONE_MODULES): number =>
  symbol.sizeModules + 2 * quietZoneModules;

/** Lines of `█`, `▀`, `▄` and spaces, all of one length, apart by line feeds and without one at the end. */
export function drawQr(symbol: QrSymbol, drawing: TerminalDrawing = {}): string {
  const { background = 'dark', quietZoneModules = DEFAULT_QUIET_ZONE_MODULES } = drawing;
  if (
    !(
      Number.isInteger(quietZoneModules) &&
      quietZoneModules >= 0 &&
      quietZoneModules <= MAX_QUIET_ZONE_MODULES
    )
  ) {
    throw new RangeError(`qr: expected a quiet zone of 0..${MAX_QUIET_ZONE_MODULES} modules`);
  }
  const side = qrColumns(symbol, quietZoneModules);
  const drawsDark = background === 'light';
  const isDrawn = (x: number, y: number): boolean => {
    // Below an odd last row there is no module: nothing is drawn there.
    if (y >= side) return false;
    const dark = symbol.rows[y - quietZoneModules]?.[x - quietZoneModules] ?? false;
    return dark === drawsDark;
  };
  const lines: string[] = [];
  for (let y = 0; y < side; y += 2) {
    let line = '';
    for (let x = 0; x < side; x++) {
      const upper = isDrawn(x, y);
      const lower = isDrawn(x, y + 1);
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(line);
  }
  return lines.join('\n');
}
