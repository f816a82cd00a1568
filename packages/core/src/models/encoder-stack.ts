import type { Backend, LinearWeights, Tensor } from '../backend/backend.ts';
import { ConfigError, ShapeError } from '../errors.ts';
import { Embedding } from '../nn/embedding.ts';
import { FeedForward } from '../nn/feed-forward.ts';
import { LayerNorm } from '../nn/layer-norm.ts';
import { OutputHead, type OutputHeadOptions } from '../nn/output-head.ts';
import { Parameters } from '../nn/parameters.ts';
import { positionsOf } from '../nn/positions/positions-of.ts';
import { observe, type Run, sumOverShards } from '../nn/run.ts';
import { SelfAttention } from '../nn/self-attention.ts';
import type { WeightPlan } from '../nn/shard.ts';
import type { Steps } from '../nn/steps.ts';
import { TransformerBlock } from '../nn/transformer-block.ts';
import type { Checkpoint } from '../weights/types.ts';
import type { Encoder, TokenBatch } from './encoder.ts';
import type { EncoderSizes } from './encoder-config.ts';
import type { HeadKind } from './heads.ts';

/** What a checkpoint calls the layers of one block. */
export interface BlockNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  readonly attentionNorm: string;
  readonly up: string;
  readonly down: string;
  readonly outputNorm: string;
}

/** How an architecture of BERT's family is laid out, and what its checkpoints call their weights. */
export interface EncoderLayout {
  /** For error messages. */
  readonly architecture: string;
  /** Tensors of word, position and segment embeddings; without `types` the architecture has no segments. */
  readonly embeddings: {
    readonly words: string;
    readonly positions: string;
    readonly types?: string;
    readonly norm: string;
    /** Features of the tables. Default: hiddenSize. */
    readonly size?: number;
    /** The layer from the tables' features to the hidden size, if they differ. */
    readonly projection?: string;
  };
  /** The position of a sequence's first token. */
  readonly firstPosition: number;
  block(index: number): BlockNames;
  /** The heads that the architecture has; `has` tells which tensors the checkpoint holds. */
  head(kind: HeadKind, has: (name: string) => boolean): OutputHeadOptions | undefined;
  /** Tensors that checkpoints carry and that need not be loaded: heads that nobody asked for, lists 0, 1, 2, …. */
  readonly notNeeded: readonly RegExp[];
}

interface Parts {
  readonly words: Embedding;
  readonly positions: Embedding;
  readonly types: Embedding | undefined;
  readonly norm: LayerNorm;
  readonly projection: LinearWeights | undefined;
  readonly blocks: readonly TransformerBlock[];
  readonly heads: ReadonlyMap<HeadKind, OutputHead | undefined>;
}

/**
 * The encoder that BERT and its relatives share: embeddings of words, positions and segments, summed and normalised, then post-norm
 * blocks (Vaswani et al. 2017). A shard of it holds its share of every layer's heads and feed-forward units and of the vocabulary.
 */
export class EncoderStack implements Encoder {
  readonly #sizes: EncoderSizes;
  readonly #layout: EncoderLayout;
  readonly #parameters: Parameters;
  readonly #parts: Parts;

  private constructor(sizes: EncoderSizes, layout: EncoderLayout, parameters: Parameters, parts: Parts) {
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
    sizes: EncoderSizes,
    layout: EncoderLayout,
    checkpoint: Checkpoint,
    backend: Backend,
    plan: WeightPlan,
  ): Promise<EncoderStack> {
    const parameters = new Parameters(checkpoint, backend, plan);
    try {
      const parts = await loadParts(parameters, sizes, layout);
      parameters.checkAllAsked(layout.architecture, layout.notNeeded);
      return new EncoderStack(sizes, layout, parameters, parts);
    } catch (error) {
      parameters.release();
      throw error;
    }
  }

