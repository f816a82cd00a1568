import type { Tensor } from '../../backend/backend.ts';
import { sizeOf } from '../../backend/check.ts';
import { ConfigError } from '../../errors.ts';
import { describeValue } from '../../options.ts';
import { Random, randomSeed } from '../../platform/random.ts';
import { UnaryLayer } from '../torch/layer.ts';

/**
 * Dropout (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html), as PyTorch's `nn.Dropout`: while training, each value is 0 with
 * probability `p`, and else multiplied by 1 / (1 − p). In evaluation (`module.eval()`) the input is returned. The random numbers are those of the
 * seed given to `to` or `manualSeed`.
 */
export class Dropout extends UnaryLayer {
  readonly p: number;
  #random = new Random(randomSeed());

  constructor(p = 0.5) {
    super('Dropout');
    if (!(typeof p === 'number' && p >= 0 && p <= 1))
      throw new ConfigError(`Dropout: p must lie in 0 … 1, got ${describeValue(p)}`);
    this.p = p;
  }

  protected override seedWith(random: Random): void {
    this.#random = random;
  }

  protected compute(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    const { backend } = this;
    if (this.p === 1) return backend.scale(x, 0);
    const [width, rows] = [x.shape.at(-1) ?? 1, sizeOf(x.shape.slice(0, -1))];
    const factors = backend.tensor(this.#factors(rows * width), [rows, width]);
    // A gated unit without an activation is a product.
    const pairs = backend.concat([factors, backend.reshape(x, [rows, width])], 1);
    return backend.reshape(backend.gate(pairs, 'none'), x.shape);
  }

  /** 0 with probability p, else 1 / (1 − p). */
  #factors(size: number): Float32Array {
    const [threshold, kept] = [this.p * 2 ** 32, 1 / (1 - this.p)];
    const factors = new Float32Array(size);
    for (let i = 0; i < size; i++) if (this.#random.uint32() >= threshold) factors[i] = kept;
    return factors;
  }
}
