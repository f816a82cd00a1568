import type { ActivationName, Backend, Offsets, Tensor } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import type { AttentionNames, NamedHeadsOptions } from '../nn/attention/load-heads.ts';
import { type QueryRows, shareHeads } from '../nn/attention/multi-head.ts';
import { KeyValueCache } from '../nn/cache.ts';
import { Embedding } from '../nn/embedding.ts';
import { FeedForward } from '../nn/feed-forward.ts';
import { LayerNorm } from '../nn/layer-norm.ts';
import type { Norm } from '../nn/norm.ts';
import { Parameters } from '../nn/parameters.ts';
import { pickRows } from '../nn/pick-rows.ts';
import { RotaryEmbedding, type RotaryEmbeddingOptions } from '../nn/positions/rotary.ts';
import { RmsNorm } from '../nn/rms-norm.ts';
import { observe, type Run, sumOverShards } from '../nn/run.ts';
import { SelfAttention } from '../nn/self-attention.ts';
import type { WeightPlan } from '../nn/shard.ts';
import type { Steps } from '../nn/steps.ts';
import { throughBlocks } from '../nn/through-blocks.ts';
import { TransformerBlock } from '../nn/transformer-block.ts';
import { loadTiedVocabulary, type Vocabulary, VocabularyHead } from '../nn/vocabulary.ts';
import type { Checkpoint } from '../weights/types.ts';
import type { DecodeBatch, Decoder, DecoderCache } from './decoder.ts';
import type { DecoderSizes } from './decoder-config.ts';

/** One block of a decoder: what its checkpoint calls the layers, and what is particular to its arithmetic. */
export interface DecoderBlockLayout {
  readonly attention: AttentionNames;
  readonly attentionOptions: Pick<NamedHeadsOptions, 'biases' | 'scale' | 'window'>;
  /** RMS norms of each head of queries and of keys, if there are any. */
  readonly headNorms?: { readonly query: string; readonly key: string };
  readonly attentionNorm: string;
  readonly feedForward: { readonly gate?: string; readonly up: string; readonly down: string };
  readonly feedForwardBiases: boolean;
  readonly feedForwardNorm: string;
}

/** How an architecture of decoders is laid out, and what its checkpoints call their weights. */
export interface DecoderLayout {
  /** For error messages. */
  readonly architecture: string;
  /** Tensors of the embeddings of words and, if they are learned, of positions. */
  readonly words: string;
  readonly positions?: string;
  /** Turns queries and keys by their positions. */
  readonly rotary?: RotaryEmbeddingOptions;
  readonly norm: 'layerNorm' | 'rmsNorm';
  block(index: number): DecoderBlockLayout;
  /** The norm after the last block. */
  readonly lastNorm: string;
  /** The output head's tensor; it is the embeddings' where they are tied. */
  readonly head: string;
  /** Tensors that checkpoints carry and that need not be loaded: masks, angles, a tied head. */
  readonly notNeeded: readonly RegExp[];
}

interface Parts extends Vocabulary {
  readonly positions: Embedding | undefined;
  readonly rotary: RotaryEmbedding | undefined;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: Norm;
}

/**
 * The decoder that GPT-2 and the Llama family share: embeddings, pre-norm blocks in which a token sees none after it, a last norm and an
 * output head. A shard of it holds its share of every layer's heads and feed-forward units and of the vocabulary.
 *
 * Activations: `embeddings`, `blocks.N.…` as an encoder's, `blocks.N.lens` (what the output head makes of the normalised residual stream
 * after block N, for the rows asked about; changing it changes nothing), `output` and `logits`.
 */
export class DecoderStack implements Decoder {
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly #sizes: DecoderSizes;
  readonly #parameters: Parameters;
  readonly #parts: Parts;

  private constructor(sizes: DecoderSizes, parameters: Parameters, parts: Parts) {
    this.vocabSize = sizes.vocabSize;
    this.contextLength = sizes.contextLength;
    this.#sizes = sizes;
    this.#parameters = parameters;
    this.#parts = parts;
  }

  /**
   * Reads the weights, or a shard's share of them. Throws `LoadError` for tensors that are missing or that the architecture does not
   * know, and `ShapeError` for those of another shape than the configuration says; what was already read is freed.
   */
  static async load(
    sizes: DecoderSizes,
    layout: DecoderLayout,
    checkpoint: Checkpoint,
    backend: Backend,
    plan: WeightPlan,
  ): Promise<DecoderStack> {
    const parameters = new Parameters(checkpoint, backend, plan);
    try {
      const parts = await loadParts(parameters, sizes, layout);
      parameters.checkAllAsked(layout.architecture, layout.notNeeded);
      return new DecoderStack(sizes, parameters, parts);
    } catch (error) {
      parameters.release();
      throw error;
    }
  }

  openCache(backend: Backend, slots: number, capacity: number): KeyValueCache {
    const { numHiddenLayers: layers, numAttentionHeads, numKeyValueHeads, headDim } = this.#sizes;
    const { shard } = this.#parameters;
    const { from, to } = shareHeads(numAttentionHeads, numKeyValueHeads, headDim, shard).keyFeatures;
    this.#parts.rotary?.reserve(capacity);
    return new KeyValueCache(backend, { layers, slots, capacity, keyFeatures: to - from });
  }

