import type { KernelExports } from '../../src/index.ts';
import { type Arguments, digestsOf, type Run } from './arguments.ts';

// Runs in Node and, transpiled to JavaScript, in browsers: it imports only files of this folder.

const ALL = 0x7fff_ffff;

/** Sizes [m, k, n]: partial tiles and panels, few rows, and one row. */
const products = [
  [1, 70, 45],
  [5, 70, 45],
  [13, 133, 41],
  [197, 9, 33],
  [13, 70, 130],
] as const;

function product(
  pack: (kernel: KernelExports, w: number, k: number, n: number, a: Arguments) => number,
  multiply: 'matmul' | 'matmul16' | 'matmul8' | 'matmul4',
): Run<KernelExports> {
  return (kernel, a) =>
    products.map(([m, k, n], turn) => {
      const packed = pack(kernel, a.floats(n * k, 0.3), k, n, a);
      const [x, c, bias, residual] = [a.floats(m * k), a.bytes(m * n * 4), a.floats(n + 7), a.floats(m * n)];
      const bytes = multiply === 'matmul' ? kernel.matmulScratch(m, k, n) : kernel[`${multiply}Scratch`](k);
      const scratch = bytes && a.bytes(bytes);
      kernel[multiply](x, k, packed, c, n, m, k, n, bias, turn, residual, n, scratch);
      return [c, m * n * 4] as const;
    });
}

const panels =
  (bits: 16 | 8 | 4) => (kernel: KernelExports, w: number, k: number, n: number, a: Arguments) => {
    const packed = a.bytes(kernel[`packed${bits}Bytes`](k, n));
    kernel[`pack${bits}`](w, k, n, 0, n, packed);
    return packed;
  };

function packing(bits: 16 | 8 | 4): Run<KernelExports> {
  return (kernel, a) => {
    const [k, n] = [133, 41];
    return [[panels(bits)(kernel, a.floats(n * k, 3), k, n, a), kernel[`packed${bits}Bytes`](k, n)]];
  };
}

function table(bits: 16 | 8): (kernel: KernelExports, a: Arguments) => readonly [number, number] {
  return (kernel, a) => {
    const bytes = kernel[`table${bits}Bytes`](9, 37);
    const address = a.bytes(bytes);
    kernel[`packTable${bits}`](a.floats(9 * 37), 9, 37, 0, 9, address);
    return [address, bytes];
  };
}

