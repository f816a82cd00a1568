import { describe, expect, it } from 'vitest';
import { ShapeError } from '../errors.ts';
import { type Backend, createBackend, type Tensor } from '../index.ts';
import { withScope } from '../internal.ts';

const names = ['reference', 'wasm-simd', 'wasm-relaxed-simd'] as const;

/** An invalid call and its error message: operation, expected, got. */
type Mistake = readonly [message: string, make: (b: Backend, t: (...shape: number[]) => Tensor) => unknown];

const self = (...offsets: number[]) => ({ heads: 2, queryOffsets: Int32Array.from(offsets) });

const values: Mistake[] = [
  ['tensor: shape [2, 3] holds 6 values, got 5', (b) => b.tensor(new Float32Array(5), [2, 3])],
  ['tensor: shape [] holds 1 values, got 0', (b) => b.tensor(new Float32Array(0), [])],
  [
    'tensor: sizes of a shape must be whole numbers of at least 0, got [-1, -4]',
    (b) => b.tensor(new Float32Array(4), [-1, -4]),
  ],
  [
    'tensor: sizes of a shape must be whole numbers of at least 0, got [0.5, 8]',
    (b) => b.tensor(new Float32Array(4), [0.5, 8]),
  ],
  [
    'tensor: sizes of a shape must be whole numbers of at least 0, got [NaN]',
    (b) => b.tensor(new Float32Array(4), [NaN]),
  ],
  ['constant: shape [4] holds 4 values, got 3', (b) => b.constant(new Float32Array(3), [4])],
  ['zeros: sizes of a shape must be whole numbers of at least 0, got [2, -1]', (b) => b.zeros([2, -1])],
  ['zeros: sizes of a shape must be whole numbers of at least 0, got [1.5]', (b) => b.zeros([1.5])],
  ['write: shape [2, 3] holds 6 values, got 7', (b, t) => b.write(t(2, 3), new Float32Array(7))],
  ['columns: input must be [rows, features], got [2, 3, 4]', (b, t) => b.columns(t(2, 3, 4), 0, 1)],
  ['columns: 2 to 5 do not lie within 4 features', (b, t) => b.columns(t(1, 4), 2, 5)],
  ['columns: 3 to 2 do not lie within 4 features', (b, t) => b.columns(t(1, 4), 3, 2)],
  ['columns: -1 to 2 do not lie within 4 features', (b, t) => b.columns(t(1, 4), -1, 2)],
  ['assign: shapes must be equal, got [2, 3] and [3, 2]', (b, t) => b.assign(t(2, 3), t(3, 2))],
  ['assign: shapes must be equal, got [6] and [2, 3]', (b, t) => b.assign(t(6), t(2, 3))],
  ['columns: 0 to 1.5 do not lie within 4 features', (b, t) => b.columns(t(1, 4), 0, 1.5)],
];

