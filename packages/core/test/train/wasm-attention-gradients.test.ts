import { describe, expect, it } from 'vitest';
import type { AttentionOptions } from '../../src/backend/backend.ts';
import { checkAttention, checkContext } from '../../src/backend/check-attention.ts';
import { WasmBackend } from '../../src/backend/wasm/wasm.ts';
import { createBackend } from '../../src/index.ts';
import type { GradientView } from '../../src/train/gradients/view.ts';
import { RecordingBackend } from '../../src/train/tape/recording-backend.ts';
import type { SavedValue } from '../../src/train/tape/saved.ts';
import { expectSameGradients, type RuleArguments } from '../helpers/gradient-rules.ts';
import { randomValues } from '../helpers/gradients.ts';

interface Case {
  readonly name: string;
  readonly options: Omit<AttentionOptions, 'bias'>;
  readonly headDim: number;
  readonly valueDim?: number;
  /** Rows of keys. Default: the last query offset. */
  readonly keys?: number;
  readonly bias?: readonly [number, number, number, number];
  /** Whether some biases are −∞, among them all of a query. */
  readonly masked?: boolean;
}

const offsets = (...values: number[]) => Int32Array.from(values);

const cases: readonly Case[] = [
  { name: 'one query and key', options: { heads: 1, queryOffsets: offsets(0, 1) }, headDim: 1 },
  {
    name: 'sequences around a block of queries and keys, one of them empty',
    options: { heads: 2, queryOffsets: offsets(0, 39, 39, 80, 129), causal: true },
    headDim: 9,
    valueDim: 6,
  },
  {
    name: 'grouped heads, a window and earlier keys',
    options: {
      heads: 6,
      keyValueHeads: 2,
      queryOffsets: offsets(0, 50, 53),
      keyOffsets: offsets(0, 97, 100),
      causal: true,
      window: 20,
      scale: 0.7,
    },
    headDim: 8,
    keys: 100,
  },
  {
    name: 'more queries than keys',
    options: { heads: 2, queryOffsets: offsets(0, 60), keyOffsets: offsets(0, 41), causal: true },
    headDim: 16,
    keys: 41,
  },
  {
    name: 'ranges of a cache that overlap',
    options: {
      heads: 2,
      queryOffsets: offsets(0, 3, 8),
      keyRanges: { starts: offsets(2, 0), lengths: offsets(50, 60) },
    },
    headDim: 4,
    keys: 64,
  },
  {
    name: 'a bias of each sequence, head and query',
    options: { heads: 2, queryOffsets: offsets(0, 45, 62) },
    headDim: 8,
    bias: [2, 2, 45, 45],
  },
  {
    name: 'a bias of keys that is −∞ for some',
    options: { heads: 3, queryOffsets: offsets(0, 45, 62) },
    headDim: 8,
    bias: [2, 1, 1, 45],
    masked: true,
  },
  {
    name: 'a bias of each query that is −∞ for all keys of some',
    options: { heads: 3, queryOffsets: offsets(0, 50) },
    headDim: 8,
    bias: [1, 1, 50, 50],
    masked: true,
  },
];

function savedBias(args: RuleArguments, shape: readonly number[], masked: boolean): SavedValue {
  const values = args.values(shape.reduce((a, b) => a * b, 1));
  if (masked) {
    const keys = shape.at(-1)!;
    for (const i of values.keys())
      if (i % 5 === 0 || i < keys / 2 || (i >= 2 * keys && i < 3 * keys)) values[i] = -Infinity;
  }
  return args.savedOf(values, shape);
}

