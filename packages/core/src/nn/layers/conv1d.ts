import type { Backend, Tensor } from '../../backend/backend.ts';
import { formatShape } from '../../backend/check.ts';
import { ShapeError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkSizes } from '../torch/float-array.ts';
import { linearSpecs, type WeightSpecs } from '../torch/init.ts';
import { UnaryLayer } from '../torch/layer.ts';
import {
  type ConvolutionSteps,
  type ConvolutionWeights,
  checkGroups,
  conv1d,
  conv1dLength,
  conv1dPadding,
  conv1dWeights,
} from './convolution.ts';

/** Options of {@link Conv1d}, with PyTorch's names and defaults. */
export interface Conv1dOptions extends ConvolutionSteps {
  /** Groups of channels, each with its own kernels. Divides both numbers of channels. Default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

const OPTIONS = {
  stride: 'count',
  padding: true,
  dilation: 'count',
  groups: 'count',
  bias: 'boolean',
} satisfies OptionNames<Conv1dOptions>;

/**
 * Convolution over sequences with the weights of PyTorch's `nn.Conv1d`: `weight` `[outChannels, inChannels / groups, kernelSize]` and `bias`
 * `[outChannels]`, initially uniform in ±1/√(inputs of an output). `[batch, inChannels, length]` → `[batch, outChannels, outputs]`.
 */
export class Conv1d extends UnaryLayer {
  readonly #steps: Required<ConvolutionSteps>;
  readonly #sizes: {
    readonly inChannels: number;
    readonly outChannels: number;
    readonly kernelSize: number;
    readonly groups: number;
  };
  readonly #bias: boolean;
  #weights: ConvolutionWeights | undefined;

  constructor(inChannels: number, outChannels: number, kernelSize: number, options: Conv1dOptions = {}) {
    super('Conv1d');
    checkOptions('Conv1d', options, OPTIONS);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true } = options;
    checkSizes('Conv1d', { inChannels, outChannels, kernelSize, stride, dilation, groups });
    checkGroups(inChannels, outChannels, groups);
    this.#steps = { stride, padding, dilation };
    conv1dPadding(kernelSize, this.#steps);
    this.#sizes = { inChannels, outChannels, kernelSize, groups };
    this.#bias = bias;
  }

  protected override weightSpecs(): WeightSpecs {
    return linearSpecs('', this.#weightShape(), this.#bias);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const weight = await loader.values('weight', this.#weightShape());
    const bias = this.#bias ? await loader.values('bias', [this.#sizes.outChannels]) : undefined;
    this.#weights = conv1dWeights(loader.linearFrom.bind(loader), weight, bias, this.#sizes);
  }

  protected compute(x: Tensor): Tensor {
    const { inChannels, outChannels, kernelSize } = this.#sizes;
    const [batch = 0, channels, length = 0] = x.shape;
    if (x.shape.length !== 3 || channels !== inChannels) {
      throw new ShapeError(
        `Conv1d: input must be [batch, ${inChannels}, length], got ${formatShape(x.shape)}`,
      );
    }
    const { backend } = this;
    const outputs = conv1dLength(length, kernelSize, this.#steps);
    const offsets = Int32Array.from({ length: batch + 1 }, (_, s) => s * length);
    const y = conv1d(backend, swapLastAxes(backend, x), this.#weights!, { ...this.#steps, offsets });
    return swapLastAxes(backend, backend.reshape(y, [batch, outputs, outChannels]), [
      batch,
      outChannels,
      outputs,
    ]);
  }

  #weightShape(): readonly number[] {
    const { inChannels, outChannels, kernelSize, groups } = this.#sizes;
    return [outChannels, inChannels / groups, kernelSize];
  }
}

/** `x[batch, a, b]` → `[batch · b, a]`, or another `shape` of these values. */
function swapLastAxes(backend: Backend, x: Tensor, shape?: readonly number[]): Tensor {
  const [batch = 0, a = 0, b = 0] = x.shape;
  const ids = new Int32Array(batch * a * b);
  let at = 0;
  for (let s = 0; s < batch; s++) {
    for (let j = 0; j < b; j++) for (let i = 0; i < a; i++) ids[at++] = (s * a + i) * b + j;
  }
  // A gather of single values.
  const values = backend.embedding(backend.reshape(x, [batch * a * b, 1]), ids);
  return backend.reshape(values, shape ?? [batch * b, a]);
}