  *forward(run: Run, batch: TokenBatch): Steps<Tensor> {
    const { backend } = run;
    const { words, positions, types, norm, projection, blocks } = this.#parts;
    this.#checkLengths(batch.offsets);
    const first = this.#layout.firstPosition;
    let partial = backend.add(
      words.partial(run, batch.ids),
      positions.partial(run, positionsOf(batch.offsets, first)),
    );
    if (types) partial = backend.add(partial, types.partial(run, this.#typesOf(batch)));
    const normed = norm.forward(backend, yield* sumOverShards(run, partial));
    const embedded = projection ? backend.linear(normed, projection) : normed;
    let x = yield* observe(run, 'embeddings', embedded);
    for (const block of blocks) x = yield* block.forward(run, x);
    return yield* observe(run, 'output', x);
  }

  *head(run: Run, kind: HeadKind, hidden: Tensor, rows?: Int32Array): Steps<Tensor> {
    const head = this.#parts.heads.get(kind);
    if (!head) throw new ConfigError(`${this.#layout.architecture}: the head ${kind} is not loaded`);
    return yield* head.forward(run, hidden, rows);
  }

  dispose(): void {
    this.#parameters.release();
  }

  #checkLengths(offsets: Int32Array): void {
    const { contextLength } = this.#sizes;
    for (let s = 1; s < offsets.length; s++) {
      const length = offsets[s]! - offsets[s - 1]!;
      if (length <= contextLength) continue;
      throw new ShapeError(
        `${this.#layout.architecture}: a text may have at most ${contextLength} tokens, sequence ${s - 1} has ${length}`,
      );
    }
  }

  /** Models with a single segment (RoBERTa) take both texts of a pair for it. */
  #typesOf({ typeIds }: TokenBatch): Int32Array {
    return this.#sizes.typeVocabSize === 1 ? new Int32Array(typeIds.length) : typeIds;
  }
}

async function loadParts(parameters: Parameters, sizes: EncoderSizes, layout: EncoderLayout): Promise<Parts> {
  const { hiddenSize, layerNormEps: epsilon } = sizes;
  const { words, positions, types, norm, size = hiddenSize, projection } = layout.embeddings;
  const table = (name: string, rows: number) => Embedding.load(parameters, name, rows, size);
  const parts = {
    words: await table(words, sizes.vocabSize),
    positions: await table(positions, sizes.maxPositionEmbeddings),
    types: types === undefined ? undefined : await table(types, sizes.typeVocabSize),
    norm: await LayerNorm.load(parameters, norm, size, epsilon),
    projection:
      projection === undefined
        ? undefined
        : await parameters.linear({
            parts: [{ name: projection, outFeatures: hiddenSize }],
            inFeatures: size,
          }),
  };
  const blocks: TransformerBlock[] = [];
  for (let i = 0; i < sizes.numHiddenLayers; i++) {
    blocks.push(await loadBlock(parameters, sizes, `blocks.${i}`, layout.block(i)));
  }
  const heads = new Map<HeadKind, OutputHead | undefined>();
  for (const kind of sizes.heads) {
    const options = layout.head(kind, (name) => parameters.has(name));
    if (!options) throw new ConfigError(`${layout.architecture}: the architecture has no head ${kind}`);
    heads.set(kind, await OutputHead.load(parameters, options));
  }
  return { ...parts, blocks, heads };
}

/**
 * In 4 bits the layers that read the residual stream are what costs embeddings most, and those after them little: they are `sensitive`
 * (see `WeightType` for what that gives).
 */
async function loadBlock(
  parameters: Parameters,
  sizes: EncoderSizes,
  name: string,
  layer: BlockNames,
): Promise<TransformerBlock> {
  const { hiddenSize, layerNormEps, numAttentionHeads, intermediateSize, hiddenAct } = sizes;
  return new TransformerBlock(
    name,
    await SelfAttention.load(parameters, `${name}.attention`, {
      hiddenSize,
      heads: numAttentionHeads,
      sensitive: true,
      names: { query: layer.query, key: layer.key, value: layer.value, output: layer.output },
    }),
    await LayerNorm.load(parameters, layer.attentionNorm, hiddenSize, layerNormEps),
    await FeedForward.load(parameters, `${name}.feedForward`, {
      hiddenSize,
      intermediateSize,
      activation: hiddenAct,
      sensitive: true,
      names: { up: layer.up, down: layer.down },
    }),
    await LayerNorm.load(parameters, layer.outputNorm, hiddenSize, layerNormEps),
  );
}
