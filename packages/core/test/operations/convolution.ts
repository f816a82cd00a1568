import type { ActivationName, WeightType } from '../../src/backend/backend.ts';
import { conv1d as apply, conv1dLength, conv1dWeights } from '../../src/nn/layers/convolution.ts';
import { offsetsOf, operation } from './operation.ts';

export interface ConvolutionParameters {
  /** Rows of each sequence. */
  readonly lengths: readonly number[];
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly stride?: number;
  readonly padding?: number | 'same';
  readonly dilation?: number;
  readonly groups?: number;
  /** Default: f32. */
  readonly dtype?: WeightType;
  readonly activation?: ActivationName;
  readonly bias?: boolean;
  readonly residual?: boolean;
  /** The input is a view of a wider matrix. */
  readonly strided?: boolean;
}

export interface ConvolutionValues {
  /** `[rows, inChannels]` */
  readonly x: Float32Array;
  /** `[outChannels, inChannels / groups, kernelSize]` */
  readonly weight: Float32Array;
  readonly bias?: Float32Array | undefined;
  /** `[outputs, outChannels]` */
  readonly residual?: Float32Array | undefined;
}

/** Outputs of all sequences. */
export function outputsOf(p: ConvolutionParameters): number {
  return p.lengths.reduce((sum, length) => sum + conv1dLength(length, p.kernelSize, p), 0);
}

export const conv1d = operation<ConvolutionParameters, ConvolutionValues>({
  name: 'conv1d',
  values(p, random) {
    const { lengths, inChannels, outChannels, kernelSize, groups = 1 } = p;
    const width = (inChannels / groups) * kernelSize;
    return {
      x: random.values(offsetsOf(lengths).at(-1)! * inChannels),
      // As for `linear`, results are of order 1.
      weight: random.values(outChannels * width, 2 / Math.sqrt(width)),
      bias: p.bias ? random.values(outChannels) : undefined,
      residual: p.residual ? random.values(outputsOf(p) * outChannels) : undefined,
    };
  },
  prepare(on, p, values) {
    const offsets = offsetsOf(p.lengths);
    const x = on.matrix(values.x, offsets.at(-1)!, p.inChannels, p.strided);
    const { inChannels, outChannels, kernelSize, groups = 1 } = p;
    const weights = conv1dWeights(
      (weight, bias, inFeatures) => on.linear(weight, bias, inFeatures, p.dtype),
      values.weight,
      values.bias,
      { inChannels, outChannels, kernelSize, groups },
    );
    const residual = values.residual && on.matrix(values.residual, outputsOf(p), p.outChannels, p.strided);
    const { stride = 1, padding = 0, dilation = 1, activation = 'none' } = p;
    const options = { stride, padding, dilation, activation, offsets, ...(residual && { residual }) };
    return () => [apply(on.backend, x, weights, options)];
  },
});
