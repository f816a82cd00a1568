import type { ActivationName, Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { KeyValueCache } from '../../nn/attention/kv-cache.ts';
import type { AttentionNames, NamedHeadsOptions } from '../../nn/attention/load-attention.ts';
import { type QueryRows, shardHeads } from '../../nn/attention/multi-head.ts';
import { SelfAttention } from '../../nn/attention/self-attention.ts';
import { WeightLoader } from '../../nn/load/weight-loader.ts';
import { Embedding } from '../../nn/modules/embedding.ts';
import { FeedForward } from '../../nn/modules/feed-forward.ts';
import { LayerNorm } from '../../nn/modules/layer-norm.ts';
import { LMHead, loadTiedVocabulary, type Vocabulary } from '../../nn/modules/lm-head.ts';
import type { Norm } from '../../nn/modules/norm.ts';
import { pickRows } from '../../nn/modules/pick-rows.ts';
import { RmsNorm } from '../../nn/modules/rms-norm.ts';
import { RotaryEmbedding, type RotaryEmbeddingOptions } from '../../nn/positions/rotary.ts';
import { type ForwardContext, observe, sumOverShards } from '../../nn/run/forward-context.ts';
import { runBlocks } from '../../nn/run/run-blocks.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Steps } from '../../nn/run/steps.ts';
import { TransformerBlock } from '../../nn/transformer/transformer-block.ts';
import type { Checkpoint } from '../../weights/types.ts';
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
  readonly tokenEmbeddings: string;
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
  readonly ignoredTensors: readonly RegExp[];
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
  readonly #loader: WeightLoader;
  readonly #parts: Parts;

  private constructor(sizes: DecoderSizes, loader: WeightLoader, parts: Parts) {
    this.vocabSize = sizes.vocabSize;
    this.contextLength = sizes.contextLength;
    this.#sizes = sizes;
    this.#loader = loader;
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
    const loader = new WeightLoader(checkpoint, backend, plan);
    try {
      const parts = await loadParts(loader, sizes, layout);
      loader.assertAllConsumed(layout.architecture, layout.ignoredTensors);
      return new DecoderStack(sizes, loader, parts);
    } catch (error) {
      loader.release();
      throw error;
    }
  }

  openCache(backend: Backend, slots: number, capacity: number): KeyValueCache {
    const { numHiddenLayers: layers, numAttentionHeads, numKeyValueHeads, headDim } = this.#sizes;
    const { shard } = this.#loader;
    const { from, to } = shardHeads(numAttentionHeads, numKeyValueHeads, headDim, shard).keyFeatures;
    this.#parts.rotary?.reserve(capacity);
    return new KeyValueCache(backend, { layers, slots, capacity, keyFeatures: to - from });
  }

  *forward(ctx: ForwardContext, batch: DecodeBatch, cache: DecoderCache, rows: Int32Array): Steps<Tensor> {
    if (!(cache instanceof KeyValueCache)) throw new ConfigError('decoder: the cache is not one of its own');
    const { backend } = ctx;
    const { embedding, positions, blocks } = this.#parts;
    const place = cache.place(batch);
    let partial = embedding.partial(ctx, batch.ids);
    if (positions) partial = backend.add(partial, positions.partial(ctx, place.positions));
    const embedded = yield* observe(ctx, 'embeddings', yield* sumOverShards(ctx, partial));
    const mask = (index: number) => ({ causal: true, past: cache.past(index, place) });
    // Of the last block only what the logits are made of has to be computed, unless somebody looks.
    const ends = ctx.watches ? undefined : lastOnly(batch.offsets, rows);
    const whole = ends ? blocks.slice(0, -1) : blocks;
    const hidden = yield* runBlocks(ctx, embedded, whole, (block, x, index) => {
      const after = block.forward(ctx, x, mask(index));
      return ctx.watches?.(`blocks.${index}.lens`) ? this.#lens(ctx, after, index, rows) : after;
    });
    if (!ends) return yield* this.#predict(ctx, hidden, rows);
    const last = yield* blocks.at(-1)!.forward(ctx, hidden, { ...mask(blocks.length - 1), only: ends });
    return yield* this.#predict(ctx, last, firstRows(rows.length));
  }

  dispose(): void {
    this.#parts.rotary?.dispose();
    this.#loader.release();
  }

  /** Only the rows asked about are normalised and go through the head, unless somebody watches them all. */
  *#predict(ctx: ForwardContext, hidden: Tensor, rows: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    const { norm, head } = this.#parts;
    const output = ctx.watches?.('output')
      ? pickRows(backend, yield* observe(ctx, 'output', norm.forward(backend, hidden)), rows)
      : norm.forward(backend, pickRows(backend, hidden, rows));
    return yield* head.forward(ctx, output, 'logits');
  }

  /** What the model would say if it ended after this block (nostalgebraist 2020). */
  *#lens(ctx: ForwardContext, after: Steps<Tensor>, index: number, rows: Int32Array): Steps<Tensor> {
    const { backend } = ctx;
    const { norm, head } = this.#parts;
    const x = yield* after;
    yield* head.forward(ctx, norm.forward(backend, pickRows(backend, x, rows)), `blocks.${index}.lens`);
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

