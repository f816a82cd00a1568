import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { KeyValueCache } from '../../nn/attention/kv-cache.ts';
import { shardHeads } from '../../nn/attention/multi-head.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { falconAlibi } from '../../nn/positions/falcon-alibi.ts';
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

/** Positions whose rotary angles are computed when a cache is opened. */
const FIRST_POSITIONS = 256;

/**
 * The forward pass of decoder-only models: token (and position) embeddings, causal blocks with a key-value cache, a final norm and an output
 * head. A shard has a range of the attention heads and feed-forward units of each block and of the vocabulary.
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
  readonly #layout: DecoderLayout;

  private constructor(sizes: DecoderSizes, loader: WeightLoader, parts: DecoderParts, layout: DecoderLayout) {
    this.vocabSize = sizes.vocabSize;
    this.contextLength = sizes.contextLength;
    this.#sizes = sizes;
    this.#loader = loader;
    this.#parts = parts;
    this.#layout = layout;
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
    return new DecoderStack(sizes, loader, parts, layout);
  }

  openCache(backend: Backend, slots: number, capacity: number): KeyValueCache {
    const { numHiddenLayers: layers, numAttentionHeads, numKeyValueHeads, headDim } = this.#sizes;
    const { shard } = this.#loader;
    const { from, to } = shardHeads(numAttentionHeads, numKeyValueHeads, headDim, shard).keyFeatures;
    for (const rotary of this.#parts.rotary) rotary.reserve(Math.min(capacity, FIRST_POSITIONS));
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
    const bias = this.#layout.alibi ? this.#alibi(ctx.backend, location.ranges.lengths) : undefined;
    const inputs = (index: number) => ({
      causal: true,
      past: cache.past(index, location),
      ...(bias && { bias }),
    });
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
    for (const rotary of this.#parts.rotary) rotary.dispose();
    this.#loader.release();
  }

  *#embed(ctx: ForwardContext, ids: Int32Array, positions: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    const { tokenEmbeddings, positionEmbeddings, projections } = this.#parts;
    const { embeddingScale, positionEmbeddings: learned } = this.#layout;
    // Each shard looks up the rows of its range, zeros elsewhere: [tokens, hiddenSize]
    let partial = tokenEmbeddings.partial(ctx, ids);
    if (projections) {
      const whole = yield* sumOverShards(ctx, partial);
      // Of all shards the first alone adds the projection.
      const projected = backend.linear(whole, projections.input);
      partial = ctx.shard.index === 0 ? projected : backend.zeros(projected.shape);
    }
    if (embeddingScale !== undefined) partial = backend.scale(partial, embeddingScale);
    if (positionEmbeddings && learned) {
      const rows = learned.offset === 0 ? positions : positions.map((position) => position + learned.offset);
      partial = backend.add(partial, positionEmbeddings.partial(ctx, rows));
    }
    return yield* observe(ctx, 'embeddings', yield* sumOverShards(ctx, partial));
  }

  /** ALiBi of this shard's heads: `[1, heads, 1, keys]`. */
  #alibi(backend: Backend, lengths: Int32Array): Tensor | undefined {
    const { numAttentionHeads, numKeyValueHeads, headDim } = this.#sizes;
    const { heads } = shardHeads(numAttentionHeads, numKeyValueHeads, headDim, this.#loader.shard);
    const keys = lengths.reduce((longest, length) => Math.max(longest, length), 0);
    if (heads.from === heads.to) return undefined;
    const bias = falconAlibi(numAttentionHeads, headDim, keys).subarray(heads.from * keys, heads.to * keys);
    return backend.tensor(bias, [1, heads.to - heads.from, 1, keys]);
  }

  /** Logits of `rows`. All rows are normalised only if a hook or a recording matches `output`. */
  *#predict(ctx: ForwardContext, hidden: Tensor, rows: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    const { finalNorm } = this.#parts;
    const output = ctx.watches?.('output')
      ? selectRows(backend, yield* observe(ctx, 'output', finalNorm.forward(backend, hidden)), rows)
      : finalNorm.forward(backend, selectRows(backend, hidden, rows));
    return yield* this.#head(ctx, output, 'logits');
  }

  #head(ctx: ForwardContext, x: Tensor, name: string): Steps<Tensor> {
    const { projections, head } = this.#parts;
    return head.forward(ctx, projections ? ctx.backend.linear(x, projections.output) : x, name);
  }

  /** The output of block `index`, and its logit lens (nostalgebraist 2020) if a hook or a recording matches it. */
  *#withLens(ctx: ForwardContext, block: Steps<Tensor>, index: number, rows: Int32Array): Steps<Tensor> {
    const x = yield* block;
    const name = `blocks.${index}.lens`;
    if (ctx.watches?.(name)) {
      const { backend } = ctx;
      const { finalNorm } = this.#parts;
      yield* this.#head(ctx, finalNorm.forward(backend, selectRows(backend, x, rows)), name);
    }
    return x;
  }
}
