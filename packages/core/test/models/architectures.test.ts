import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  availableBackends,
  type Backend,
  createBackend,
  TASK_HEAD_KINDS,
  type TaskHeadKind,
} from '../../src/index.ts';
import {
  type EncodeResult,
  encoderFromCheckpoint,
  LocalEngine,
  type OutputRequest,
  readEncoderConfig,
} from '../../src/internal.ts';
import { joinSequences } from '../../src/tasks/encoder/batching.ts';
import { difference, floats, type StoredArray } from '../helpers/fixture.ts';
import { tinyArchitectures, tinyCheckpoint, tinyConfig, tinyExpected } from '../helpers/tiny-encoders.ts';

const TOLERANCE = 1e-5;
const LOGITS = 3e-5;

describe.each(tinyArchitectures)('%s', (name) => {
  const expected = tinyExpected(name);
  const kinds = TASK_HEAD_KINDS.filter((kind) => expected[0]!.heads[kind]);
  const batch = joinSequences(
    expected.map(({ ids, typeIds }) => ({ ids: Int32Array.from(ids), typeIds: Int32Array.from(typeIds) })),
  );
  const embedding = (mode: 'mean' | 'cls' | 'max'): OutputRequest => ({
    kind: 'embedding',
    mode,
    normalize: false,
  });
  const outputs: OutputRequest[] = [
    { kind: 'hidden' },
    embedding('mean'),
    embedding('max'),
    embedding('cls'),
    ...kinds.map((kind) => ({ kind })),
  ];

  describe.each(availableBackends())('on %s', (backendName) => {
    let backend: Backend;
    let engine: LocalEngine;
    let result: EncodeResult;
    beforeAll(async () => {
      backend = await createBackend(backendName);
      const config = await readEncoderConfig(tinyConfig(name), kinds);
      engine = new LocalEngine(
        backend,
        await encoderFromCheckpoint(config, await tinyCheckpoint(name), backend),
      );
      result = await engine.encode(batch, { outputs });
    });
    afterAll(async () => {
      await engine.dispose();
      expect(backend.weightBytes).toBe(0);
    });

    /** Compares the rows of each sequence with PyTorch's result of that sequence alone. */
    function expectRows(
      index: number,
      of: (sequence: (typeof expected)[number]) => StoredArray,
      tolerance = TOLERANCE,
    ) {
      const { data, shape } = result.outputs[index]!;
      const all = expected.flatMap((sequence) => [...floats(of(sequence)).data]);
      expect(data.length).toBe(shape[0]! * shape[1]!);
      expect(difference(data, all)).toBeLessThanOrEqual(tolerance);
    }

    it('agrees with PyTorch on last hidden states', () => {
      expectRows(0, ({ hidden }) => hidden);
    });

    it('pools them by mean, maximum and first token', () => {
      expectRows(1, ({ mean }) => mean);
      expectRows(2, ({ max }) => max);
      expect(result.outputs[3]!.shape).toEqual([expected.length, 24]);
      const firsts = expected.flatMap(({ hidden }) => [...floats(hidden).data.subarray(0, 24)]);
      expect(difference(result.outputs[3]!.data, firsts)).toBeLessThanOrEqual(TOLERANCE);
    });

    it.each(kinds.map((kind, i) => [kind, i] as const))(
      'agrees with PyTorch on the logits of the head %s',
      (kind, i) => {
        expectRows(4 + i, ({ heads }) => heads[kind]!, LOGITS);
      },
    );

    it('agrees with PyTorch on the attention weights of every head', async () => {
      for (const { ids, typeIds, attention } of expected) {
        const one = joinSequences([{ ids: Int32Array.from(ids), typeIds: Int32Array.from(typeIds) }]);
        const { recorded } = await engine.encode(one, { record: ['blocks.*.attention.weights'] });
        const weights = [0, 1].flatMap((layer) => [
          ...recorded.get(`blocks.${layer}.attention.weights`)!.data,
        ]);
        expect(difference(weights, floats(attention).data)).toBeLessThanOrEqual(TOLERANCE);
      }
    });

    it('computes the logits of selected tokens only', async () => {
      const rows = Int32Array.of(8, 0, 19);
      const { outputs: some } = await engine.encode(batch, { outputs: [{ kind: 'maskedLM', rows }] });
      const all = result.outputs[4 + kinds.indexOf('maskedLM')]!;
      const picked = [...rows].flatMap((row) => [...all.data.subarray(row * 90, (row + 1) * 90)]);
      expect(some[0]!.shape).toEqual([3, 90]);
      expect(difference(some[0]!.data, picked)).toBeLessThanOrEqual(1e-6);
    });

    it('has a hook point for logits', async () => {
      const kind: TaskHeadKind = 'sequenceClassification';
      const { outputs: hooked, recorded } = await engine.encode(batch, {
        outputs: [{ kind }],
        hooks: { logits: ({ data }) => data.map((value) => value + 1) },
        record: ['head.hidden'],
      });
      const plain = result.outputs[4 + kinds.indexOf(kind)]!;
      expect(
        difference(
          hooked[0]!.data,
          plain.data.map((value) => value + 1),
        ),
      ).toBe(0);
      expect(recorded.get('head.hidden')?.shape).toEqual([3, 24]);
    });

    it('throws ShapeError for a sequence longer than the context', async () => {
      const length = name === 'roberta' || name === 'mpnet' ? 19 : 21;
      const ids = new Int32Array(length);
      const long = joinSequences([{ ids, typeIds: new Int32Array(length) }]);
      await expect(engine.encode(long)).rejects.toThrow(
        `a text may have at most ${length - 1} tokens, sequence 0 has ${length}`,
      );
      const fits = joinSequences([{ ids: ids.subarray(1), typeIds: new Int32Array(length - 1) }]);
      expect((await engine.encode(fits)).outputs[0]!.shape).toEqual([1, 24]);
    });

    it('throws ShapeError for ids outside the vocabulary', async () => {
      const wrong = joinSequences([{ ids: Int32Array.of(0, 90), typeIds: new Int32Array(2) }]);
      await expect(engine.encode(wrong)).rejects.toMatchObject({ code: 'ERR_SHAPE' });
    });

    it('returns nothing for no sequences', async () => {
      const { outputs: none } = await engine.encode(joinSequences([]), { outputs: [{ kind: 'hidden' }] });
      expect(none[0]!.shape).toEqual([0, 24]);
    });
  });
});

it('uses the only segment for both texts of a pair', async () => {
  const backend = await createBackend('reference');
  const config = await readEncoderConfig(tinyConfig('roberta'));
  const encoder = await encoderFromCheckpoint(config, await tinyCheckpoint('roberta'), backend);
  const engine = new LocalEngine(backend, encoder);
  const ids = Int32Array.of(3, 4, 5);
  const encode = async (typeIds: Int32Array) => {
    const { outputs } = await engine.encode(joinSequences([{ ids, typeIds }]));
    return outputs[0]!.data;
  };
  expect(difference(await encode(Int32Array.of(0, 1, 1)), await encode(new Int32Array(3)))).toBe(0);
});
