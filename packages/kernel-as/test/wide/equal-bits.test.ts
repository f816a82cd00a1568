import { describe, expect, it } from 'vitest';
import { type Kernel, type KernelBuild, loadKernel } from '../../src/index.ts';
import { digests } from '../determinism/program.ts';
import { sequence } from '../helpers/guard.ts';

// The wide module's functions give the bits of the kernel's, whether the engine joins operations or not.

const builds: readonly KernelBuild[] = ['simd', 'relaxed-simd'];
/** Below, at and above the tiles of 5 and 6 rows, and their remainders. */
const rows = [0, 1, 2, 3, 4, 5, 6, 7, 9, 13];
/** Around groups of 2 and 4 values, and runs and blocks of 32. */
const depths = [1, 3, 4, 31, 32, 33, 69];
/** Around panels of 8, pairs of panels, and the 32 columns of a single row. */
const widths = [1, 8, 9, 16, 17, 24, 32, 33, 48, 56];

/** Values at the limits of f32 among ordinary ones. */
const extremes = [Number.NaN, Infinity, -Infinity, -0, 0, 3.4e38, -3.4e38, 1e-45, 1.2e-38];
function withExtremes(values: Float32Array): Float32Array {
  return values.map((value, i) => (i % 61 === 17 ? extremes[i % extremes.length]! : value));
}

/** A kernel with a function that puts values into its memory, from the same address on for all kernels. */
async function prepare(build: KernelBuild, wide: boolean, fused: boolean) {
  const kernel = await loadKernel({ build, wide });
  kernel.exports.fusedDot.value = fused ? 1 : 0;
  return kernel;
}

/** Calls `run` on both kernels, with memory of their own; the results must be the same, NaN for NaN. */
function same(name: string, kernels: readonly Kernel[], run: (kernel: Kernel) => Float32Array): void {
  const [expected, found] = kernels.map((kernel) => {
    const mark = kernel.stack.mark();
    const values = run(kernel).slice();
    kernel.stack.release(mark);
    return values;
  });
  const bits = (values: Float32Array) => new Int32Array(values.buffer);
  const differs = found!.findIndex(
    (value, i) =>
      bits(found!)[i] !== bits(expected!)[i] && !(Number.isNaN(value) && Number.isNaN(expected![i]!)),
  );
  if (differs >= 0)
    expect.fail(`${name}: value ${differs} is ${found![differs]}, expected ${expected![differs]}`);
}

function put({ stack, memory }: Kernel, values: Float32Array): number {
  const address = stack.push(Math.max(4, values.byteLength));
  memory.f32(address, values.length).set(values);
  return address;
}

/** c of one product; all combinations of bias, activation and residual over the sizes. */
function product(
  kernel: Kernel,
  bits: 32 | 16 | 8 | 4,
  [m, k, n]: readonly [number, number, number],
  turn: number,
) {
  const { exports, stack, memory } = kernel;
  const seed = m * 1000 + k * 100 + n;
  const values = sequence(m * k, seed);
  const x = put(kernel, turn % 7 === 0 ? withExtremes(values) : values);
  const w = put(kernel, sequence(n * k, seed + 1));
  const packed = stack.push(bits === 32 ? exports.packedBytes(k, n) : exports[`packed${bits}Bytes`](k, n));
  if (bits === 32) exports.packRows(w, k, k, n, packed);
  else exports[`pack${bits}`](w, k, n, 0, n, packed);
  const bias = turn % 2 ? put(kernel, sequence(n + 8, seed + 2)) : 0;
  const c = put(kernel, sequence(m * n, seed + 3));
  const inPlace = bits === 32 && turn % 5 === 1;
  const residual = turn % 3 ? 0 : inPlace ? c : put(kernel, withExtremes(sequence(m * n, seed + 4)));
  const activation = inPlace ? 0 : turn % 4 ? 0 : 1 + (turn % 6);
  const bytes = bits === 32 ? exports.matmulScratch(m, k, n) : exports[`matmul${bits}Scratch`](k);
  const scratch = bytes && turn % 3 !== 1 ? stack.push(bytes) : bits === 32 ? 0 : stack.push(bytes);
  const rest = [bias, activation, residual, residual && n, scratch] as const;
  if (bits === 32)
    exports.matmul(x, k, packed, c, n, m, k, n, ...rest, activation || residual ? 0 : turn & 1);
  else exports[`matmul${bits}`](x, k, packed, c, n, m, k, n, ...rest);
  return memory.f32(c, m * n);
}

