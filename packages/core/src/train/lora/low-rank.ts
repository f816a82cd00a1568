import type { FloatArray } from '../../nn/torch/float-array.ts';
import type { LoraConfig } from './config.ts';

/** The rule that a broken adapter file violates. */
export type AdapterRule =
  /** A layer has only one of A and B. */
  | 'adapter-missing-pair'
  /** A and B are not `[r, inFeatures]` and `[outFeatures, r]`, or r is not that of the configuration. */
  | 'adapter-rank'
  /** B · A does not have the shape of the weight. */
  | 'adapter-shape'
  /** The checkpoint has no such layer. */
  | 'adapter-unknown-target'
  /** A tensor that is neither A nor B, and that the checkpoint and `modulesToSave` do not have. */
  | 'adapter-unknown-tensor'
  /** The file has no adapters. */
  | 'adapter-empty';

/** The adapter of a layer: s · B · A is added to its weight. */
export interface LowRankFactors {
  /** `[r, inFeatures]`; of an embedding `[r, size]`. */
  readonly a: FloatArray;
  /** `[outFeatures, r]`; of an embedding `[width, r]`. */
  readonly b: FloatArray;
  /** s = alpha / r. */
  readonly scale: number;
  /** Of an embedding, whose table is `[size, width]`. */
  readonly isEmbedding: boolean;
}

/** The contents of an adapter; see `LoraAdapter`. */
export interface AdapterContents {
  readonly config: LoraConfig;
  readonly layers: ReadonlyMap<string, LowRankFactors>;
  readonly replaced: ReadonlyMap<string, FloatArray>;
}

/** A block of a weight matrix. */
interface Block {
  readonly rows: number;
  readonly columns: number;
  readonly firstRow?: number;
  readonly firstColumn?: number;
  /** Whether rows are input features. */
  readonly isTransposed: boolean;
}

/** values += s · B · A, or its transpose, where the sum over r is in float64 and the result is rounded once. */
export function addLowRank(
  values: Float32Array,
  { a, b, scale }: Omit<LowRankFactors, 'isEmbedding'>,
  { rows, columns, firstRow = 0, firstColumn = 0, isTransposed }: Block,
): void {
  const [rank = 0, inFeatures = 0] = a.shape;
  const delta = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    delta.fill(0);
    const index = firstRow + row;
    for (let k = 0; k < rank; k++) {
      const factor = scale * (isTransposed ? a.data[k * inFeatures + index]! : b.data[index * rank + k]!);
      if (factor === 0) continue;
      if (isTransposed) {
        for (let i = 0; i < columns; i++) delta[i]! += factor * b.data[(firstColumn + i) * rank + k]!;
      } else {
        const from = k * inFeatures + firstColumn;
        for (let i = 0; i < columns; i++) delta[i]! += factor * a.data[from + i]!;
      }
    }
    const to = row * columns;
    for (let i = 0; i < columns; i++) values[to + i]! += delta[i]!;
  }
}
