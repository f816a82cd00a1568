import { attention } from './attention.ts';
import { conv1d } from './convolution.ts';
import { activate, add, gate, scale } from './elementwise.ts';
import { linear } from './linear.ts';
import { l2Normalize, layerNorm, rmsNorm, softmax } from './norms.ts';
import type { Operation } from './operation.ts';
import { gruGates, lstmGates } from './recurrent.ts';
import { rotary } from './rotary.ts';
import { embedding, meanPool } from './rows.ts';

export * from './attention.ts';
export * from './convolution.ts';
export * from './elementwise.ts';
export * from './linear.ts';
export * from './norms.ts';
export * from './operation.ts';
export * from './random.ts';
export * from './recurrent.ts';
export * from './rotary.ts';
export * from './rows.ts';

/** The operations by name. */
export const operations = {
  linear,
  conv1d,
  add,
  scale,
  activate,
  gate,
  layerNorm,
  rmsNorm,
  softmax,
  l2Normalize,
  embedding,
  meanPool,
  rotary,
  lstmGates,
  gruGates,
  attention,
};

export type OperationName = keyof typeof operations;
export type ParametersOf<N extends OperationName> =
  (typeof operations)[N] extends Operation<infer P, infer _> ? P : never;
export type ValuesOf<N extends OperationName> =
  (typeof operations)[N] extends Operation<infer _, infer V> ? V : never;
