import {
  AlibiBias,
  type Backend,
  Embedding,
  FeedForward,
  LayerNorm,
  Linear,
  Module,
  type Offsets,
  RotaryEmbedding,
  relativePositionBucket,
  type StateDict,
  sinusoidalPositions,
  type Tensor,
} from '@headwise/core/nn';

/** How a decoder is told the order of its tokens. `none`: only by the causal mask. */
export const positionKinds = ['none', 'learned', 'sinusoidal', 'rotary', 'alibi', 't5'] as const;
export type PositionKind = (typeof positionKinds)[number];

export interface DecoderSizes {
  readonly vocabSize: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly positions: PositionKind;
  /** Most tokens of a sequence. Learned positions beyond those of the training stay as they were drawn. */
  readonly maxPositions: number;
}

/** Buckets of T5's bias: 16 distances of their own, then wider ones up to 128 (Raffel et al. 2020). */
const buckets = { numBuckets: 32, maxDistance: 128, bidirectional: false } as const;

/** What all attentions of a forward pass share. */
interface Positions {
  readonly offsets: Offsets;
  /** Position of each token in its sequence. */
  readonly positions: Int32Array;
  readonly rotary?: RotaryEmbedding;
  /** Added to the scores. */
  readonly bias?: Tensor;
}

class Block extends Module {
  readonly heads: number;
  norm1: LayerNorm;
  queries: Linear;
  keys: Linear;
  values: Linear;
  output: Linear;
  norm2: LayerNorm;
  feedForward: FeedForward;

  constructor({ width, heads }: DecoderSizes) {
    super('Block');
    this.heads = heads;
    this.norm1 = new LayerNorm(width);
    this.queries = new Linear(width, width);
    this.keys = new Linear(width, width);
    this.values = new Linear(width, width);
    this.output = new Linear(width, width);
    this.norm2 = new LayerNorm(width);
    this.feedForward = new FeedForward(width, 4 * width);
  }

  forward(x: Tensor, { offsets, positions, rotary, bias }: Positions): Tensor {
    const { backend, heads } = this;
    const normed = this.norm1.forward(x);
    const rotated = (vectors: Tensor) =>
      rotary ? rotary.apply(backend, vectors, positions, heads) : vectors;
    const context = backend.attention(
      rotated(this.queries.forward(normed)),
      rotated(this.keys.forward(normed)),
      this.values.forward(normed),
      { heads, queryOffsets: offsets, causal: true, ...(bias && { bias }) },
    );
    const middle = backend.add(x, this.output.forward(context));
    return backend.add(middle, this.feedForward.forward(this.norm2.forward(middle)));
  }
}

/** A decoder-only transformer (pre-norm), whose kind of positions is an option. */
export class PositionalDecoder extends Module {
  readonly sizes: DecoderSizes;
  embedding: Embedding;
  blocks: Block[];
  norm: LayerNorm;
  output: Linear;
  learned?: Embedding;
  /** A bias of each head and bucket, shared by the layers: `[heads · buckets, 1]`. */
  relative?: Embedding;
  #rotary: RotaryEmbedding | undefined;

  constructor(sizes: DecoderSizes) {
    super('PositionalDecoder');
    const { vocabSize, width, heads, layers, positions, maxPositions } = sizes;
    this.sizes = sizes;
    this.embedding = new Embedding(vocabSize, width);
    this.blocks = Array.from({ length: layers }, () => new Block(sizes));
    this.norm = new LayerNorm(width);
    this.output = new Linear(width, vocabSize);
    if (positions === 'learned') this.learned = new Embedding(maxPositions, width);
    if (positions === 't5') this.relative = new Embedding(heads * buckets.numBuckets, 1);
  }

  static load(backend: Backend, stateDict: StateDict, sizes: DecoderSizes): Promise<PositionalDecoder> {
    return Module.loadInto(new PositionalDecoder(sizes), backend, stateDict);
  }

  /**
   * Token ids of all sequences, one after another, where each begins, and the tokens whose successors are wanted: their logits
   * `[rows, vocabSize]`.
   */
  forward(ids: Int32Array, offsets: Offsets, rows: Int32Array): Tensor {
    const { backend } = this;
    const positions = positionsOf(offsets);
    let x = this.#withPositions(this.embedding.forward(ids), positions);
    const shared = { offsets, positions, ...this.#attentionPositions(longestOf(offsets)) };
    for (const block of this.blocks) x = block.forward(x, shared);
    return this.output.forward(this.norm.forward(backend.embedding(x, rows)));
  }

  /** Adds vectors of positions to the embeddings. */
  #withPositions(x: Tensor, positions: Int32Array): Tensor {
    const { backend, learned } = this;
    const { positions: kind, width, maxPositions } = this.sizes;
    if (kind === 'sinusoidal') {
      const { data, shape } = sinusoidalPositions(maxPositions, width);
      const table = backend.tensor(data, shape);
      return backend.add(x, backend.embedding(table, positions));
    }
    return learned ? backend.add(x, learned.forward(positions)) : x;
  }

  #attentionPositions(longest: number): Pick<Positions, 'rotary' | 'bias'> {
    const { backend, relative } = this;
    const { positions: kind, width, heads, maxPositions } = this.sizes;
    if (kind === 'rotary') {
      this.#rotary ??= new RotaryEmbedding(backend, { dim: width / heads, maxPositions });
      return { rotary: this.#rotary };
    }
    if (kind === 'alibi') {
      const { data, shape } = new AlibiBias(heads).causal(longest);
      return { bias: backend.tensor(data, shape) };
    }
    if (!relative) return {};
    const table = relative.forward(relativeBuckets(heads, longest));
    return { bias: backend.reshape(table, [1, heads, longest, longest]) };
  }

  override dispose(): void {
    this.#rotary?.dispose();
    super.dispose();
  }
}

/** For each head, query and key, the row of T5's table of biases. */
export function relativeBuckets(heads: number, length: number): Int32Array {
  const rows = new Int32Array(heads * length * length);
  let at = 0;
  for (let head = 0; head < heads; head++)
    for (let query = 0; query < length; query++)
      for (let key = 0; key < length; key++)
        rows[at++] = head * buckets.numBuckets + relativePositionBucket(key - query, buckets);
  return rows;
}

/** The position of each token in its sequence. */
export function positionsOf(offsets: Offsets): Int32Array {
  const positions = new Int32Array(offsets.at(-1)!);
  for (let s = 0; s + 1 < offsets.length; s++)
    for (let row = offsets[s]!; row < offsets[s + 1]!; row++) positions[row] = row - offsets[s]!;
  return positions;
}

const longestOf = (offsets: Offsets) =>
  Math.max(...Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1]! - offsets[s]!));
