import type { ActivationName, Backend, LinearWeights, Offsets, Tensor } from '../../backend/backend.ts';
import { checkMatrix, checkOffsets, formatShape, sameShape } from '../../backend/check.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { checkOption, checkOptions, describeValue, type OptionNames, requireOptions } from '../../options.ts';
import { checkSizes } from '../torch/float-array.ts';

/** The arithmetic of a convolution over sequences, with PyTorch's names and defaults. */
export interface ConvolutionSteps {
  /** Distance between the positions of two outputs. Default 1. */
  readonly stride?: number;
  /** Zeros added at both ends; `same`: so many that there are as many outputs as inputs, which requires a stride of 1. Default 0. */
  readonly padding?: number | 'same';
  /** Distance between the inputs of two elements of the kernel. Default 1. */
  readonly dilation?: number;
}

/** Options of {@link conv1d}. */
export interface ConvolutionOptions extends ConvolutionSteps {
  /** The sequences of the rows, which are padded one by one. Default: all rows are one sequence. */
  readonly offsets?: Offsets;
  /** Applied to the result plus bias. Default `none`. */
  readonly activation?: ActivationName;
  /** `[outputs, outChannels]`, added after the activation. */
  readonly residual?: Tensor;
}

/** Sizes of a convolution. */
export interface ConvolutionSizes {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  /** Groups of channels, each with its own kernels. Divides both numbers of channels. Default 1. */
  readonly groups?: number;
}

/** Weights for {@link conv1d}, in a backend's own layout. */
export interface ConvolutionWeights extends Required<ConvolutionSizes> {
  /** Of each group: `[outChannels / groups, kernelSize · inChannels / groups]`. */
  readonly linear: readonly LinearWeights[];
}

const OPTIONS = {
  stride: 'count',
  padding: true,
  dilation: 'count',
  offsets: 'object',
  activation: 'string',
  residual: 'object',
} satisfies OptionNames<ConvolutionOptions>;

const SIZES = {
  inChannels: 'count',
  outChannels: 'count',
  kernelSize: 'count',
  groups: 'count',
} satisfies OptionNames<ConvolutionSizes>;

/**
 * Packs the weights of a convolution. Throws `ConfigError` for groups that do not divide the channels, and `ShapeError` for another number of values.
 *
 * @param create packs the weight of a linear layer `[outFeatures, inFeatures]` with its bias: `backend.linearWeights`, or a loader's `linearFrom`
 * @param weight `[outChannels, inChannels / groups, kernelSize]`, as in PyTorch
 * @param bias `[outChannels]`
 */
export function conv1dWeights(
  create: (weight: Float32Array, bias: Float32Array | undefined, inFeatures: number) => LinearWeights,
  weight: Float32Array,
  bias: Float32Array | undefined,
  sizes: ConvolutionSizes,
): ConvolutionWeights {
  requireOptions('conv1dWeights', sizes, SIZES);
  const isBias = bias === undefined || bias instanceof Float32Array;
  if (typeof create !== 'function' || !(weight instanceof Float32Array) || !isBias)
    throw new ConfigError(
      'conv1dWeights: needs a function that packs a weight, and weight and bias, Float32Arrays',
    );
  const { inChannels, outChannels, kernelSize, groups = 1 } = sizes;
  checkSizes('conv1dWeights', { inChannels, outChannels, kernelSize });
  checkGroups(inChannels, outChannels, groups);
  const channels = inChannels / groups;
  const rows = outChannels / groups;
  const width = channels * kernelSize;
  if (weight.length !== outChannels * width) {
    throw new ShapeError(
      `conv1d: weight must be ${formatShape([outChannels, channels, kernelSize])}, got ${weight.length} values`,
    );
  }
  // [outChannels, channels, kernelSize] → [outChannels, kernelSize, channels], the order of the values in a window of rows.
  const values = new Float32Array(weight.length);
  for (let from = 0; from < weight.length; from += width) {
    for (let k = 0; k < kernelSize; k++) {
      for (let c = 0; c < channels; c++) values[from + k * channels + c] = weight[from + c * kernelSize + k]!;
    }
  }
  const linear = Array.from({ length: groups }, (_, group) => {
    const [from, to] = [group * rows, (group + 1) * rows];
    return create(values.subarray(from * width, to * width), bias?.slice(from, to), width);
  });
  return { inChannels, outChannels, kernelSize, groups, linear };
}

/** Throws `ConfigError` for groups that do not divide the numbers of channels. */
export function checkGroups(inChannels: number, outChannels: number, groups: number): void {
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new ConfigError(
    `conv1d: groups must divide the numbers of channels, got ${describeValue(groups)} groups of ${describeValue(inChannels)} and ${describeValue(outChannels)}`,
  );
}

/**
 * Convolution over sequences, as `torch.nn.functional.conv1d` (a cross-correlation: the kernel is not reversed), with channels last: output `t` is
 * activation(bias + Σ weight[:, :, k] · x[t · stride + k · dilation − padding]) + residual. It runs in the type of its weights.
 *
 * Throws `ShapeError` for other shapes and for a sequence that is shorter than the kernel, `ConfigError` for invalid options.
 *
 * @param x `[rows, inChannels]`: PyTorch's `[batch, inChannels, length]` transposed, one sequence after another
 * @returns `[outputs, outChannels]`, of one sequence after another; see {@link conv1dLength}
 */