const layers: Mistake[] = [
  [
    'linear: weight must be [outFeatures, 3], got 7 values',
    (b) => b.linearWeights(new Float32Array(7), undefined, 3),
  ],
  [
    'linear: weight must be [outFeatures, 0], got 6 values',
    (b) => b.linearWeights(new Float32Array(6), undefined, 0),
  ],
  [
    'linear: weight must be [outFeatures, 1.5], got 6 values',
    (b) => b.linearWeights(new Float32Array(6), undefined, 1.5),
  ],
  [
    'linear: bias must have 2 values, one for each output feature, got 3',
    (b) => b.linearWeights(new Float32Array(6), new Float32Array(3), 3),
  ],
  ['linear: input must be [rows, features], got [3]', (b, t) => b.linear(t(3), linear(b, 3, 2))],
  ['linear: input must have 3 features, got 4', (b, t) => b.linear(t(2, 4), linear(b, 3, 2))],
  [
    'linear: residual must be [5, 2], got [5, 3]',
    (b, t) => b.linear(t(5, 3), linear(b, 3, 2), { residual: t(5, 3) }),
  ],
  ['add: shapes must be equal, got [2, 3] and [3, 2]', (b, t) => b.add(t(2, 3), t(3, 2))],
  ['add: shapes must be equal, got [6] and [6, 1]', (b, t) => b.add(t(6), t(6, 1))],
  ['scale: factor must be a finite number, got NaN', (b, t) => b.scale(t(2, 3), NaN)],
  [
    'layerNorm: input must be [rows, features], got [2, 2, 2]',
    (b, t) => b.layerNorm(t(2, 2, 2), t(2), t(2), 1),
  ],
  ['layerNorm: gain must be [4], got [3]', (b, t) => b.layerNorm(t(2, 4), t(3), t(4), 1)],
  ['layerNorm: bias must be [4], got [1, 4]', (b, t) => b.layerNorm(t(2, 4), t(4), t(1, 4), 1)],
  ['rmsNorm: input must be [rows, features], got [4]', (b, t) => b.rmsNorm(t(4), t(4), 1)],
  ['rmsNorm: gain must be [4], got [3]', (b, t) => b.rmsNorm(t(2, 4), t(3), 1)],
  ['rmsNorm: gain must be [4], got [1, 4]', (b, t) => b.rmsNorm(t(2, 4), t(1, 4), 1)],
  ['gate: input must be [rows, features], got [4]', (b, t) => b.gate(t(4), 'silu')],
  ['gate: input must have an even number of features, got 5', (b, t) => b.gate(t(2, 5), 'silu')],
  [
    'embedding: ids must lie in 0 … 1, got 2 at index 0',
    (b) => b.embedding(linear(b, 3, 2), Int32Array.of(2)),
  ],
  [
    'embedding: rows 5 to 7 do not lie within a vocabulary of 6',
    (b) => b.embedding(linear(b, 3, 2), Int32Array.of(0), { first: 5, of: 6 }),
  ],
  ['embedding: table must be [rows, features], got [4]', (b, t) => b.embedding(t(4), Int32Array.of(0))],
  [
    'embedding: ids must lie in 0 … 3, got 4 at index 2',
    (b, t) => b.embedding(t(4, 2), Int32Array.of(0, 3, 4, 9)),
  ],
  ['embedding: ids must lie in 0 … 3, got -1 at index 0', (b, t) => b.embedding(t(4, 2), Int32Array.of(-1))],
  [
    'embedding: rows 3 to 7 do not lie within a vocabulary of 6',
    (b, t) => b.embedding(t(4, 2), Int32Array.of(0), { first: 3, of: 6 }),
  ],
  [
    'embedding: rows -1 to 3 do not lie within a vocabulary of 6',
    (b, t) => b.embedding(t(4, 2), Int32Array.of(0), { first: -1, of: 6 }),
  ],
  [
    'embedding: rows 0.5 to 4.5 do not lie within a vocabulary of 6',
    (b, t) => b.embedding(t(4, 2), Int32Array.of(0), { first: 0.5, of: 6 }),
  ],
  [
    'embedding: ids must lie in 0 … 8, got 9 at index 1',
    (b, t) => b.embedding(t(4, 2), Int32Array.of(8, 9), { first: 2, of: 9 }),
  ],
  ['meanPool: input must be [rows, features], got []', (b, t) => b.meanPool(t(), Int32Array.of(0, 1))],
  [
    'meanPool: sequence offsets must run from 0 to 3, the number of rows; got 0, 2',
    (b, t) => b.meanPool(t(3, 2), Int32Array.of(0, 2)),
  ],
  [
    'meanPool: sequence offsets must run from 0 to 3, the number of rows; got 1, 3',
    (b, t) => b.meanPool(t(3, 2), Int32Array.of(1, 3)),
  ],
  [
    'meanPool: sequence offsets must run from 0 to 3, the number of rows; got none',
    (b, t) => b.meanPool(t(3, 2), new Int32Array(0)),
  ],
  [
    'meanPool: sequence offsets must not decrease, got 0, 3, 2, 3',
    (b, t) => b.meanPool(t(3, 2), Int32Array.of(0, 3, 2, 3)),
  ],
];

