import { beforeAll, describe, expect, it } from 'vitest';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import { type Backend, createBackend } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import {
  type ConvolutionWeights,
  conv1d,
  conv1dLength,
  conv1dWeights,
} from '../../src/nn/layers/convolution.ts';
import { type ConvolutionParameters, offsetsOf, operations, Random } from '../operations/index.ts';

/** The definition, in float64: `torch.nn.functional.conv1d` of each sequence, channels last. */
function definition(p: ConvolutionParameters, x: Float32Array, weight: Float32Array, bias?: Float32Array) {
  const { inChannels, outChannels, kernelSize, stride = 1, dilation = 1, groups = 1 } = p;
  const span = dilation * (kernelSize - 1);
  const before = p.padding === 'same' ? Math.floor(span / 2) : (p.padding ?? 0);
  const after = p.padding === 'same' ? span - before : before;
  const [inWidth, outWidth] = [inChannels / groups, outChannels / groups];
  const values: number[] = [];
  let start = 0;
  for (const length of p.lengths) {
    for (let position = -before; position + span < length + after; position += stride) {
      for (let o = 0; o < outChannels; o++) {
        let sum = bias?.[o] ?? 0;
        const first = Math.floor(o / outWidth) * inWidth;
        for (let c = 0; c < inWidth; c++) {
          for (let k = 0; k < kernelSize; k++) {
            const row = position + k * dilation;
            if (row < 0 || row >= length) continue;
            sum += weight[(o * inWidth + c) * kernelSize + k]! * x[(start + row) * inChannels + first + c]!;
          }
        }
        values.push(sum);
      }
    }
    start += length;
  }
  return values;
}

let backends: Backend[];

beforeAll(async () => {
  backends = [
    new ReferenceBackend(),
    await createBackend('wasm-simd'),
    await createBackend('wasm-relaxed-simd'),
  ];
});

function run(
  backend: Backend,
  p: ConvolutionParameters,
  values: { x: Float32Array; weight: Float32Array; bias?: Float32Array | undefined },
): Float32Array {
  return withScope(backend, () => {
    const weights = packed(backend, p, values);
    const rows = values.x.length / p.inChannels;
    const offsets = offsetsOf(p.lengths);
    const { stride = 1, padding = 0, dilation = 1 } = p;
    const y = conv1d(backend, backend.tensor(values.x, [rows, p.inChannels]), weights, {
      stride,
      padding,
      dilation,
      offsets,
    });
    const result = backend.read(y);
    for (const linear of weights.linear) backend.release(linear);
    return result;
  });
}

function packed(
  backend: Backend,
  p: ConvolutionParameters,
  { weight, bias }: { weight: Float32Array; bias?: Float32Array | undefined },
): ConvolutionWeights {
  const { inChannels, outChannels, kernelSize, groups = 1 } = p;
  const sizes = { inChannels, outChannels, kernelSize, groups };
  return conv1dWeights(backend.linearWeights.bind(backend), weight, bias, sizes);
}

const CASES: readonly ConvolutionParameters[] = [
  { lengths: [1], inChannels: 1, outChannels: 1, kernelSize: 1 },
  { lengths: [5], inChannels: 1, outChannels: 1, kernelSize: 5 },
  { lengths: [6], inChannels: 2, outChannels: 3, kernelSize: 2, bias: true },
  { lengths: [7], inChannels: 3, outChannels: 2, kernelSize: 3, padding: 1, stride: 2, bias: true },
  { lengths: [7], inChannels: 3, outChannels: 2, kernelSize: 4, padding: 'same', bias: true },
  { lengths: [9], inChannels: 4, outChannels: 6, kernelSize: 3, dilation: 2, groups: 2, padding: 3 },
  { lengths: [8], inChannels: 4, outChannels: 4, kernelSize: 3, groups: 4, padding: 'same', dilation: 3 },
  { lengths: [5, 0, 3], inChannels: 4, outChannels: 5, kernelSize: 3, padding: 'same', bias: true },
  { lengths: [5, 4], inChannels: 2, outChannels: 3, kernelSize: 2, padding: 2, stride: 3, dilation: 2 },
  { lengths: [300], inChannels: 1, outChannels: 40, kernelSize: 127, stride: 64 },
  { lengths: [], inChannels: 2, outChannels: 3, kernelSize: 3 },
];

