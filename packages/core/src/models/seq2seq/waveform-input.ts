import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { type ConvolutionWeights, conv1d, conv1dWeights } from '../../nn/layers/convolution.ts';
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

/** The sequences of a convolution's outputs. */
function outputOffsets(offsets: Offsets, convolution: typeof FIRST): Int32Array {
  const ends = new Int32Array(offsets.length);
  for (let s = 1; s < offsets.length; s++) {
    ends[s] = ends[s - 1]! + outputs(offsets[s]! - offsets[s - 1]!, convolution);
  }
  return ends;
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
  readonly #hiddenSize: number;
  readonly #first: ConvolutionWeights;
  /** Absent in a shard without channels. */
  readonly #others: readonly [second: ConvolutionWeights, third: ConvolutionWeights] | undefined;

  private constructor(
    hiddenSize: number,
    first: ConvolutionWeights,
    others?: readonly [ConvolutionWeights, ConvolutionWeights],
  ) {
    this.#hiddenSize = hiddenSize;
    this.#first = first;
    this.#others = others;
  }

  static async load(
    loader: WeightLoader,
    { hiddenSize, prefix }: WaveformInputOptions,
  ): Promise<WaveformInput> {
    const middle = 2 * hiddenSize;
    const { from, to } = shardRange(middle, loader.shard);
    const read = (name: string, shape: readonly number[], axis?: 0 | 1) =>
      loader.values(`${prefix}${name}`, shape, axis === undefined ? undefined : { axis, from, to });
    const samples = await read('conv1.weight', [hiddenSize, 1, FIRST.kernelSize]);
    const second = await read('conv2.weight', [middle, hiddenSize, SECOND.kernelSize], 0);
    const secondBias = await read('conv2.bias', [middle], 0);
    const third = await read('conv3.weight', [hiddenSize, middle, THIRD.kernelSize], 1);
    const thirdBias = await read('conv3.bias', [hiddenSize]);
    const gain = await read('groupnorm.weight', [hiddenSize]);
    const shift = await read('groupnorm.bias', [hiddenSize]);
    const create =
      (minBits: 8 | 32) => (weight: Float32Array, bias: Float32Array | undefined, width: number) =>
        loader.linearFrom(weight, bias, width, minBits);
    // Samples have too great a range for the products of 8 bits.
    const first = conv1dWeights(create(32), samples, undefined, {
      inChannels: 1,
      outChannels: hiddenSize,
      kernelSize: FIRST.kernelSize,
    });
    if (from === to) return new WaveformInput(hiddenSize, first);
    const channels = to - from;
    const normed = withNorm(second, secondBias, gain, shift);
    return new WaveformInput(hiddenSize, first, [
      conv1dWeights(create(8), normed.weight, normed.bias, {
        inChannels: hiddenSize,
        outChannels: channels,
        kernelSize: SECOND.kernelSize,
      }),
      // Partial results are summed over shards: only the shard with the first channel adds the bias.
      conv1dWeights(create(8), third, from === 0 ? thirdBias : undefined, {
        inChannels: channels,
        outChannels: hiddenSize,
        kernelSize: THIRD.kernelSize,
      }),
    ]);
  }

  /**
   * Samples of the batch → `[tokens, hiddenSize]`. Throws `ShapeError` for a batch without samples, or with a sequence whose samples make another number
   * of tokens.
   */
  *forward(ctx: ForwardContext, { offsets, frames, frameOffsets }: TokenBatch): Steps<Tensor> {
    const { backend } = ctx;
    const samples = checkSamples(offsets, frames, frameOffsets);
    const partial = this.#convolve(backend, samples, offsets.at(-1)!);
    const summed = yield* sumOverShards(ctx, partial);
    return yield* observe(ctx, 'encoder.embeddings', backend.activate(summed, 'gelu'));
  }

  /** Sounds → `[tokens, hiddenSize]` before the last activation, of this shard's channels. */
  #convolve(backend: Backend, { frames, frameOffsets }: Samples, tokens: number): Tensor {
    if (!this.#others || tokens === 0) return backend.zeros([tokens, this.#hiddenSize]);
    const [second, third] = this.#others;
    const rows = backend.tensor(frames, [frames.length, 1]);
    const first = conv1d(backend, rows, this.#first, {
      stride: FIRST.stride,
      offsets: frameOffsets,
      activation: 'tanh',
    });
    const offsets = outputOffsets(frameOffsets, FIRST);
    const normed = normalize(backend, first, offsets);
    // [positions, hiddenSize] → [positions / 3, channels] → [tokens, hiddenSize]
    const middle = conv1d(backend, normed, second, { stride: SECOND.stride, offsets, activation: 'gelu' });
    return conv1d(backend, middle, third, {
      stride: THIRD.stride,
      offsets: outputOffsets(offsets, SECOND),
    });
  }
}

type Samples = Required<Pick<TokenBatch, 'frames' | 'frameOffsets'>>;

function checkSamples(
  offsets: Offsets,
  frames: Float32Array | undefined,
  frameOffsets: Int32Array | undefined,
): Samples {
  for (let s = 1; s < offsets.length; s++) {
    const tokens = offsets[s]! - offsets[s - 1]!;
    const samples = frames && frameOffsets ? frameOffsets[s]! - frameOffsets[s - 1]! : undefined;
    if (samples !== undefined && waveformTokens(samples) === tokens) continue;
    throw new ShapeError(
      `encodeSource: ${tokens} tokens of sound need ${384 * tokens + 511} samples, or up to 383 more, got ${samples ?? 'none'}`,
    );
  }
  return { frames: frames ?? new Float32Array(0), frameOffsets: frameOffsets ?? Int32Array.of(0) };
}

/**
 * A convolution `[outChannels, channels, kernelSize]` that reads a norm's output, with the norm's gain and bias in its own weights: it has no padding.
 */
function withNorm(
  stored: Float32Array,
  storedBias: Float32Array,
  gain: Float32Array,
  shift: Float32Array,
): { weight: Float32Array; bias: Float32Array } {
  const width = stored.length / storedBias.length;
  const channelOf = (i: number) => Math.floor((i % width) / SECOND.kernelSize);
  const bias = storedBias.map((value, row) => {
    let sum = value;
    for (let i = 0; i < width; i++) sum += stored[row * width + i]! * shift[channelOf(i)]!;
    return sum;
  });
  return { weight: stored.map((value, i) => value * gain[channelOf(i)]!), bias };
}

/** (x − mean) / √(variance + ε) over all values of each sound, in float64: sums of millions of floats are too inexact. */
function normalize(backend: Backend, x: Tensor, offsets: Offsets): Tensor {
  const values = backend.read(x);
  const width = x.shape[1]!;
  for (let s = 1; s < offsets.length; s++) {
    const sound = values.subarray(offsets[s - 1]! * width, offsets[s]! * width);
    let sum = 0;
    for (const value of sound) sum += value;
    const mean = sum / sound.length;
    let squares = 0;
    for (const value of sound) squares += (value - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / sound.length + EPSILON);
    for (let i = 0; i < sound.length; i++) sound[i] = (sound[i]! - mean) * factor;
  }
  return backend.tensor(values, x.shape);
}