const attention: Mistake[] = [
  [
    'attention: queries must be [rows, features], got [4]',
    (b, t) => b.attention(t(4), t(1, 4), t(1, 4), self(0, 1)),
  ],
  [
    'attention: keys must be [rows, features], got [4]',
    (b, t) => b.attention(t(1, 4), t(4), t(1, 4), self(0, 1)),
  ],
  [
    'attention: values must be [rows, features], got [4]',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(4), self(0, 1)),
  ],
  [
    'attention: 5 query features do not divide into 2 heads',
    (b, t) => b.attention(t(1, 5), t(1, 4), t(1, 4), self(0, 1)),
  ],
  [
    'attention: 0 query features do not divide into 2 heads',
    (b, t) => b.attention(t(1, 0), t(1, 0), t(1, 4), self(0, 1)),
  ],
  [
    'attention: keys need 4 features (2 heads of 2, as the queries have), got 6',
    (b, t) => b.attention(t(1, 4), t(1, 6), t(1, 4), self(0, 1)),
  ],
  [
    'attention: keys need 2 features (1 heads of 2, as the queries have), got 4',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), keyValueHeads: 1 }),
  ],
  [
    'attention: 5 value features do not divide into 2 heads',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 5), self(0, 1)),
  ],
  [
    'attention: heads must be a multiple of key-value heads, both at least 1; got 4 and 3',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), heads: 4, keyValueHeads: 3 }),
  ],
  [
    'attention: heads must be a multiple of key-value heads, both at least 1; got 0 and 0',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), heads: 0 }),
  ],
  [
    'attention: heads must be a multiple of key-value heads, both at least 1; got 1.5 and 1.5',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), heads: 1.5 }),
  ],
  [
    'attention: heads must be a multiple of key-value heads, both at least 1; got -2 and 2',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), heads: -2, keyValueHeads: 2 }),
  ],
  [
    'attention: heads must be a multiple of key-value heads, both at least 1; got 2 and -2',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), heads: 2, keyValueHeads: -2 }),
  ],
  [
    'attention: heads must be a multiple of key-value heads, both at least 1; got 3 and 1.5',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), heads: 3, keyValueHeads: 1.5 }),
  ],
  [
    'attention: query offsets must run from 0 to 2, the number of rows; got 0, 1',
    (b, t) => b.attention(t(2, 4), t(2, 4), t(2, 4), self(0, 1)),
  ],
  [
    'attention: key offsets must run from 0 to 3, the number of rows; got 0, 2',
    (b, t) => b.attention(t(2, 4), t(3, 4), t(3, 4), self(0, 2)),
  ],
  [
    'attention: key offsets must run from 0 to 4, the number of rows; got 0, 2',
    (b, t) => b.attention(t(2, 4), t(2, 4), t(4, 4), self(0, 2)),
  ],
  [
    'attention: queries and keys must have as many sequences, got 1 and 2',
    (b, t) => b.attention(t(2, 4), t(2, 4), t(2, 4), { ...self(0, 2), keyOffsets: Int32Array.of(0, 1, 2) }),
  ],
  [
    'attention: window must be a whole number of at least 1, got 0',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), window: 0 }),
  ],
  [
    'attention: window must be a whole number of at least 1, got 2.5',
    (b, t) => b.attentionScores(t(1, 4), t(1, 4), { ...self(0, 1), window: 2.5 }, [0]),
  ],
  [
    'attention: window must be two whole numbers of at least 0 or Infinity, got -1,2',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), window: [-1, 2] }),
  ],
  [
    'attention: scale must be a finite number, got NaN',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), scale: NaN }),
  ],
  [
    'attention: softCap must be a number above 0, got 0',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), softCap: 0 }),
  ],
  [
    'attention: queryStarts must have 1 positions, got 2',
    (b, t) => b.attention(t(1, 4), t(1, 4), t(1, 4), { ...self(0, 1), queryStarts: Int32Array.of(0, 1) }),
  ],
  ...(
    [
      [2, 1, 1, 3],
      [1, 3, 1, 3],
      [1, 1, 2, 3],
      [1, 1, 1, 1],
      [1, 1, 3],
    ] as const
  ).map(
    (shape): Mistake => [
      `attention: bias must be [1 or 1, 2 or 1, 3 or 1, 3], got [${shape.join(', ')}]`,
      (b, t) => b.attention(t(3, 4), t(3, 4), t(3, 4), { ...self(0, 3), bias: t(...shape) }),
    ],
  ),
  [
    'attention: head indices must lie in 0 … 1, got 2',
    (b, t) => b.attentionScores(t(1, 4), t(1, 4), self(0, 1), [0, 2]),
  ],
  [
    'attention: head indices must lie in 0 … 1, got -1',
    (b, t) => b.attentionScores(t(1, 4), t(1, 4), self(0, 1), [-1]),
  ],
  [
    'attention: head indices must lie in 0 … 1, got 0.5',
    (b, t) => b.attentionContext(t(1, 1, 1, 1), t(1, 4), self(0, 1), [0.5], t(1, 4)),
  ],
  [
    'attention: weights must be [1, 1, 3, 3], got [1, 2, 3, 3]',
    (b, t) => b.attentionContext(t(1, 2, 3, 3), t(3, 4), self(0, 3), [1], t(3, 4)),
  ],
  [
    'attention: context needs 4 features, got 6',
    (b, t) => b.attentionContext(t(1, 1, 3, 3), t(3, 4), self(0, 3), [1], t(3, 6)),
  ],
  [
    'attention: context must be [rows, features], got [12]',
    (b, t) => b.attentionContext(t(1, 1, 3, 3), t(3, 4), self(0, 3), [1], t(12)),
  ],
  [
    'attention: query offsets must run from 0 to 2, the number of rows; got 0, 3',
    (b, t) => b.attentionContext(t(1, 1, 3, 3), t(3, 4), self(0, 3), [1], t(2, 4)),
  ],
  [
    'attention: key offsets must run from 0 to 4, the number of rows; got 0, 3',
    (b, t) => b.attentionContext(t(1, 1, 3, 3), t(4, 4), self(0, 3), [1], t(3, 4)),
  ],
  [
    'attention: queries and keys must have as many sequences, got 1 and 2',
    (b, t) =>
      b.attentionContext(
        t(1, 1, 3, 2),
        t(3, 4),
        { ...self(0, 3), keyOffsets: Int32Array.of(0, 1, 3) },
        [1],
        t(3, 4),
      ),
  ],
];

