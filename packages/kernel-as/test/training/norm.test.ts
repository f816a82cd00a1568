import { describe, it } from 'vitest';
import { at, expectWithin, GuardedTraining, type Matrix, matrix, output, U } from '../helpers/training.ts';

const builds = ['simd', 'relaxed-simd'] as const;
const widths = [...Array.from({ length: 18 }, (_, n) => n), 31, 32, 33, 67];
const EPSILON = 1e-5;

interface Norm {
  readonly x: Matrix;
  readonly gain: Matrix;
  readonly dy: Matrix;
  readonly dx: Matrix;
  readonly dGain: Matrix;
  readonly dBias: Matrix;
}

function norm(rows: number, n: number, offset = 0, scale = 1): Norm {
  const x = matrix(rows, n, { extra: n % 3, scale });
  return {
    x: { ...x, values: x.values.map((value) => value + offset) },
    gain: matrix(1, n, { seed: 2 }),
    dy: matrix(rows, n, { extra: n % 2, seed: 3 }),
    dx: output(matrix(rows, n, { extra: (n + 1) % 3, seed: 4 })),
    dGain: output(matrix(1, n, { seed: 5 })),
    dBias: output(matrix(1, n, { seed: 6 })),
  };
}

/** The gradients in float64, and the sizes of the terms that they are sums of. */
function reference({ x, gain, dy, dx, dGain, dBias }: Norm, isCentred: boolean) {
  const { rows, width: n } = x;
  const input = new Map<string, { value: number; bound: number }>();
  const [gains, biases] = [Float64Array.from(dGain.values), Float64Array.from(dBias.values)];
  for (let r = 0; r < rows; r++) {
    let [mean, square, sum, dot] = [0, 0, 0, 0];
    if (isCentred) for (let i = 0; i < n; i++) mean += at(x, r, i) / n;
    for (let i = 0; i < n; i++) square += (at(x, r, i) - mean) ** 2 / n;
    const deviation = Math.sqrt(square + EPSILON);
    const normalized = (i: number) => (at(x, r, i) - mean) / deviation;
    for (let i = 0; i < n; i++) {
      gains[i]! += at(dy, r, i) * normalized(i);
      biases[i]! += at(dy, r, i);
      if (isCentred) sum += (at(dy, r, i) * gain.values[i]!) / n;
      dot += (at(dy, r, i) * gain.values[i]! * normalized(i)) / n;
    }
    for (let i = 0; i < n; i++) {
      const gradient = (at(dy, r, i) * gain.values[i]! - sum - normalized(i) * dot) / deviation;
      const value = at(dx, r, i) + gradient;
      // Float64 sums differ in their order; the result is rounded to f32 once.
      input.set(`${r},${i}`, { value, bound: U * Math.abs(value) + 1e-9 / deviation });
    }
  }
  return { input, gains, biases };
}

const rounded = (value: number) => ({ value, bound: U * Math.abs(value) + 1e-9 });

