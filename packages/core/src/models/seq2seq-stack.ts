import type { Backend, Tensor } from '../backend/backend.ts';
import { ConfigError, ShapeError } from '../errors.ts';
import { shareHeads } from '../nn/attention/multi-head.ts';
import { Parameters } from '../nn/parameters.ts';
import { pickRows } from '../nn/pick-rows.ts';
import { positionsOf } from '../nn/positions/positions-of.ts';
import { observe, type Run, sumOverShards } from '../nn/run.ts';
import type { WeightPlan } from '../nn/shard.ts';
import type { Steps } from '../nn/steps.ts';
import { throughBlocks } from '../nn/through-blocks.ts';
import type { Checkpoint } from '../weights/types.ts';
import type { DecodeBatch, Decoder, DecoderCache } from './decoder.ts';
import type { TokenBatch } from './encoder.ts';
import { Seq2SeqCache } from './seq2seq-cache.ts';
import type { Seq2SeqSizes } from './seq2seq-config.ts';
import type { Seq2SeqLayout } from './seq2seq-layout.ts';
import { loadSeq2SeqParts, type Seq2SeqHalf, type Seq2SeqParts } from './seq2seq-load.ts';

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
  readonly #parameters: Parameters;
  readonly #parts: Seq2SeqParts;

  private constructor(
    sizes: Seq2SeqSizes,
    layout: Seq2SeqLayout,
    parameters: Parameters,
    parts: Seq2SeqParts,
  ) {
    this.vocabSize = sizes.vocabSize;
    this.sourceVocabSize = sizes.sourceVocabSize;
    this.contextLength = sizes.contextLength;
    this.#sizes = sizes;
    this.#layout = layout;
    this.#parameters = parameters;
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
    const parameters = new Parameters(checkpoint, backend, plan);
    try {
      const parts = await loadSeq2SeqParts(parameters, sizes, layout);
      parameters.checkAllAsked(layout.architecture, layout.notNeeded);
      return new Seq2SeqStack(sizes, layout, parameters, parts);
    } catch (error) {
      parameters.release();
      throw error;
    }
  }

  openCache(backend: Backend, slots: number, capacity: number): Seq2SeqCache {
    const { hiddenSize, decoder } = this.#sizes;
    const { numAttentionHeads: heads, numLayers: layers } = decoder;
    const { headDim = hiddenSize / heads } = this.#sizes;
    const { from, to } = shareHeads(heads, heads, headDim, this.#parameters.shard).keyFeatures;
    return new Seq2SeqCache(backend, { layers, slots, capacity, keyFeatures: to - from });
  }

  /** Reads sources. Throws `ShapeError` for one that is longer than the model reads. */
  *remember(run: Run, batch: TokenBatch, cache: DecoderCache, slots: Int32Array): Steps<void> {
    const own = ownCache(cache);
    this.#checkSources(batch.offsets);
    const place = own.begin(slots, batch.offsets);
    const states = yield* this.#encode(run, batch);
    for (const [layer, block] of this.#parts.decoder.blocks.entries()) {
      yield* block.remember(run, states, own.source(layer, place));
    }
    own.commit();
  }

  /** Throws `ShapeError` for a slot that no source was read for. */
  *forward(run: Run, batch: DecodeBatch, cache: DecoderCache, rows: Int32Array): Steps<Tensor> {
    const own = ownCache(cache);
    const sources = own.recall(batch.slots);
    const place = own.place(batch);
    const { decoder } = this.#parts;
    const embedded = yield* this.#embed(run, 'decoder', batch.ids, place.positions);
    const bias = biasOf(run, decoder, batch.starts, place.ranges.lengths);
    const hidden = yield* throughBlocks(run, embedded, decoder.blocks, (block, x, index) => {
      const mask = { causal: true, past: own.past(index, place), ...(bias && { bias }) };
      const after = block.forward(run, x, mask, { past: own.source(index, sources) });
      const lens = `decoder.blocks.${index}.lens`;
      return run.watches?.(lens) ? this.#lens(run, after, lens, rows) : after;
    });
    return yield* this.#predict(run, hidden, rows);
  }

  dispose(): void {
    this.#parameters.release();
  }

  /** The encoder's output: `[tokens, hiddenSize]`. */
  *#encode(run: Run, { ids, offsets }: TokenBatch): Steps<Tensor> {
    const { encoder } = this.#parts;
    const embedded = yield* this.#embed(run, 'encoder', ids, positionsOf(offsets));
    const lengths = Int32Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1]! - offsets[s]!);
    const bias = biasOf(run, encoder, new Int32Array(lengths.length), lengths);
    const hidden = yield* throughBlocks(run, embedded, encoder.blocks, (block, x) =>
      block.forward(run, x, bias ? { bias } : {}),
    );
    return yield* observe(run, 'encoder.output', encoder.lastNorm?.forward(run.backend, hidden) ?? hidden);
  }

  *#embed(run: Run, side: 'encoder' | 'decoder', ids: Int32Array, places: Int32Array): Steps<Tensor> {
    const { backend } = run;
    const { words, positions, embeddingNorm } = this.#parts[side];
    const { embeddingScale, positions: layout } = this.#layout;
    let partial = scaled(backend, words.partial(run, ids), embeddingScale);
    if (positions && layout.kind === 'absolute') {
      const rows = places.map((place) => place + layout.first);
      partial = backend.add(partial, positions.partial(run, rows));
    }
    const embedded = yield* sumOverShards(run, partial);
    return yield* observe(run, `${side}.embeddings`, embeddingNorm?.forward(backend, embedded) ?? embedded);
  }

  /** Only the rows asked about are normalised and go through the head, unless somebody watches them all. */
  *#predict(run: Run, hidden: Tensor, rows: Int32Array): Steps<Tensor> {
    const { backend } = run;
    const output = run.watches?.('decoder.output')
      ? pickRows(backend, yield* observe(run, 'decoder.output', this.#normed(backend, hidden)), rows)
      : this.#normed(backend, pickRows(backend, hidden, rows));
    return yield* this.#head(run, output, 'decoder.logits');
  }

  /** What the model would say if it ended after this block (nostalgebraist 2020). */
  *#lens(run: Run, after: Steps<Tensor>, name: string, rows: Int32Array): Steps<Tensor> {
    const x = yield* after;
    yield* this.#head(run, this.#normed(run.backend, pickRows(run.backend, x, rows)), name);
    return x;
  }

  #head(run: Run, output: Tensor, name: string): Steps<Tensor> {
    return this.#parts.head.forward(run, scaled(run.backend, output, this.#layout.headScale), name);
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
  { backend }: Run,
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
