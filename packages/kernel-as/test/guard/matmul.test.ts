import { describe, expect, it } from 'vitest';
import { floatsOf, type GuardedBuffer, GuardedMemory, kernels, rowsOf, sequence } from '../helpers/guard.ts';

const builds = ['simd', 'relaxed-simd'] as const;

describe.each(kernels)('matmul accesses only its arguments ($build, wide: $wide)', ({ build, wide }) => {
  const rows = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13];
  const inner = [0, 1, 2, 5, 8, 13];
  const columns = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 41, 64, 71, 127, 128, 129, 137];

  it.each(rows)('with %i rows', async (m) => {
    const memory = await GuardedMemory.create(build, 2, wide);
    const { exports } = memory.kernel;
    let turn = m;
    for (const k of inner) {
      for (const n of columns) {
        turn++;
        const [aStride, cStride, rStride] = [k + (turn % 3), n + (turn % 2) * 3, n + (turn % 4)];
        const [a, c, r] = [rowsOf(m, k, aStride), rowsOf(m, n, cStride), rowsOf(m, n, rStride)];
        const activation = turn % 5 === 0 ? 1 + (turn % 7) : 0;
        const accumulate = activation === 0 && turn % 3 === 0 ? 1 : 0;
        const panels = Math.ceil(n / 8) * 8;
        const buffers: GuardedBuffer[] = [
          { values: sequence(a.length) },
          { values: sequence(panels * k, 2) },
          { values: sequence(c.length, 3), writes: c.inside },
        ];
        const bias = turn % 2 === 0 ? buffers.push({ values: sequence(panels, 4) }) - 1 : -1;
        const residual = turn % 7 < 3 ? buffers.push({ values: sequence(r.length, 5) }) - 1 : -1;
        const name = JSON.stringify({
          build,
          m,
          k,
          n,
          aStride,
          cStride,
          activation,
          accumulate,
          bias,
          residual,
        });
        const size = exports.matmulScratch(m, k, n);
        const scratch = size > 0 ? buffers.push({ values: size, writes: true }) - 1 : -1;
        const at = (addresses: number[], index: number) => (index < 0 ? 0 : addresses[index]!);
        const run = (withScratch: boolean) =>
          memory.run(name, buffers, (...p) =>
            exports.matmul(
              p[0]!,
              aStride,
              p[1]!,
              p[2]!,
              cStride,
              m,
              k,
              n,
              at(p, bias),
              activation,
              at(p, residual),
              rStride,
              withScratch ? at(p, scratch) : 0,
              accumulate,
            ),
          );
        const [product] = run(true);
        // Packing A does not change the result.
        if (scratch >= 0) expect(run(false)[0], name).toEqual(product);
      }
    }
  });

  it('at the limits of row blocks and panel groups', async () => {
    const memory = await GuardedMemory.create(build, 8, wide);
    const { exports } = memory.kernel;
    const shapes = [159, 160, 161, 191, 192, 193].flatMap((m) =>
      [7, 8, 33, 128].map((n) => [m, 3, n] as [number, number, number]),
    );
    // Panels of 1600 rows are 50 KB: three per group.
    shapes.push(
      ...[1, 7].flatMap((m) => [23, 24, 25, 40].map((n) => [m, 1600, n] as [number, number, number])),
    );
    for (const [m, k, n] of shapes) {
      const buffers = [
        { values: sequence(m * k) },
        { values: sequence(Math.ceil(n / 8) * 8 * k) },
        { values: sequence(m * n), writes: true },
        { values: exports.matmulScratch(m, k, n), writes: true },
      ];
      memory.run(JSON.stringify({ build, m, k, n }), buffers, (a, b, c, scratch) =>
        exports.matmul(a!, k, b!, c!, n, m, k, n, 0, 2, 0, 0, scratch!),
      );
    }
  });

  it('gives f(bias) + residual when k is 0', async () => {
    const { kernel } = await GuardedMemory.create(build, 1, wide);
    const { exports, memory } = kernel;
    const [c, bias, residual] = [memory.allocate(64), memory.allocate(64), memory.allocate(64)];
    memory.f32(bias, 8).set([1, -2, 3, 0, 0, 0, 0, 0]);
    memory.f32(residual, 3).set([10, 20, 30]);
    exports.matmul(0, 0, 0, c, 3, 1, 0, 3, bias, 1, residual, 3, 0);
    expect([...memory.f32(c, 3)]).toEqual([11, 20, 33]);
  });

  it('adds a residual in place', async () => {
    const { kernel } = await GuardedMemory.create(build, 1, wide);
    const { exports, memory } = kernel;
    const [a, b, c] = [memory.allocate(64), memory.allocate(1024), memory.allocate(256)];
    // c = 2a + c, in a whole panel and a partial one.
    const [k, n] = [2, 10];
    memory.f32(a, k).set([3, 4]);
    memory.f32(b, 16 * k).fill(0);
    memory.f32(b, 16 * k)[0] = 2;
    memory.f32(b, 16 * k)[9] = 2;
    memory.f32(c, n).set([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    exports.matmul(a, k, b, c, n, 1, k, n, 0, 0, c, n, 0);
    expect([...memory.f32(c, n)]).toEqual([16, 28, 30, 40, 50, 60, 70, 80, 90, 100]);
  });
});

describe.each(builds)('packing accesses only its arguments (%s)', (build) => {
  const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 25];

  it.each(['packRows', 'packColumns'] as const)('%s', async (name) => {
    const memory = await GuardedMemory.create(build, 2);
    const { exports } = memory.kernel;
    for (const k of sizes) {
      for (const n of sizes) {
        const [rows, width] = name === 'packRows' ? [n, k] : [k, n];
        const stride = width + ((k + n) % 3);
        const bytes = exports.packedBytes(k, n);
        expect(bytes).toBe(Math.ceil(n / 8) * 8 * k * 4);
        const b = sequence(rowsOf(rows, width, stride).length);
        const out = { values: new Float32Array(bytes / 4), writes: true };
        const [packed] = memory.run(`${name} ${k} ${n}`, [{ values: b }, out], (from, to) =>
          exports[name](from!, stride, k, n, to!),
        );
        const expected = new Float32Array(bytes / 4);
        for (let i = 0; i < k; i++) {
          for (let j = 0; j < n; j++) {
            const place = Math.floor(j / 8) * k * 8 + i * 8 + (j % 8);
            expected[place] = name === 'packRows' ? b[j * stride + i]! : b[i * stride + j]!;
          }
        }
        expect(floatsOf(packed!)).toEqual(expected);
      }
    }
  });
});
