/**
 * Discrete Fourier transforms of complex sequences of one length: mixed radix, decimation in time (Cooley and Tukey 1965), in float64. Lengths with
 * small prime factors are fast, others are correct.
 */
export class FourierTransform {
  readonly size: number;
  readonly #stages: readonly Stage[];
  /** Cosines and sines of −2πi / size. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  #real: Float64Array;
  #imaginary: Float64Array;

  constructor(size: number) {
    this.size = size;
    const stages: Stage[] = [];
    let done = 1;
    for (const radix of factors(size)) {
      stages.push({ radix, done });
      done *= radix;
    }
    this.#stages = stages;
    const angles = Float64Array.from({ length: size }, (_, i) => (-2 * Math.PI * i) / size);
    this.#cos = angles.map(Math.cos);
    this.#sin = angles.map(Math.sin);
    this.#real = new Float64Array(size);
    this.#imaginary = new Float64Array(size);
  }

  /** Transforms `real + i · imaginary`, `[size]` each, in place. */
  transform(real: Float64Array, imaginary: Float64Array): void {
    let [x, y] = [real, imaginary];
    let [u, v] = [this.#real, this.#imaginary];
    for (const stage of this.#stages) {
      this.#run(stage, x, y, u, v);
      [x, y, u, v] = [u, v, x, y];
    }
    if (x === real) return;
    real.set(x);
    imaginary.set(y);
  }

  /** One stage of Stockham's order, which needs no permutation: `done` is the product of the radices before. */
  #run({ radix, done }: Stage, x: Float64Array, y: Float64Array, u: Float64Array, v: Float64Array): void {
    const { size } = this;
    const [cos, sin] = [this.#cos, this.#sin];
    const rest = size / (radix * done);
    const step = size / radix;
    for (let block = 0; block < rest; block++) {
      for (let k = 0; k < done; k++) {
        const from = block * done + k;
        const to = block * done * radix + k;
        for (let q = 0; q < radix; q++) {
          // The angle of input p is p · (k + q · done) · rest.
          const angle = (k + q * done) * rest;
          let [re, im] = [x[from]!, y[from]!];
          for (let p = 1, at = from + step, turn = angle; p < radix; p++, at += step) {
            const [a, b] = [x[at]!, y[at]!];
            const [c, s] = [cos[turn]!, sin[turn]!];
            re += a * c - b * s;
            im += a * s + b * c;
            turn += angle;
            if (turn >= size) turn -= size;
          }
          u[to + q * done] = re;
          v[to + q * done] = im;
        }
      }
    }
  }
}

interface Stage {
  readonly radix: number;
  readonly done: number;
}

/** The prime factors of a whole number. */
function factors(size: number): number[] {
  const found: number[] = [];
  let rest = size;
  for (let factor = 2; rest > 1; factor++) {
    if (factor * factor > rest) factor = rest;
    while (rest % factor === 0) {
      found.push(factor);
      rest /= factor;
    }
  }
  return found;
}
