import { describe, expect, it } from 'vitest';
import { type Backend, type BackendName, createBackend } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import { Random } from '../operations/index.ts';

// What a mask hides has no effect, also if it is NaN or infinite: on every backend, in every path, and for every kind of mask.

const names: readonly BackendName[] = ['reference', 'wasm-simd', 'wasm-relaxed-simd'];

/** Few queries (decode-attention.ts) and many (attention.ts), with keys in one block and in several. */
const sizes = [
  [1, 5],
  [2, 130],
  [7, 7],
  [9, 12],
  [23, 23],
  [49, 300],
] as const;

const HEADS = 2;
const HEAD_DIM = 4;
const WIDTH = HEADS * HEAD_DIM;

interface Mask {
  readonly causal?: boolean;
  readonly window?: number | readonly [number, number];
  readonly start?: (queries: number, keys: number) => number;
  /** Whether a bias of −∞ hides a key. */
  readonly bias?: (query: number, key: number, keys: number) => boolean;
}

const masks: Record<string, Mask> = {
  causal: { causal: true },
  'causal from the top left': { causal: true, start: () => 0 },
  'causal, queries before the keys': { causal: true, start: () => -3 },
  'window to the left': { window: [3, 0] },
  'window to the right': { window: [0, 2], start: () => 0 },
  'window past the keys': { window: [4, 4], start: (_, keys) => keys },
  'bias at the beginning': { bias: (_, key, keys) => key < keys / 3 },
  'bias at the end': { bias: (_, key, keys) => key >= keys / 2 },
  'bias in between': { bias: (query, key) => (query + key) % 3 === 1 },
  'bias on everything': { bias: () => true },
  'bias and window': { window: 9, bias: (query, key) => (query * key) % 2 === 1 },
};

function isHidden(mask: Mask, query: number, key: number, queries: number, keys: number): boolean {
  const position = query + (mask.start?.(queries, keys) ?? keys - queries);
  const { window = [Infinity, Infinity] } = mask;
  const [before, after] = typeof window === 'number' ? [window - 1, window - 1] : window;
  return (
    key < position - before || key > position + (mask.causal ? 0 : after) || !!mask.bias?.(query, key, keys)
  );
}

interface Values {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
}

function attend(
  backend: Backend,
  { q, k, v }: Values,
  mask: Mask,
): [fused: Float32Array, steps: Float32Array] {
  const [queries, keys] = [q.length / WIDTH, k.length / WIDTH];
  return withScope(backend, () => {
    const bias = Float32Array.from({ length: queries * keys }, (_, i) =>
      mask.bias?.(Math.floor(i / keys), i % keys, keys) ? -Infinity : 0.5,
    );
    const options = {
      heads: HEADS,
      queryOffsets: Int32Array.of(0, queries),
      keyOffsets: Int32Array.of(0, keys),
      ...(mask.causal && { causal: true }),
      ...(mask.window && { window: mask.window }),
      ...(mask.start && { queryStarts: Int32Array.of(mask.start(queries, keys)) }),
      ...(mask.bias && { bias: backend.tensor(bias, [1, 1, queries, keys]) }),
    };
    const [queriesOf, keysOf, valuesOf] = [
      backend.tensor(q, [queries, WIDTH]),
      backend.tensor(k, [keys, WIDTH]),
      backend.tensor(v, [keys, WIDTH]),
    ];
    const all = [0, 1];
    const weights = backend.softmax(backend.attentionScores(queriesOf, keysOf, options, all));
    const context = backend.zeros([queries, WIDTH]);
    backend.attentionContext(weights, valuesOf, options, all, context);
    return [backend.read(backend.attention(queriesOf, keysOf, valuesOf, options)), backend.read(context)];
  });
}

/** The values with rows of keys and values replaced. */
function withRows({ q, k, v }: Values, rows: readonly number[], key: number, value: number): Values {
  const changed = { q, k: k.slice(), v: v.slice() };
  for (const row of rows) {
    changed.k.fill(key, row * WIDTH, (row + 1) * WIDTH);
    changed.v.fill(value, row * WIDTH, (row + 1) * WIDTH);
  }
  return changed;
}

const garbage = [
  [NaN, NaN],
  [NaN, 0],
  [Infinity, -Infinity],
  [-Infinity, NaN],
  [3e38, 3e38],
] as const;

describe.each(names)('%s', (name) => {
  describe.each(Object.entries(masks))('attention with a mask: %s', (_, mask) => {
    it.each(sizes)(
      'of %i queries is not changed by rows hidden from them, of %i keys',
      async (queries, keys) => {
        const backend = await createBackend(name);
        const random = new Random(queries * 1000 + keys);
        const values: Values = {
          q: random.values(queries * WIDTH),
          k: random.values(keys * WIDTH),
          v: random.values(keys * WIDTH),
        };
        const everyKey = Array.from({ length: keys }, (_, key) => key);
        const hiddenFrom = (query: number) =>
          everyKey.filter((key) => isHidden(mask, query, key, queries, keys));
        const clean = attend(backend, values, mask);
        const wrong: string[] = [];
        for (const [i, [key, value]] of garbage.entries()) {
          // All rows that one query does not see; other queries see some of them.
          const query = (i * 7) % queries;
          const rows = hiddenFrom(query);
          for (const [path, context] of attend(backend, withRows(values, rows, key, value), mask).entries()) {
            for (let at = query * WIDTH; at < (query + 1) * WIDTH; at++) {
              if (Math.abs(context[at]! - clean[path]![at]!) <= 1e-5) continue;
              wrong.push(
                `${key}, ${value}, path ${path}: ${context[at]} at ${at} instead of ${clean[path]![at]}`,
              );
            }
            if (!Number.isNaN(key)) continue;
            // A query that sees a row of NaN gives NaN.
            for (let other = 0; other < queries; other++) {
              const sees = rows.some((row) => !isHidden(mask, other, row, queries, keys));
              if (Number.isNaN(context[other * WIDTH]) !== sees)
                wrong.push(`${key}: query ${other} sees ${sees}`);
            }
          }
        }
        expect(wrong).toEqual([]);
      },
    );
  });
});
