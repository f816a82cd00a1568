import type { LinearWeights, Offsets, Tensor } from '../../backend/backend.ts';
import { attend, type OwnHeads } from '../attend.ts';
import type { RotaryEmbedding } from '../positions/rotary.ts';
import { addToResidual, observe, type Run, sumOverShards } from '../run.ts';
import { type Range, type Shard, share } from '../shard.ts';
import type { Steps } from '../steps.ts';
import { observeHeadOutputs } from './head-outputs.ts';
import type { Projections } from './projections.ts';

/** What one attention is given. Tensors are `[tokens, features]`. */
export interface AttentionInputs {
  readonly query: Tensor;
  /** Default: the query (self-attention). */
  readonly key?: Tensor;
  /** Default: the key. */
  readonly value?: Tensor;
  /** Where the sequences of key and value lie. Default: those of the query. */
  readonly keyOffsets?: Offsets;
  /** See `AttentionOptions.causal`. */
  readonly causal?: boolean;
  /** See `AttentionOptions.bias`. */
  readonly bias?: Tensor;
  /** Added to the output: the residual stream. */
  readonly residual?: Tensor;
}

/** What a shard owns of an attention's heads. */
export interface HeadShare {
  readonly own: OwnHeads;
  /** Query heads to a key-value head. */
  readonly group: number;
  /** Rows of the query projection, and columns of the output projection, that belong to the own heads. */
  readonly queryFeatures: Range;
  /** Rows of the key and value projections. */
  readonly keyFeatures: Range;
}

/** A shard's share of the heads: whole key-value heads with all query heads that use them. */
export function shareHeads(heads: number, keyValueHeads: number, headDim: number, shard: Shard): HeadShare {
  const { from, to } = share(keyValueHeads, shard);
  const group = heads / keyValueHeads;
  return {
    own: { from: from * group, to: to * group, of: heads },
    group,
    queryFeatures: { from: from * group * headDim, to: to * group * headDim },
    keyFeatures: { from: from * headDim, to: to * headDim },
  };
}

/**
 * Multi-head attention (Vaswani et al. 2017, §3.2.2), to the own sequence or another, with as many key-value heads as query
 * heads or fewer (Ainslie et al. 2023; one is multi-query, Shazeer 2019). A shard holds the projections of its own heads and the
 * columns of the output projection that they feed.
 */
export class MultiHead {
  readonly #name: string;
  readonly #heads: HeadShare;
  /** Absent in a shard without heads. */
  readonly #weights: { projections: Projections; output: LinearWeights } | undefined;
  readonly #rotary: RotaryEmbedding | undefined;

  constructor(
    name: string,
    heads: HeadShare,
    weights: { projections: Projections; output: LinearWeights } | undefined,
    rotary?: RotaryEmbedding,
  ) {
    this.#name = name;
    this.#heads = heads;
    this.#weights = weights;
    this.#rotary = rotary;
  }

  /** `[queries, embedDim]` → the same. */
  *forward(run: Run, inputs: AttentionInputs): Steps<Tensor> {
    const { backend } = run;
    const { query, residual } = inputs;
    const context = yield* this.#context(run, inputs);
    const change =
      context && this.#weights && run.watches
        ? yield* observeHeadOutputs(run, this.#name, context, this.#weights.output, this.#heads.own)
        : undefined;
    const project = (added: Tensor | undefined): Tensor => {
      const output =
        context && this.#weights
          ? backend.linear(context, this.#weights.output, added ? { residual: added } : {})
          : (added ?? backend.zeros(query.shape));
      return change ? backend.add(output, change) : output;
    };
    const output = `${this.#name}.output`;
    if (residual) return yield* addToResidual(run, output, residual, project);
    return yield* observe(run, output, yield* sumOverShards(run, project(undefined)));
  }

  *#context(run: Run, inputs: AttentionInputs): Steps<Tensor | undefined> {
    if (!this.#weights) return undefined;
    const { backend, offsets } = run;
    const { query, key = query, value = key, keyOffsets = offsets, causal, bias } = inputs;
    const { own, group } = this.#heads;
    const heads = own.to - own.from;
    const keyValueHeads = heads / group;
    const [q, k, v] = this.#weights.projections.project(backend, query, key, value);
    return yield* attend(
      run,
      this.#name,
      this.#rotary ? this.#rotary.turn(backend, q, offsets, heads) : q,
      this.#rotary ? this.#rotary.turn(backend, k, keyOffsets, keyValueHeads) : k,
      v,
      {
        heads,
        keyValueHeads,
        queryOffsets: offsets,
        keyOffsets,
        ...(causal !== undefined && { causal }),
        ...(bias && { bias }),
      },
      own,
    );
  }
}
