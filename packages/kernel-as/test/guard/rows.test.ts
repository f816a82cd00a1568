import { describe, expect, it } from 'vitest';
import { activationCodes } from '../../src/index.ts';
import { floatsOf, GuardedMemory, rowsOf, sequence } from '../helpers/guard.ts';

const builds = ['simd', 'relaxed-simd'] as const;
const widths = [...Array.from({ length: 41 }, (_, n) => n), 61, 63, 64, 65, 67];

describe.each(builds)('row functions access only their arguments (%s)', (build) => {
  it('softmax, in place and out of place', async () => {
    const memory = await GuardedMemory.create(build, 1);
    const { exports } = memory.kernel;
    for (const n of widths) {
      for (const rows of [0, 1, 3]) {
        const [xStride, outStride] = [n + (n % 3), n + (n % 2)];
        const [x, out] = [rowsOf(rows, n, xStride), rowsOf(rows, n, outStride)];
        for (const hidden of [false, true]) {
          const values = hidden ? new Float32Array(x.length).fill(-Infinity) : sequence(x.length);
          const output = { values: sequence(out.length, 2), writes: out.inside };
          const name = `softmax ${rows} × ${n}${hidden ? ' of −∞' : ''}`;
          memory.run(name, [{ values }, output], (from, to) =>
            exports.softmax(from!, xStride, to!, outStride, rows, n),
          );
          memory.run(`${name} in place`, [{ values, writes: x.inside }], (from) =>
            exports.softmax(from!, xStride, from!, xStride, rows, n),
          );
        }
      }
    }
  });

  it('layerNorm', async () => {
    const memory = await GuardedMemory.create(build, 1);
    for (const n of widths) {
      for (const rows of [0, 1, 3]) {
        const [xStride, outStride] = [n + (n % 3), n + (n % 2)];
        const [x, out] = [rowsOf(rows, n, xStride), rowsOf(rows, n, outStride)];
        const buffers = [
          { values: sequence(x.length) },
          { values: sequence(n, 2) },
          { values: sequence(n, 3) },
          { values: sequence(out.length, 4), writes: out.inside },
        ];
        memory.run(`layerNorm ${rows} × ${n}`, buffers, (from, gain, bias, to) =>
          memory.kernel.exports.layerNorm(from!, xStride, gain!, bias!, to!, outStride, rows, n, 1e-5),
        );
      }
    }
  });

  it('rmsNorm and gate', async () => {
    const memory = await GuardedMemory.create(build, 1);
    const { exports } = memory.kernel;
    for (const n of widths) {
      for (const rows of [0, 1, 3]) {
        const [xStride, outStride] = [n + (n % 3), n + (n % 2)];
        const out = rowsOf(rows, n, outStride);
        const output = { values: sequence(out.length, 4), writes: out.inside };
        const x = { values: sequence(rowsOf(rows, n, xStride).length) };
        memory.run(`rmsNorm ${rows} × ${n}`, [x, { values: sequence(n, 2) }, output], (from, gain, to) =>
          exports.rmsNorm(from!, xStride, gain!, to!, outStride, rows, n, 1e-5),
        );
        const wide = { values: sequence(rowsOf(rows, 2 * n, n + xStride).length) };
        const code = n % Object.keys(activationCodes).length;
        memory.run(`gate ${code}, ${rows} × ${n}`, [wide, output], (from, to) =>
          exports.gate(from!, n + xStride, to!, outStride, rows, n, code),
        );
      }
    }
  });

  it('activate, in place and out of place', async () => {
    const memory = await GuardedMemory.create(build, 1);
    const { exports } = memory.kernel;
    for (const n of widths) {
      const code = 1 + (n % (Object.keys(activationCodes).length - 1));
      const [fromStride, toStride] = [n + (n % 3), n + (n % 2)];
      const [from, to] = [rowsOf(3, n, fromStride), rowsOf(3, n, toStride)];
      const output = { values: sequence(to.length, 2), writes: to.inside };
      memory.run(`activate ${code} of ${n}`, [{ values: sequence(from.length) }, output], (x, y) =>
        exports.activate(x!, fromStride, y!, toStride, 3, n, code),
      );
      memory.run(`activate ${code} of ${n} in place`, [output], (x) =>
        exports.activate(x!, toStride, x!, toStride, 3, n, code),
      );
    }
  });

  it('add, scale, l2Normalize, meanRows', async () => {
    const memory = await GuardedMemory.create(build, 1);
    const { exports } = memory.kernel;
    for (const n of widths) {
      const out = { values: sequence(n, 3), writes: true };
      memory.run(`add ${n}`, [{ values: sequence(n) }, { values: sequence(n, 2) }, out], (x, y, to) =>
        exports.add(x!, y!, to!, n),
      );
      memory.run(`scale ${n}`, [{ values: sequence(n) }, out], (x, to) => exports.scale(x!, to!, n, 1 / 3));
      memory.run(`scale ${n} in place`, [out], (x) => exports.scale(x!, x!, n, 1 / 3));
      for (const rows of [0, 1, 3]) {
        const dense = { values: sequence(rows * n, 3), writes: true };
        memory.run(`l2Normalize ${rows} × ${n}`, [{ values: sequence(rows * n) }, dense], (x, to) =>
          exports.l2Normalize(x!, to!, rows, n, 1e-12),
        );
        const stride = n + (n % 3);
        const x = { values: sequence(rowsOf(rows, n, stride).length) };
        memory.run(`meanRows ${rows} × ${n}`, [x, out], (from, to) =>
          exports.meanRows(from!, stride, rows, n, to!),
        );
      }
    }
  });

  it('copyRows, to another matrix and within one matrix', async () => {
    const memory = await GuardedMemory.create(build, 1);
    const { exports } = memory.kernel;
    for (const n of widths) {
      for (const rows of [0, 1, 3, 4]) {
        const [fromStride, toStride] = [n + (n % 3), n + (n % 2)];
        const to = rowsOf(rows, n, toStride);
        const buffers = [
          { values: sequence(rowsOf(rows, n, fromStride).length) },
          { values: sequence(to.length, 2), writes: to.inside },
        ];
        memory.run(`copyRows ${rows} × ${n}`, buffers, (x, y) =>
          exports.copyRows(x!, fromStride, y!, toStride, rows, n),
        );
        // Shifts by two rows and three columns in each direction.
        const stride = n + 3;
        const whole = { values: sequence((rows + 2) * stride), writes: true };
        for (const [from, into] of [
          [0, 2 * stride + 3],
          [2 * stride + 3, 0],
          [3, 2 * stride],
          [2 * stride, 3],
          [0, 3],
          [3, 0],
        ] as const) {
          const name = `copyRows ${rows} × ${n} from ${from} to ${into}`;
          const [got] = memory.run(name, [whole], (x) =>
            exports.copyRows(x! + from * 4, stride, x! + into * 4, stride, rows, n),
          );
          const expected = whole.values.slice();
          for (let r = 0; r < rows; r++) {
            const at = r * stride;
            expected.set(whole.values.subarray(from + at, from + at + n), into + at);
          }
          expect(floatsOf(got!), name).toEqual(expected);
        }
      }
    }
  });

  it('gather, with ids inside and outside of the table', async () => {
    const memory = await GuardedMemory.create(build, 1);
    const { exports } = memory.kernel;
    const ids = Int32Array.of(3, 4, 2, 8, 7, 3, -1, 2 ** 31 - 1, -(2 ** 31));
    for (const width of widths) {
      for (const accumulate of [0, 1]) {
        const buffers = [
          { values: sequence(5 * width) },
          { values: ids },
          { values: sequence(ids.length * width, 2), writes: true },
        ];
        memory.run(`gather of ${width}, accumulate ${accumulate}`, buffers, (table, list, out) =>
          exports.gather(table!, 3, 5, width, list!, ids.length, out!, accumulate),
        );
      }
    }
  });
});
