import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { convolutionWeight, convolutionWindows } from '../../nn/layers/windows.ts';
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
  readonly #first: LinearWeights;
  readonly #second: LinearWeights;
  readonly #positions: Tensor;

  private constructor(
    options: SoundInputOptions,
    { first, second, positions }: { first: LinearWeights; second: LinearWeights; positions: Tensor },
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
    return new SoundInput(options, {
      first: loader.linearFrom(convolutionWeight(first, bins, KERNEL), firstBias, KERNEL * bins, 8),
      // Partial results are summed over shards: only the first shard adds the bias.
      second: loader.linearFrom(
        convolutionWeight(second, channels, KERNEL),
        loader.shard.index === 0 ? secondBias : undefined,
        KERNEL * channels,
        8,
      ),
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
    const parts: Tensor[] = [];
    const positions: Tensor[] = [];
    for (let s = 1; s < offsets.length; s++) {
      const [start, end] = [2 * offsets[s - 1]!, 2 * offsets[s]!];
      const length = end - start;
      const rows = backend.tensor(frames.subarray(start * bins, end * bins), [length, bins]);
      // [length, bins] → [length, channels] → [length / 2, hiddenSize]
      const hidden = backend.linear(windows(ctx, rows, length, 1), this.#first, { activation: 'gelu' });
      parts.push(backend.linear(windows(ctx, hidden, length, 2), this.#second));
      positions.push(backend.rows(this.#positions, 0, length / 2));
    }
    const summed = yield* sumOverShards(ctx, joined(ctx, parts));
    const embedded = backend.add(backend.activate(summed, 'gelu'), joined(ctx, positions));
    return yield* observe(ctx, 'encoder.embeddings', embedded);
  }
}

/** The windows of a convolution over one sequence, side by side. */
function windows({ backend }: ForwardContext, rows: Tensor, length: number, stride: number): Tensor {
  const options = { kernelSize: KERNEL, stride, dilation: 1, before: 1 };
  return backend.concat(convolutionWindows(backend, rows, { length, outputs: length / stride }, options), 1);
}

function joined({ backend }: ForwardContext, parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0]! : backend.concat(parts, 0);
}
