import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { shardHeads } from '../../nn/attention/multi-head.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import type { RelativeBias } from '../../nn/positions/relative-bias.ts';
import type { Steps } from '../../nn/run/forward.ts';
import {
  checkLengths,
  type ForwardContext,
  observe,
  positionsOf,
  runBlocks,
  selectRows,
  sumOverShards,
} from '../../nn/run/forward.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { DecodeBatch, Decoder, DecoderCache } from '../decoders/decoder.ts';
import { loadModelParts } from '../load-parts.ts';
import { skipPadding } from '../padding-positions.ts';
import type { TokenBatch } from '../token-batch.ts';
import { Seq2SeqCache } from './cache.ts';
import type { Seq2SeqSizes } from './config.ts';
import type { Seq2SeqLayout, Side } from './layout.ts';
import { loadSeq2SeqParts, type Seq2SeqParts } from './load.ts';

/**
 * The forward pass of all encoder–decoders (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762): `encodeSource` runs the encoder and caches the
 * keys and values of the decoder's cross-attentions; `forward` runs the decoder on new target tokens. A shard has a range of the attention
 * heads and feed-forward units of each block and of the vocabulary.
 *
 * Activations of `encodeSource`: `encoder.embeddings`, `encoder.blocks.N.…` (see `TransformerBlock`), `encoder.output`, and
 * `decoder.blocks.N.crossAttention.{keys,values}` with those of each head. Of `forward`: `decoder.embeddings`, `decoder.blocks.N.…` (see
 * `DecoderBlock`), `decoder.blocks.N.lens` (logit lens: the logits of the residual stream after block N, for the requested rows; replacing it
 * has no effect), `decoder.output` and `decoder.logits`.
 */
export class Seq2SeqStack implements Decoder {
  readonly vocabSize: number;
  readonly sourceVocabSize: number;
  readonly contextLength: number;
  readonly #sizes: Seq2SeqSizes;
  readonly #layout: Seq2SeqLayout;
  readonly #loader: WeightLoader;
  readonly #parts: Seq2SeqParts;

  private constructor(sizes: Seq2SeqSizes, layout: Seq2SeqLayout, loader: WeightLoader, parts: Seq2SeqParts) {
    this.vocabSize = sizes.vocabSize;
    this.sourceVocabSize = sizes.sourceVocabSize;
    this.contextLength = sizes.contextLength;
    this.#sizes = sizes;
    this.#layout = layout;
    this.#loader = loader;
    this.#parts = parts;
  }

  /** Loads the weights, or a shard's slices of them. For errors see {@link loadModelParts}. */
  static async load(
    sizes: Seq2SeqSizes,
    layout: Seq2SeqLayout,
    checkpoint: Checkpoint,
    backend: Backend,
    plan: WeightPlan,
  ): Promise<Seq2SeqStack> {
    const { loader, parts } = await loadModelParts(layout, checkpoint, backend, plan, (weights) =>
      loadSeq2SeqParts(weights, sizes, layout),
    );
    return new Seq2SeqStack(sizes, layout, loader, parts);
  }

  openCache(backend: Backend, slots: number, capacity: number): Seq2SeqCache {
    const { hiddenSize, decoder } = this.#sizes;
    const { numAttentionHeads: heads, numLayers: layers } = decoder;
    const { headDim = hiddenSize / heads } = this.#sizes;
    const { from, to } = shardHeads(heads, heads, headDim, this.#loader.shard).keyFeatures;
    return new Seq2SeqCache(backend, { layers, slots, capacity, keyFeatures: to - from });
  }

  /** Throws `ShapeError` for a source with more tokens than the model supports. */
  *encodeSource(ctx: ForwardContext, batch: TokenBatch, cache: DecoderCache, slots: Int32Array): Steps<void> {
    const { encoder, decoder, sourceInput } = this.#parts;
    const { offsets } = batch;
    const sources = seq2SeqCache(cache);
    checkLengths(`${this.#layout.architecture}: a source`, offsets, this.#sizes.sourceLength);
    const location = sources.begin(slots, offsets);
    // [tokens] ids or frames → [tokens, hiddenSize]
    const embedded = yield* sourceInput?.forward(ctx, batch) ??
      this.#embed(ctx, 'encoder', batch, positionsOf(offsets));
    const lengths = Int32Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1]! - offsets[s]!);
    const biasOf = relativeBiases(ctx, encoder.relativeBiases, new Int32Array(lengths.length), lengths);
    // [tokens, hiddenSize], through one block after another
    const hidden = yield* runBlocks(ctx, embedded, encoder.blocks, (block, x, index) => {
      const bias = biasOf(index);
      return block.forward(ctx, x, bias ? { bias } : {});
    });
    const normed = encoder.finalNorm?.forward(ctx.backend, hidden) ?? hidden;
    const states = yield* observe(ctx, 'encoder.output', normed);
    for (const [layer, block] of decoder.blocks.entries()) {
      yield* block.cacheCrossAttention(ctx, states, sources.source(layer, location));
    }
    sources.commit();
  }

