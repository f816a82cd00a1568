import type { Tensor } from '../backend/backend.ts';
import { type AttentionNames, loadSelfHeads, type NamedHeadsOptions } from './attention/load-heads.ts';
import type { MultiHead } from './attention/multi-head.ts';
import type { Parameters } from './parameters.ts';
import type { Run } from './run.ts';
import type { Steps } from './steps.ts';
import type { SelfMask } from './transformer-block.ts';

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
    parameters: Parameters,
    name: string,
    options: SelfAttentionOptions,
  ): Promise<SelfAttention> {
    return new SelfAttention(await loadSelfHeads(parameters, name, options.names, options));
  }

  /** residual + attention(x): `[tokens, hiddenSize]` → the same. `residual` is x itself unless x is normalised first. */
  forward(run: Run, x: Tensor, mask: SelfMask & { residual?: Tensor } = {}): Steps<Tensor> {
    return this.#attention.forward(run, { query: x, residual: x, ...mask });
  }
}