describe('attention rules of the kernel have the gradients of the rules in TypeScript', () => {
  for (const test of cases) {
    const { options, headDim, valueDim = headDim, bias: biasShape, masked = false } = test;
    const { heads, keyValueHeads = heads, queryOffsets } = options;
    const queries = queryOffsets.at(-1)!;
    const keys = test.keys ?? queries;

    it.each([0, 3])(`attention with ${test.name}, %i values between rows`, (gap) =>
      expectSameGradients((args) => {
        const q = args.saved(queries, heads * headDim, { gap, scale: 2 });
        const k = args.saved(keys, keyValueHeads * headDim, { gap });
        const v = args.saved(keys, keyValueHeads * valueDim, { gap });
        const bias = biasShape && savedBias(args, biasShape, masked);
        const full = { ...options, ...(bias && { bias: bias.tensor() }) };
        const y = args.savedTensor((backend) => backend.attention(q.tensor(), k.tensor(), v.tensor(), full));
        const dy = args.view(queries, heads * valueDim, gap);
        const dq = args.view(queries, heads * headDim, gap);
        const dk = args.view(keys, keyValueHeads * headDim, gap);
        const dv = args.view(keys, keyValueHeads * valueDim, gap);
        const dBias: GradientView | undefined =
          biasShape && args.view(biasShape[0] * biasShape[1] * biasShape[2], biasShape[3]);
        const sizes = checkAttention(q.tensor(), k.tensor(), full);
        const inputs = { q, k, v, y, bias, sizes, dy, valueDim };
        args.rules.attention({ ...inputs, dq, dk, dv, dBias });
        args.rules.attention({ ...inputs, dq, dk: undefined, dv: undefined, dBias: undefined });
        args.rules.attention({ ...inputs, dq: undefined, dk: undefined, dv, dBias: undefined });
        return [dq, dk, dv, dy, ...(dBias ? [dBias] : [])];
      }, 1e-5),
    );

    it(`attentionScores and attentionContext with ${test.name}`, () =>
      expectSameGradients((args) => {
        const q = args.saved(queries, heads * headDim, { gap: 2 });
        const k = args.saved(keys, keyValueHeads * headDim, { gap: 1 });
        const v = args.saved(keys, keyValueHeads * valueDim, { gap: 1 });
        const bias = biasShape && savedBias(args, biasShape, false);
        const full = { ...options, ...(bias && { bias: bias.tensor() }) };
        const sizes = checkAttention(q.tensor(), k.tensor(), full);
        const headIndices = [heads - 1, 0];
        const rows = sizes.batch * 2 * sizes.longestQuery;
        const weights = args.savedOf(args.values(rows * sizes.longestKey), [
          sizes.batch,
          2,
          sizes.longestQuery,
          sizes.longestKey,
        ]);
        const dScores = args.view(rows, sizes.longestKey);
        const dWeights = args.view(rows, sizes.longestKey);
        const dy = args.view(queries, heads * valueDim, 2);
        const dq = args.view(queries, heads * headDim, 2);
        const dk = args.view(keys, keyValueHeads * headDim, 1);
        const dv = args.view(keys, keyValueHeads * valueDim, 1);
        const dBias: GradientView | undefined =
          biasShape && args.view(biasShape[0] * biasShape[1] * biasShape[2], biasShape[3]);
        args.rules.attentionScores({ q, k, bias, sizes, dy: dScores, dq, dk, dBias, headIndices });
        const context = args.savedOf(new Float32Array(queries * heads * valueDim), [
          queries,
          heads * valueDim,
        ]);
        args.rules.attentionContext({
          weights,
          v,
          sizes: checkContext(weights.tensor(), v.tensor(), options, headIndices, context.tensor()),
          queryOffsets,
          headIndices,
          dy,
          dWeights,
          dv,
        });
        return [dq, dk, dv, dy, dWeights, ...(dBias ? [dBias] : [])];
      }, 1e-5));
  }
});

