import type { Backend, LinearWeights, Tensor } from '../../backend/backend.ts';
import { formatShape } from '../../backend/check.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkSizes } from '../torch/float-array.ts';
import { linearSpecs, type WeightSpecs } from '../torch/init.ts';
import { UnaryLayer } from '../torch/layer.ts';
import { convolutionWeight, convolutionWindows } from './windows.ts';

/** Options of {@link Conv1d}, with PyTorch's names and defaults. */
export interface Conv1dOptions {
  /** Distance between the positions of two outputs. Default 1. */
  readonly stride?: number;
  /** Zeros added at both ends; `same`: so many that there are as many outputs as inputs, which requires a stride of 1. Default 0. */
  readonly padding?: number | 'same';
  /** Distance between the inputs of two elements of the kernel. Default 1. */
  readonly dilation?: number;
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
  readonly #options: Required<Omit<Conv1dOptions, 'padding'>>;
  readonly #sizes: { readonly inChannels: number; readonly outChannels: number; readonly kernelSize: number };
  readonly #padding: { readonly before: number; readonly after: number };
  /** For each group, `[outChannels / groups, kernelSize · inChannels / groups]`. */
  #weights: readonly LinearWeights[] = [];

  constructor(inChannels: number, outChannels: number, kernelSize: number, options: Conv1dOptions = {}) {
    super('Conv1d');
    checkOptions('Conv1d', options, OPTIONS);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true } = options;
    checkSizes('Conv1d', { inChannels, outChannels, kernelSize, stride, dilation, groups });
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ConfigError(
        `Conv1d: groups must divide the numbers of channels, got ${groups} groups of ${inChannels} and ${outChannels}`,
      );
    }
    if (padding === 'same' ? stride !== 1 : !(Number.isSafeInteger(padding) && padding >= 0)) {
      throw new ConfigError(
        `Conv1d: padding must be a whole number of at least 0, or same with a stride of 1, got ${padding} with stride ${stride}`,
      );
    }
    const span = dilation * (kernelSize - 1);
    const before = padding === 'same' ? Math.floor(span / 2) : padding;
    this.#padding = { before, after: padding === 'same' ? span - before : padding };
    this.#sizes = { inChannels, outChannels, kernelSize };
    this.#options = { stride, dilation, groups, bias };
  }

  protected override weightSpecs(): WeightSpecs {
    return linearSpecs('', this.#weightShape(), this.#options.bias);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const { outChannels } = this.#sizes;
    const { groups, bias } = this.#options;
    const shape = this.#weightShape();
    const [, channels = 0, kernelSize = 0] = shape;
    const stored = await loader.values('weight', shape);
    const biases = bias ? await loader.values('bias', [outChannels]) : undefined;
    const rows = outChannels / groups;
    const width = channels * kernelSize;
    const values = convolutionWeight(stored, channels, kernelSize);
    this.#weights = Array.from({ length: groups }, (_, group) =>
      loader.linearFrom(
        values.subarray(group * rows * width, (group + 1) * rows * width),
        biases?.slice(group * rows, (group + 1) * rows),
        width,
      ),
    );
  }

  protected compute(x: Tensor): Tensor {
    const { inChannels, outChannels, kernelSize } = this.#sizes;
    const { stride, dilation, groups } = this.#options;
    const [batch = 0, channels, length = 0] = x.shape;
    if (x.shape.length !== 3 || channels !== inChannels) {
      throw new ShapeError(
        `Conv1d: input must be [batch, ${inChannels}, length], got ${formatShape(x.shape)}`,
      );
    }
    const { before, after } = this.#padding;
    const outputs = Math.floor((length + before + after - dilation * (kernelSize - 1) - 1) / stride) + 1;
    if (outputs < 1) {
      throw new ShapeError(`Conv1d: a kernel of ${kernelSize} does not fit an input of length ${length}`);
    }
    const { backend } = this;
    const rows = swapLastAxes(backend, x);
    const windows = convolutionWindows(
      backend,
      rows,
      { length, outputs },
      { kernelSize, stride, dilation, before },
    );
    const width = inChannels / groups;
    const results = this.#weights.map((weights, group) => {
      const parts =
        groups === 1
          ? windows
          : windows.map((part) => backend.columns(part, group * width, (group + 1) * width));
      return backend.linear(parts.length === 1 ? parts[0]! : backend.concat(parts, 1), weights);
    });
    const y = results.length === 1 ? results[0]! : backend.concat(results, 1);
    return swapLastAxes(backend, backend.reshape(y, [batch, outputs, outChannels]), [
      batch,
      outChannels,
      outputs,
    ]);
  }

  #weightShape(): readonly number[] {
    const { inChannels, outChannels, kernelSize } = this.#sizes;
    return [outChannels, inChannels / this.#options.groups, kernelSize];
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
