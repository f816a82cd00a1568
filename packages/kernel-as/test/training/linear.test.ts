import { describe, expect, it } from 'vitest';
import { sequence } from '../helpers/guard.ts';
import { at, expectWithin, GuardedTraining, type Matrix, matrix, output, U } from '../helpers/training.ts';

const builds = ['simd', 'relaxed-simd'] as const;

/** Terms that are added in registers: `BLOCK` in assembly/training/linear.ts. */
const BLOCK = 256;

/** before + Σ a(p) · b(p), and the error bound of sums in blocks: each term is rounded as often as its block and the blocks are long. */
function product(before: number, terms: number, a: (p: number) => number, b: (p: number) => number) {
  let [value, size] = [before, Math.abs(before)];
  for (let p = 0; p < terms; p++) {
    value += a(p) * b(p);
    size += Math.abs(a(p) * b(p));
  }
  const roundings = Math.min(terms, BLOCK) + Math.ceil(terms / BLOCK) + 1;
  return { value, bound: roundings * U * size };
}

interface Layer {
  readonly x: Matrix;
  readonly w: Matrix;
  readonly dy: Matrix;
  readonly dx: Matrix;
  readonly dw: Matrix;
}

function layer(rows: number, inFeatures: number, outFeatures: number, turn: number): Layer {
  return {
    x: matrix(rows, inFeatures, { extra: turn % 3, seed: 1 }),
    w: matrix(outFeatures, inFeatures, { extra: turn % 2, seed: 2 }),
    dy: matrix(rows, outFeatures, { extra: turn % 4, seed: 3 }),
    dx: output(matrix(rows, inFeatures, { extra: (turn + 1) % 3, seed: 4 })),
    dw: output(matrix(outFeatures, inFeatures, { extra: (turn + 1) % 2, seed: 5 })),
  };
}

type Run = GuardedTraining['run'];

function check({ exports }: GuardedTraining, run: Run, name: string, of: Layer): void {
  const { x, w, dy, dx, dw } = of;
  const [rows, inFeatures, outFeatures] = [x.rows, x.width, dy.width];
  const inputScratch = {
    values: exports.linearInputGradientScratch(rows, outFeatures, inFeatures),
    writes: true,
  };
  const [gotX] = run(`${name} input`, [dy, w, dx, inputScratch], (p0, p1, p2, p3) =>
    exports.linearInputGradient(
      p0!,
      dy.stride,
      p1!,
      w.stride,
      p2!,
      dx.stride,
      rows,
      outFeatures,
      inFeatures,
      p3!,
    ),
  );
  expectWithin(`${name} dx`, gotX!, dx, (r, i) =>
    product(
      at(dx, r, i),
      outFeatures,
      (p) => at(dy, r, p),
      (p) => at(w, p, i),
    ),
  );
  const weightScratch = {
    values: exports.linearWeightGradientScratch(rows, outFeatures, inFeatures),
    writes: true,
  };
  const [gotW] = run(`${name} weight`, [x, dy, dw, weightScratch], (p0, p1, p2, p3) =>
    exports.linearWeightGradient(
      p0!,
      x.stride,
      p1!,
      dy.stride,
      p2!,
      dw.stride,
      rows,
      outFeatures,
      inFeatures,
      p3!,
    ),
  );
  expectWithin(`${name} dw`, gotW!, dw, (o, i) =>
    product(
      at(dw, o, i),
      rows,
      (p) => at(dy, p, o),
      (p) => at(x, p, i),
    ),
  );
}

describe.each(builds)('gradients of linear layers (%s)', (build) => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13])(
    'access only their arguments and are products in float64 up to rounding, with %i rows',
    async (rows) => {
      const training = await GuardedTraining.create(build, 1);
      let turn = rows;
      for (const inFeatures of [0, 1, 3, 7, 8, 9, 16, 17, 33]) {
        for (const outFeatures of [0, 1, 2, 4, 5, 6, 7, 9, 11, 12, 13]) {
          const name = `${rows} × ${inFeatures} → ${outFeatures}`;
          const of = layer(rows, inFeatures, outFeatures, turn++);
          check(training, training.run.bind(training), name, of);
        }
      }
    },
  );

  // Rows and outputs below, at and above the block of a sum, the row block of a product, and the columns from which rows are packed.
  it.each([
    [255, 9, 13],
    [256, 8, 12],
    [257, 9, 13],
    [5, 127, 255],
    [5, 128, 256],
    [5, 129, 257],
    [600, 40, 195],
    [7, 200, 600],
    [3, 1600, 31],
    [32, 256, 192],
    [1, 300, 300],
  ])('are right for %i rows, %i inputs and %i outputs', async (rows, inFeatures, outFeatures) => {
    const training = await GuardedTraining.create(build, 1);
    const of = layer(rows, inFeatures, outFeatures, 1);
    const call: Run = (_name, buffers, run) => training.call(buffers, run);
    check(training, call, `${rows} × ${inFeatures} → ${outFeatures}`, of);
  });

  it('hold infinities and NaN, and large and small values', async () => {
    const training = await GuardedTraining.create(build, 1);
    for (const value of [Infinity, -Infinity, NaN, 3e38, 1e-40, 0]) {
      const of = layer(9, 10, 11, 0);
      of.dy.values[3 * of.dy.stride + 4] = value;
      of.x.values[2 * of.x.stride + 5] = value;
      check(training, training.run.bind(training), `${value}`, of);
    }
  });

  it('add the sums of columns with one rounding', async () => {
    const { exports, ...training } = await GuardedTraining.create(build, 1);
    for (const rows of [0, 1, 2, 7, 100]) {
      for (const n of [0, 1, 2, 7, 8, 9, 15, 16, 17, 33]) {
        const x = matrix(rows, n, { extra: n % 3 });
        const out = output(matrix(1, n, { seed: 2 }));
        const [got] = training.memory
          .run(`${rows} × ${n}`, [x, out], (p0, p1) => exports.addColumnSums(p0!, x.stride, rows, n, p1!))
          .map((bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, n));
        expectWithin(`${rows} × ${n}`, got!, out, (_, i) => {
          let value = out.values[i]!;
          for (let r = 0; r < rows; r++) value += at(x, r, i);
          return { value, bound: U * Math.abs(value) * 1.001 + rows * 2 ** -52 };
        });
      }
    }
  });

  it('are twice as large after two calls', async () => {
    const { exports, memory } = await GuardedTraining.create(build, 2);
    const { memory: linear } = memory.kernel;
    const [rows, n] = [13, 21];
    const place = (values: Float32Array) => {
      const address = linear.allocate(values.byteLength);
      linear.setF32(address, values);
      return address;
    };
    const [x, w, dy] = [1, 2, 3].map((seed) => place(sequence(n * n, seed))) as [number, number, number];
    const dx = place(new Float32Array(rows * n));
    const scratch = linear.allocate(exports.linearInputGradientScratch(rows, n, n));
    const run = () => {
      exports.linearInputGradient(dy, n, w, n, dx, n, rows, n, n, scratch);
      return linear.f32(dx, rows * n).slice();
    };
    const once = run();
    expect(run()).toEqual(once.map((value) => value * 2));
    const dw = place(new Float32Array(n * n));
    const weightScratch = linear.allocate(exports.linearWeightGradientScratch(rows, n, n));
    const runWeight = () => {
      exports.linearWeightGradient(x, n, dy, n, dw, n, rows, n, n, weightScratch);
      return linear.f32(dw, n * n).slice();
    };
    const first = runWeight();
    expect(runWeight()).toEqual(first.map((value) => value * 2));
  });
});