describe('conv1d', () => {
  it.each(CASES)('is the cross-correlation of PyTorch on every backend: %o', (p) => {
    const values = operations.conv1d.values(p, new Random(3));
    const expected = definition(p, values.x, values.weight, values.bias);
    for (const backend of backends) {
      const got = run(backend, p, values);
      expect(got.length).toBe(expected.length);
      for (const [i, value] of expected.entries()) expect(Math.abs(got[i]! - value)).toBeLessThan(2e-6);
    }
  });

  it('keeps NaN and infinite values to the outputs whose windows have them', () => {
    const p = { lengths: [40], inChannels: 3, outChannels: 9, kernelSize: 3, padding: 1 };
    const values = operations.conv1d.values(p, new Random(4));
    values.x[20 * 3 + 1] = NaN;
    values.x[30 * 3] = Infinity;
    for (const backend of backends) {
      const got = run(backend, p, values);
      for (let t = 0; t < 40; t++) {
        const row = got.subarray(t * 9, (t + 1) * 9);
        const isTouched = Math.abs(t - 20) <= 1 || Math.abs(t - 30) <= 1;
        expect(row.every(Number.isFinite)).toBe(!isTouched);
      }
    }
  });

  it('is exact on whole numbers up to the limits of float32', () => {
    const p = { lengths: [6], inChannels: 1, outChannels: 1, kernelSize: 2 };
    const x = Float32Array.of(2 ** 23, -(2 ** 23), 3e38, 1e-45, -0, 1);
    for (const backend of backends) {
      const got = run(backend, p, { x, weight: Float32Array.of(1, 1) });
      expect([...got]).toEqual([0, Math.fround(3e38), Math.fround(3e38), Math.fround(1e-45), 1]);
    }
  });

  it('counts its outputs', () => {
    expect(conv1dLength(480_000, 127, { stride: 64 })).toBe(7499);
    expect(conv1dLength(3000, 3, { stride: 2, padding: 1 })).toBe(1500);
    expect(conv1dLength(0, 3, { padding: 'same' })).toBe(0);
    expect(conv1dLength(10, 3, { padding: 'same', dilation: 4 })).toBe(10);
  });

  it('refuses what does not fit', async () => {
    const backend = backends[1]!;
    const p = { lengths: [4], inChannels: 2, outChannels: 4, kernelSize: 3 };
    const weights = packed(backend, p, { weight: new Float32Array(24) });
    withScope(backend, () => {
      const x = (...shape: number[]) => backend.zeros(shape);
      expect(() => conv1d(backend, x(4, 3), weights)).toThrow('conv1d: input must have 2 channels, got 3');
      expect(() => conv1d(backend, x(2, 2), weights)).toThrow(
        'conv1d: a kernel that spans 3 rows does not fit a sequence of 2, with padding 2',
      );
      expect(() => conv1d(backend, x(4, 2), weights, { offsets: Int32Array.of(0, 3) })).toThrow(
        'conv1d: sequence offsets must run from 0 to 4',
      );
      expect(() => conv1d(backend, x(4, 2), weights, { residual: x(4, 4) })).toThrow(
        'conv1d: residual must be [2, 4], got [4, 4]',
      );
      expect(() => conv1d(backend, x(4, 2), weights, { padding: 'same', stride: 2 })).toThrow(
        'same with a stride of 1',
      );
      expect(() => conv1d(backend, x(4, 2), weights, { stride: 0 })).toThrow('stride');
    });
    for (const linear of weights.linear) backend.release(linear);
    expect(() => packed(backend, { ...p, groups: 3 }, { weight: new Float32Array(24) })).toThrow(
      'conv1d: groups must divide the numbers of channels, got 3 groups of 2 and 4',
    );
    expect(() => packed(backend, p, { weight: new Float32Array(23) })).toThrow(
      'conv1d: weight must be [4, 2, 3], got 23 values',
    );
  });
});
