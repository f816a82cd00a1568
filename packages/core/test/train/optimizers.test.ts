import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import {
  Adam,
  type AdamOptions,
  AdamW,
  binaryCrossEntropyWithLogits,
  clipGradNorm,
  constantSchedule,
  cosineSchedule,
  crossEntropy,
  inverseSqrtSchedule,
  linearSchedule,
  meanSquaredError,
  ParameterSet,
  RecordingBackend,
  type Reduction,
  SGD,
  type SGDOptions,
} from '../../src/train/index.ts';
import { backendNames, difference, fixtureCases, floats, type StoredArray } from '../helpers/fixture.ts';

interface LossCase {
  readonly name: 'crossEntropy' | 'meanSquaredError' | 'binaryCrossEntropyWithLogits';
  readonly options: { reduction?: Reduction; labelSmoothing?: number; ignoreIndex?: number };
  readonly input: StoredArray;
  readonly loss: number;
  readonly gradient: StoredArray;
  readonly labels?: readonly number[];
  readonly targets?: StoredArray;
}

interface OptimizerCase {
  readonly name: 'SGD' | 'Adam' | 'AdamW';
  readonly options: SGDOptions & AdamOptions;
  readonly clip: number | null;
  readonly norms: readonly number[];
  readonly before: readonly StoredArray[];
  readonly gradients: readonly (readonly StoredArray[])[];
  readonly after: readonly (readonly StoredArray[])[];
}

const { losses, optimizers } = fixtureCases('training') as unknown as {
  losses: readonly LossCase[];
  optimizers: readonly OptimizerCase[];
};

describe('losses', () => {
  for (const name of backendNames) {
    for (const test of losses) {
      it(`${test.name} is PyTorch's over ${name} with ${JSON.stringify(test.options)}`, async () => {
        const backend = new RecordingBackend(await createBackend(name));
        backend.record((tape) => {
          const x = backend.tensor(floats(test.input).data, test.input.shape);
          tape.watch(x);
          const targets = test.targets ? floats(test.targets).data : new Float32Array();
          const loss =
            test.name === 'crossEntropy'
              ? crossEntropy(backend, x, Int32Array.from(test.labels!), test.options)
              : test.name === 'meanSquaredError'
                ? meanSquaredError(backend, x, targets, test.options)
                : binaryCrossEntropyWithLogits(backend, x, targets, test.options);
          expect(backend.read(loss)[0]).toBeCloseTo(test.loss, 5);
          tape.backward(loss);
          expect(difference(tape.gradientOf(x), floats(test.gradient).data)).toBeLessThan(1e-6);
        });
      });
    }
  }

  it('crossEntropy is 0 with a gradient of zeros when all labels are ignored', async () => {
    const backend = new RecordingBackend(await createBackend('reference'));
    backend.record((tape) => {
      const x = backend.tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
      tape.watch(x);
      const loss = crossEntropy(backend, x, Int32Array.of(-100, -100));
      expect([...backend.read(loss)]).toEqual([0]);
      tape.backward(loss);
      expect([...tape.gradientOf(x)]).toEqual([0, 0, 0, 0]);
    });
  });

  it('throws ShapeError for labels and targets of other shapes', async () => {
    const backend = new RecordingBackend(await createBackend('reference'));
    backend.record(() => {
      const x = backend.tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
      expect(() => crossEntropy(backend, x, Int32Array.of(0))).toThrow('labels must have 2 values');
      expect(() => crossEntropy(backend, x, Int32Array.of(0, 2))).toThrow('labels must lie in 0 … 1');
      expect(() => crossEntropy(backend, x, Int32Array.of(0, 1), { labelSmoothing: 2 })).toThrow('0 … 1');
      expect(() => meanSquaredError(backend, x, new Float32Array(3))).toThrow('targets must have 4 values');
    });
  });
});

