import type { Tensor } from '../../backend/backend.ts';
import { checkMatrix } from '../../backend/check.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { countingRows } from '../../nn/run/forward.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';
import { crossEntropy } from './cross-entropy.ts';

/** Options of {@link multipleNegativesRanking}, named as in sentence-transformers. */
export interface MultipleNegativesRankingOptions {
  /** Factor of the similarities, the inverse of a temperature. Default 20. */
  readonly scale?: number;
  /** Cosine similarity, or dot product. Default `cosine`. */
  readonly similarity?: 'cosine' | 'dot';
  /** The mean of the losses of anchors that rank positives and of positives that rank anchors. Default false. */
  readonly symmetric?: boolean;
}

/** What {@link MultipleNegativesRankingOptions} has. */
export const RANKING_OPTIONS = {
  scale: 'numeric',
  similarity: ['cosine', 'dot'],
  symmetric: 'boolean',
} satisfies OptionNames<MultipleNegativesRankingOptions>;

/**
 * Multiple negatives ranking loss for embeddings (Henderson et al. 2017, https://arxiv.org/abs/1705.00652, §4.4), as sentence-transformers'
 * `MultipleNegativesRankingLoss` and, with `symmetric`, `MultipleNegativesSymmetricRankingLoss`: the cross entropy of scale · similarity, where
 * the positive of anchor i is candidate i, and all other candidates are its negatives. Larger batches are harder, and give better embeddings.
 *
 * @param anchors `[pairs, features]`, such as pooled hidden states
 * @param candidates `[at least pairs, features]`: the positives, in the order of the anchors, then any number of hard negatives
 * @returns `[1]`
 */
export function multipleNegativesRanking(
  backend: RecordingBackend,
  anchors: Tensor,
  candidates: Tensor,
  options: MultipleNegativesRankingOptions = {},
): Tensor {
  checkOptions('multipleNegativesRanking', options, RANKING_OPTIONS);
  const { scale = 20, similarity = 'cosine', symmetric = false } = options;
  const { rows: pairs } = checkMatrix('multipleNegativesRanking', 'anchors', anchors);
  const { rows } = checkMatrix('multipleNegativesRanking', 'candidates', candidates);
  if (rows < pairs || pairs === 0) {
    throw new ShapeError(
      `multipleNegativesRanking: there must be a candidate for each of ${pairs} anchors, at least one, got ${rows}`,
    );
  }
  if (!Number.isFinite(scale)) {
    throw new ConfigError(`multipleNegativesRanking: scale must be a finite number, got ${scale}`);
  }
  const [a, b] = [anchors, candidates].map((x) => (similarity === 'cosine' ? backend.l2Normalize(x) : x));
  const labels = countingRows(pairs);
  const loss = crossEntropy(backend, scaledProducts(backend, a!, b!, scale), labels);
  if (!symmetric) return loss;
  const positives = backend.rows(b!, 0, pairs);
  const reverse = crossEntropy(backend, scaledProducts(backend, positives, a!, scale), labels);
  return backend.scale(backend.add(loss, reverse), 0.5);
}

/**
 * scale · x · yᵀ, where both are activations: `x[rows, features]`, `y[columns, features]` → `[rows, columns]`. A batch has a few dozen rows:
 * in float64 TypeScript it costs less than a hundredth of the encoder.
 */
function scaledProducts(backend: RecordingBackend, x: Tensor, y: Tensor, scale: number): Tensor {
  const { rows, features } = checkMatrix('multipleNegativesRanking', 'anchors', x);
  const { rows: columns, features: width } = checkMatrix('multipleNegativesRanking', 'candidates', y);
  if (width !== features) {
    throw new ShapeError(
      `multipleNegativesRanking: anchors have ${features} features, candidates have ${width}`,
    );
  }
  return backend.apply({
    inputs: [x, y],
    compute: ([a, b]) => {
      const data = new Float32Array(rows * columns);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0;
          for (let i = 0; i < features; i++) sum += a![row * features + i]! * b![column * features + i]!;
          data[row * columns + column] = scale * sum;
        }
      }
      return { data, shape: [rows, columns] };
    },
    gradient: ([savedX, savedY], dy, [dx, dY]) => {
      const [a, b, gradients] = [savedX!.values(), savedY!.values(), dy.toArray()];
      const [toX, toY] = [dx?.data, dY?.data];
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const gradient = scale * gradients[row * columns + column]!;
          if (dx && toX) {
            const at = dx.start + row * dx.stride;
            for (let i = 0; i < features; i++) toX[at + i]! += gradient * b[column * features + i]!;
          }
          if (dY && toY) {
            const at = dY.start + column * dY.stride;
            for (let i = 0; i < features; i++) toY[at + i]! += gradient * a[row * features + i]!;
          }
        }
      }
    },
  });
}