/** Every function of the kernel that computes, with inputs that reach all of its paths. */
const runs: Readonly<Record<string, Run<KernelExports>>> = {
  packRows: (kernel, a) => {
    const out = a.bytes(kernel.packedBytes(13, 41));
    kernel.packRows(a.floats(41 * 13), 13, 13, 41, out);
    return [[out, kernel.packedBytes(13, 41)]];
  },
  packColumns: (kernel, a) => {
    const out = a.bytes(kernel.packedBytes(13, 41));
    kernel.packColumns(a.floats(41 * 13), 41, 13, 41, out);
    return [[out, kernel.packedBytes(13, 41)]];
  },
  matmul: product((kernel, w, k, n, a) => {
    const packed = a.bytes(kernel.packedBytes(k, n));
    kernel.packRows(w, k, k, n, packed);
    return packed;
  }, 'matmul'),
  pack16: packing(16),
  pack8: packing(8),
  pack4: packing(4),
  matmul16: product(panels(16), 'matmul16'),
  matmul8: product(panels(8), 'matmul8'),
  matmul4: product(panels(4), 'matmul4'),
  packTable16: (kernel, a) => [table(16)(kernel, a)],
  packTable8: (kernel, a) => [table(8)(kernel, a)],
  gatherPacked: (kernel, a) =>
    ([16, 8] as const).map((bits) => {
      const [ids, out, scratch] = [a.integers([3, 8, 0, 3]), a.bytes(4 * 37 * 4), a.bytes(40 * 4)];
      kernel.gatherPacked(table(bits)(kernel, a)[0], bits, 0, 9, 37, ids, 4, out, scratch);
      return [out, 4 * 37 * 4] as const;
    }),
  gatherPanels: (kernel, a) => {
    const [ids, out, w] = [a.integers([3, 18, 0, 8]), a.bytes(4 * 37 * 4), a.floats(19 * 37)];
    const packed = a.bytes(kernel.packedBytes(37, 19));
    kernel.packRows(w, 37, 37, 19, packed);
    kernel.gatherPanels(packed, 0, 19, 37, ids, 4, out);
    return [[out, 4 * 37 * 4]];
  },
  gatherLinear: (kernel, a) =>
    ([16, 8, 4] as const).map((bits) => {
      const [ids, out, w] = [a.integers([3, 18, 0, 8]), a.bytes(4 * 37 * 4), a.floats(19 * 37)];
      const packed = panels(bits)(kernel, w, 37, 19, a);
      kernel.gatherLinear(packed, bits, 0, 19, 37, ids, 4, out);
      return [out, 4 * 37 * 4] as const;
    }),
  attention: (kernel, a) =>
    [
      [1, 300, ALL, ALL],
      [67, 67, ALL, 0],
      [197, 40, 9, 9],
    ].map(([queries, keys, before, after]) => {
      const [heads, headDim, valueDim] = [4, 20, 12];
      const [q, out] = [a.floats(queries! * heads * headDim, 3), a.bytes(queries! * heads * valueDim * 4)];
      const [k, v] = [a.floats(keys! * 2 * headDim), a.floats(keys! * 2 * valueDim)];
      const bias = a.floats(queries! * keys!);
      const scratch = a.bytes(kernel.attentionScratch(headDim, valueDim));
      kernel.attention(
        ...([q, heads * headDim, k, 2 * headDim, v, 2 * valueDim, out, heads * valueDim] as const),
        ...([
          queries!,
          keys!,
          heads,
          2,
          headDim,
          valueDim,
          0.3,
          bias,
          0,
          keys!,
          before!,
          after!,
          keys! - queries!,
          0,
          scratch,
        ] as const),
      );
      return [out, queries! * heads * valueDim * 4] as const;
    }),
  attentionScores: (kernel, a) => {
    const [q, k, bias, out] = [a.floats(11 * 20), a.floats(37 * 20), a.floats(11 * 37), a.bytes(11 * 37 * 4)];
    const scratch = a.bytes(kernel.attentionScratch(20, 20));
    kernel.attentionScores(q, 20, k, 20, out, 37, 11, 37, 20, 0.3, bias, 37, 9, 30, 26, 0, scratch);
    return [[out, 11 * 37 * 4]];
  },
  attentionContext: (kernel, a) => {
    const [weights, v, out] = [a.floats(11 * 37), a.floats(37 * 12), a.bytes(11 * 12 * 4)];
    kernel.attentionContext(
      weights,
      37,
      v,
      12,
      out,
      12,
      11,
      37,
      12,
      a.bytes(kernel.attentionScratch(12, 12)),
    );
    return [[out, 11 * 12 * 4]];
  },
  argmax: (kernel, a) => a.results([1, 67, 1000].map((n) => kernel.argmax(a.floats(n, 20), n))),
  topK: (kernel, a) =>
    [
      [67, 5],
      [1000, 50],
    ].map(([n, k]) => {
      const heap = a.bytes(8 * k!);
      kernel.topK(a.floats(n!, 20), n!, k!, heap);
      return [heap, 4 * k!] as const;
    }),
  indicesAtLeast: (kernel, a) => {
    const indices = a.bytes(4 * 67);
    kernel.indicesAtLeast(a.floats(67), 67, 0.25, indices);
    return [[indices, 4 * 67]];
  },
  sumExp: (kernel, a) => a.results([1, 67, 1000].map((n) => kernel.sumExp(a.floats(n, 20), n, 3, 0.7))),
  searchExp: (kernel, a) => {
    const x = a.floats(1000, 5);
    const sum = kernel.sumExp(x, 1000, 2, 1);
    return a.results([0, 0.3, 0.9].map((part) => kernel.searchExp(x, 1000, 2, 1, part * sum)));
  },
  place8: (kernel, a) => {
    const [k, n] = [70, 13];
    const rows = a.bytes(Math.ceil((n * k) / 4) * 4 + 4 * n);
    const values = new Int8Array(kernel.memory.buffer, rows, n * k);
    for (let i = 0; i < values.length; i++) values[i] = ((i * 37) % 255) - 127;
    for (let row = 0; row < n; row++) a.set(rows + Math.ceil((n * k) / 4) * 4, row, 0.01 * (row + 1));
    const out = a.bytes(kernel.packed8Bytes(k, n));
    kernel.place8(rows, k, n, 0, n, out);
    return [[out, kernel.packed8Bytes(k, n)]];
  },
  place4: (kernel, a) => {
    const [k, n, blocks] = [70, 13, 3];
    const rows = a.bytes(n * blocks * 16 + 4 * n * blocks);
    const values = new Uint8Array(kernel.memory.buffer, rows, n * blocks * 16);
    for (let i = 0; i < values.length; i++) values[i] = (i * 37) % 256;
    for (let i = 0; i < n * blocks; i++) a.set(rows + n * blocks * 16, i, 0.01 * (i + 1));
    const out = a.bytes(kernel.packed4Bytes(k, n));
    kernel.place4(rows, k, n, 0, n, out);
    return [[out, kernel.packed4Bytes(k, n)]];
  },
  softmax: (kernel, a) =>
    [3, 67, 384].map((n) => {
      const out = a.bytes(5 * n * 4);
      kernel.softmax(a.floats(5 * n, 20), n, out, n, 5, n);
      return [out, 5 * n * 4] as const;
    }),
  layerNorm: (kernel, a) =>
    [3, 67, 384].map((n) => {
      const out = a.bytes(5 * n * 4);
      kernel.layerNorm(a.floats(5 * n, 3), n, a.floats(n), a.floats(n), out, n, 5, n, 1e-5);
      return [out, 5 * n * 4] as const;
    }),
  rmsNorm: (kernel, a) =>
    [3, 67, 384].map((n) => {
      const out = a.bytes(5 * n * 4);
      kernel.rmsNorm(a.floats(5 * n, 3), n, a.floats(n), out, n, 5, n, 1e-5);
      return [out, 5 * n * 4] as const;
    }),
  l2Normalize: (kernel, a) => {
    const out = a.bytes(5 * 67 * 4);
    kernel.l2Normalize(a.floats(5 * 67), out, 5, 67, 1e-12);
    return [[out, 5 * 67 * 4]];
  },
  activate: (kernel, a) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((code) => {
      const out = a.bytes(1003 * 4);
      kernel.activate(a.floats(1003, 9), 1003, out, 1003, 1, 1003, code);
      return [out, 1003 * 4] as const;
    }),
  gate: (kernel, a) =>
    [0, 2, 3, 4].map((code) => {
      const out = a.bytes(3 * 67 * 4);
      kernel.gate(a.floats(3 * 134, 4), 134, out, 67, 3, 67, code);
      return [out, 3 * 67 * 4] as const;
    }),
  copyRows: (kernel, a) => {
    const out = a.bytes(9 * 41 * 4);
    kernel.copyRows(a.floats(5 * 40), 40, out + 12, 41, 5, 37);
    kernel.copyRows(out, 41, out + 41 * 4, 41, 8, 40);
    return [[out, 9 * 41 * 4]];
  },
  add: (kernel, a) => {
    const out = a.bytes(67 * 4);
    kernel.add(a.floats(67), a.floats(67), out, 67);
    return [[out, 67 * 4]];
  },
  scale: (kernel, a) => {
    const out = a.bytes(67 * 4);
    kernel.scale(a.floats(67), out, 67, 1 / 3);
    return [[out, 67 * 4]];
  },
  gather: (kernel, a) => {
    const out = a.floats(4 * 37);
    kernel.gather(a.floats(9 * 37), 0, 9, 37, a.integers([3, 8, 0, 3]), 4, out, 1);
    return [[out, 4 * 37 * 4]];
  },
  meanRows: (kernel, a) => {
    const out = a.bytes(37 * 4);
    kernel.meanRows(a.floats(9 * 37), 37, 9, 37, out);
    return [[out, 37 * 4]];
  },
  lstmGates: (kernel, a) => {
    const [hidden, cell] = [a.bytes(5 * 37 * 4), a.bytes(5 * 37 * 4)];
    kernel.lstmGates(a.floats(5 * 148, 4), 148, a.floats(5 * 37), 37, hidden, cell, 5, 37);
    return [
      [hidden, 5 * 37 * 4],
      [cell, 5 * 37 * 4],
    ];
  },
  gruGates: (kernel, a) => {
    const out = a.bytes(5 * 37 * 4);
    kernel.gruGates(a.floats(5 * 111, 4), 111, a.floats(5 * 111, 4), 111, a.floats(5 * 37), 37, out, 5, 37);
    return [[out, 5 * 37 * 4]];
  },
  rotary: (kernel, a) =>
    [0, 1].map((interleaved) => {
      const [out, positions] = [a.bytes(5 * 60 * 4), a.integers([4, 0, 3, 1, 2])];
      kernel.rotary(a.floats(5 * 60), 60, out, 60, positions, a.floats(5 * 18), 5, 3, 20, 9, interleaved);
      return [out, 5 * 60 * 4] as const;
    }),
};

/** The digest of the output of each function of the kernel, by name. */
export const digests = (kernel: KernelExports): Promise<Record<string, string>> =>
  digestsOf(runs, kernel, kernel);
