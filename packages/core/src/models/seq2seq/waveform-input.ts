import type { Backend, LinearWeights, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { convolutionWeight, convolutionWindows } from '../../nn/layers/windows.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { type ForwardContext, observe, type Steps, sumOverShards } from '../../nn/run/forward.ts';
import { shardRange } from '../../nn/run/shard.ts';
import type { TokenBatch } from '../token-batch.ts';
import type { SourceInput } from './layout.ts';

/** Sizes and tensors of a {@link WaveformInput}. */
export interface WaveformInputOptions {
  readonly hiddenSize: number;
  /** Before the names `conv1`, `groupnorm`, `conv2` and `conv3`. */
  readonly prefix: string;
}

const FIRST = { kernelSize: 127, stride: 64 };
const SECOND = { kernelSize: 7, stride: 3 };
const THIRD = { kernelSize: 3, stride: 2 };
const EPSILON = 1e-5;

/** Positions of a convolution without padding. */
function outputs(length: number, { kernelSize, stride }: typeof FIRST): number {
  return Math.max(0, Math.floor((length - kernelSize) / stride) + 1);
}

/** Tokens of a sound of so many samples, one each 384 samples: 0 of a sound of less than 895 samples. */
export function waveformTokens(samples: number): number {
  return outputs(outputs(outputs(samples, FIRST), SECOND), THIRD);
}

/**
 * The input of Moonshine's encoder (Jeffries et al. 2024, https://arxiv.org/abs/2410.15608, §3.1): three convolutions over the samples of a sound. The
 * first has a tanh and a norm over all channels and positions of the sound (`GroupNorm` with one group; Wu & He 2018,
 * https://arxiv.org/abs/1803.08494), the others a GELU. A shard computes the first, some channels of the second, and what the third makes of
 * them.
 */
export class WaveformInput implements SourceInput {
  readonly #channels: number;
  readonly #first: LinearWeights;
  /** Absent in a shard without channels. */
  readonly #second: LinearWeights | undefined;
  readonly #third: LinearWeights | undefined;

  private constructor(
    channels: number,
    [first, second, third]: readonly [LinearWeights, LinearWeights?, LinearWeights?],
  ) {
    this.#channels = channels;
    this.#first = first;
    this.#second = second;
    this.#third = third;
  }

  static async load(
    loader: WeightLoader,
    { hiddenSize, prefix }: WaveformInputOptions,
  ): Promise<WaveformInput> {
    const middle = 2 * hiddenSize;
    const { from, to } = shardRange(middle, loader.shard);
    const [width, widest] = [SECOND.kernelSize * hiddenSize, FIRST.kernelSize];
    const samples = await loader.values(`${prefix}conv1.weight`, [hiddenSize, 1, widest]);
    // Samples have too great a range to be kept in 8 bits.
    const first = loader.linearFrom(samples, undefined, widest, 32);
    const second = await loader.values(`${prefix}conv2.weight`, [middle, hiddenSize, SECOND.kernelSize], {
      axis: 0,
      from,
      to,
    });
    const secondBias = await loader.values(`${prefix}conv2.bias`, [middle], { axis: 0, from, to });
    const third = await loader.values(`${prefix}conv3.weight`, [hiddenSize, middle, THIRD.kernelSize], {
      axis: 1,
      from,
      to,
    });
    const thirdBias = await loader.values(`${prefix}conv3.bias`, [hiddenSize]);
    const gain = await loader.values(`${prefix}groupnorm.weight`, [hiddenSize]);
    const shift = await loader.values(`${prefix}groupnorm.bias`, [hiddenSize]);
    if (from === to) return new WaveformInput(hiddenSize, [first]);
    const weight = convolutionWeight(second, hiddenSize, SECOND.kernelSize);
    scaleInputs(weight, secondBias, gain, shift);
    const channels = to - from;
    return new WaveformInput(hiddenSize, [
      first,
      loader.linearFrom(weight, secondBias, width, 8),
      loader.linearFrom(
        convolutionWeight(third, channels, THIRD.kernelSize),
        // Partial results are summed over shards: only the shard with the first channel adds the bias.
        from === 0 ? thirdBias : undefined,
        THIRD.kernelSize * channels,
        8,
      ),
    ]);
  }

  /**
   * Samples of the batch → `[tokens, hiddenSize]`. Throws `ShapeError` for a batch without samples, or with a sequence whose samples make another number
   * of tokens.
   */
  *forward(ctx: ForwardContext, { ids, offsets, frames, frameOffsets }: TokenBatch): Steps<Tensor> {
    const { backend } = ctx;
    const parts: Tensor[] = [];
    for (let s = 1; s < offsets.length; s++) {
      const tokens = offsets[s]! - offsets[s - 1]!;
      const samples = frameOffsets && frames?.subarray(frameOffsets[s - 1]!, frameOffsets[s]!);
      if (samples === undefined || waveformTokens(samples.length) !== tokens) {
        throw new ShapeError(
          `encodeSource: ${tokens} tokens of sound need ${384 * tokens + 511} samples, or up to 383 more, got ${samples?.length ?? 'none'}`,
        );
      }
      parts.push(this.#convolve(backend, samples));
    }
    const partial = parts.length === 1 ? parts[0]! : backend.concat(parts, 0);
    const summed = yield* sumOverShards(ctx, ids.length === 0 ? backend.zeros([0, this.#channels]) : partial);
    return yield* observe(ctx, 'encoder.embeddings', backend.activate(summed, 'gelu'));
  }

  /** The samples of one sound → `[tokens, hiddenSize]` before the last activation, of this shard's channels. */
  #convolve(backend: Backend, samples: Float32Array): Tensor {
    const first = backend.linear(sampleWindows(backend, samples), this.#first, { activation: 'tanh' });
    const [length = 0] = first.shape;
    const [middle, tokens] = [outputs(length, SECOND), outputs(outputs(length, SECOND), THIRD)];
    if (!this.#second || !this.#third) return backend.zeros([tokens, this.#channels]);
    const normed = normalize(backend, first);
    // [length, hiddenSize] → [middle, channels] → [tokens, hiddenSize]
    const second = backend.linear(windows(backend, normed, middle, SECOND), this.#second, {
      activation: 'gelu',
    });
    return backend.linear(windows(backend, second, tokens, THIRD), this.#third);
  }
}

/** The gain and the bias of a norm become part of the convolution that reads it, `weight[outChannels, kernelSize · channels]`: it has no padding. */
function scaleInputs(
  weight: Float32Array,
  bias: Float32Array,
  gain: Float32Array,
  shift: Float32Array,
): void {
  const width = weight.length / bias.length;
  for (let row = 0; row < bias.length; row++) {
    let sum = bias[row]!;
    for (let i = 0; i < width; i++) {
      const at = row * width + i;
      sum += weight[at]! * shift[i % shift.length]!;
      weight[at]! *= gain[i % gain.length]!;
    }
    bias[row] = sum;
  }
}

/** The samples that each position of the first convolution is computed from: `[positions, kernelSize]`. */
function sampleWindows(backend: Backend, samples: Float32Array): Tensor {
  const { kernelSize, stride } = FIRST;
  const positions = outputs(samples.length, FIRST);
  const values = new Float32Array(positions * kernelSize);
  for (let i = 0; i < positions; i++) {
    values.set(samples.subarray(i * stride, i * stride + kernelSize), i * kernelSize);
  }
  return backend.tensor(values, [positions, kernelSize]);
}

/** (x − mean) / √(variance + ε) over all values of a sound, in float64: sums of millions of floats are too inexact. */
function normalize(backend: Backend, x: Tensor): Tensor {
  const values = backend.read(x);
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const factor = 1 / Math.sqrt(squares / values.length + EPSILON);
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) * factor;
  return backend.tensor(values, x.shape);
}

function windows(
  backend: Backend,
  rows: Tensor,
  count: number,
  { kernelSize, stride }: typeof FIRST,
): Tensor {
  const options = { kernelSize, stride, dilation: 1, before: 0 };
  const [length = 0] = rows.shape;
  return backend.concat(convolutionWindows(backend, rows, { length, outputs: count }, options), 1);
}