describe('optimizers', () => {
  for (const test of optimizers) {
    const { name, options, clip } = test;
    it(`${name} has PyTorch's steps with ${JSON.stringify(options)}${clip ? ', clipped' : ''}`, () => {
      const parameters = new ParameterSet(
        test.before.map(({ shape }, i) => ({
          name: `p${i}`,
          shape,
          size: shape.reduce((product, length) => product * length, 1),
        })),
      );
      for (const [i, { values }] of parameters.all.entries()) values.set(floats(test.before[i]!).data);
      const optimizer = new { SGD, Adam, AdamW }[name](parameters, options);
      for (const [step, gradients] of test.gradients.entries()) {
        parameters.zeroGradients();
        for (const [i, { gradient }] of parameters.all.entries()) gradient.set(floats(gradients[i]!).data);
        if (clip) expect(clipGradNorm(parameters, clip)).toBeCloseTo(test.norms[step]!, 5);
        optimizer.step();
        for (const [i, { values }] of parameters.all.entries()) {
          expect(difference(values, floats(test.after[step]![i]!).data)).toBeLessThan(2e-6);
        }
      }
    });
  }

  it('leaves parameters that are not trainable unchanged', () => {
    const parameters = new ParameterSet([
      { name: 'a', shape: [1], size: 1 },
      { name: 'b', shape: [1], size: 1 },
    ]);
    parameters.setTrainable((name) => name === 'b');
    parameters.gradients.fill(1);
    new SGD(parameters, { learningRate: 0.5 }).step();
    expect([...parameters.values]).toEqual([0, -0.5]);
  });

  it('takes a weight decay of each parameter', () => {
    const parameters = new ParameterSet([
      { name: 'matrix', shape: [1, 1], size: 1 },
      { name: 'bias', shape: [1], size: 1 },
    ]);
    parameters.values.fill(1);
    const weightDecay = ({ shape }: { shape: readonly number[] }) => (shape.length > 1 ? 0.5 : 0);
    new AdamW(parameters, { learningRate: 1, weightDecay }).step();
    expect([...parameters.values]).toEqual([0.5, 1]);
  });

  it('throws ConfigError for invalid options', () => {
    const parameters = new ParameterSet([]);
    expect(() => new SGD(parameters, { learningRate: Number.NaN })).toThrow(
      'learningRate must be at least 0',
    );
    expect(() => new SGD(parameters, { learningRate: 1, nesterov: true })).toThrow('nesterov requires');
    expect(() => new Adam(parameters, { betas: [0.9, 1] })).toThrow('betas must be at least 0 and below 1');
  });
});

describe('schedules', () => {
  const at = (schedule: (step: number) => number, ...steps: number[]) => steps.map(schedule);

  it('constant rises during the warm-up', () => {
    expect(at(constantSchedule({ warmupSteps: 4 }), 0, 1, 4, 100)).toEqual([0, 0.25, 1, 1]);
    expect(at(constantSchedule(), 0, 5)).toEqual([1, 1]);
  });
  it('linear falls to zero after the warm-up', () => {
    expect(at(linearSchedule({ warmupSteps: 2, totalSteps: 6 }), 0, 1, 2, 4, 6, 9)).toEqual([
      0, 0.5, 1, 0.5, 0, 0,
    ]);
  });
  it('cosine falls to zero after the warm-up', () => {
    const [start, top, middle, end, after] = at(
      cosineSchedule({ warmupSteps: 2, totalSteps: 6 }),
      1,
      2,
      4,
      6,
      8,
    );
    expect([start, top]).toEqual([0.5, 1]);
    expect(middle).toBeCloseTo(0.5);
    expect([end, after]).toEqual([0, 0]);
  });
  it('inverse square root continues from the warm-up', () => {
    expect(at(inverseSqrtSchedule({ warmupSteps: 4 }), 2, 4, 16)).toEqual([0.5, 1, 0.5]);
    expect(() => inverseSqrtSchedule({ warmupSteps: 0 })).toThrow('warmupSteps must be at least 1');
  });
});