/** Options for one query with `length` keys from row `start`. */
const range = (start: number, length: number) => ({
  ...self(0, 1),
  keyRanges: { starts: Int32Array.of(start), lengths: Int32Array.of(length) },
});

const ranges: Mistake[] = [
  ...(
    [
      [2, 2],
      [-1, 2],
      [4, 0],
      [1, -1],
      [0x7fff_ffff, 1],
      [0, 0x7fff_ffff],
    ] as const
  ).flatMap(([start, length]): Mistake[] => {
    const message = `attention: keys ${start} to ${start + length} of sequence 0 do not lie within 3 rows`;
    return [
      [message, (b, t) => b.attention(t(1, 4), t(3, 4), t(9, 4), range(start, length))],
      [message, (b, t) => b.attentionScores(t(1, 4), t(3, 4), range(start, length), [0])],
    ];
  }),
  [
    'attention: keys 2 to 4 of sequence 0 do not lie within 3 rows',
    (b, t) => b.attention(t(1, 4), t(4, 4), t(3, 4), range(2, 2)),
  ],
  [
    'attention: keys 2 to 4 of sequence 0 do not lie within 3 rows',
    (b, t) => b.attentionContext(t(1, 1, 1, 2), t(3, 4), range(2, 2), [0], t(1, 4)),
  ],
  [
    'attention: queries and keys must have as many sequences, got 2 and 1',
    (b, t) =>
      b.attention(t(2, 4), t(3, 4), t(3, 4), { ...range(0, 1), queryOffsets: Int32Array.of(0, 1, 2) }),
  ],
  [
    'attention: keyRanges must have as many starts as lengths, got 1 and 2',
    (b, t) =>
      b.attention(t(1, 4), t(3, 4), t(3, 4), {
        ...self(0, 1),
        keyRanges: { starts: Int32Array.of(0), lengths: Int32Array.of(1, 2) },
      }),
  ],
  [
    'attention: keyOffsets and keyRanges cannot both be given',
    (b, t) => b.attention(t(1, 4), t(3, 4), t(3, 4), { ...range(0, 3), keyOffsets: Int32Array.of(0, 3) }),
  ],
  [
    'attention: bias must be [1 or 1, 2 or 1, 1 or 1, 2], got [1, 1, 1, 3]',
    (b, t) => b.attention(t(1, 4), t(3, 4), t(3, 4), { ...range(1, 2), bias: t(1, 1, 1, 3) }),
  ],
];

function linear(backend: Backend, inFeatures: number, outFeatures: number) {
  return backend.linearWeights(new Float32Array(inFeatures * outFeatures), undefined, inFeatures);
}

describe.each(names)('%s throws ShapeError', (name) => {
  it.each([...values, ...layers, ...attention, ...ranges])('%s', async (message, make) => {
    const backend = await createBackend(name);
    withScope(backend, () => {
      const act = () => make(backend, (...shape) => backend.zeros(shape));
      expect(act).toThrow(ShapeError);
      expect(act).toThrow(expect.objectContaining({ message, code: 'ERR_SHAPE' }));
    });
  });
});

describe.each(names)('%s', (name) => {
  it('keeps weights in f32 as they are, also those that other types cannot hold', async () => {
    const backend = await createBackend(name);
    withScope(backend, () => {
      const weights = backend.linearWeights(Float32Array.of(Infinity, 1e38), undefined, 1);
      expect([...backend.read(backend.linear(backend.tensor(Float32Array.of(1), [1, 1]), weights))]).toEqual([
        Infinity,
        Math.fround(1e38),
      ]);
    });
  });
});
