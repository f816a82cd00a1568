import { describe, expect, it } from 'vitest';
import { createBackend, type Tensor } from '../../src/index.ts';
import {
  GRU,
  LSTM,
  type Module,
  MultiHeadAttention,
  RNN,
  Seq2Seq,
  type Seq2SeqOptions,
  Transformer,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerOptions,
} from '../../src/nn.ts';
import {
  AdamW,
  crossEntropy,
  meanSquaredError,
  type ParameterSet,
  RecordingBackend,
} from '../../src/train.ts';
import { backendNames, fixtureCases, floats, mask, type StoredArray, stateDict } from '../helpers/fixture.ts';

/** Ten steps of AdamW by test/fixtures/make/training_layers.py. */
interface Losses {
  readonly name: string;
  readonly learningRate: number;
  readonly losses: readonly number[];
}

type State = Readonly<Record<string, StoredArray>>;

interface LayerCase {
  readonly kind: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the options of any layer, by kind
  readonly options: any;
  readonly state: State;
  readonly factors: readonly StoredArray[];
  readonly inputs: readonly StoredArray[];
}

interface TransformerCase {
  readonly name: string;
  readonly options: TransformerOptions;
  readonly state: State;
  readonly inputs: readonly StoredArray[];
  readonly masks: { readonly srcKeyPaddingMask: StoredArray };
}

interface Seq2SeqCase {
  readonly name: string;
  readonly options: Seq2SeqOptions;
  readonly state: State;
  readonly sources: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
}

