import type { ActivationName, Tensor } from '../../backend/backend.ts';
import { conv1d, conv1dWeights } from '../../nn/layers/convolution.ts';
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
  const weights = conv1dWeights(loader.linearFrom.bind(loader), stored, bias, {
    inChannels: hiddenSize,
    outChannels: hiddenSize,
    kernelSize,
  });
  return ({ backend, offsets }, x, embedded) => {
    const options = { padding: 'same', offsets, activation, residual: x } as const;
    return norm.forward(backend, conv1d(backend, embedded, weights, options));
  };
}
