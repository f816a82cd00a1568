import type { Backend, LinearWeights, Tensor } from '../../../backend/backend.ts';
import { ShapeError } from '../../../errors.ts';
import type { ForwardContext, Steps } from '../../run/forward.ts';
import { attend } from '../attend.ts';
import type { AttentionScore, ScoreOptions } from './score.ts';

/** The heads of a single-head attention. */
const ONE_HEAD = { from: 0, to: 1, of: 1 };

/** Scores queryᵀ key · scale (dot, scaled dot), or queryᵀ W key (general). */
export class DotScore implements AttentionScore {
  readonly #scale: number | undefined;
  readonly #projection: LinearWeights | undefined;

  /** `scale` is 1/√features if undefined. `projection` is W `[queryDim, keyDim]`. */
  constructor(scale: number | undefined, projection?: LinearWeights) {
    this.#scale = scale;
    this.#projection = projection;
  }

  prepare(backend: Backend, keys: Tensor): Tensor {
    return this.#projection ? backend.linear(keys, this.#projection) : keys;
  }

  *attend(
    ctx: ForwardContext,
    name: string,
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    options: ScoreOptions,
  ): Steps<Tensor> {
    if (query.shape[1] !== keys.shape[1]) {
      throw new ShapeError(
        `attention: query and key must have equal features, got ${query.shape[1]} and ${keys.shape[1]}`,
      );
    }
    const scale = this.#scale === undefined ? {} : { scale: this.#scale };
    return yield* attend(ctx, name, query, keys, values, { heads: 1, ...scale, ...options }, ONE_HEAD);
  }
}