/** A layer and its loss. */
interface Subject {
  readonly module: Module;
  readonly state: State;
  loss(backend: RecordingBackend): Tensor;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const tensorOf = (backend: RecordingBackend, stored: StoredArray) =>
  backend.tensor(floats(stored).data, stored.shape);
const rowsOf = (backend: RecordingBackend, stored: StoredArray) =>
  backend.tensor(floats(stored).data, stored.shape.slice(-2));

/** The mean of (output − target)² over all outputs. */
function squares(backend: RecordingBackend, outputs: readonly Tensor[], targets: Float32Array): Tensor {
  const flat = outputs.map((x) => backend.reshape(x, [1, sizeOf(x.shape)]));
  return meanSquaredError(backend, backend.concat(flat, 1), targets);
}

function splitRows(backend: RecordingBackend, x: Tensor, lengths: readonly number[]): Tensor[] {
  let from = 0;
  return lengths.map((rows) => {
    from += rows;
    return backend.rows(x, from - rows, from);
  });
}

function recurrentModule({ kind, ...options }: LayerCase['options']): RNN | LSTM | GRU {
  if (kind === 'lstm') return new LSTM(options);
  if (kind === 'gru') return new GRU(options);
  return new RNN({ ...options, nonlinearity: kind === 'rnnRelu' ? 'relu' : 'tanh' });
}

/** Outputs of each sequence, then its final states. */
function recurrentOutputs(
  module: RNN | LSTM | GRU,
  backend: RecordingBackend,
  inputs: readonly Tensor[],
): Tensor[] {
  const lengths = inputs.map(({ shape }) => shape[0]!);
  const result = module.forward(backend.concat(inputs, 0), { lengths });
  const states = 'cn' in result ? [result.hn, result.cn as Tensor] : [result.hn];
  const finals = lengths.flatMap((_, s) =>
    states.map((state) => {
      const [cells = 0, batch = 0, width = 0] = state.shape;
      const rows = Int32Array.from({ length: cells }, (__, cell) => cell * batch + s);
      return backend.embedding(backend.reshape(state, [cells * batch, width]), rows);
    }),
  );
  return [...splitRows(backend, result.output, lengths), ...finals];
}

function layerSubject({ kind, options, state, inputs, factors }: LayerCase): Subject {
  const targets = Float32Array.from(factors.flatMap((stored) => [...floats(stored).data]));
  const subject = (module: Module, outputs: (backend: RecordingBackend) => readonly Tensor[]): Subject => ({
    module,
    state,
    loss: (backend) => squares(backend, outputs(backend), targets),
  });
  if (kind === 'selfAttention' || kind === 'crossAttention') {
    const { causal = false, ...sizes } = options;
    const module = new MultiHeadAttention(sizes);
    return subject(module, (backend) => {
      const [query, key = query, value = key] = inputs.map((stored) => tensorOf(backend, stored));
      return [module.forward(query!, key!, value!, { isCausal: causal }).output];
    });
  }
  if (kind === 'block') {
    const module = new TransformerEncoderLayer(options);
    return subject(module, (backend) => {
      const rows = inputs.map((stored) => rowsOf(backend, stored));
      const lengths = rows.map(({ shape }) => shape[0]!);
      return splitRows(backend, module.forward(backend.concat(rows, 0), { lengths }), lengths);
    });
  }
  if (kind === 'decoderBlock') {
    const module = new TransformerDecoderLayer(options);
    return subject(module, (backend) => {
      const [target, memory] = inputs.map((stored) => tensorOf(backend, stored));
      return [module.forward(target!, memory!, { tgtIsCausal: true })];
    });
  }
  const module = recurrentModule(options);
  return subject(module, (backend) =>
    recurrentOutputs(
      module,
      backend,
      inputs.map((stored) => rowsOf(backend, stored)),
    ),
  );
}

function transformerSubject({ options, state, inputs, masks }: TransformerCase): Subject {
  const module = new Transformer(options);
  const padding = mask(masks.srcKeyPaddingMask);
  const wanted = Float32Array.from({ length: sizeOf(inputs[1]!.shape) }, (_, i) => Math.sin(i));
  return {
    module,
    state,
    loss: (backend) => {
      const [source, target] = inputs.map((stored) => tensorOf(backend, stored));
      const call = { tgtIsCausal: true, srcKeyPaddingMask: padding, memoryKeyPaddingMask: padding };
      return squares(backend, [module.forward(source!, target!, call)], wanted);
    },
  };
}

function seq2SeqSubject({ options, state, sources, targets }: Seq2SeqCase): Subject {
  const module = new Seq2Seq(options);
  const labels = Int32Array.from(targets.flat());
  return { module, state, loss: (backend) => crossEntropy(backend, module.logits(sources, targets), labels) };
}

const expected = fixtureCases('training-layers') as unknown as Readonly<
  Record<'layers' | 'transformers' | 'seq2seq', readonly Losses[]>
>;
const { layers } = fixtureCases('training') as unknown as { layers: readonly LayerCase[] };
const named = <Case extends { readonly name: string }>(cases: readonly Case[], name: string) =>
  cases.find((one) => one.name === name)!;
const subjects: readonly (readonly [Losses, () => Subject])[] = [
  ...expected.layers.map((test) => [test, () => layerSubject(named(layers, test.name))] as const),
  ...expected.transformers.map((test) => {
    const cases = fixtureCases<TransformerCase>('transformer');
    return [test, () => transformerSubject(named(cases, test.name))] as const;
  }),
  ...expected.seq2seq.map((test) => {
    const cases = fixtureCases<Seq2SeqCase>('seq2seq');
    return [test, () => seq2SeqSubject(named(cases, test.name))] as const;
  }),
];

/** The loss, and its gradients in the parameters. */
function lossOf(subject: Subject, backend: RecordingBackend): number {
  (subject.module.parameters() as ParameterSet).zeroGradients();
  return backend.record((tape) => {
    const loss = subject.loss(backend);
    tape.backward(loss);
    return backend.read(loss)[0]!;
  });
}

describe.each(backendNames)('training layers over %s', (backendName) => {
  it.each(subjects.map(([test, make]) => [test.name, test, make] as const))(
    'has PyTorch’s losses in ten steps of AdamW: %s',
    async (_, test, make) => {
      const subject = make();
      const backend = await RecordingBackend.create(await createBackend(backendName));
      await subject.module.loadStateDict(stateDict(subject.state));
      await subject.module.to(backend);
      const { learningRate } = test;
      const optimizer = new AdamW(subject.module.parameters(), { learningRate });
      for (const [step, loss] of test.losses.entries()) {
        expect(Math.abs(lossOf(subject, backend) - loss), `loss ${step}`).toBeLessThan(1e-4);
        optimizer.step();
      }
    },
  );
});

describe('recurrent encoder–decoders', () => {
  it.each(fixtureCases<Seq2SeqCase>('seq2seq').map((test) => [test.name, test] as const))(
    'overfit a batch of 8 from random weights: %s',
    async (_, test) => {
      const sources = Array.from({ length: 8 }, (__, s) =>
        Array.from({ length: 2 + (s % 4) }, (___, i) => 3 + ((5 * s + 3 * i + s * i) % 6)),
      );
      const targets = sources.map((source) => [...source.map((token) => token + 2).reverse(), 2]);
      const options = { ...test.options, hiddenSize: 24, embeddingDim: 12 };
      const subject = seq2SeqSubject({ ...test, options, sources, targets });
      const backend = await RecordingBackend.create(await createBackend('wasm-simd'));
      await subject.module.to(backend, { seed: 1 });
      const optimizer = new AdamW(subject.module.parameters(), { learningRate: 0.02, weightDecay: 0 });
      let loss = lossOf(subject, backend);
      for (let step = 0; step < 300 && loss >= 0.05; step++) {
        optimizer.step();
        loss = lossOf(subject, backend);
      }
      expect(loss).toBeLessThan(0.05);
    },
  );
});
