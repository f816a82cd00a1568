import type { Effect } from '../../lib/effects.ts';
import { formatCosine, formatDegrees, formatPercent } from '../../lib/format.ts';
import type { ExploreMessages } from './messages.ts';

/** The size of an effect for display: an angle, or a part of the probability. */
export function sizeText(kind: Effect['kind'], size: number): string {
  return kind === 'rotation' ? formatDegrees(size) : formatPercent(size);
}

/** What edits do to the output, in words. */
export function effectText(effect: Effect, t: ExploreMessages): string {
  return effect.kind === 'rotation'
    ? t.edits.effect(formatCosine(effect.cosine), formatDegrees(effect.size))
    : t.edits.shift(formatPercent(effect.size));
}
