import type { Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { type ConvolutionWeights, conv1d, conv1dWeights } from '../../nn/layers/convolution.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { type ForwardContext, observe, type Steps, sumOverShards } from '../../nn/run/forward.ts';
import { shardRange } from '../../nn/run/shard.ts';
import type { TokenBatch } from '../token-batch.ts';
import type { SourceInput } from './layout.ts';

/** Sizes and tensors of a {@link SoundInput}. */
export interface SoundInputOptions {
  /** Features of a frame. */
  readonly bins: number;
  readonly hiddenSize: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  /** Before the names `conv1`, `conv2` and `embed_positions`. */
  readonly prefix: string;
}

const KERNEL = 3;

/**
 * The input of Whisper's encoder (Radford et al. 2022, https://arxiv.org/abs/2212.04356, §2.2): two convolutions over the frames of a spectrogram, the
 * second with a stride of 2, each with a GELU, plus positions. A shard computes some channels of the first, and what the second makes of them.
 */
export class SoundInput implements SourceInput {
  readonly #options: SoundInputOptions;
  readonly #first: ConvolutionWeights;
  readonly #second: ConvolutionWeights;
  readonly #positions: Tensor;

  private constructor(
    options: SoundInputOptions,
    {
      first,
      second,
      positions,
    }: { first: ConvolutionWeights; second: ConvolutionWeights; positions: Tensor },
  ) {
    this.#options = options;
    this.#first = first;
    this.#second = second;
    this.#positions = positions;
  }

  static async load(loader: WeightLoader, options: SoundInputOptions): Promise<SoundInput> {
    const { bins, hiddenSize, positions, prefix } = options;
    const { from, to } = shardRange(hiddenSize, loader.shard);
    const [conv1, conv2] = [`${prefix}conv1`, `${prefix}conv2`];
    const first = await loader.values(`${conv1}.weight`, [hiddenSize, bins, KERNEL], { axis: 0, from, to });
    const firstBias = await loader.values(`${conv1}.bias`, [hiddenSize], { axis: 0, from, to });
    const second = await loader.values(`${conv2}.weight`, [hiddenSize, hiddenSize, KERNEL], {
      axis: 1,
      from,
      to,
    });
    const secondBias = await loader.values(`${conv2}.bias`, [hiddenSize]);
    const channels = to - from;
    const create = (weight: Float32Array, bias: Float32Array | undefined, inFeatures: number) =>
      loader.linearFrom(weight, bias, inFeatures, 8);
    const sizes = { outChannels: hiddenSize, kernelSize: KERNEL };
    return new SoundInput(options, {
      first: conv1dWeights(create, first, firstBias, { ...sizes, inChannels: bins, outChannels: channels }),
      // Partial results are summed over shards: only the first shard adds the bias.
      second: conv1dWeights(create, second, loader.shard.index === 0 ? secondBias : undefined, {
        ...sizes,
        inChannels: channels,
      }),
      positions: await loader.constant(`${prefix}embed_positions.weight`, [positions, hiddenSize]),
    });
  }

  /**
   * `frames` of the batch, `[2 · tokens, bins]` → `[tokens, hiddenSize]`: a token is two frames. Throws `ShapeError` for a batch without frames, or with another
   * number of them.
   */
  *forward(ctx: ForwardContext, { ids, offsets, frames }: TokenBatch): Steps<Tensor> {
    const { backend } = ctx;
    const { bins } = this.#options;
    const expected = 2 * ids.length * bins;
    if (frames?.length !== expected) {
      throw new ShapeError(
        `encodeSource: ${ids.length} tokens of sound need frames [${2 * ids.length}, ${bins}], ${expected} values, got ${frames?.length ?? 'none'}`,
      );
    }
    // [frames, bins] → [frames, channels] → [tokens, hiddenSize]
    const rows = backend.tensor(frames, [2 * ids.length, bins]);
    const frameOffsets = offsets.map((token) => 2 * token);
    const hidden = conv1d(backend, rows, this.#first, {
      padding: 1,
      offsets: frameOffsets,
      activation: 'gelu',
    });
    const convolved = conv1d(backend, hidden, this.#second, {
      stride: 2,
      padding: 1,
      offsets: frameOffsets,
    });
    const positions: Tensor[] = [];
    for (let s = 1; s < offsets.length; s++) {
      positions.push(backend.rows(this.#positions, 0, offsets[s]! - offsets[s - 1]!));
    }
    const summed = yield* sumOverShards(ctx, convolved);
    const embedded = backend.add(backend.activate(summed, 'gelu'), joined(ctx, positions));
    return yield* observe(ctx, 'encoder.embeddings', embedded);
  }
}

function joined({ backend }: ForwardContext, parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0]! : backend.concat(parts, 0);
}