  /** Throws `ShapeError` for a slot that has no source. */
  *forward(ctx: ForwardContext, batch: DecodeBatch, cache: DecoderCache, rows: Int32Array): Steps<Tensor> {
    const { decoder } = this.#parts;
    const keyValues = seq2SeqCache(cache);
    const sources = keyValues.sourcesOf(batch.slots);
    const location = keyValues.locate(batch);
    // [tokens] ids → [tokens, hiddenSize]
    const embedded = yield* this.#embed(ctx, 'decoder', batch, location.positions);
    const biasOf = relativeBiases(ctx, decoder.relativeBiases, batch.starts, location.ranges.lengths);
    // [tokens, hiddenSize], through one block after another
    const hidden = yield* runBlocks(ctx, embedded, decoder.blocks, (block, x, index) => {
      const bias = biasOf(index);
      const inputs = { causal: true, past: keyValues.past(index, location), ...(bias && { bias }) };
      const output = block.forward(ctx, x, inputs, { past: keyValues.source(index, sources) });
      return this.#withLens(ctx, output, index, rows);
    });
    // → [rows, vocabSize]
    return yield* this.#predict(ctx, hidden, rows);
  }

  dispose(): void {
    for (const { rotary } of [this.#parts.encoder, this.#parts.decoder]) rotary?.dispose();
    this.#loader.release();
  }

  *#embed(
    ctx: ForwardContext,
    side: Side,
    { ids, offsets }: Pick<DecodeBatch, 'ids' | 'offsets'>,
    positions: Int32Array,
  ): Steps<Tensor> {
    const { backend } = ctx;
    const { tokenEmbeddings, positionEmbeddings, embeddingNorm } = this.#parts[side];
    const { embeddingScale, positions: layout } = this.#layout;
    // Each shard looks up the rows of its range, zeros elsewhere: [tokens, hiddenSize]
    let partial = scale(backend, tokenEmbeddings.partial(ctx, ids), embeddingScale);
    if (positionEmbeddings && layout.kind === 'absolute') {
      const { first, paddingId } = layout;
      const counted =
        paddingId === undefined
          ? positions
          : skipPadding(positions, ids, offsets, { id: paddingId, position: -1 });
      const rows = counted.map((position) => position + first);
      partial = backend.add(partial, positionEmbeddings.partial(ctx, rows));
    }
    const embedded = yield* sumOverShards(ctx, partial);
    return yield* observe(ctx, `${side}.embeddings`, embeddingNorm?.forward(backend, embedded) ?? embedded);
  }

  /** Logits of `rows`. All rows are normalised only if a hook or a recording matches `decoder.output`. */
  *#predict(ctx: ForwardContext, hidden: Tensor, rows: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    const output = ctx.watches?.('decoder.output')
      ? selectRows(backend, yield* observe(ctx, 'decoder.output', this.#normalize(backend, hidden)), rows)
      : this.#normalize(backend, selectRows(backend, hidden, rows));
    return yield* this.#logits(ctx, output, 'decoder.logits');
  }

  /** The output of block `index`, and its logit lens (nostalgebraist 2020) if a hook or a recording matches it. */
  *#withLens(ctx: ForwardContext, block: Steps<Tensor>, index: number, rows: Int32Array): Steps<Tensor> {
    const x = yield* block;
    const name = `decoder.blocks.${index}.lens`;
    if (ctx.watches?.(name)) {
      const selected = selectRows(ctx.backend, x, rows);
      yield* this.#logits(ctx, this.#normalize(ctx.backend, selected), name);
    }
    return x;
  }

  #logits(ctx: ForwardContext, output: Tensor, name: string): Steps<Tensor> {
    return this.#parts.head.forward(ctx, scale(ctx.backend, output, this.#layout.headScale), name);
  }

  #normalize(backend: Backend, x: Tensor): Tensor {
    return this.#parts.decoder.finalNorm?.forward(backend, x) ?? x;
  }
}

function seq2SeqCache(cache: DecoderCache): Seq2SeqCache {
  if (cache instanceof Seq2SeqCache) return cache;
  throw new ConfigError('encoder–decoder: the cache was not opened by this model');
}

function scale(backend: Backend, x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : backend.scale(x, factor);
}

/** {@link relativeBias} of block `index`: that of all blocks is computed once. */
function relativeBiases(
  ctx: ForwardContext,
  tables: readonly RelativeBias[],
  starts: Int32Array,
  lengths: Int32Array,
): (index: number) => Tensor | undefined {
  if (tables.length > 1) return (index) => relativeBias(ctx, tables[index], starts, lengths);
  const shared = relativeBias(ctx, tables[0], starts, lengths);
  return () => shared;
}

/**
 * The bias of a self-attention's scores, `[batch or 1, heads, queries, keys]`, if the model has one. `starts` are the positions of each
 * sequence's first query, `lengths` the numbers of its keys.
 */
function relativeBias(
  { backend }: ForwardContext,
  table: RelativeBias | undefined,
  starts: Int32Array,
  lengths: Int32Array,
): Tensor | undefined {
  if (!table || table.heads === 0) return undefined;
  const keys = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const queries = lengths.reduce((longest, length, s) => Math.max(longest, length - starts[s]!), 0);
  // Sequences that start at the same position have the same biases.
  const distinct = starts.some((start) => start !== starts[0]) ? starts : starts.subarray(0, 1);
  return table.forward(backend, distinct, queries, keys);
}
