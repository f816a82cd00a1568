import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import type { Seq2SeqOptions } from '../../src/nn/seq2seq/options.ts';
import { Seq2Seq, type Seq2SeqResult } from '../../src/nn/seq2seq/seq2seq.ts';
import type { FloatArray } from '../../src/nn/torch/float-array.ts';
import {
  backendNames,
  difference,
  expectClose,
  fixtureCases,
  type StoredArray,
  stateDict,
} from '../helpers/fixture.ts';

interface Written {
  /** The argmax of every step, the end token included. */
  readonly ids: number[];
  readonly logits: StoredArray;
  readonly context: StoredArray;
  readonly alignments?: StoredArray;
}

interface Case {
  readonly name: string;
  readonly options: Seq2SeqOptions;
  readonly state: Record<string, StoredArray>;
  readonly sources: number[][];
  readonly targets: number[][];
  readonly greedy: Written[];
  readonly forced: Written[];
}

const cases = fixtureCases<Case>('seq2seq');
const fixed = cases.find(({ options }) => !options.attention)!;
const attending = cases.find(({ options }) => options.attention === 'additive')!;

function expectWritten(got: Seq2SeqResult, expected: Written): void {
  expect([...got.ids]).toEqual(got.ended ? expected.ids.slice(0, -1) : expected.ids);
  expectClose(got.logits, expected.logits);
  expectClose(got.context, expected.context);
  if (expected.alignments) expectClose(got.alignments, expected.alignments);
  else expect(got.alignments).toBeUndefined();
}

describe.each(backendNames)('Seq2Seq on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it.each(cases.map((one) => [one.name, one] as const))('agrees with PyTorch: %s', async (_, one) => {
    const model = await Seq2Seq.load(backend, stateDict(one.state), one.options);
    const needWeights = one.options.attention !== undefined;
    // Three sequences of different lengths in one batch; PyTorch's results are of one at a time.
    const greedy = model.generate(one.sources, { maxLength: 12, needWeights });
    for (const [s, expected] of one.greedy.entries()) {
      expectWritten(greedy[s]!, expected);
      expect(greedy[s]!.ended).toBe(expected.ids.at(-1) === one.options.eosTokenId);
    }
    const forced = model.forward(one.sources, one.targets, { needWeights });
    for (const [s, expected] of one.forced.entries()) expectWritten(forced[s]!, expected);
    model.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it('gives equal results alone and in a batch', async () => {
    const model = await Seq2Seq.load(backend, stateDict(attending.state), attending.options);
    const together = model.generate(attending.sources, { maxLength: 12 });
    for (const [s, source] of attending.sources.entries()) {
      const [alone] = model.generate([source], { maxLength: 12 });
      expect(alone!.logits.data).toEqual(together[s]!.logits.data);
      expect(alone!.ids).toEqual(together[s]!.ids);
    }
    model.dispose();
  });

  it('uses replacements of the initial state and the attention weights by hooks', async () => {
    const model = await Seq2Seq.load(backend, stateDict(fixed.state), fixed.options);
    const [first, second] = model.generate(fixed.sources.slice(0, 2), { maxLength: 4 });
    const [swapped] = model.generate([fixed.sources[0]!], {
      maxLength: 4,
      hooks: { 'context.0': { edit: 'replace', data: second!.context.data } },
    });
    expect(swapped!.ids).toEqual(second!.ids);
    expect(swapped!.ids).not.toEqual(first!.ids);
    model.dispose();

    const other = await Seq2Seq.load(backend, stateDict(attending.state), attending.options);
    const seen: FloatArray[] = [];
    const [result] = other.generate([[3, 4, 2]], {
      maxLength: 2,
      needWeights: true,
      hooks: {
        'decoder.steps.*.attention.weights': () => Float32Array.of(0, 1, 0),
        'encoder.output': (x) => {
          seen.push(x);
        },
        'decoder.steps.0.attention.context': (x) => {
          seen.push(x);
        },
      },
    });
    expect([...result!.alignments!.data.subarray(0, 3)]).toEqual([0, 1, 0]);
    const [states, context] = seen as [FloatArray, FloatArray];
    expect([...context.data]).toEqual([...states.data.subarray(12, 24)]);
    other.dispose();
  });
});

