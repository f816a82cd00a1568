import type { Backend, LinearWeights, Tensor } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { SelfAttention } from '../../nn/attention/self-attention.ts';
import { WeightLoader } from '../../nn/load/weight-loader.ts';
import { Embedding } from '../../nn/modules/embedding.ts';
import { FeedForward } from '../../nn/modules/feed-forward.ts';
import { LayerNorm } from '../../nn/modules/layer-norm.ts';
import { TaskHead, type TaskHeadOptions } from '../../nn/modules/task-head.ts';
import { positionsOf } from '../../nn/positions/positions-of.ts';
import { type ForwardContext, observe, sumOverShards } from '../../nn/run/forward-context.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Steps } from '../../nn/run/steps.ts';
import { TransformerBlock } from '../../nn/transformer/transformer-block.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { TokenBatch } from '../token-batch.ts';
import type { Encoder } from './encoder.ts';
import type { EncoderSizes } from './encoder-config.ts';
import type { TaskHeadKind } from './task-heads.ts';

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
  taskHead(kind: TaskHeadKind, has: (name: string) => boolean): TaskHeadOptions | undefined;
  /** Tensors that checkpoints carry and that need not be loaded: heads that nobody asked for, lists 0, 1, 2, …. */
  readonly ignoredTensors: readonly RegExp[];
}

interface Parts {
  readonly words: Embedding;
  readonly positions: Embedding;
  readonly types: Embedding | undefined;
  readonly norm: LayerNorm;
  readonly projection: LinearWeights | undefined;
  readonly blocks: readonly TransformerBlock[];
  readonly heads: ReadonlyMap<TaskHeadKind, TaskHead | undefined>;
}

/**
 * The encoder that BERT and its relatives share: embeddings of words, positions and segments, summed and normalised, then post-norm
 * blocks (Vaswani et al. 2017). A shard of it holds its share of every layer's heads and feed-forward units and of the vocabulary.
 */
export class EncoderStack implements Encoder {
  readonly #sizes: EncoderSizes;
  readonly #layout: EncoderLayout;
  readonly #loader: WeightLoader;
  readonly #parts: Parts;

  private constructor(sizes: EncoderSizes, layout: EncoderLayout, loader: WeightLoader, parts: Parts) {
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
    sizes: EncoderSizes,
    layout: EncoderLayout,
    checkpoint: Checkpoint,
    backend: Backend,
    plan: WeightPlan,
  ): Promise<EncoderStack> {
    const loader = new WeightLoader(checkpoint, backend, plan);
    try {
      const parts = await loadParts(loader, sizes, layout);
      loader.assertAllConsumed(layout.architecture, layout.ignoredTensors);
      return new EncoderStack(sizes, layout, loader, parts);
    } catch (error) {
      loader.release();
      throw error;
    }
  }

  *forward(ctx: ForwardContext, batch: TokenBatch): Steps<Tensor> {
    const { backend } = ctx;
    const { words, positions, types, norm, projection, blocks } = this.#parts;
    this.#checkLengths(batch.offsets);
    const first = this.#layout.firstPosition;
    let partial = backend.add(
      words.partial(ctx, batch.ids),
      positions.partial(ctx, positionsOf(batch.offsets, first)),
    );
    if (types) partial = backend.add(partial, types.partial(ctx, this.#typesOf(batch)));
    const normed = norm.forward(backend, yield* sumOverShards(ctx, partial));
    const embedded = projection ? backend.linear(normed, projection) : normed;
    let x = yield* observe(ctx, 'embeddings', embedded);
    for (const block of blocks) x = yield* block.forward(ctx, x);
    return yield* observe(ctx, 'output', x);
  }

  *taskHead(ctx: ForwardContext, kind: TaskHeadKind, hidden: Tensor, rows?: Int32Array): Steps<Tensor> {
    const head = this.#parts.heads.get(kind);
    if (!head) throw new ConfigError(`${this.#layout.architecture}: the head ${kind} is not loaded`);
    return yield* head.forward(ctx, hidden, rows);
  }

  dispose(): void {
    this.#loader.release();
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

async function loadParts(loader: WeightLoader, sizes: EncoderSizes, layout: EncoderLayout): Promise<Parts> {
  const { hiddenSize, layerNormEps: epsilon } = sizes;
  const { words, positions, types, norm, size = hiddenSize, projection } = layout.embeddings;
  const table = (name: string, rows: number) => Embedding.load(loader, name, rows, size);
  const parts = {
    words: await table(words, sizes.vocabSize),
    positions: await table(positions, sizes.maxPositionEmbeddings),
    types: types === undefined ? undefined : await table(types, sizes.typeVocabSize),
    norm: await LayerNorm.load(loader, norm, size, epsilon),
    projection:
      projection === undefined
        ? undefined
        : await loader.linear({
            parts: [{ name: projection, outFeatures: hiddenSize }],
            inFeatures: size,
          }),
  };
  const blocks: TransformerBlock[] = [];
  for (let i = 0; i < sizes.numHiddenLayers; i++) {
    blocks.push(await loadBlock(loader, sizes, `blocks.${i}`, layout.block(i)));
  }
  const heads = new Map<TaskHeadKind, TaskHead | undefined>();
  for (const kind of sizes.taskHeads) {
    const options = layout.taskHead(kind, (name) => loader.has(name));
    if (!options) throw new ConfigError(`${layout.architecture}: the architecture has no head ${kind}`);
    heads.set(kind, await TaskHead.load(loader, options));
  }
  return { ...parts, blocks, heads };
}

/**
 * In 4 bits the layers that read the residual stream are what costs embeddings most, and those after them little: they are `sensitive`
 * (see `WeightType` for what that gives).
 */
async function loadBlock(
  loader: WeightLoader,
  sizes: EncoderSizes,
  name: string,
  layer: BlockNames,
): Promise<TransformerBlock> {
  const { hiddenSize, layerNormEps, numAttentionHeads, intermediateSize, hiddenAct } = sizes;
  return new TransformerBlock(
    name,
    await SelfAttention.load(loader, `${name}.attention`, {
      hiddenSize,
      heads: numAttentionHeads,
      sensitive: true,
      names: { query: layer.query, key: layer.key, value: layer.value, output: layer.output },
    }),
    await LayerNorm.load(loader, layer.attentionNorm, hiddenSize, layerNormEps),
    await FeedForward.load(loader, `${name}.feedForward`, {
      hiddenSize,
      intermediateSize,
      activation: hiddenAct,
      sensitive: true,
      names: { up: layer.up, down: layer.down },
    }),
    await LayerNorm.load(loader, layer.outputNorm, hiddenSize, layerNormEps),
  );
}
