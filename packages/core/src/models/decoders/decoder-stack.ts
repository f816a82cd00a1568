import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { KeyValueCache } from '../../nn/attention/kv-cache.ts';
import { shardHeads } from '../../nn/attention/multi-head.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import type { Steps } from '../../nn/run/forward.ts';
import {
  countingRows,
  type ForwardContext,
  observe,
  onlyLastRows,
  runBlocks,
  selectRows,
  sumOverShards,
} from '../../nn/run/forward.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { loadModelParts } from '../load-parts.ts';
import type { DecodeBatch, Decoder, DecoderCache } from './decoder.ts';
import type { DecoderSizes } from './decoder-config.ts';
import type { DecoderLayout } from './layout.ts';
import { type DecoderParts, loadDecoderParts } from './load.ts';

/**
 * The forward pass of GPT-2 and the Llama family: token (and position) embeddings, causal pre-norm blocks with a key-value cache, a final
 * norm and an output head. A shard has a range of the attention heads and feed-forward units of each block and of the vocabulary.
 *
 * Activations: `embeddings`, `blocks.N.…` (see `TransformerBlock`), `blocks.N.lens` (logit lens: the logits of the normalised residual
 * stream after block N, for the requested rows; replacing it has no effect), `output` and `logits`.
 */
export class DecoderStack implements Decoder {
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly #sizes: DecoderSizes;
  readonly #loader: WeightLoader;
  readonly #parts: DecoderParts;

  private constructor(sizes: DecoderSizes, loader: WeightLoader, parts: DecoderParts) {
    this.vocabSize = sizes.vocabSize;
    this.contextLength = sizes.contextLength;
    this.#sizes = sizes;
    this.#loader = loader;
    this.#parts = parts;
  }

  /** Loads the weights, or a shard's slices of them. For errors see {@link loadModelParts}. */
  static async load(
    sizes: DecoderSizes,
    layout: DecoderLayout,
    checkpoint: Checkpoint,
    backend: Backend,
    plan: WeightPlan,
  ): Promise<DecoderStack> {
    const { loader, parts } = await loadModelParts(layout, checkpoint, backend, plan, (weights) =>
      loadDecoderParts(weights, sizes, layout),
    );
    return new DecoderStack(sizes, loader, parts);
  }

  openCache(backend: Backend, slots: number, capacity: number): KeyValueCache {
    const { numHiddenLayers: layers, numAttentionHeads, numKeyValueHeads, headDim } = this.#sizes;
    const { shard } = this.#loader;
    const { from, to } = shardHeads(numAttentionHeads, numKeyValueHeads, headDim, shard).keyFeatures;
    this.#parts.rotary?.reserve(capacity);
    return new KeyValueCache(backend, { layers, slots, capacity, keyFeatures: to - from });
  }

  *forward(ctx: ForwardContext, batch: DecodeBatch, cache: DecoderCache, rows: Int32Array): Steps<Tensor> {
    if (!(cache instanceof KeyValueCache)) {
      throw new ConfigError('decoder: the cache was not opened by this model');
    }
    const { blocks } = this.#parts;
    const location = cache.locate(batch);
    // [tokens] ids → [tokens, hiddenSize]
    const embedded = yield* this.#embed(ctx, batch.ids, location.positions);
    const inputs = (index: number) => ({ causal: true, past: cache.past(index, location) });
    // If only the logits of last rows are requested and no hooks run, the last block skips the other rows.
    const lastRows = ctx.watches ? undefined : onlyLastRows(batch.offsets, rows);
    // [tokens, hiddenSize], through one block after another
    const hidden = yield* runBlocks(
      ctx,
      embedded,
      lastRows ? blocks.slice(0, -1) : blocks,
      (block, x, index) => this.#withLens(ctx, block.forward(ctx, x, inputs(index)), index, rows),
    );
    // → [rows, vocabSize]
    if (!lastRows) return yield* this.#predict(ctx, hidden, rows);
    const last = yield* blocks
      .at(-1)!
      .forward(ctx, hidden, { ...inputs(blocks.length - 1), queryRows: lastRows });
    return yield* this.#predict(ctx, last, countingRows(rows.length));
  }

  dispose(): void {
    this.#parts.rotary?.dispose();
    this.#loader.release();
  }

  *#embed(ctx: ForwardContext, ids: Int32Array, positions: Int32Array): Steps<Tensor> {
    const { tokenEmbeddings, positionEmbeddings } = this.#parts;
    // Each shard looks up the rows of its range, zeros elsewhere: [tokens, hiddenSize]
    let partial = tokenEmbeddings.partial(ctx, ids);
    if (positionEmbeddings) {
      partial = ctx.backend.add(partial, positionEmbeddings.partial(ctx, positions));
    }
    return yield* observe(ctx, 'embeddings', yield* sumOverShards(ctx, partial));
  }

  /** Logits of `rows`. All rows are normalised only if a hook or a recording matches `output`. */
  *#predict(ctx: ForwardContext, hidden: Tensor, rows: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    const { finalNorm, head } = this.#parts;
    const output = ctx.watches?.('output')
      ? selectRows(backend, yield* observe(ctx, 'output', finalNorm.forward(backend, hidden)), rows)
      : finalNorm.forward(backend, selectRows(backend, hidden, rows));
    return yield* head.forward(ctx, output, 'logits');
  }

  /** The output of block `index`, and its logit lens (nostalgebraist 2020) if a hook or a recording matches it. */
  *#withLens(ctx: ForwardContext, block: Steps<Tensor>, index: number, rows: Int32Array): Steps<Tensor> {
    const x = yield* block;
    const name = `blocks.${index}.lens`;
    if (ctx.watches?.(name)) {
      const { backend } = ctx;
      const { finalNorm, head } = this.#parts;
      yield* head.forward(ctx, finalNorm.forward(backend, selectRows(backend, x, rows)), name);
    }
    return x;
  }
}
