import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { shardHeads } from '../../nn/attention/multi-head.ts';
import { WeightLoader } from '../../nn/load/weight-loader.ts';
import { pickRows } from '../../nn/modules/pick-rows.ts';
import { positionsOf } from '../../nn/positions/positions-of.ts';
import { type ForwardContext, observe, sumOverShards } from '../../nn/run/forward-context.ts';
import { runBlocks } from '../../nn/run/run-blocks.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Steps } from '../../nn/run/steps.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { DecodeBatch, Decoder, DecoderCache } from '../decoders/decoder.ts';
import type { TokenBatch } from '../token-batch.ts';
import { Seq2SeqCache } from './cache.ts';
import type { Seq2SeqSizes } from './config.ts';
import type { Seq2SeqLayout } from './layout.ts';
import { loadSeq2SeqParts, type Seq2SeqHalf, type Seq2SeqParts } from './load.ts';

/**
 * The encoder–decoder that T5, BART and Marian share (Vaswani et al. 2017): an encoder reads the source once, and what a decoder's
 * cross-attentions need of it is remembered; then the decoder reads what it has written, token by token. A shard holds its share of every
 * layer's heads and feed-forward units and of the vocabulary.
 *
 * Activations when a source is read: `encoder.embeddings`, `encoder.blocks.N.…` as an encoder's, `encoder.output`, and
 * `decoder.blocks.N.crossAttention.{keys,values}` with those of each head. When tokens are read: `decoder.embeddings`,
 * `decoder.blocks.N.{residual,attention,feedForward}.…`, `decoder.blocks.N.residual.between` (after self-attention), the rest of
 * `decoder.blocks.N.crossAttention.…`, `decoder.blocks.N.lens` (what the output head makes of the residual stream after block N, for the
 * rows asked about; changing it changes nothing), `decoder.output` and `decoder.logits`.
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

  /**
   * Reads the weights, or a shard's share of them. Throws `LoadError` for tensors that are missing or that the architecture does not
   * know, and `ShapeError` for those of another shape than the configuration says; what was already read is freed.
   */
  static async load(
    sizes: Seq2SeqSizes,
    layout: Seq2SeqLayout,
    checkpoint: Checkpoint,
    backend: Backend,
    plan: WeightPlan,
  ): Promise<Seq2SeqStack> {
    const loader = new WeightLoader(checkpoint, backend, plan);
    try {
      const parts = await loadSeq2SeqParts(loader, sizes, layout);
      loader.assertAllConsumed(layout.architecture, layout.ignoredTensors);
      return new Seq2SeqStack(sizes, layout, loader, parts);
    } catch (error) {
      loader.release();
      throw error;
    }
  }

  openCache(backend: Backend, slots: number, capacity: number): Seq2SeqCache {
    const { hiddenSize, decoder } = this.#sizes;
    const { numAttentionHeads: heads, numLayers: layers } = decoder;
    const { headDim = hiddenSize / heads } = this.#sizes;
    const { from, to } = shardHeads(heads, heads, headDim, this.#loader.shard).keyFeatures;
    return new Seq2SeqCache(backend, { layers, slots, capacity, keyFeatures: to - from });
  }

  /** Reads sources. Throws `ShapeError` for one that is longer than the model reads. */
  *encodeSource(ctx: ForwardContext, batch: TokenBatch, cache: DecoderCache, slots: Int32Array): Steps<void> {
    const own = ownCache(cache);
    this.#checkSources(batch.offsets);
    const place = own.begin(slots, batch.offsets);
    const states = yield* this.#encode(ctx, batch);
    for (const [layer, block] of this.#parts.decoder.blocks.entries()) {
      yield* block.cacheCrossAttention(ctx, states, own.source(layer, place));
    }
    own.commit();
  }

  /** Throws `ShapeError` for a slot that no source was read for. */
  *forward(ctx: ForwardContext, batch: DecodeBatch, cache: DecoderCache, rows: Int32Array): Steps<Tensor> {
    const own = ownCache(cache);
    const sources = own.sourcesOf(batch.slots);
    const place = own.place(batch);
    const { decoder } = this.#parts;
    const embedded = yield* this.#embed(ctx, 'decoder', batch.ids, place.positions);
    const bias = biasOf(ctx, decoder, batch.starts, place.ranges.lengths);
    const hidden = yield* runBlocks(ctx, embedded, decoder.blocks, (block, x, index) => {
      const mask = { causal: true, past: own.past(index, place), ...(bias && { bias }) };
      const after = block.forward(ctx, x, mask, { past: own.source(index, sources) });
      const lens = `decoder.blocks.${index}.lens`;
      return ctx.watches?.(lens) ? this.#lens(ctx, after, lens, rows) : after;
    });
    return yield* this.#predict(ctx, hidden, rows);
  }

  dispose(): void {
    this.#loader.release();
  }

  /** The encoder's output: `[tokens, hiddenSize]`. */
  *#encode(ctx: ForwardContext, { ids, offsets }: TokenBatch): Steps<Tensor> {
    const { encoder } = this.#parts;
    const embedded = yield* this.#embed(ctx, 'encoder', ids, positionsOf(offsets));
    const lengths = Int32Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1]! - offsets[s]!);
    const bias = biasOf(ctx, encoder, new Int32Array(lengths.length), lengths);
    const hidden = yield* runBlocks(ctx, embedded, encoder.blocks, (block, x) =>
      block.forward(ctx, x, bias ? { bias } : {}),
    );
    return yield* observe(ctx, 'encoder.output', encoder.lastNorm?.forward(ctx.backend, hidden) ?? hidden);
  }

  *#embed(
    ctx: ForwardContext,
    side: 'encoder' | 'decoder',
    ids: Int32Array,
    places: Int32Array,
  ): Steps<Tensor> {
    const { backend } = ctx;
    const { tokenEmbeddings, positions, embeddingNorm } = this.#parts[side];
    const { embeddingScale, positions: layout } = this.#layout;
    let partial = scaled(backend, tokenEmbeddings.partial(ctx, ids), embeddingScale);
    if (positions && layout.kind === 'absolute') {
      const rows = places.map((place) => place + layout.first);
      partial = backend.add(partial, positions.partial(ctx, rows));
    }
    const embedded = yield* sumOverShards(ctx, partial);
    return yield* observe(ctx, `${side}.embeddings`, embeddingNorm?.forward(backend, embedded) ?? embedded);
  }

  /** Only the rows asked about are normalised and go through the head, unless somebody watches them all. */
  *#predict(ctx: ForwardContext, hidden: Tensor, rows: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    const output = ctx.watches?.('decoder.output')
      ? pickRows(backend, yield* observe(ctx, 'decoder.output', this.#normed(backend, hidden)), rows)
      : this.#normed(backend, pickRows(backend, hidden, rows));
    return yield* this.#head(ctx, output, 'decoder.logits');
  }

  /** What the model would say if it ended after this block (nostalgebraist 2020). */
  *#lens(ctx: ForwardContext, after: Steps<Tensor>, name: string, rows: Int32Array): Steps<Tensor> {
    const x = yield* after;
    yield* this.#head(ctx, this.#normed(ctx.backend, pickRows(ctx.backend, x, rows)), name);
    return x;
  }

  #head(ctx: ForwardContext, output: Tensor, name: string): Steps<Tensor> {
    return this.#parts.head.forward(ctx, scaled(ctx.backend, output, this.#layout.headScale), name);
  }

  #normed(backend: Backend, x: Tensor): Tensor {
    return this.#parts.decoder.lastNorm?.forward(backend, x) ?? x;
  }

  #checkSources(offsets: Int32Array): void {
    const { sourceLength } = this.#sizes;
    for (let s = 1; s < offsets.length; s++) {
      const length = offsets[s]! - offsets[s - 1]!;
      if (length <= sourceLength) continue;
      throw new ShapeError(
        `${this.#layout.architecture}: a source may have at most ${sourceLength} tokens, sequence ${s - 1} has ${length}`,
      );
    }
  }
}

function ownCache(cache: DecoderCache): Seq2SeqCache {
  if (cache instanceof Seq2SeqCache) return cache;
  throw new ConfigError('encoder–decoder: the cache is not one of its own');
}

function scaled(backend: Backend, x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : backend.scale(x, factor);
}

/** What a half adds to the scores of its self-attentions, if it does: the same in all layers. `lengths` are those of the keys. */
function biasOf(
  { backend }: ForwardContext,
  { relativeBias }: Seq2SeqHalf<unknown>,
  starts: Int32Array,
  lengths: Int32Array,
): Tensor | undefined {
  if (!relativeBias || relativeBias.heads === 0) return undefined;
  const keys = Math.max(0, ...lengths);
  const queries = Math.max(0, ...lengths.map((length, s) => length - starts[s]!));
  // Sequences that go on from the same position have the same biases.
  const different = starts.some((start) => start !== starts[0]) ? starts : starts.subarray(0, 1);
  const shape = [different.length, relativeBias.heads, queries, keys];
  return backend.tensor(relativeBias.values(different, queries, keys), shape);
}
