import { attentionWork } from '../../src/cases/make.ts';
import { operationWork } from '../../src/cases/work.ts';

/** A small work of every operation with a benchmark. */
export const works = [
  operationWork('linear', { rows: 3, inFeatures: 5, outFeatures: 7, dtype: 'f32' }),
  operationWork('conv1d', {
    lengths: [9],
    inChannels: 3,
    outChannels: 4,
    kernelSize: 4,
    stride: 2,
    padding: 1,
    bias: true,
  }),
  operationWork('softmax', { rows: 3, width: 5 }),
  operationWork('layerNorm', { rows: 3, width: 8, epsilon: 1e-5 }),
  operationWork('rmsNorm', { rows: 3, width: 8, epsilon: 1e-6 }),
  operationWork('gate', { rows: 3, width: 5, activation: 'silu' }),
  operationWork('add', { shape: [3, 5] }),
  operationWork('scale', { shape: [3, 5], factor: 0.125 }),
  operationWork('activate', { shape: [3, 5], activation: 'gelu' }),
  operationWork('embedding', { rows: 7, width: 5, table: 'f32', count: 4 }),
  operationWork('meanPool', { lengths: [3, 3], width: 5, normalize: true }),
  operationWork('rotary', { rows: 5, heads: 2, headDim: 6, pairs: 3, layout: 'half' }),
  operationWork('lstmGates', { rows: 3, hiddenSize: 5 }),
  operationWork('gruGates', { rows: 3, hiddenSize: 5 }),
  attentionWork(2, 5, 4),
  attentionWork(2, 5, 4, 1),
  attentionWork(2, 5, 4, 5, true),
];