  *forward(run: Run, batch: DecodeBatch, cache: DecoderCache, rows: Int32Array): Steps<Tensor> {
    if (!(cache instanceof KeyValueCache)) throw new ConfigError('decoder: the cache is not one of its own');
    const { backend } = run;
    const { embedding, positions, blocks } = this.#parts;
    const place = cache.place(batch);
    let partial = embedding.partial(run, batch.ids);
    if (positions) partial = backend.add(partial, positions.partial(run, place.positions));
    const embedded = yield* observe(run, 'embeddings', yield* sumOverShards(run, partial));
    const mask = (index: number) => ({ causal: true, past: cache.past(index, place) });
    // Of the last block only what the logits are made of has to be computed, unless somebody looks.
    const ends = run.watches ? undefined : lastOnly(batch.offsets, rows);
    const whole = ends ? blocks.slice(0, -1) : blocks;
    const hidden = yield* throughBlocks(run, embedded, whole, (block, x, index) => {
      const after = block.forward(run, x, mask(index));
      return run.watches?.(`blocks.${index}.lens`) ? this.#lens(run, after, index, rows) : after;
    });
    if (!ends) return yield* this.#predict(run, hidden, rows);
    const last = yield* blocks.at(-1)!.forward(run, hidden, { ...mask(blocks.length - 1), only: ends });
    return yield* this.#predict(run, last, firstRows(rows.length));
  }

  dispose(): void {
    this.#parts.rotary?.dispose();
    this.#parameters.release();
  }

  /** Only the rows asked about are normalised and go through the head, unless somebody watches them all. */
  *#predict(run: Run, hidden: Tensor, rows: Int32Array): Steps<Tensor> {
    const { backend } = run;
    const { norm, head } = this.#parts;
    const output = run.watches?.('output')
      ? pickRows(backend, yield* observe(run, 'output', norm.forward(backend, hidden)), rows)
      : norm.forward(backend, pickRows(backend, hidden, rows));
    return yield* head.forward(run, output, 'logits');
  }

  /** What the model would say if it ended after this block (nostalgebraist 2020). */
  *#lens(run: Run, after: Steps<Tensor>, index: number, rows: Int32Array): Steps<Tensor> {
    const { backend } = run;
    const { norm, head } = this.#parts;
    const x = yield* after;
    yield* head.forward(run, norm.forward(backend, pickRows(backend, x, rows)), `blocks.${index}.lens`);
    return x;
  }
}

/** The rows, if they are the last of each sequence and there are others, and where each sequence's one lies among them. */
function lastOnly(offsets: Offsets, rows: Int32Array): QueryRows | undefined {
  const count = offsets.length - 1;
  if (rows.length !== count || offsets[count] === count) return undefined;
  for (let s = 0; s < count; s++) if (rows[s] !== offsets[s + 1]! - 1) return undefined;
  return { rows, offsets: firstRows(count + 1) };
}

/** 0, 1, 2, … */
function firstRows(count: number): Int32Array {
  const rows = new Int32Array(count);
  for (let i = 1; i < count; i++) rows[i] = i;
  return rows;
}

async function loadParts(parameters: Parameters, sizes: DecoderSizes, layout: DecoderLayout): Promise<Parts> {
  const { vocabSize, hiddenSize, contextLength } = sizes;
  const { words, positions, head } = layout;
  const vocabulary = sizes.tieWordEmbeddings
    ? await loadTiedVocabulary(parameters, { weight: words }, vocabSize, hiddenSize)
    : {
        embedding: await Embedding.load(parameters, words, vocabSize, hiddenSize),
        head: await VocabularyHead.load(parameters, { weight: head }, vocabSize, hiddenSize),
      };
  const rotary = layout.rotary && new RotaryEmbedding(parameters.backend, layout.rotary);
  const blocks: TransformerBlock[] = [];
  for (let i = 0; i < sizes.numHiddenLayers; i++) {
    blocks.push(await loadBlock(parameters, sizes, layout, i, rotary));
  }
  return {
    ...vocabulary,
    positions:
      positions === undefined
        ? undefined
        : await Embedding.load(parameters, positions, contextLength, hiddenSize),
    rotary,
    blocks,
    norm: await loadNorm(parameters, sizes, layout, layout.lastNorm),
  };
}

async function loadBlock(
  parameters: Parameters,
  sizes: DecoderSizes,
  layout: DecoderLayout,
  index: number,
  rotary: RotaryEmbedding | undefined,
): Promise<TransformerBlock> {
  const { hiddenSize, headDim, intermediateSize, normEps } = sizes;
  const name = `blocks.${index}`;
  const block = layout.block(index);
  const { headNorms } = block;
  const headNorm = (norm: string) => RmsNorm.load(parameters, norm, headDim, normEps);
  return new TransformerBlock(
    name,
    await SelfAttention.load(parameters, `${name}.attention`, {
      hiddenSize,
      heads: sizes.numAttentionHeads,
      keyValueHeads: sizes.numKeyValueHeads,
      headDim,
      ...block.attentionOptions,
      ...(rotary && { rotary }),
      ...(headNorms && {
        queryNorm: await headNorm(headNorms.query),
        keyNorm: await headNorm(headNorms.key),
      }),
      names: block.attention,
    }),
    await loadNorm(parameters, sizes, layout, block.attentionNorm),
    await FeedForward.load(parameters, `${name}.feedForward`, {
      hiddenSize,
      intermediateSize,
      activation: sizes.hiddenAct satisfies ActivationName,
      biases: block.feedForwardBiases,
      names: block.feedForward,
    }),
    await loadNorm(parameters, sizes, layout, block.feedForwardNorm),
    true,
  );
}

function loadNorm(
  parameters: Parameters,
  { hiddenSize, normEps }: DecoderSizes,
  layout: DecoderLayout,
  name: string,
): Promise<Norm> {
  const norm = layout.norm === 'rmsNorm' ? RmsNorm : LayerNorm;
  return norm.load(parameters, name, hiddenSize, normEps);
}