describe('Seq2Seq', () => {
  it('returns nothing for no sequences, and accepts empty ones', async () => {
    const backend = await createBackend('wasm-simd');
    const model = await Seq2Seq.load(backend, stateDict(attending.state), attending.options);
    expect(model.generate([])).toEqual([]);
    expect(model.forward([], [])).toEqual([]);
    const [empty, full] = model.generate([[], [3, 4]], { maxLength: 3, needWeights: true });
    expect(empty!.alignments!.shape).toEqual([empty!.logits.shape[0], 0]);
    expect(full!.alignments!.shape[1]).toBe(2);
    const [none] = model.forward([[3]], [[]], { needWeights: true });
    expect(none!.ids).toEqual(new Int32Array(0));
    expect(none!.logits.shape).toEqual([0, 11]);
    expect(none!.alignments!.shape).toEqual([0, 1]);
    model.dispose();
  });

  it.each([
    ['without attention', fixed],
    ['with attention', attending],
  ])('repeats greedy decoding when its tokens are the inputs, %s', async (_, { state, options, sources }) => {
    const backend = await createBackend('wasm-simd');
    const model = await Seq2Seq.load(backend, stateDict(state), options);
    const greedy = model.generate(sources, { maxLength: 6 });
    const inputs = greedy.map(({ ids, logits }) => {
      const steps = logits.shape[0]!;
      return [options.bosTokenId, ...ids].slice(0, steps);
    });
    // The targets set only the number of steps when there are inputs.
    const targets = inputs.map(({ length }) => new Int32Array(length).fill(options.eosTokenId));
    const results = model.forward(sources, targets, { inputs });
    for (const [s, { logits }] of results.entries()) {
      expect(difference(logits.data, greedy[s]!.logits.data)).toBeLessThan(1e-5);
    }
    model.dispose();
  });

  it('throws for invalid tokens, lengths and options', async () => {
    const backend = await createBackend('wasm-simd');
    const model = await Seq2Seq.load(backend, stateDict(fixed.state), fixed.options);
    for (const bosTokenId of [-1, 1.5, 11, NaN]) {
      const load = () => Seq2Seq.load(backend, stateDict(fixed.state), { ...fixed.options, bosTokenId });
      const expected = bosTokenId === 11 ? 'lie in 0 … 10' : 'be a whole number of at least 0';
      expect(load).toThrow(`bosTokenId must ${expected}, got ${bosTokenId}`);
    }
    expect(() => model.generate([[3, 9]])).toThrow('source tokens must lie in 0 … 8, got 9 at index 1');
    expect(() => model.forward([[3]], [[11]])).toThrow('target tokens must lie in 0 … 10, got 11 at index 0');
    expect(() => model.forward([[3]], [])).toThrow('1 sources need as many targets, got 0');
    const forced = (inputs: number[][]) => () => model.forward([[3]], [[4, 5]], { inputs });
    expect(forced([[1]])).toThrow('inputs must have the lengths of the targets, 2, got 1');
    expect(forced([])).toThrow('inputs must have the lengths of the targets, 2, got ');
    expect(forced([[1, 11]])).toThrow('input tokens must lie in 0 … 10, got 11 at index 1');
    expect(() => model.generate([[3]], { maxLength: 0 })).toThrow(
      'maxLength must be a whole number of at least 1',
    );
    expect(() => model.generate([[3]], { needWeights: true })).toThrow(
      'needWeights requires a model with attention',
    );
    model.dispose();
    const load = (options: object) => () =>
      Seq2Seq.load(backend, stateDict(fixed.state), { ...fixed.options, ...options });
    expect(load({ cell: 'transformer' })).toThrow('cell must be rnn, lstm or gru');
    expect(load({ attention: 'cosine' })).toThrow('attention must be one of additive, dot');
    expect(load({ eosTokenId: 11 })).toThrow('eosTokenId must lie in 0 … 10, got 11');
    await expect(load({ attention: 'additive' })()).rejects.toThrow(
      'decoder.rnn.weight_ih_l0 must be [18, 11]',
    );
    await expect(load({ bidirectional: true })()).rejects.toThrow('weight_ih_l0_reverse');
    expect(backend.weightBytes).toBe(0);
  });
});
