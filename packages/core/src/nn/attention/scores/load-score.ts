import type { WeightLoader } from '../../load/weight-loader.ts';
import { linearSpecs, type WeightSpecs } from '../../torch/init.ts';
import { AdditiveScore } from './additive-score.ts';
import { DotScore } from './dot-score.ts';
import type { AttentionScore } from './score.ts';

/** Sizes of an attention score. */
export interface ScoreSizes {
  readonly queryDim: number;
  readonly keyDim: number;
  /** Units of the hidden layer of `additive` and `concat`. */
  readonly hiddenDim: number;
  readonly bias: boolean;
}

/** Attention scores: Bahdanau's `additive`; Luong's `dot`, `general` and `concat`; the transformer's `scaledDot`. */
export type ScoreName = 'additive' | 'dot' | 'general' | 'concat' | 'scaledDot';

/** The weights of a score, with the initial values of linear layers. */
export function scoreSpecs(name: ScoreName, sizes: ScoreSizes): WeightSpecs {
  const { queryDim, keyDim, hiddenDim, bias } = sizes;
  const linear = (layer: string, from: number, to: number) => linearSpecs(`${layer}.`, [to, from], bias);
  switch (name) {
    case 'dot':
    case 'scaledDot':
      return {};
    case 'general':
      return linear('W', keyDim, queryDim);
    case 'additive':
      return {
        ...linear('Wa', queryDim, hiddenDim),
        ...linear('Ua', keyDim, hiddenDim),
        ...linear('Va', hiddenDim, 1),
      };
    case 'concat':
      return { ...linear('W', queryDim + keyDim, hiddenDim), ...linear('v', hiddenDim, 1) };
  }
}

/** Loads a score's weights under `prefix`. For their names see `AdditiveAttention`, `GeneralAttention` and `ConcatAttention`. */
export async function loadScore(
  loader: WeightLoader,
  prefix: string,
  name: ScoreName,
  sizes: ScoreSizes,
): Promise<AttentionScore> {
  const { queryDim, keyDim, hiddenDim, bias } = sizes;
  const linear = (layer: string, from: number, to: number) =>
    loader.linearOf(`${prefix}${layer}.weight`, bias ? `${prefix}${layer}.bias` : undefined, from, to);
  switch (name) {
    case 'dot':
      return new DotScore(1);
    case 'scaledDot':
      return new DotScore(undefined);
    case 'general':
      return new DotScore(1, await linear('W', keyDim, queryDim));
    case 'additive':
      return new AdditiveScore(
        await linear('Wa', queryDim, hiddenDim),
        await linear('Ua', keyDim, hiddenDim),
        await linear('Va', hiddenDim, 1),
      );
    case 'concat': {
      // W [query; key] = W₁ query + W₂ key, with the first queryDim and the last keyDim columns of W.
      const shape = [hiddenDim, queryDim + keyDim];
      const columns = (from: number, to: number) =>
        loader.values(`${prefix}W.weight`, shape, { axis: 1, from, to });
      const biases = bias ? await loader.values(`${prefix}W.bias`, [hiddenDim]) : undefined;
      return new AdditiveScore(
        loader.linearFrom(await columns(0, queryDim), biases, queryDim),
        loader.linearFrom(await columns(queryDim, queryDim + keyDim), undefined, keyDim),
        await linear('v', hiddenDim, 1),
      );
    }
  }
}
