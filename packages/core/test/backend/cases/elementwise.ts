import { type ActivationName, activationCodes } from '@headwise/kernel';
import { type Case, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';
import { Random } from '../lib/random.ts';

/** Every kind of float32, and where the functions change course. */
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

interface ShapeParameters {
  readonly shape: readonly number[];
  readonly strided: boolean;
  readonly seed: number;
}

function each(make: (parameters: ShapeParameters) => Case[]): Case[] {
  return shapes.flatMap((shape, seed) => [
    ...make({ shape, strided: false, seed }),
    ...(shape.length === 2 ? make({ shape, strided: true, seed }) : []),
  ]);
}

function length(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function add(parameters: ShapeParameters): Case[] {
  return [
    testCase('add', parameters, ONE_OPERATION, (inputs, { shape, strided }) => {
      const values = [
        inputs.random.values(length(shape), 10),
        inputs.random.values(length(shape), 10),
      ] as const;
      const [x, y] = values.map((v) =>
        strided ? inputs.matrix(v, shape[0]!, shape[1]!, true) : inputs.tensor(v, shape),
      );
      return [
        inputs.backend.read(inputs.backend.add(x!, y!)),
        inputs.backend.read(inputs.backend.add(x!, x!)),
      ];
    }),
  ];
}

function addExtremes(): Case[] {
  return [
    testCase('add', { of: 'every pair of extremes', seed: 0 }, ONE_OPERATION, (inputs) => {
      const n = EXTREMES.length;
      const x = Float32Array.from({ length: n * n }, (_, i) => EXTREMES[i % n]!);
      const y = Float32Array.from({ length: n * n }, (_, i) => EXTREMES[Math.floor(i / n)]!);
      const sum = inputs.backend.add(inputs.tensor(x, [n, n]), inputs.tensor(y, [n, n]));
      return [inputs.backend.read(sum)];
    }),
  ];
}

function scale(parameters: ShapeParameters): Case[] {
  return [3.25, -1 / 3, 0].map((factor) =>
    testCase('scale', { ...parameters, factor }, ONE_OPERATION, (inputs, { shape, strided }) => {
      const values = inputs.random.values(length(shape), 10);
      const x = strided ? inputs.matrix(values, shape[0]!, shape[1]!, true) : inputs.tensor(values, shape);
      return [inputs.backend.read(inputs.backend.scale(x, factor))];
    }),
  );
}

function scaleExtremes(): Case[] {
  return [0, 1, 0.5, 2, 1e30].map((factor) =>
    testCase('scale', { of: 'extremes', factor, seed: 0 }, ONE_OPERATION, (inputs) => {
      const x = inputs.tensor(Float32Array.from(EXTREMES), [EXTREMES.length]);
      return [inputs.backend.read(inputs.backend.scale(x, factor))];
    }),
  );
}

const activations = Object.keys(activationCodes) as ActivationName[];

function activate(parameters: ShapeParameters & { activation: ActivationName }): Case {
  return testCase('activate', parameters, ONE_OPERATION, (inputs, { shape, strided, activation }) => {
    const values = inputs.random.values(length(shape), 8);
    const x = strided ? inputs.matrix(values, shape[0]!, shape[1]!, true) : inputs.tensor(values, shape);
    const y = inputs.backend.activate(x, activation);
    const result = inputs.backend.read(y);
    // The result is a tensor of its own: writing to it leaves the argument as it was, which is checked after every case.
    inputs.backend.write(
      y,
      result.map((value) => value + 1),
    );
    return [result];
  });
}

/** Each extreme in every lane, in a whole vector and in a tail. */
function activateExtremes(activation: ActivationName): Case[] {
  return [1, 2, 3, 4, 5].map((width) =>
    testCase('activate', { activation, of: 'extremes', width, seed: 0 }, ONE_OPERATION, (inputs, p) => {
      const x = Float32Array.from(
        { length: EXTREMES.length * p.width },
        (_, i) => EXTREMES[i % EXTREMES.length]!,
      );
      return [
        inputs.backend.read(
          inputs.backend.activate(inputs.tensor(x, [EXTREMES.length, p.width]), p.activation),
        ),
      ];
    }),
  );
}

/** Ten thousand values over all that a function does something at. */
function activateSweep(activation: ActivationName): Case {
  return testCase('activate', { activation, of: 'a sweep of ±30', seed: 7 }, ONE_OPERATION, (inputs, p) => {
    const x = new Random(7).values(10_001, 30);
    return [inputs.backend.read(inputs.backend.activate(inputs.tensor(x, [1, x.length]), p.activation))];
  });
}

export const elementwiseCases = {
  add: [...each(add), ...addExtremes()],
  scale: [...each(scale), ...scaleExtremes()],
  'activate: every length': each((p) => [
    activate({ ...p, activation: activations[p.seed % activations.length]! }),
    activate({ ...p, activation: activations[(p.seed * 3 + 1) % activations.length]! }),
  ]),
  'activate: every function on extreme values and in a sweep': activations.flatMap((activation) => [
    ...activateExtremes(activation),
    activateSweep(activation),
  ]),
};
