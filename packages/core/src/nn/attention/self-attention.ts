import type { Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { ForwardContext } from '../run/forward-context.ts';
import type { Steps } from '../run/steps.ts';
import { type AttentionNames, loadSelfHeads, type NamedHeadsOptions } from './load-attention.ts';
import type { MultiHead } from './multi-head.ts';
import type { SelfMask } from './self-mask.ts';

export interface SelfAttentionOptions extends NamedHeadsOptions {
  /** Names of the layers in the checkpoint. */
  names: AttentionNames;
}

/** Multi-head attention of a sequence to itself, with its residual connection: the first half of a block. */
export class SelfAttention {
  readonly #attention: MultiHead;

  constructor(attention: MultiHead) {
    this.#attention = attention;
  }

  static async load(
    loader: WeightLoader,
    name: string,
    options: SelfAttentionOptions,
  ): Promise<SelfAttention> {
    return new SelfAttention(await loadSelfHeads(loader, name, options.names, options));
  }

  /** residual + attention(x): `[tokens, hiddenSize]` → the same. `residual` is x itself unless x is normalised first. */
  forward(ctx: ForwardContext, x: Tensor, mask: SelfMask & { residual?: Tensor } = {}): Steps<Tensor> {
    return this.#attention.forward(ctx, { query: x, residual: x, ...mask });
  }
}
