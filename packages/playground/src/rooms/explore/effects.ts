import type { Effect } from '../../lib/effects.ts';
import { formatDegrees, formatPercent } from '../../lib/format.ts';

/** The size of an effect for display: an angle, or a part of the probability. */
export function sizeText(kind: Effect['kind'], size: number): string {
  return kind === 'rotation' ? formatDegrees(size) : formatPercent(size);
}
