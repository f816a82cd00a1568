import type { ActivationName, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { LayerNorm } from '../../nn/modules/norm.ts';
import type { ForwardContext } from '../../nn/run/forward.ts';

/** A convolution of the embeddings. */
export interface Convolution {
  /** Odd. */
  readonly kernelSize: number;
  readonly activation: ActivationName;
}

/**
 * The convolution of DeBERTa v2 (XLarge and XXLarge), as Transformers' `ConvLayer`: the first block's output `x` becomes
 * norm(x + activation(conv(embeddings))), with zeros beyond the ends of each sequence. Weights under `<name>.conv` and `<name>.LayerNorm`; each
 * shard has all of them.
 */
export async function loadConvolution(
  loader: WeightLoader,
  name: string,
  { kernelSize, activation }: Convolution,
  hiddenSize: number,
  epsilon: number,
): Promise<(ctx: ForwardContext, x: Tensor, embedded: Tensor) => Tensor> {
  const stored = await loader.values(`${name}.conv.weight`, [hiddenSize, hiddenSize, kernelSize]);
  const bias = await loader.values(`${name}.conv.bias`, [hiddenSize]);
  const norm = await LayerNorm.load(loader, `${name}.LayerNorm`, hiddenSize, epsilon);
  const width = kernelSize * hiddenSize;
  // From [out, in, kernel] to rows of the kernel's elements, each with its inputs.
  const weight = new Float32Array(hiddenSize * width);
  for (let row = 0; row < hiddenSize; row++) {
    for (let k = 0; k < kernelSize; k++) {
      for (let i = 0; i < hiddenSize; i++) {
        weight[row * width + k * hiddenSize + i] = stored[(row * hiddenSize + i) * kernelSize + k]!;
      }
    }
  }
  const layer = loader.linearFrom(weight, bias, width);
  const reach = (kernelSize - 1) / 2;
  return ({ backend, offsets }, x, embedded) => {
    const padded = backend.concat([embedded, backend.zeros([1, hiddenSize])], 0);
    const windows = Array.from({ length: kernelSize }, (_, k) =>
      backend.embedding(padded, shiftedRows(offsets, k - reach)),
    );
    const inputs = backend.concat(windows, 1);
    return norm.forward(backend, backend.linear(inputs, layer, { activation, residual: x }));
  };
}

/** For each token the row of the one `by` tokens later in its sequence; the row after the last token where there is none. */
function shiftedRows(offsets: Int32Array, by: number): Int32Array {
  const total = offsets.at(-1) ?? 0;
  const rows = new Int32Array(total).fill(total);
  for (let s = 1; s < offsets.length; s++) {
    for (let i = offsets[s - 1]!; i < offsets[s]!; i++) {
      if (i + by >= offsets[s - 1]! && i + by < offsets[s]!) rows[i] = i + by;
    }
  }
  return rows;
}
