import { type ActivationName, activationCodes } from '@headwise/kernel';
import { operations, Random, type ShapeParameters } from '../../operations/index.ts';
import { type Case, callOperation, operationCase, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';

/** Every class of float32 values, and the thresholds of the activation functions. */
export const EXTREMES = [
  0,
  -0,
  1e-45,
  -1e-45,
  1e-40,
  -1e-40,
  1.1754944e-38,
  -1.1754944e-38,
  1e-20,
  -1e-20,
  1e-8,
  0.5,
  -0.5,
  1,
  -1,
  2,
  -2,
  3.92,
  -3.92,
  5.54,
  -5.54,
  9.02,
  -9.02,
  13,
  -13,
  20,
  -20,
  20.1,
  -20.1,
  87.33654,
  -87.33654,
  -87.33655,
  88,
  -88,
  88.72283,
  88.72284,
  -88.72283,
  -88.72284,
  104,
  -104,
  1e4,
  -1e4,
  1e15,
  -1e15,
  1e38,
  -1e38,
  3.4028235e38,
  -3.4028235e38,
  Infinity,
  -Infinity,
  NaN,
];

const shapes: readonly (readonly number[])[] = [
  ...Array.from({ length: 68 }, (_, n) => [n % 4, n]),
  [0, 5],
  [67, 1],
  [3, 127],
  [5, 256],
  [7],
  [],
  [2, 3, 5],
  [2, 2, 3, 9],
];

type ShapeCase = ShapeParameters & { readonly seed: number };

function everyShape(make: (parameters: ShapeCase) => Case[]): Case[] {
  return shapes.flatMap((shape, seed) => [
    ...make({ shape, strided: false, seed }),
    ...(shape.length === 2 ? make({ shape, strided: true, seed }) : []),
  ]);
}

function addExtremes(): Case {
  return testCase('add', { of: 'every pair of extremes', seed: 0 }, ONE_OPERATION, (inputs) => {
    const n = EXTREMES.length;
    const x = Float32Array.from({ length: n * n }, (_, i) => EXTREMES[i % n]!);
    const y = Float32Array.from({ length: n * n }, (_, i) => EXTREMES[Math.floor(i / n)]!);
    return callOperation(inputs, operations.add, { shape: [n, n] }, { x, y });
  });
}

function scaleExtremes(): Case[] {
  return [0, 1, 0.5, 2, 1e30].map((factor) =>
    testCase('scale', { of: 'extremes', factor, seed: 0 }, ONE_OPERATION, (inputs) => {
      const x = Float32Array.from(EXTREMES);
      return callOperation(inputs, operations.scale, { shape: [x.length], factor }, { x });
    }),
  );
}

const activations = Object.keys(activationCodes) as ActivationName[];

function activate(parameters: ShapeCase & { activation: ActivationName }): Case {
  return testCase('activate', parameters, ONE_OPERATION, (inputs, p) => {
    const { backend, random } = inputs;
    const [y] = operations.activate.prepare(inputs, p, operations.activate.values(p, random))();
    const result = backend.read(y!);
    // The result must not share memory with the operand: operands are checked for changes after every case.
    backend.write(
      y!,
      result.map((value) => value + 1),
    );
    return [result];
  });
}

/** Each extreme in every lane, in a whole vector and in a tail. */
function activateExtremes(activation: ActivationName): Case[] {
  return [1, 2, 3, 4, 5].map((width) =>
    testCase('activate', { activation, of: 'extremes', width, seed: 0 }, ONE_OPERATION, (inputs) => {
      const shape = [EXTREMES.length, width];
      const length = EXTREMES.length * width;
      const x = Float32Array.from({ length }, (_, i) => EXTREMES[i % EXTREMES.length]!);
      return callOperation(inputs, operations.activate, { shape, activation }, { x });
    }),
  );
}

/** 10,001 values in ±30. */
function activateSweep(activation: ActivationName): Case {
  return testCase('activate', { activation, of: 'a sweep of ±30', seed: 7 }, ONE_OPERATION, (inputs) => {
    const x = new Random(7).values(10_001, 30);
    return callOperation(inputs, operations.activate, { shape: [1, x.length], activation }, { x });
  });
}

export const elementwiseCases = {
  add: [
    ...everyShape((p) => [false, true].map((same) => operationCase(operations.add, { ...p, same }))),
    addExtremes(),
  ],
  scale: [
    ...everyShape((p) =>
      [3.25, -1 / 3, 0].map((factor) => operationCase(operations.scale, { ...p, factor })),
    ),
    ...scaleExtremes(),
  ],
  'activate: every length': everyShape((p) => [
    activate({ ...p, activation: activations[p.seed % activations.length]! }),
    activate({ ...p, activation: activations[(p.seed * 3 + 1) % activations.length]! }),
  ]),
  'activate: every function on extreme values and in a sweep': activations.flatMap((activation) => [
    ...activateExtremes(activation),
    activateSweep(activation),
  ]),
};