function check(training: GuardedTraining, name: string, of: Norm, isCentred: boolean): void {
  const { exports } = training;
  const { x, gain, dy, dx, dGain, dBias } = of;
  const [rows, n] = [x.rows, x.width];
  const scratch = { values: exports.normGradientScratch(n), writes: true };
  const call = (p: number[], used: { dx: boolean; dGain: boolean; dBias: boolean }) => {
    const toX = used.dx ? p[3]! : 0;
    const toGain = used.dGain ? p[4]! : 0;
    const head = [p[0]!, x.stride, p[1]!, p[2]!, dy.stride, toX, dx.stride, toGain] as const;
    if (isCentred) exports.layerNormGradient(...head, used.dBias ? p[5]! : 0, rows, n, EPSILON, p[6]!);
    else exports.rmsNormGradient(...head, rows, n, EPSILON, p[6]!);
  };
  const buffers = [x, gain, dy, dx, dGain, dBias, scratch];
  const { input, gains, biases } = reference(of, isCentred);
  const [gotX, gotGain, gotBias] = training.run(name, buffers, (...p) =>
    call(p, { dx: true, dGain: true, dBias: true }),
  );
  expectWithin(`${name} dx`, gotX!, dx, (r, i) => input.get(`${r},${i}`)!);
  expectWithin(`${name} dGain`, gotGain!, dGain, (_, i) => rounded(gains[i]!));
  if (isCentred) expectWithin(`${name} dBias`, gotBias!, dBias, (_, i) => rounded(biases[i]!));
  // Outputs that are not needed: the others are the same, and those are not written to.
  for (const missing of ['dx', 'dGain', 'dBias'] as const) {
    const used = { dx: true, dGain: true, dBias: true, [missing]: false };
    const results = training.run(`${name} without ${missing}`, buffers, (...p) => call(p, used));
    for (const [i, output] of (['dx', 'dGain', 'dBias'] as const).entries()) {
      const expected = output === missing ? of[output].values : [gotX, gotGain, gotBias][i]!;
      expectWithin(`${name} without ${missing}`, results[i]!, of[output], (r, j) => ({
        value: expected[r * of[output].stride + j]!,
        bound: 0,
      }));
    }
  }
}

describe.each(builds)('gradients of normalisations (%s)', (build) => {
  it.each([
    ['layerNormGradient', true],
    ['rmsNormGradient', false],
  ] as const)(
    '%s accesses only its arguments and is that of float64 up to rounding',
    async (name, isCentred) => {
      const training = await GuardedTraining.create(build);
      for (const n of widths) {
        for (const rows of [0, 1, 3]) check(training, `${name} ${rows} × ${n}`, norm(rows, n), isCentred);
      }
    },
  );

  it('are as accurate for rows far from zero, and for large and small rows', async () => {
    const training = await GuardedTraining.create(build);
    for (const [offset, scale] of [
      [1000, 1],
      [-1e6, 1],
      [0, 1e18],
      [0, 1e-20],
    ] as const) {
      for (const isCentred of [true, false]) {
        check(training, `${offset} ± ${scale}`, norm(3, 33, offset, scale), isCentred);
      }
    }
  });

  it('sum thousands of rows with one rounding', async () => {
    const training = await GuardedTraining.create(build, 8);
    const of = norm(5000, 3);
    const { x, gain, dy, dx, dGain, dBias } = of;
    const scratch = { values: training.exports.normGradientScratch(3) };
    const { gains, biases } = reference(of, true);
    const [, gotGain, gotBias] = training.call([x, gain, dy, dx, dGain, dBias, scratch], (...p) =>
      training.exports.layerNormGradient(
        ...([p[0]!, x.stride, p[1]!, p[2]!, dy.stride, p[3]!, dx.stride, p[4]!, p[5]!] as const),
        ...([5000, 3, EPSILON, p[6]!] as const),
      ),
    );
    expectWithin('dGain', gotGain!, dGain, (_, i) => rounded(gains[i]!));
    expectWithin('dBias', gotBias!, dBias, (_, i) => rounded(biases[i]!));
  });

  it('are NaN for rows with infinities or NaN, and only there', async () => {
    const training = await GuardedTraining.create(build);
    for (const value of [Infinity, -Infinity, NaN]) {
      const of = norm(3, 9);
      of.x.values[of.x.stride + 2] = value;
      const { x, gain, dy, dx, dGain } = of;
      const scratch = { values: training.exports.normGradientScratch(9), writes: true };
      const [got] = training.run(`${value}`, [x, gain, dy, dx, scratch], (...p) =>
        training.exports.layerNormGradient(
          ...([p[0]!, x.stride, p[1]!, p[2]!, dy.stride, p[3]!, dx.stride, 0, 0] as const),
          ...([3, 9, EPSILON, p[4]!] as const),
        ),
      );
      const { input } = reference({ ...of, dGain }, true);
      expectWithin(`${value}`, got!, dx, (r, i) => input.get(`${r},${i}`)!);
    }
  });
});
