import { describe, it } from 'vitest';
import { type GuardedBuffer, GuardedMemory, kernels, rowsOf, sequence } from '../helpers/guard.ts';

const ALL = 0x7fff_ffff;

interface Shape {
  queries: number;
  keys: number;
  heads: number;
  group: number;
  headDim: number;
  valueDim: number;
  before: number;
  after: number;
  bias: boolean;
  margin: number;
}

const plain = {
  heads: 2,
  group: 1,
  headDim: 5,
  valueDim: 7,
  before: ALL,
  after: ALL,
  bias: false,
  margin: 0,
};

const shapes: Shape[] = [
  // Few queries (decode-attention.ts): four and eight keys at a time, blocks of 64 keys, up to 64 rows.
  ...[
    [1, 1, 1],
    [1, 3, 1],
    [1, 9, 9],
    [1, 66, 1],
    [2, 64, 1],
    [8, 77, 1],
    [1, 70, 2],
    [1, 12, 64],
    [1, 6, 70],
    [2, 5, 33],
    [5, 20, 3],
  ].flatMap(([queries, keys, group], i) =>
    [1, 4, 7, 8, 20].map((dim, j) => ({
      ...plain,
      queries: queries!,
      keys: keys!,
      group: group!,
      heads: group! * (1 + ((i + j) % 2)),
      headDim: dim,
      valueDim: 21 - dim,
      bias: (i + j) % 3 === 0,
      margin: (i * j) % 4,
      after: i % 2 ? 0 : ALL,
      before: j % 2 ? 40 : ALL,
    })),
  ),
  ...[0, 1, 2, 5, 6, 7, 8, 9, 17].flatMap((queries) =>
    [0, 1, 3, 8, 9, 16].map((keys, i) => ({
      ...plain,
      queries,
      keys,
      headDim: 1 + ((queries + 3 * i) % 11),
      valueDim: 1 + ((2 * queries + i) % 10),
      bias: i % 2 === 0,
      margin: i % 3,
      after: queries % 2 === 0 ? 0 : ALL,
    })),
  ),
  ...[
    [193, 17],
    [161, 3],
    [2, 255],
    [3, 256],
    [3, 257],
    [7, 300],
    [195, 260],
  ].flatMap(([queries, keys]) => [
    { ...plain, queries: queries!, keys: keys!, group: 2, after: 0 },
    { ...plain, queries: queries!, keys: keys!, before: 9, after: 9, bias: true, margin: 1 },
  ]),
];

describe.each(kernels)(
  'attention kernels access only their arguments ($build, wide: $wide)',
  ({ build, wide }) => {
    it('attention', async () => {
      const memory = await GuardedMemory.create(build, 12, wide);
      for (const shape of shapes) {
        const { queries, keys, heads, group, headDim, valueDim, before, after, bias, margin } = shape;
        const kvHeads = heads / group;
        const strides = [
          heads * headDim + margin,
          kvHeads * headDim + margin,
          kvHeads * valueDim + margin,
          heads * valueDim + margin,
        ] as const;
        const out = rowsOf(queries, heads * valueDim, strides[3]);
        const buffers: GuardedBuffer[] = [
          { values: sequence(rowsOf(queries, heads * headDim, strides[0]).length) },
          { values: sequence(rowsOf(keys, kvHeads * headDim, strides[1]).length, 2) },
          { values: sequence(rowsOf(keys, kvHeads * valueDim, strides[2]).length, 3) },
          { values: sequence(out.length, 4), writes: out.inside },
          { values: memory.kernel.exports.attentionScratch(headDim, valueDim), writes: true },
          ...(bias ? [{ values: sequence(heads * queries * keys, 5) }] : []),
        ];
        memory.run(JSON.stringify(shape), buffers, (...[q, k, v, to, scratch, b]) =>
          memory.kernel.exports.attention(
            q!,
            strides[0],
            k!,
            strides[1],
            v!,
            strides[2],
            to!,
            strides[3],
            queries,
            keys,
            heads,
            group,
            headDim,
            valueDim,
            0.5,
            b ?? 0,
            queries * keys,
            keys,
            before,
            after,
            keys - queries,
            bias ? 1.5 : 0,
            scratch!,
          ),
        );
      }
    });

    it('attentionScores and attentionContext', async () => {
      const memory = await GuardedMemory.create(build, 12, wide);
      const { exports } = memory.kernel;
      for (const shape of shapes) {
        const { queries, keys, headDim, valueDim, before, after, bias, margin } = shape;
        const name = JSON.stringify(shape);
        const [stride, scoresStride, outStride] = [headDim + margin, keys + margin, valueDim + margin];
        const scores = rowsOf(queries, keys, scoresStride);
        const scratch = { values: exports.attentionScratch(headDim, valueDim), writes: true };
        const inputs: GuardedBuffer[] = [
          { values: sequence(rowsOf(queries, headDim, stride).length) },
          { values: sequence(rowsOf(keys, headDim, stride).length, 2) },
          { values: sequence(scores.length, 3), writes: scores.inside },
          scratch,
          ...(bias ? [{ values: sequence(queries * keys, 5) }] : []),
        ];
        memory.run(`scores ${name}`, inputs, (...[q, k, to, room, b]) =>
          exports.attentionScores(
            ...([q, stride, k, stride, to, scoresStride] as [number, number, number, number, number, number]),
            ...([
              queries,
              keys,
              headDim,
              0.5,
              b ?? 0,
              keys,
              before,
              after,
              keys - queries,
              bias ? 1.5 : 0,
              room!,
            ] as const),
          ),
        );
        const out = rowsOf(queries, valueDim, outStride);
        const context: GuardedBuffer[] = [
          { values: sequence(scores.length) },
          { values: sequence(rowsOf(keys, valueDim, outStride).length, 2) },
          { values: sequence(out.length, 3), writes: out.inside },
          scratch,
        ];
        memory.run(`context ${name}`, context, (w, v, to, room) =>
          exports.attentionContext(
            w!,
            scoresStride,
            v!,
            outStride,
            to!,
            outStride,
            queries,
            keys,
            valueDim,
            room!,
          ),
        );
      }
    });
  },
);
