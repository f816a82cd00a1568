import type { KernelExports } from '../../src/index.ts';
import type { TrainingExports } from '../../src/training.ts';
import { digestsOf, type Run } from './arguments.ts';
import { gradientRuns } from './gradients.ts';

// Runs in Node and, transpiled to JavaScript, in browsers: it imports only files of this folder.

/** Sizes [rows, in, out]: partial tiles and panels, one row, and sums of more than one block. */
const layers = [
  [1, 70, 45],
  [13, 133, 41],
  [300, 9, 13],
  [5, 40, 300],
] as const;

/** Every function of the training module that computes, with inputs that reach all of its paths. */
const runs: Readonly<Record<string, Run<TrainingExports>>> = {
  addScaled: (training, a) => {
    const to = a.floats(5 * 40);
    training.addScaled(a.floats(5 * 37), 37, to, 40, 5, 37, 1 / 3);
    return [[to, 5 * 40 * 4]];
  },
  moveRows: (training, a) => {
    const to = a.floats(5 * 40);
    const other = a.floats(5 * 40);
    training.moveRows(a.floats(5 * 37), 37, other, 40, 5, 37, 0);
    training.moveRows(to + 4, 40, to, 40, 5, 37, a.bytes(5 * 37 * 4));
    return [to, other].map((address) => [address, 5 * 40 * 4] as const);
  },
  addDropout: (training, a) => {
    const to = a.floats(5 * 40);
    training.addDropout(a.floats(5 * 37), 37, to, 40, 5, 37, 7, 2 ** 32 / 10, 1 / 0.9);
    return [[to, 5 * 40 * 4]];
  },
  linearInputGradient: (training, a) =>
    layers.map(([rows, n, out]) => {
      const [dy, w, dx] = [a.floats(rows * out), a.floats(out * n), a.floats(rows * n)];
      const scratch = a.bytes(training.linearInputGradientScratch(rows, out, n));
      training.linearInputGradient(dy, out, w, n, dx, n, rows, out, n, scratch);
      return [dx, rows * n * 4] as const;
    }),
  linearWeightGradient: (training, a) =>
    layers.map(([rows, n, out]) => {
      const [x, dy, dw] = [a.floats(rows * n), a.floats(rows * out), a.floats(out * n)];
      const scratch = a.bytes(training.linearWeightGradientScratch(rows, out, n));
      training.linearWeightGradient(x, n, dy, out, dw, n, rows, out, n, scratch);
      return [dw, out * n * 4] as const;
    }),
  addColumnSums: (training, a) => {
    const out = a.floats(37);
    training.addColumnSums(a.floats(50 * 37), 37, 50, 37, out);
    return [[out, 37 * 4]];
  },
  activateGradient: (training, a) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((code) => {
      const [x, dy, dx] = [a.floats(1003, 9), a.floats(1003), a.floats(1003)];
      training.activateGradient(x, 1003, dy, 1003, dx, 1003, 1, 1003, code);
      return [dx, 1003 * 4] as const;
    }),
  gateGradient: (training, a) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((code) => {
      const [x, dy, dx] = [a.floats(3 * 134, 4), a.floats(3 * 67), a.floats(3 * 134)];
      training.gateGradient(x, 134, dy, 67, dx, 134, 3, 67, code);
      return [dx, 3 * 134 * 4] as const;
    }),
  layerNormGradient: (training, a) =>
    [3, 67, 384].flatMap((n) => {
      const [x, gain, dy] = [a.floats(5 * n), a.floats(n), a.floats(5 * n)];
      const [dx, dGain, dBias] = [a.floats(5 * n), a.floats(n), a.floats(n)];
      const scratch = a.bytes(training.normGradientScratch(n));
      training.layerNormGradient(x, n, gain, dy, n, dx, n, dGain, dBias, 5, n, 1e-5, scratch);
      return [
        [dx, 5 * n * 4],
        [dGain, n * 4],
        [dBias, n * 4],
      ] as const;
    }),
  rmsNormGradient: (training, a) =>
    [3, 67, 384].flatMap((n) => {
      const [x, gain, dy] = [a.floats(5 * n), a.floats(n), a.floats(5 * n)];
      const [dx, dGain] = [a.floats(5 * n), a.floats(n)];
      const scratch = a.bytes(training.normGradientScratch(n));
      training.rmsNormGradient(x, n, gain, dy, n, dx, n, dGain, 5, n, 1e-5, scratch);
      return [
        [dx, 5 * n * 4],
        [dGain, n * 4],
      ] as const;
    }),
  adamStep: (training, a) => {
    const [p, gradient, m] = [a.floats(67), a.floats(67), a.floats(67)];
    const v = a.bytes(67 * 4);
    training.adamStep(p, gradient, m, v, 67, 1e-2, 0.03, 0.9, 0.999, 1e-8, 0.1, 0.99);
    return [p, m, v].map((address) => [address, 67 * 4] as const);
  },
  sgdStep: (training, a) =>
    [0, 1].flatMap((nesterov) => {
      const [p, gradient, b] = [a.floats(67), a.floats(67), a.floats(67)];
      training.sgdStep(p, gradient, b, 67, 1e-2, 0.9, 0, 0.1, nesterov, 0);
      return [p, b].map((address) => [address, 67 * 4] as const);
    }),
  sumOfSquares: (training, a) => a.results([training.sumOfSquares(a.floats(67), 67)]),
  findNonFinite: (training, a) => {
    const x = a.floats(67);
    a.set(x, 50, Number.POSITIVE_INFINITY);
    return a.results([training.findNonFinite(x, 67)]);
  },
  ...gradientRuns,
};

/** The digest of the output of each function of the training module, by name. */
export const trainingDigests = (
  training: TrainingExports,
  kernel: KernelExports,
): Promise<Record<string, string>> => digestsOf(runs, training, kernel);
