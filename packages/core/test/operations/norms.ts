import type { RowParameters, Values } from './elementwise.ts';
import { operation } from './operation.ts';

interface NormParameters extends RowParameters {
  readonly epsilon: number;
}

export interface RmsNormValues extends Values {
  readonly gain: Float32Array;
}

export interface LayerNormValues extends RmsNormValues {
  readonly bias: Float32Array;
}

/** `offset` is the mean of the input. Default: 0. */
export const layerNorm = operation<NormParameters & { readonly offset?: number }, LayerNormValues>({
  name: 'layerNorm',
  values: ({ rows, width, offset }, random) => ({
    x: random.values(rows * width, 3, offset),
    gain: random.values(width, 1, 1),
    bias: random.values(width),
  }),
  prepare(on, { rows, width, epsilon, strided }, values) {
    const x = on.matrix(values.x, rows, width, strided);
    const [gain, bias] = [on.constant(values.gain, [width]), on.constant(values.bias, [width])];
    return () => [on.backend.layerNorm(x, gain, bias, epsilon)];
  },
});

/** `limit` bounds the input. Default: 3. */
export const rmsNorm = operation<NormParameters & { readonly limit?: number }, RmsNormValues>({
  name: 'rmsNorm',
  values: ({ rows, width, limit = 3 }, random) => ({
    x: random.values(rows * width, limit),
    gain: random.values(width, 1, 1),
  }),
  prepare(on, { rows, width, epsilon, strided }, values) {
    const x = on.matrix(values.x, rows, width, strided);
    const gain = on.constant(values.gain, [width]);
    return () => [on.backend.rmsNorm(x, gain, epsilon)];
  },
});

/** `limit` bounds the input. Default: 4. */
export const softmax = operation<RowParameters & { readonly limit?: number }, Values>({
  name: 'softmax',
  values: ({ rows, width, limit = 4 }, random) => ({ x: random.values(rows * width, limit) }),
  prepare(on, { rows, width, strided }, values) {
    const x = on.matrix(values.x, rows, width, strided);
    return () => [on.backend.softmax(x)];
  },
});

/** `limit` bounds the input. Default: 1. */
export const l2Normalize = operation<RowParameters & { readonly limit?: number }, Values>({
  name: 'l2Normalize',
  values: ({ rows, width, limit }, random) => ({ x: random.values(rows * width, limit) }),
  prepare(on, { rows, width, strided }, values) {
    const x = on.matrix(values.x, rows, width, strided);
    return () => [on.backend.l2Normalize(x)];
  },
});