describe('rules of the kernel for rows and recurrent cells have the gradients of the rules in TypeScript', () => {
  for (const [rows, width] of [
    [0, 3],
    [1, 1],
    [3, 7],
    [5, 64],
  ] as const) {
    for (const gap of [0, 3]) {
      const sizes = `[${rows}, ${width}], ${gap} values between rows`;
      it(`softmax and l2Normalize, ${sizes}`, () =>
        expectSameGradients((args) => {
          const [dy, dx, other] = [1, 2, 3].map(() => args.view(rows, width, gap)) as [
            GradientView,
            GradientView,
            GradientView,
          ];
          args.rules.softmax({ y: args.saved(rows, width, { gap }), dy, dx });
          args.rules.l2Normalize({ x: args.saved(rows, width, { gap, scale: 3 }), dy, dx: other });
          return [dx, other, dy];
        }, 1e-5));
      it(`embedding and meanPool, ${sizes}`, () =>
        expectSameGradients((args) => {
          const dTable = args.view(7, width, gap);
          const ids = Int32Array.from({ length: rows }, (_, i) => ((i * 5) % 4) + 1);
          args.rules.embedding({ ids, first: 2, dy: args.view(rows, width, gap), dTable });
          const dx = args.view(9, width, gap);
          const lengths = [0, 4, 4, 7, 8, 9].slice(0, rows + 1);
          args.rules.meanPool({ offsets: offsets(...lengths), dy: args.view(rows, width, gap), dx });
          return [dTable, dx];
        }));
      it(`lstmGates and gruGates, ${sizes}`, () =>
        expectSameGradients((args) => {
          const view = (n = 1) => args.view(rows, n * width, gap);
          const saved = (n = 1) => args.saved(rows, n * width, { gap, scale: 3 });
          const [gates, cell, dHidden, dNextCell] = [saved(4), saved(), view(), view()];
          const [dGates, dCell] = [view(4), view()];
          args.rules.lstmGates({ gates, cell, dHidden, dNextCell, dGates, dCell });
          args.rules.lstmGates({ gates, cell, dHidden, dNextCell, dGates: undefined, dCell });
          const [input, hidden, state, dy] = [saved(3), saved(3), saved(), view()];
          const [dInput, dState, dOther] = [view(3), view(), view(3)];
          args.rules.gruGates({ input, hidden, state, dy, dInput, dHidden: dOther, dState });
          args.rules.gruGates({ input, hidden, state, dy, dInput, dHidden: undefined, dState: undefined });
          return [dGates, dCell, dInput, dOther, dState, dHidden, dNextCell, dy];
        }, 1e-5));
    }
  }
  for (const layout of ['half', 'interleaved'] as const) {
    it.each([0, 2])(`rotary, layout ${layout}, %i values between rows`, (gap) =>
      expectSameGradients((args) => {
        const [dy, dx] = [args.view(4, 18, gap), args.view(4, 18, gap)];
        const positions = offsets(3, 0, 6, 1);
        args.rules.rotary({
          table: args.saved(7, 4, { gap }),
          positions,
          options: { heads: 3, layout },
          dy,
          dx,
        });
        return [dx, dy];
      }),
    );
  }
});

describe('cross entropy of the kernel', () => {
  it.each([0, 0.1])('has the loss and gradient of float64, label smoothing %d', (labelSmoothing) =>
    expectSameGradients((args) => {
      const [rows, classes, ignoreIndex] = [6, 131, -100];
      const saved = args.saved(rows, classes, { gap: 2, scale: 6 });
      const labels = offsets(3, ignoreIndex, 130, 0, ignoreIndex, 7);
      const { loss, addGradient } = args.losses.crossEntropy(args.backend, {
        logits: saved.tensor(),
        labels,
        ignoreIndex,
        labelSmoothing,
      });
      const dx = args.view(rows, classes, 3);
      addGradient(saved, 0.3, dx);
      const total = args.view(1, 1);
      total.data[0] = loss;
      return [dx, total];
    }),
  );
});

describe('memory of the gradient of attention', () => {
  it.each(['wasm-simd', 'wasm-relaxed-simd'] as const)(
    'has no matrix of scores at 2,048 tokens over %s',
    async (name) => {
      const wrapped = await createBackend(name);
      if (!(wrapped instanceof WasmBackend)) throw new Error('expected a WasmBackend');
      const backend = await RecordingBackend.create(wrapped);
      const [tokens, heads, width] = [2048, 4, 128];
      const x = randomValues(tokens * 3 * width, 1);
      let [before, scores] = [0, 0];
      backend.record((tape) => {
        const input = backend.tensor(x, [tokens, 3 * width]);
        tape.watch(input);
        const part = (i: number) => backend.columns(input, i * width, (i + 1) * width);
        const y = backend.attention(part(0), part(1), part(2), {
          heads,
          queryOffsets: offsets(0, tokens),
          causal: true,
        });
        before = wrapped.kernel.memory.byteLength;
        tape.backwardFrom(y, x.subarray(0, tokens * width));
        scores = tokens * tokens * 4;
      });
      // Gradients of input and output (4 MiB), 1.2 MiB of scratch memory, and the growth of the memory by at least an eighth.
      const grown = wrapped.kernel.memory.byteLength - before;
      expect(grown).toBeLessThan(9 * 2 ** 20);
      expect(grown).toBeLessThan(scores * heads);
    },
  );
});