describe.each(builds)('wide functions, %s build', (build) => {
  const variants = build === 'simd' ? [true] : [true, false];

  it.each(variants)('have the digests of the kernel (fused dot product: %s)', async (fused) => {
    const [kernel, wide] = [await prepare(build, false, fused), await prepare(build, true, fused)];
    expect(wide.exports.matmul).not.toBe(kernel.exports.matmul);
    expect(await digests(wide.exports)).toEqual(await digests(kernel.exports));
  });

  it.each(
    variants.flatMap((fused) => [32, 16, 8, 4].map((bits) => [bits as 32 | 16 | 8 | 4, fused] as const)),
  )('multiply weights in %i bits to the same bits (fused dot product: %s)', async (bits, fused) => {
    const kernels = [await prepare(build, false, fused), await prepare(build, true, fused)];
    let turn = 0;
    for (const m of rows) {
      for (const k of depths) {
        for (const n of widths) {
          turn++;
          same(`${m} × ${k} × ${n}, turn ${turn}`, kernels, (kernel) =>
            product(kernel, bits, [m, k, n], turn),
          );
        }
      }
    }
    for (const size of [
      [126, 40, 40],
      [193, 33, 48],
      [1, 300, 264],
      [141, 64, 24],
      [12, 1600, 144],
    ] as const) {
      turn++;
      same(`${size.join(' × ')}, turn ${turn}`, kernels, (kernel) => product(kernel, bits, size, turn));
    }
  });

  it('attend, normalise and activate to the same bits', async () => {
    const kernels = [await prepare(build, false, true), await prepare(build, true, true)];
    const all = 0x7fff_ffff;
    let turn = 0;
    for (const [queries, keys] of [
      [3, 1],
      [7, 16],
      [9, 23],
      [13, 41],
      [30, 300],
      [23, 520],
    ] as const) {
      for (const [headDim, valueDim] of [
        [4, 4],
        [7, 9],
        [16, 24],
        [64, 40],
      ] as const) {
        for (const [before, after] of [
          [all, all],
          [all, 0],
          [5, 0],
          [0, -3],
        ] as const) {
          turn++;
          const values = (length: number, seed: number) =>
            turn % 5 ? sequence(length, turn + seed) : withExtremes(sequence(length, turn + seed));
          same(
            `attention ${queries} × ${keys} × ${headDim} × ${valueDim}, mask ${before}, ${after}`,
            kernels,
            (kernel) => {
              const { exports, stack, memory } = kernel;
              const [q, k] = [
                put(kernel, values(queries * headDim, 1)),
                put(kernel, values(keys * headDim, 2)),
              ];
              const [v, out] = [put(kernel, values(keys * valueDim, 3)), stack.push(queries * valueDim * 4)];
              const bias =
                turn % 3
                  ? 0
                  : put(
                      kernel,
                      sequence(queries * keys, turn).map((x) => (x > 0.5 ? -Infinity : x)),
                    );
              const scratch = stack.push(exports.attentionScratch(headDim, valueDim));
              exports.attention(
                q,
                headDim,
                k,
                headDim,
                v,
                valueDim,
                out,
                valueDim,
                queries,
                keys,
                1,
                1,
                headDim,
                valueDim,
                0.3,
                bias,
                0,
                keys,
                before,
                after,
                keys - queries,
                turn % 4 ? 0 : 2,
                scratch,
              );
              return memory.f32(out, queries * valueDim);
            },
          );
        }
      }
    }
    for (let n = 1; n <= 67; n++) {
      for (const seed of [0, 1, 2]) {
        const x = sequence(3 * n, n + seed).map((value) => 20 * value);
        const input = seed === 1 ? withExtremes(x) : seed === 2 ? x.fill(-Infinity, n, 2 * n) : x;
        const onRows = (name: string, call: (kernel: Kernel, from: number, out: number) => void) =>
          same(`${name} of ${n}, seed ${seed}`, kernels, (kernel) => {
            const from = put(kernel, input);
            const out = put(kernel, new Float32Array(3 * n));
            call(kernel, from, out);
            return kernel.memory.f32(out, 3 * n);
          });
        onRows('softmax', ({ exports }, from, out) => exports.softmax(from, n, out, n, 3, n));
        for (let code = 1; code <= 7; code++) {
          onRows(`activation ${code}`, ({ exports }, from, out) =>
            exports.activate(from, n, out, n, 3, n, code),
          );
        }
        onRows('gate', ({ exports }, from, out) => exports.gate(from, n, out, n >> 1, 3, n >> 1, 4));
        onRows('layerNorm', (kernel, from, out) => {
          const [gain, bias] = [put(kernel, sequence(n, 5)), put(kernel, sequence(n, 6))];
          kernel.exports.layerNorm(from, n, gain, bias, out, n, 3, n, 1e-5);
        });
      }
    }
  });
});
