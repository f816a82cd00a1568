import { type ActivationName, activationCodes } from '@headwise/kernel';
import { type ConvolutionParameters, operations, Random } from '../../operations/index.ts';
import { type Case, operationCase, testCase } from '../lib/case.ts';
import { EXACT } from '../lib/compare.ts';

const activations = Object.keys(activationCodes) as ActivationName[];

/** Cycles through the options with the case's index. */
function withOptions(index: number, sizes: ConvolutionParameters): Case {
  return operationCase(operations.conv1d, {
    activation: activations[index % activations.length]!,
    bias: (index >> 1) % 2 === 0,
    residual: index % 3 === 0,
    strided: index % 5 < 2,
    ...sizes,
    seed: index,
  });
}

const KERNELS = [1, 2, 3, 4, 5, 7, 8, 9, 31];

/** Kernels, strides, paddings and dilations that fit a sequence of each length: whole and partial last steps. */
function steps(): Case[] {
  const random = new Random(1);
  const cases: ConvolutionParameters[] = [];
  for (const kernelSize of KERNELS) {
    for (const stride of [1, 2, 3, 5]) {
      for (const dilation of [1, 2, 3]) {
        for (const padding of [0, 1, Math.floor(kernelSize / 2), kernelSize]) {
          const least = Math.max(1, dilation * (kernelSize - 1) + 1 - 2 * padding);
          const length = least + random.integer(0, 2 * stride);
          const [inChannels, outChannels] = [random.integer(1, 12), random.integer(1, 20)];
          cases.push({ lengths: [length], inChannels, outChannels, kernelSize, stride, dilation, padding });
        }
      }
    }
  }
  return cases.map((sizes, i) => withOptions(i, sizes));
}

/** Every number of outputs and of channels around the tiles of the product. */
function tiles(): Case[] {
  const random = new Random(2);
  const channels = () => random.integer(1, 40);
  const sizes = Array.from({ length: 68 }, (_, n) => n);
  return sizes.flatMap((n, i) => [
    withOptions(2 * i, {
      lengths: [n],
      inChannels: channels(),
      outChannels: channels(),
      kernelSize: 3,
      padding: 'same',
    }),
    withOptions(2 * i + 1, {
      lengths: [2 * n + 1],
      inChannels: n + 1,
      outChannels: n + 1,
      kernelSize: 4,
      padding: 2,
      stride: 2,
    }),
  ]);
}

/** Several sequences, which do not see each other, and none. */
function sequences(): Case[] {
  const batches = [[], [1], [5, 5], [1, 9, 4], [4, 0, 7], [0, 0], [33, 1, 66]];
  return batches.flatMap((lengths, b) =>
    [1, 2].flatMap((dilation) =>
      [1, 2, 4].map((groups) =>
        withOptions(100 * b + 10 * dilation + groups, {
          lengths,
          inChannels: 8,
          outChannels: 12,
          kernelSize: 3,
          padding: 'same',
          dilation,
          groups,
        }),
      ),
    ),
  );
}

/** The convolutions of Whisper and Moonshine, on short sounds; one kernel for each channel; all types of weights. */
function models(): Case[] {
  const whisper = { lengths: [50], inChannels: 80, outChannels: 96, kernelSize: 3, padding: 1 } as const;
  const cases: ConvolutionParameters[] = [
    whisper,
    { ...whisper, inChannels: 96, stride: 2, activation: 'gelu' },
    { lengths: [1983], inChannels: 1, outChannels: 72, kernelSize: 127, stride: 64, activation: 'tanh' },
    { lengths: [49], inChannels: 72, outChannels: 144, kernelSize: 7, stride: 3, activation: 'gelu' },
    { lengths: [21], inChannels: 144, outChannels: 72, kernelSize: 3, stride: 2, activation: 'gelu' },
    { lengths: [21], inChannels: 24, outChannels: 24, kernelSize: 5, groups: 24, padding: 'same' },
    { lengths: [21, 13], inChannels: 24, outChannels: 48, kernelSize: 5, groups: 24, padding: 2, stride: 2 },
  ];
  return cases.map((sizes, i) => withOptions(1000 + i, sizes));
}

/** Windows of rows, read as they are and copied. */
function windows(): Case[] {
  return [0, 1, 2, 5, 9, 33].flatMap((rows) =>
    [1, 3, 4, 8].flatMap((width) =>
      [1, 2, 4].flatMap((size) =>
        [1, 2, 3, 7].map((step) =>
          testCase(
            'windows',
            { rows, width, size, step, strided: (rows + width + size + step) % 2 === 0, seed: rows + width },
            EXACT,
            (inputs, p) => {
              const { backend, random } = inputs;
              const x = inputs.matrix(random.values(p.rows * p.width), p.rows, p.width, p.strided);
              const y = backend.windows(x, p.size, p.step);
              return [backend.read(y), backend.read(backend.concat([y, y], 0))];
            },
          ),
        ),
      ),
    ),
  );
}

export const convolutionCases = {
  'conv1d: kernels, strides, paddings and dilations': steps(),
  'conv1d: every number of outputs and channels around the tiles': tiles(),
  'conv1d: several sequences and groups': sequences(),
  'conv1d: as in models': models(),
  windows: windows(),
};
