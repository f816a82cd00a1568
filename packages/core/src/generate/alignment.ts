import type { Activation } from '../hooks/hooks.ts';
import type { TokenAlignment } from './result.ts';

/**
 * Attention weights of one query to the first `source` keys, over all layers and heads. `pattern` is the name of the recorded weights
 * with `*` for the layer; each recording is `[sequences, heads, queries, keys]`.
 */
export function alignmentOf(
  recorded: ReadonlyMap<string, Activation>,
  pattern: string,
  sequence: number,
  query: number,
  source: number,
): TokenAlignment {
  const layers: Activation[] = [];
  for (let layer = 0; ; layer++) {
    const weights = recorded.get(pattern.replace('*', String(layer)));
    if (!weights) break;
    layers.push(weights);
  }
  const heads = layers[0]?.shape[1] ?? 0;
  const data = new Float32Array(layers.length * heads * source);
  for (const [layer, weights] of layers.entries()) {
    const [, , queries = 0, keys = 0] = weights.shape;
    for (let head = 0; head < heads; head++) {
      const from = ((sequence * heads + head) * queries + query) * keys;
      data.set(weights.data.subarray(from, from + source), (layer * heads + head) * source);
    }
  }
  return { data, shape: [layers.length, heads, source] };
}
