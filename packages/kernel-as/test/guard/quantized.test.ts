import { describe, expect, it } from 'vitest';
import type { KernelExports } from '../../src/index.ts';
import { type GuardedBuffer, GuardedMemory, kernels, rowsOf, sequence } from '../helpers/guard.ts';

const builds = ['simd', 'relaxed-simd'] as const;

/** The functions of the three quantised formats. */
const formats = {
  16: (e: KernelExports) => ({
    bytes: e.packed16Bytes,
    pack: e.pack16,
    scratch: e.matmul16Scratch,
    multiply: e.matmul16,
  }),
  8: (e: KernelExports) => ({
    bytes: e.packed8Bytes,
    pack: e.pack8,
    scratch: e.matmul8Scratch,
    multiply: e.matmul8,
  }),
  4: (e: KernelExports) => ({
    bytes: e.packed4Bytes,
    pack: e.pack4,
    scratch: e.matmul4Scratch,
    multiply: e.matmul4,
  }),
} as const;
const bits = [16, 8, 4] as const;

/** A packed weight w[n, k]. */
function packed(memory: GuardedMemory, format: (typeof bits)[number], k: number, n: number): Int32Array {
  const { exports } = memory.kernel;
  const { bytes, pack } = formats[format](exports);
  const out = { values: new Int32Array(bytes(k, n) / 4), writes: true };
  const [result] = memory.run(`pack${format} ${k} ${n}`, [{ values: sequence(n * k, 6) }, out], (w, to) =>
    pack(w!, k, n, 0, n, to!),
  );
  return new Int32Array(result!.buffer, result!.byteOffset, result!.byteLength / 4);
}

describe.each(kernels)(
  'quantised products access only their arguments ($build, wide: $wide)',
  ({ build, wide }) => {
    const rows = [0, 1, 2, 4, 5, 6, 7, 13];
    const inner = [1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 130];
    const columns = [0, 1, 7, 8, 9, 31, 33, 41];

    it.each(bits)('matmul%i', async (format) => {
      const memory = await GuardedMemory.create(build, 2, wide);
      const { exports } = memory.kernel;
      const { scratch, multiply } = formats[format](exports);
      let turn = 0;
      for (const k of inner) {
        for (const n of columns) {
          const weights = { values: packed(memory, format, k, n) };
          for (const m of rows) {
            turn++;
            const [aStride, cStride, rStride] = [k + (turn % 3), n + (turn % 2) * 3, n + (turn % 4)];
            const [a, c, r] = [rowsOf(m, k, aStride), rowsOf(m, n, cStride), rowsOf(m, n, rStride)];
            const activation = turn % 5 === 0 ? 1 + (turn % 6) : 0;
            const buffers: GuardedBuffer[] = [
              { values: sequence(a.length) },
              weights,
              { values: sequence(c.length, 3), writes: c.inside },
              { values: scratch(k), writes: true },
            ];
            const bias =
              turn % 2 === 0 ? buffers.push({ values: sequence(Math.ceil(n / 8) * 8, 4) }) - 1 : -1;
            const residual = turn % 7 < 3 ? buffers.push({ values: sequence(r.length, 5) }) - 1 : -1;
            const name = JSON.stringify({
              build,
              format,
              m,
              k,
              n,
              aStride,
              cStride,
              activation,
              bias,
              residual,
            });
            const at = (addresses: number[], index: number) => (index < 0 ? 0 : addresses[index]!);
            const run = () =>
              memory.run(name, buffers, (...p) =>
                multiply(
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
                  p[3]!,
                ),
              );
            const [product] = run();
            if (format === 16) continue;
            // The other variant of the dot product gives the same result.
            exports.fusedDot.value ^= 1;
            const [other] = run();
            exports.fusedDot.value ^= 1;
            expect(other, name).toEqual(product);
          }
        }
      }
    });
  },
);

