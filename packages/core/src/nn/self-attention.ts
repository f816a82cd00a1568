import type { Tensor } from '../backend/backend.ts';
import { type AttentionInputs, MultiHead, shareHeads } from './attention/multi-head.ts';
import { FusedProjections } from './attention/projections.ts';
import type { Parameters } from './parameters.ts';
import type { Run } from './run.ts';
import type { Steps } from './steps.ts';

export interface SelfAttentionOptions {
  hiddenSize: number;
  heads: number;
  /** Names of the layers in the checkpoint. */
  names: { query: string; key: string; value: string; output: string };
}

/** Multi-head attention of a sequence to itself, with its residual connection: the first half of a block. */
export class SelfAttention {
  readonly #attention: MultiHead;

  constructor(attention: MultiHead) {
    this.#attention = attention;
  }

  static async load(
    parameters: Parameters,
    name: string,
    options: SelfAttentionOptions,
  ): Promise<SelfAttention> {
    const { hiddenSize, heads, names } = options;
    const own = shareHeads(heads, heads, hiddenSize / heads, parameters.shard);
    const { from, to } = own.queryFeatures;
    if (from === to) {
      parameters.leave(Object.values(names));
      return new SelfAttention(new MultiHead(name, own, undefined));
    }
    const sizes = { inFeatures: hiddenSize, outFeatures: hiddenSize };
    const projection = await parameters.linear({
      names: [names.query, names.key, names.value],
      ...sizes,
      rows: { from, to },
    });
    const output = await parameters.linear({
      names: [names.output],
      ...sizes,
      columns: { from, to },
      // The bias counts once: it belongs to whoever has the first head.
      bias: from === 0,
    });
    const projections = new FusedProjections(projection, to - from, to - from);
    return new SelfAttention(new MultiHead(name, own, { projections, output }));
  }

  /** residual + attention(x): `[tokens, hiddenSize]` → the same. `residual` is x itself unless x is normalised first. */
  forward(
    run: Run,
    x: Tensor,
    options: Pick<AttentionInputs, 'causal' | 'bias' | 'residual'> = {},
  ): Steps<Tensor> {
    return this.#attention.forward(run, { query: x, residual: x, ...options });
  }
}
