import type { Backend, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { IndexRange } from '../run/shard.ts';
import { LayerNorm, type Norm, RmsNorm } from './norm.ts';

/**
 * Norms of queries or keys:
 *
 * - `rmsNorm`, `rmsNormPlusOne`, `layerNorm`: of each head, with one gain for all (Qwen3, Gemma 3, Phi)
 * - `gains`: a layer norm of each head, without bias and with gains `[heads, headDim]` (Cohere)
 * - `list`: the same, where each head's gain is a tensor `<name>.norms.N.weight` (StableLM)
 * - `allHeads`: an RMS norm of all heads together (OLMo 2)
 */
export type HeadNormKind = 'rmsNorm' | 'rmsNormPlusOne' | 'layerNorm' | 'gains' | 'list' | 'allHeads';

/** A norm of queries or keys `[rows, heads · headDim]`. */
export interface HeadNorm extends Norm {
  /** What is one row of the norm: a head (default), or the queries or keys of all heads of a shard. */
  readonly over?: 'heads' | 'rows';
}

/** Loads the norm of the heads in `range`, of `heads` in all. */
export async function loadHeadNorm(
  loader: WeightLoader,
  name: string,
  kind: HeadNormKind,
  { heads, headDim, range, epsilon }: { heads: number; headDim: number; range: IndexRange; epsilon: number },
): Promise<HeadNorm> {
  const count = range.to - range.from;
  switch (kind) {
    case 'rmsNorm':
    case 'rmsNormPlusOne':
      return RmsNorm.load(loader, name, headDim, epsilon, kind === 'rmsNormPlusOne');
    case 'layerNorm':
      return LayerNorm.load(loader, name, headDim, epsilon);
    case 'allHeads': {
      const norm = await RmsNorm.load(loader, name, heads * headDim, epsilon);
      return { over: 'rows', forward: (backend, x) => norm.forward(backend, x) };
    }
    case 'gains': {
      const gains = await loader.values(`${name}.weight`, [heads, headDim], { axis: 0, ...range });
      return new GainedHeadNorm(loader, gains, count, headDim, epsilon);
    }
    case 'list': {
      const gains = new Float32Array(count * headDim);
      for (let head = 0; head < heads; head++) {
        const weight = `${name}.norms.${head}.weight`;
        if (head < range.from || head >= range.to) loader.skipTensors([weight]);
        else gains.set(await loader.values(weight, [headDim]), (head - range.from) * headDim);
      }
      return new GainedHeadNorm(loader, gains, count, headDim, epsilon);
    }
  }
}

/** A layer norm of each head, without bias and with a gain of its own. */
class GainedHeadNorm implements HeadNorm {
  readonly over = 'rows';
  /** `[1, heads · headDim]`. */
  readonly #gains: Tensor;
  readonly #ones: Tensor;
  readonly #zeros: Tensor;
  readonly #epsilon: number;

  constructor(loader: WeightLoader, gains: Float32Array, heads: number, headDim: number, epsilon: number) {
    this.#gains = loader.constantFrom(gains, [1, heads * headDim]);
    this.#ones = loader.constantFrom(new Float32Array(headDim).fill(1), [headDim]);
    this.#zeros = loader.constantFrom(new Float32Array(headDim), [headDim]);
    this.#epsilon = epsilon;
  }

  forward(backend: Backend, x: Tensor): Tensor {
    const [rows = 0, features = 0] = x.shape;
    const [headDim = 1] = this.#ones.shape;
    const byHead = backend.reshape(x, [(rows * features) / headDim, headDim]);
    const normed = backend.layerNorm(byHead, this.#ones, this.#zeros, this.#epsilon);
    // A product with a row is the gate of two halves, without an activation function.
    const gains = backend.embedding(this.#gains, new Int32Array(rows));
    return backend.gate(backend.concat([backend.reshape(normed, x.shape), gains], 1), 'none');
  }
}