async function loadParts(loader: WeightLoader, sizes: DecoderSizes, layout: DecoderLayout): Promise<Parts> {
  const { vocabSize, hiddenSize, contextLength } = sizes;
  const { tokenEmbeddings, positions, head } = layout;
  const vocabulary = sizes.tieWordEmbeddings
    ? await loadTiedVocabulary(loader, { weight: tokenEmbeddings }, vocabSize, hiddenSize)
    : {
        embedding: await Embedding.load(loader, tokenEmbeddings, vocabSize, hiddenSize),
        head: await LMHead.load(loader, { weight: head }, vocabSize, hiddenSize),
      };
  const rotary = layout.rotary && new RotaryEmbedding(loader.backend, layout.rotary);
  const blocks: TransformerBlock[] = [];
  for (let i = 0; i < sizes.numHiddenLayers; i++) {
    blocks.push(await loadBlock(loader, sizes, layout, i, rotary));
  }
  return {
    ...vocabulary,
    positions:
      positions === undefined
        ? undefined
        : await Embedding.load(loader, positions, contextLength, hiddenSize),
    rotary,
    blocks,
    norm: await loadNorm(loader, sizes, layout, layout.lastNorm),
  };
}

async function loadBlock(
  loader: WeightLoader,
  sizes: DecoderSizes,
  layout: DecoderLayout,
  index: number,
  rotary: RotaryEmbedding | undefined,
): Promise<TransformerBlock> {
  const { hiddenSize, headDim, intermediateSize, normEps } = sizes;
  const name = `blocks.${index}`;
  const block = layout.block(index);
  const { headNorms } = block;
  const headNorm = (norm: string) => RmsNorm.load(loader, norm, headDim, normEps);
  return new TransformerBlock(
    name,
    await SelfAttention.load(loader, `${name}.attention`, {
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
    await loadNorm(loader, sizes, layout, block.attentionNorm),
    await FeedForward.load(loader, `${name}.feedForward`, {
      hiddenSize,
      intermediateSize,
      activation: sizes.hiddenAct satisfies ActivationName,
      biases: block.feedForwardBiases,
      names: block.feedForward,
    }),
    await loadNorm(loader, sizes, layout, block.feedForwardNorm),
    true,
  );
}

function loadNorm(
  loader: WeightLoader,
  { hiddenSize, normEps }: DecoderSizes,
  layout: DecoderLayout,
  name: string,
): Promise<Norm> {
  const norm = layout.norm === 'rmsNorm' ? RmsNorm : LayerNorm;
  return norm.load(loader, name, hiddenSize, normEps);
}
