import { describe, it } from 'vitest';
import { type GuardedBuffer, GuardedMemory, rowsOf, sequence } from '../helpers/guard.ts';

const builds = ['simd', 'relaxed-simd'] as const;
const widths = [...Array.from({ length: 21 }, (_, n) => n), 31, 32, 33, 67];

/** The values of an argument whose rows are `width + extra` elements apart. */
function area(rows: number, width: number, extra: number, seed: number) {
  const stride = width + extra;
  return { stride, values: sequence(rowsOf(rows, width, stride).length, seed) };
}

describe.each(builds)('gates and rotary access only their arguments (%s)', (build) => {
  it('lstmGates and gruGates', async () => {
    const memory = await GuardedMemory.create(build, 1);
    const { exports } = memory.kernel;
    for (const n of widths) {
      for (const rows of [0, 1, 3]) {
        const name = `${rows} × ${n}`;
        const [four, cell] = [area(rows, 4 * n, n % 3, 1), area(rows, n, n % 2, 2)];
        const out = (seed: number): GuardedBuffer => ({ values: sequence(rows * n, seed), writes: true });
        memory.run(`lstmGates ${name}`, [four, cell, out(3), out(4)], (gates, state, hiddenOut, cellOut) =>
          exports.lstmGates(gates!, four.stride, state!, cell.stride, hiddenOut!, cellOut!, rows, n),
        );
        const [input, hidden] = [area(rows, 3 * n, n % 2, 5), area(rows, 3 * n, n % 3, 6)];
        memory.run(`gruGates ${name}`, [input, hidden, cell, out(7)], (x, h, state, to) =>
          exports.gruGates(x!, input.stride, h!, hidden.stride, state!, cell.stride, to!, rows, n),
        );
      }
    }
  });

  it('rotary', async () => {
    const memory = await GuardedMemory.create(build, 1);
    const { exports } = memory.kernel;
    const positions = Int32Array.of(2, 0, 3, 3);
    for (const half of [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17]) {
      for (const rest of [0, 1, 2, 5]) {
        for (const [heads, rows] of [
          [1, 1],
          [3, 4],
          [2, 0],
        ] as const) {
          const headDim = 2 * half + rest;
          const width = heads * headDim;
          const [x, out] = [area(rows, width, half % 3, 1), area(rows, width, rest % 2, 2)];
          const output = { values: out.values, writes: rowsOf(rows, width, out.stride).inside };
          const list = { values: positions.slice(0, rows) };
          const table = { values: sequence(4 * 2 * half, 3) };
          for (const interleaved of [0, 1]) {
            const name = `rotary ${JSON.stringify({ half, rest, heads, rows, interleaved })}`;
            memory.run(name, [x, output, list, table], (from, to, at, angles) =>
              exports.rotary(
                from!,
                x.stride,
                to!,
                out.stride,
                at!,
                angles!,
                rows,
                heads,
                headDim,
                half,
                interleaved,
              ),
            );
          }
        }
      }
    }
  });
});