describe.each(builds)('matmul8 (%s)', (build) => {
  it('gives the same columns for weights of different widths', async () => {
    const memory = await GuardedMemory.create(build, 16);
    const { exports } = memory.kernel;
    const [m, k] = [7, 3200];
    // Panels of 3200 values are 26 to 28 KB: six or seven per group.
    const product = (n: number) => {
      const weights = { values: packed(memory, 8, k, n) };
      const buffers = [
        { values: sequence(m * k) },
        weights,
        { values: new Float32Array(m * n), writes: true },
        { values: exports.matmul8Scratch(k), writes: true },
      ];
      const [bytes] = memory.run(`matmul8 ${m} ${k} ${n}`, buffers, (a, b, c, scratch) =>
        exports.matmul8(a!, k, b!, c!, n, m, k, n, 0, 0, 0, 0, scratch!),
      );
      return new Float32Array(bytes!.buffer, bytes!.byteOffset, m * n);
    };
    const whole = product(61);
    for (const n of [8, 48, 49, 56, 57]) {
      const part = product(n);
      for (let i = 0; i < m; i++) {
        expect(part.subarray(i * n, i * n + n)).toEqual(whole.subarray(i * 61, i * 61 + n));
      }
    }
  });
});

describe.each(builds)('packing accesses only its arguments (%s)', (build) => {
  it.each(bits)('pack%i at once and panel by panel', async (format) => {
    const memory = await GuardedMemory.create(build, 2);
    const { bytes, pack } = formats[format](memory.kernel.exports);
    for (const k of [1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 97]) {
      for (const n of [0, 1, 3, 7, 8, 9, 15, 16, 17, 25]) {
        const name = `pack${format} ${k} ${n}`;
        const w = { values: sequence(n * k, 6) };
        const out = { values: new Int32Array(bytes(k, n) / 4).fill(-1), writes: true };
        const [whole] = memory.run(name, [w, out], (from, to) => pack(from!, k, n, 0, n, to!));
        const [parts] = memory.run(`${name} in parts`, [w, out], (from, to) => {
          for (let first = 0; first < n; first += 8) {
            pack(from! + first * k * 4, k, n, first, Math.min(8, n - first), to!);
          }
        });
        expect(parts, name).toEqual(whole);
      }
    }
  });

  it.each([32, ...bits] as const)(
    'gatherLinear from %i bits, with ids inside and outside of the table',
    async (format) => {
      const memory = await GuardedMemory.create(build, 1);
      const { exports } = memory.kernel;
      for (const n of [0, 1, 7, 8, 9, 17]) {
        const ids = Int32Array.of(3, 4, 2, 8, 2 + n, 3 + n, 3, -1, 2 ** 31 - 1, -(2 ** 31));
        for (const k of [1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65]) {
          const values =
            format === 32 ? sequence(exports.packedBytes(k, n) / 4) : packed(memory, format, k, n);
          const out = { values: sequence(ids.length * k, 2), writes: true };
          memory.run(`gatherLinear${format} ${k} ${n}`, [{ values }, { values: ids }, out], (w, list, to) =>
            format === 32
              ? exports.gatherPanels(w!, 3, n, k, list!, ids.length, to!)
              : exports.gatherLinear(w!, format, 3, n, k, list!, ids.length, to!),
          );
        }
      }
    },
  );

  it.each([16, 8] as const)(
    'packTable%i and gatherPacked, with ids inside and outside of the table',
    async (format) => {
      const memory = await GuardedMemory.create(build, 1);
      const { exports } = memory.kernel;
      const ids = Int32Array.of(3, 4, 2, 8, 7, 3, -1, 2 ** 31 - 1, -(2 ** 31));
      const [bytes, pack] =
        format === 8
          ? [exports.table8Bytes, exports.packTable8]
          : [exports.table16Bytes, exports.packTable16];
      for (const width of [...Array.from({ length: 41 }, (_, i) => i), 61, 63, 64, 65, 67]) {
        const x = { values: sequence(5 * width, 7) };
        const out = { values: new Int32Array(bytes(5, width) / 4), writes: true };
        const [table] = memory.run(`packTable${format} ${width}`, [x, out], (from, to) => {
          pack(from!, 5, width, 0, 3, to!);
          pack(from! + 3 * width * 4, 5, width, 3, 2, to!);
        });
        const buffers: GuardedBuffer[] = [
          { values: new Int32Array(table!.buffer, table!.byteOffset, table!.byteLength / 4) },
          { values: ids },
          { values: sequence(ids.length * width, 2), writes: true },
          { values: Math.ceil(width / 8) * 8 * 4, writes: true },
        ];
        memory.run(`gatherPacked${format} of ${width}`, buffers, (from, list, to, scratch) =>
          exports.gatherPacked(from!, format, 3, 5, width, list!, ids.length, to!, scratch!),
        );
      }
    },
  );
});
