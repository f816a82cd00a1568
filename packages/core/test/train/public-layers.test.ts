import { describe, expect, it } from 'vitest';
import { type Backend, createBackend, type Tensor } from '../../src/index.ts';
import {
  GRU,
  LSTM,
  type Module,
  MultiHeadAttention,
  RNN,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
} from '../../src/nn.ts';
import { type ParameterSet, RecordingBackend } from '../../src/train.ts';
import { backendNames, difference, floats, type StoredArray, stateDict } from '../helpers/fixture.ts';
import { type LayerCase, layers } from '../helpers/layer-cases.ts';

/** The layer of a case, and how it runs on inputs of `[rows, features]` each. */
interface Subject {
  readonly module: Module;
  run(backend: Backend, inputs: readonly Tensor[]): readonly Tensor[];
}

const batchOfOne = (backend: Backend, x: Tensor) => backend.reshape(x, [1, ...x.shape]);

function attention({ options: { causal = false, ...sizes } }: LayerCase): Subject {
  const module = new MultiHeadAttention(sizes);
  const call = { isCausal: causal };
  return {
    module,
    run(backend, inputs) {
      const [query, key = query, value = key] = inputs.map((x) => batchOfOne(backend, x));
      return [module.forward(query!, key!, value!, call).output];
    },
  };
}

function recurrent({ options: { kind, ...options } }: LayerCase): Subject {
  const nonlinearity = kind === 'rnnRelu' ? 'relu' : 'tanh';
  const module =
    kind === 'lstm'
      ? new LSTM(options)
      : kind === 'gru'
        ? new GRU(options)
        : new RNN({ ...options, nonlinearity });
  return {
    module,
    run(backend, inputs) {
      const lengths = inputs.map(({ shape }) => shape[0]!);
      const result = module.forward(backend.concat(inputs, 0), { lengths });
      const states = 'cn' in result ? [result.hn, result.cn as Tensor] : [result.hn];
      const ofSequences = lengths.flatMap((_, s) =>
        states.map((state) => {
          const [cells = 0, batch = 0, width = 0] = state.shape;
          const rows = Int32Array.from({ length: cells }, (__, cell) => cell * batch + s);
          return backend.embedding(backend.reshape(state, [cells * batch, width]), rows);
        }),
      );
      return [...splitRows(backend, result.output, lengths), ...ofSequences];
    },
  };
}

function subject(test: LayerCase): Subject | undefined {
  switch (test.kind) {
    case 'selfAttention':
    case 'crossAttention':
      return attention(test);
    case 'block': {
      const module = new TransformerEncoderLayer(test.options);
      return {
        module,
        run(backend, inputs) {
          const lengths = inputs.map(({ shape }) => shape[0]!);
          return splitRows(backend, module.forward(backend.concat(inputs, 0), { lengths }), lengths);
        },
      };
    }
    case 'decoderBlock': {
      const module = new TransformerDecoderLayer(test.options);
      return {
        module,
        run: (backend, [target, memory]) => [
          module.forward(batchOfOne(backend, target!), batchOfOne(backend, memory!), { tgtIsCausal: true }),
        ],
      };
    }
    case 'recurrent':
      return recurrent(test);
    default:
      return undefined;
  }
}

function splitRows(backend: Backend, x: Tensor, lengths: readonly number[]): Tensor[] {
  let from = 0;
  return lengths.map((rows) => {
    from += rows;
    return backend.rows(x, from - rows, from);
  });
}

/** Error relative to the largest value. */
function relativeError(got: ArrayLike<number>, stored: StoredArray): number {
  const expected = floats(stored).data;
  return difference(got, expected) / expected.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-3);
}

describe.each(backendNames)('public layers over %s', (name) => {
  const tolerance = name === 'reference' ? 1e-5 : 1e-4;
  it.each(layers.filter((test) => subject(test)).map((test) => [test.name, test] as const))(
    'have outputs and gradients of PyTorch: %s',
    async (_, test) => {
      const recording = await RecordingBackend.create(await createBackend(name));
      const { module, run } = subject(test)!;
      await module.loadStateDict(stateDict(test.state));
      await module.to(recording);
      recording.record((tape) => {
        const inputs = test.inputs.map((stored) => {
          const x = recording.tensor(floats(stored).data, stored.shape.slice(-2));
          tape.watch(x);
          return x;
        });
        const outputs = run(recording, inputs);
        expect(outputs).toHaveLength(test.outputs.length);
        for (const [i, output] of outputs.entries()) {
          expect(relativeError(recording.read(output), test.outputs[i]!)).toBeLessThanOrEqual(tolerance);
        }
        const flat = outputs.map((x) => recording.reshape(x, [1, x.shape.reduce((a, b) => a * b, 1)]));
        tape.backwardFrom(
          recording.concat(flat, 1),
          test.factors.flatMap((stored) => [...floats(stored).data]),
        );
        for (const [i, x] of inputs.entries()) {
          const error = relativeError(tape.gradientOf(x), test.inputGradients[i]!);
          expect(error, `input ${i}`).toBeLessThanOrEqual(tolerance);
        }
      });
      const parameters = module.parameters() as ParameterSet;
      for (const [parameter, stored] of Object.entries(test.gradients)) {
        const error = relativeError(parameters.get(parameter).gradient, stored);
        expect(error, parameter).toBeLessThanOrEqual(tolerance);
      }
      expect([...module.stateDict().keys()].sort()).toEqual(Object.keys(test.state).sort());
      module.dispose();
    },
  );
});
