import { checkFinite, normalizeRows } from '../../engine/pool.ts';
import { ShapeError } from '../../errors.ts';
import type { DenseLayer, SentenceStep, SimilarityFunction } from '../../models/encoders/pooling.ts';

/** Applies the steps after pooling to one vector. `normalize: false` leaves out the normalising ones. Throws `ERR_NUMERIC` for NaN and infinities. */
export function applySteps(
  vector: Float32Array,
  steps: readonly SentenceStep[],
  normalize: boolean,
): Float32Array {
  let result = vector;
  for (const step of steps) {
    if (step.kind === 'dense') {
      result = dense(result, step);
      checkFinite({ kind: 'hidden' }, { shape: [result.length], data: result });
    } else if (normalize) normalizeRows(result, result.length);
  }
  return result;
}

function dense(x: Float32Array, layer: DenseLayer): Float32Array {
  const { inFeatures, outFeatures, weight, bias, activation, residual } = layer;
  if (x.length !== inFeatures) {
    throw new ShapeError(
      `embed: the dense layer takes ${inFeatures} features, pooling gives ${x.length}; its pooling must be that of the model's files`,
    );
  }
  const product = (matrix: Float32Array, row: number) => {
    let sum = 0;
    for (let i = 0; i < inFeatures; i++) sum += matrix[row * inFeatures + i]! * x[i]!;
    return sum;
  };
  return Float32Array.from({ length: outFeatures }, (_, row) => {
    const y = activation(product(weight, row) + (bias?.[row] ?? 0));
    if (residual === undefined) return y;
    return y + (residual === 'identity' ? x[row]! : product(residual, row));
  });
}

/** Compares two embeddings other than by their cosine; larger is more similar. Distances are negative, as in sentence-transformers. */
export function compareVectors(
  name: Exclude<SimilarityFunction, 'cosine'>,
  a: Float32Array,
  b: Float32Array,
): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (name === 'dot') sum += a[i]! * b[i]!;
    else sum += name === 'manhattan' ? Math.abs(difference) : difference * difference;
  }
  if (name === 'dot') return sum;
  return name === 'manhattan' ? -sum : -Math.sqrt(sum);
}
