import type { TrainingExports } from '../../src/training.ts';
import type { Run } from './arguments.ts';

// Part of training.ts.

const ALL = 0x7fff_ffff;

/** Gradients of attention, losses, rows and recurrent gates, with inputs that reach all of their paths. */
export const gradientRuns: Readonly<Record<string, Run<TrainingExports>>> = {
  attentionGradient: (training, a) =>
    [
      [1, 300, ALL, ALL],
      [67, 67, ALL, 0],
      [97, 40, 9, 9],
      [50, 600, ALL, 0],
      [45, 2100, ALL, ALL],
    ].flatMap(([queries, keys, before, after]) => {
      const [heads, d, e] = [4, 20, 12];
      const [wq, wk, wv, wo] = [heads * d, 2 * d, 2 * e, heads * e] as const;
      const [q, k, v] = [a.floats(queries! * wq, 3), a.floats(keys! * wk), a.floats(keys! * wv)];
      const [out, dOut] = [a.floats(queries! * wo), a.floats(queries! * wo)];
      const [dq, dk, dv] = [a.floats(queries! * wq), a.floats(keys! * wk), a.floats(keys! * wv)];
      const [bias, dBias] = [a.floats(queries! * keys!), a.floats(queries! * keys!)];
      const scratch = a.bytes(training.attentionGradientScratch(keys!, d, e));
      training.attentionGradient(
        ...([q, wq, k, wk, v, wv, out, wo, dOut, wo, dq, wq, dk, wk, dv, wv] as const),
        ...([queries!, keys!, heads, 2, d, e, 0.3, bias, dBias, 0, keys!, before!, after!, scratch] as const),
      );
      return [
        [dq, queries! * wq * 4],
        [dk, keys! * wk * 4],
        [dv, keys! * wv * 4],
        [dBias, queries! * keys! * 4],
      ] as const;
    }),
  attentionScoresGradient: (training, a) => {
    const [q, k, d] = [a.floats(53 * 20), a.floats(97 * 20), a.floats(53 * 97)];
    const [dq, dk, dBias] = [a.floats(53 * 20), a.floats(97 * 20), a.floats(97)];
    const scratch = a.bytes(training.attentionWeightsGradientScratch(20, 20));
    training.attentionScoresGradient(
      ...([q, 20, k, 20, d, 97, dq, 20, dk, 20, 53, 97, 20, 0.3, dBias, 0, 60, 5, scratch] as const),
    );
    return [
      [dq, 53 * 20 * 4],
      [dk, 97 * 20 * 4],
      [dBias, 97 * 4],
    ];
  },
  attentionContextGradient: (training, a) => {
    const [w, v, d] = [a.floats(53 * 97), a.floats(97 * 12), a.floats(53 * 12)];
    const [dw, dv] = [a.floats(53 * 97), a.floats(97 * 12)];
    const scratch = a.bytes(training.attentionWeightsGradientScratch(12, 12));
    training.attentionContextGradient(w, 97, v, 12, d, 12, dw, 97, dv, 12, 53, 97, 12, scratch);
    return [
      [dw, 53 * 97 * 4],
      [dv, 97 * 12 * 4],
    ];
  },
  softmaxGradient: (training, a) =>
    [3, 67, 384].map((n) => {
      const dx = a.floats(5 * n);
      training.softmaxGradient(a.floats(5 * n), n, a.floats(5 * n), n, dx, n, 5, n);
      return [dx, 5 * n * 4] as const;
    }),
  crossEntropy: (training, a) =>
    [3, 67, 1031].flatMap((n, turn) => {
      const statistics = a.bytes(5 * 2 * 4);
      const labels = a.integers([0, 2, -100, 1, 2]);
      const loss = training.crossEntropy(a.floats(5 * n, 9), n, labels, 5, n, -100, turn / 4, statistics);
      return [[statistics, 5 * 2 * 4], ...a.results([loss])] as const;
    }),
  crossEntropyGradient: (training, a) =>
    [3, 67, 1031].map((n, turn) => {
      const [logits, statistics, dx] = [a.floats(5 * n, 9), a.bytes(5 * 2 * 4), a.floats(5 * n)];
      const labels = a.integers([0, 2, -100, 1, 2]);
      training.crossEntropy(logits, n, labels, 5, n, -100, turn / 4, statistics);
      training.crossEntropyGradient(logits, n, labels, 5, n, -100, turn / 4, statistics, 0.3, dx, n);
      return [dx, 5 * n * 4] as const;
    }),
  gatherGradient: (training, a) => {
    const dTable = a.floats(9 * 37);
    training.gatherGradient(a.floats(5 * 37), 37, a.integers([3, 8, 0, 3, 12]), 5, 0, dTable, 37, 9, 37);
    return [[dTable, 9 * 37 * 4]];
  },
  meanRowsGradient: (training, a) => {
    const dx = a.floats(9 * 37);
    training.meanRowsGradient(a.floats(37), dx, 37, 9, 37);
    return [[dx, 9 * 37 * 4]];
  },
  l2NormalizeGradient: (training, a) => {
    const dx = a.floats(5 * 67);
    training.l2NormalizeGradient(a.floats(5 * 67), 67, a.floats(5 * 67), 67, dx, 67, 5, 67, 1e-12);
    return [[dx, 5 * 67 * 4]];
  },
  rotaryGradient: (training, a) =>
    [0, 1].map((interleaved) => {
      const [dy, dx, positions] = [a.floats(5 * 60), a.floats(5 * 60), a.integers([4, 0, 3, 1, 2])];
      training.rotaryGradient(dy, 60, dx, 60, positions, a.floats(5 * 18), 5, 3, 20, 9, interleaved);
      return [dx, 5 * 60 * 4] as const;
    }),
  lstmGatesGradient: (training, a) => {
    const [gates, cell, dh, dc] = [
      a.floats(5 * 148, 4),
      a.floats(5 * 37),
      a.floats(5 * 37),
      a.floats(5 * 37),
    ];
    const [dGates, dCell] = [a.floats(5 * 148), a.floats(5 * 37)];
    training.lstmGatesGradient(gates, 148, cell, 37, dh, 37, dc, 37, dGates, 148, dCell, 37, 5, 37);
    return [
      [dGates, 5 * 148 * 4],
      [dCell, 5 * 37 * 4],
    ];
  },
  gruGatesGradient: (training, a) => {
    const [x, h, s, dy] = [a.floats(5 * 111, 4), a.floats(5 * 111, 4), a.floats(5 * 37), a.floats(5 * 37)];
    const [dx, dh, ds] = [a.floats(5 * 111), a.floats(5 * 111), a.floats(5 * 37)];
    training.gruGatesGradient(x, 111, h, 111, s, 37, dy, 37, dx, 111, dh, 111, ds, 37, 5, 37);
    return [
      [dx, 5 * 111 * 4],
      [dh, 5 * 111 * 4],
      [ds, 5 * 37 * 4],
    ];
  },
};