export function conv1d(
  backend: Backend,
  x: Tensor,
  weights: ConvolutionWeights,
  options: ConvolutionOptions = {},
): Tensor {
  checkOptions('conv1d', options, OPTIONS);
  const { activation = 'none', residual } = options;
  if (!Array.isArray(weights?.linear))
    throw new ConfigError(`conv1d: needs what conv1dWeights returns, got ${describeValue(weights)}`);
  const { inChannels, outChannels, groups, linear } = weights;
  const { rows, features } = checkMatrix('conv1d', 'input', x);
  if (features !== inChannels) {
    throw new ShapeError(`conv1d: input must have ${inChannels} channels, got ${features}`);
  }
  const offsets = options.offsets ?? Int32Array.of(0, rows);
  checkOffsets('conv1d', 'sequence', offsets, rows);
  const width = inChannels / groups;
  const results = linear.map((group, index) => {
    const part = groups === 1 ? x : backend.columns(x, index * width, (index + 1) * width);
    const inputs = kernelInputs(backend, part, offsets, weights.kernelSize, options);
    return backend.linear(inputs, group, {
      activation,
      ...(groups === 1 && residual && { residual: checkResidual(residual, inputs, outChannels) }),
    });
  });
  if (groups === 1) return results[0]!;
  const joined = backend.concat(results, 1);
  return residual ? backend.add(joined, checkResidual(residual, joined, outChannels)) : joined;
}

function checkResidual(residual: Tensor, { shape: [outputs = 0] }: Tensor, outChannels: number): Tensor {
  const expected = [outputs, outChannels];
  if (sameShape(residual.shape, expected)) return residual;
  throw new ShapeError(
    `conv1d: residual must be ${formatShape(expected)}, got ${formatShape(residual.shape)}`,
  );
}

/** Number of outputs of a sequence of `length` rows: 0 of an empty one, if the padding alone is no longer than the kernel. Throws as {@link conv1d}. */
export function conv1dLength(length: number, kernelSize: number, steps: ConvolutionSteps = {}): number {
  checkOption('conv1dLength', 'length', length, 'whole');
  checkOption('conv1dLength', 'options', steps, 'object');
  const { before, after } = conv1dPadding(kernelSize, steps);
  const { stride = 1, dilation = 1 } = steps;
  checkSizes('conv1d', { kernelSize, stride, dilation });
  const span = dilation * (kernelSize - 1) + 1;
  const padded = length + before + after;
  if (padded >= span) return Math.floor((padded - span) / stride) + 1;
  if (length === 0) return 0;
  throw new ShapeError(
    `conv1d: a kernel that spans ${span} rows does not fit a sequence of ${length}, with padding ${padded}`,
  );
}

/** Zeros before and after each sequence. Throws `ConfigError` for an invalid padding. */
export function conv1dPadding(
  kernelSize: number,
  { stride = 1, padding = 0, dilation = 1 }: ConvolutionSteps,
): { readonly before: number; readonly after: number } {
  if (padding === 'same' ? stride !== 1 : !(Number.isSafeInteger(padding) && padding >= 0)) {
    throw new ConfigError(
      `conv1d: padding must be a whole number of at least 0, or same with a stride of 1, got ${describeValue(padding)} with stride ${describeValue(stride)}`,
    );
  }
  if (padding !== 'same') return { before: padding, after: padding };
  const span = dilation * (kernelSize - 1);
  const before = Math.floor(span / 2);
  return { before, after: span - before };
}

/** What the kernel is multiplied with for each output: `[outputs, kernelSize · channels]`. */
function kernelInputs(
  backend: Backend,
  x: Tensor,
  offsets: Offsets,
  kernelSize: number,
  steps: ConvolutionSteps,
): Tensor {
  const channels = x.shape[1]!;
  const { stride = 1, dilation = 1 } = steps;
  const { before, after } = conv1dPadding(kernelSize, steps);
  const parts: Tensor[] = [];
  for (let s = 1; s < offsets.length; s++) {
    const [from, to] = [offsets[s - 1]!, offsets[s]!];
    const outputs = conv1dLength(to - from, kernelSize, steps);
    const rows = backend.rows(x, from, to);
    const padded =
      before + after > 0
        ? backend.concat([backend.zeros([before, channels]), rows, backend.zeros([after, channels])], 0)
        : rows;
    if (dilation === 1) {
      parts.push(backend.windows(padded, kernelSize, stride));
      continue;
    }
    const ids = Int32Array.from({ length: outputs * kernelSize }, (_, i) => {
      return Math.floor(i / kernelSize) * stride + (i % kernelSize) * dilation;
    });
    parts.push(backend.reshape(backend.embedding(padded, ids), [outputs, kernelSize * channels]));
  }
  if (parts.length === 0) return backend.zeros([0, kernelSize * channels]);
  // Windows of one sequence stay where they are: the product packs its tiles from rows that overlap, so that its kernel is that of the convolution. On
  // the channels and kernels of Whisper's and Moonshine's it takes as long as on inputs copied by a gather, without their memory; on the waveform, 1/2.2 of it.
  return parts.length === 1 ? parts[0]! : backend.concat(parts, 0);
}
