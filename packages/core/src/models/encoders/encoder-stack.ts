import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import type { Steps } from '../../nn/run/forward.ts';
import {
  checkLengths,
  type ForwardContext,
  observe,
  positionsOf,
  runBlocks,
  sumOverShards,
} from '../../nn/run/forward.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { loadModelParts } from '../load-parts.ts';
import { skipPadding } from '../padding-positions.ts';
import type { TokenBatch } from '../token-batch.ts';
import type { Encoder } from './encoder.ts';
import type { EncoderSizes } from './encoder-config.ts';
import type { EncoderLayout } from './layout.ts';
import { type EncoderParts, loadEncoderParts } from './load.ts';
import type { TaskHeadKind } from './task-heads.ts';

/**
 * The forward pass of all encoders: the sum of token, position and segment embeddings, a layer norm, blocks (Vaswani et al. 2017,
 * https://arxiv.org/abs/1706.03762), in some architectures a final norm, and a task head. A shard has a range of the attention heads and
 * feed-forward units of each block and of the vocabulary.
 *
 * Activations: `embeddings` (with a projection, as in ELECTRA, also `embeddings.unprojected`), `blocks.N.…` (see `TransformerBlock`), `output`, and those of `TaskHead`.
 */
export class EncoderStack implements Encoder {
  readonly #sizes: EncoderSizes;
  readonly #layout: EncoderLayout;
  readonly #loader: WeightLoader;
  readonly #parts: EncoderParts;

  private constructor(sizes: EncoderSizes, layout: EncoderLayout, loader: WeightLoader, parts: EncoderParts) {
    this.#sizes = sizes;
    this.#layout = layout;
    this.#loader = loader;
    this.#parts = parts;
  }

  /** Loads the weights, or a shard's slices of them. For errors see {@link loadModelParts}. */
  static async load(
    sizes: EncoderSizes,
    layout: EncoderLayout,
    checkpoint: Checkpoint,
    backend: Backend,
    plan: WeightPlan,
  ): Promise<EncoderStack> {
    const { loader, parts } = await loadModelParts(layout, checkpoint, backend, plan, (weights) =>
      loadEncoderParts(weights, sizes, layout),
    );
    return new EncoderStack(sizes, layout, loader, parts);
  }

  *forward(ctx: ForwardContext, batch: TokenBatch): Steps<Tensor> {
    // [tokens] ids → [tokens, hiddenSize]
    const embedded = yield* this.#embed(ctx, batch);
    const { blocks, additions, finalNorm } = this.#parts;
    const bias = additions.scoreBias?.(ctx, longestOf(batch.offsets));
    const inputs = bias ? { bias } : {};
    // [tokens, hiddenSize], through one block after another
    const hidden = yield* runBlocks(ctx, embedded, blocks, function* (block, x, index) {
      const after = yield* block.forward(ctx, x, inputs);
      return additions.afterBlock ? yield* additions.afterBlock(ctx, index, after, embedded) : after;
    });
    return yield* observe(ctx, 'output', finalNorm?.forward(ctx.backend, hidden) ?? hidden);
  }

  /** `hidden[tokens, hiddenSize]` → logits `[rows, features]`. */
  *taskHead(ctx: ForwardContext, kind: TaskHeadKind, hidden: Tensor, rows?: Int32Array): Steps<Tensor> {
    const head = this.#parts.taskHeads.get(kind);
    if (!head) throw new ConfigError(`${this.#layout.architecture}: the head ${kind} is not loaded`);
    return yield* head.forward(ctx, hidden, rows);
  }

  dispose(): void {
    this.#parts.additions.dispose?.();
    this.#loader.release();
  }

  *#embed(ctx: ForwardContext, batch: TokenBatch): Steps<Tensor> {
    const { backend } = ctx;
    const { architecture, firstPosition, paddingId } = this.#layout;
    const { tokenEmbeddings, positionEmbeddings, tokenTypeEmbeddings } = this.#parts;
    const { embeddingNorm, embeddingProjection } = this.#parts;
    checkLengths(`${architecture}: a text`, batch.offsets, this.#sizes.contextLength);
    // Each shard looks up the rows of its range, zeros elsewhere: [tokens, embeddingSize]
    let partial = tokenEmbeddings.partial(ctx, batch.ids);
    if (positionEmbeddings) {
      const plain = positionsOf(batch.offsets, firstPosition);
      const padding = paddingId !== undefined && { id: paddingId, position: firstPosition - 1 };
      const positions = padding ? skipPadding(plain, batch.ids, batch.offsets, padding) : plain;
      partial = backend.add(partial, positionEmbeddings.partial(ctx, positions));
    }
    if (tokenTypeEmbeddings) {
      partial = backend.add(partial, tokenTypeEmbeddings.partial(ctx, this.#tokenTypesOf(batch)));
    }
    const sum = yield* sumOverShards(ctx, partial);
    // [tokens, embeddingSize]
    const normed = embeddingNorm.forward(backend, sum);
    if (!embeddingProjection) return yield* observe(ctx, 'embeddings', normed);
    // [tokens, hiddenSize]
    const unprojected = yield* observe(ctx, 'embeddings.unprojected', normed);
    return yield* observe(ctx, 'embeddings', backend.linear(unprojected, embeddingProjection));
  }

  /** Models with a single segment (RoBERTa) use it for both texts of a pair. */
  #tokenTypesOf({ typeIds }: TokenBatch): Int32Array {
    return this.#sizes.typeVocabSize === 1 ? new Int32Array(typeIds.length) : typeIds;
  }
}

function longestOf(offsets: Int32Array): number {
  let longest = 0;
  for (let s = 1; s < offsets.length; s++) longest = Math.max(longest, offsets[s]! - offsets[s - 1]!);
  return longest;
}
