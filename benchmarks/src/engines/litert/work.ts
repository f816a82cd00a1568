import type { OperationWork, Work } from '../../cases/work.ts';
import type { Prepared } from '../engine.ts';
import { headMajor } from '../layout.ts';
import { encodeTflite, type TfliteOperator, type TfliteTensor } from './tflite.ts';

/** A work as a model of TensorFlow Lite, and its inputs in the model's order. */
export interface LitertWork {
  readonly model: Uint8Array;
  readonly inputs: readonly { readonly data: Float32Array; readonly shape: readonly number[] }[];
  readonly arrange?: Prepared['arrange'];
}

/** The work as a model; undefined for what LiteRT.js is not measured on. */
export function litertWork(work: Work): LitertWork | undefined {
  if (work.kind === 'linear') return linear(work);
  if (work.kind === 'softmax') return softmax(work);
  if (work.kind === 'attention') return attention(work);
  return undefined;
}

const bytesOf = (values: Float32Array | Int8Array | Uint8Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function constant(values: Float32Array, ...shape: readonly number[]): TfliteTensor {
  return { shape, type: 'f32', data: bytesOf(values) };
}

/** One FULLY_CONNECTED layer without a bias: input, weights, output. */
function linear({ parameters, values }: OperationWork<'linear'>): LitertWork | undefined {
  const { rows, inFeatures, outFeatures, dtype = 'f32' } = parameters;
  if (dtype === 'f16') return undefined;
  const shape = [outFeatures, inFeatures];
  const weights: TfliteTensor =
    dtype === 'f32' ? constant(values.weight, ...shape) : quantized(values.weight, shape, dtype);
  const tensors: TfliteTensor[] = [
    { shape: [rows, inFeatures], type: 'f32' },
    weights,
    { shape: [rows, outFeatures], type: 'f32' },
  ];
  const operators: TfliteOperator[] = [{ name: 'fullyConnected', inputs: [0, 1, -1], output: 2 }];
  return {
    model: encodeTflite({ tensors, operators, inputs: [0], output: 2 }),
    inputs: [{ data: values.x, shape: [rows, inFeatures] }],
  };
}

/** Weights in 8 or 4 bits with one scale for each row, which XNNPACK multiplies by dynamically quantised activations. */
export function quantized(
  weights: Float32Array,
  shape: readonly number[],
  dtype: 'q8' | 'q4',
): TfliteTensor & { readonly scales: Float32Array } {
  const [rows = 0, columns = 0] = shape;
  const largest = dtype === 'q8' ? 127 : 7;
  const scales = new Float32Array(rows);
  const integers = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    let most = 0;
    for (let i = from; i < from + columns; i++) most = Math.max(most, Math.abs(weights[i]!));
    const scale = Math.fround(most / largest) || 1;
    scales[row] = scale;
    for (let i = from; i < from + columns; i++) {
      integers[i] = Math.max(-largest, Math.min(largest, Math.round(weights[i]! / scale)));
    }
  }
  if (dtype === 'q8') return { shape, type: 'i8', data: bytesOf(integers), scales };
  const halves = new Uint8Array(Math.ceil(integers.length / 2));
  for (let i = 0; i < integers.length; i++) halves[i >> 1]! |= (integers[i]! & 15) << (i % 2 ? 4 : 0);
  return { shape, type: 'i4', data: halves, scales };
}

function softmax({ parameters, values }: OperationWork<'softmax'>): LitertWork {
  const shape = [parameters.rows, parameters.width];
  const tensors: TfliteTensor[] = [
    { shape, type: 'f32' },
    { shape, type: 'f32' },
  ];
  const operators: TfliteOperator[] = [{ name: 'softmax', inputs: [0], output: 1 }];
  return {
    model: encodeTflite({ tensors, operators, inputs: [0], output: 1 }),
    inputs: [{ data: values.x, shape }],
  };
}

/** BATCH_MATMUL, MUL by the scale, ADD of the mask where causal, SOFTMAX, BATCH_MATMUL: as converters write attention. */
function attention(work: OperationWork<'attention'>): LitertWork {
  const { heads, tokens, queryTokens, size, arrange, queries, keys, values } = headMajor(work);
  const scores = { shape: [1, heads, queryTokens, tokens], type: 'f32' } as const;
  const inputs = [
    { data: queries, shape: [1, heads, queryTokens, size] },
    { data: keys, shape: [1, heads, tokens, size] },
    { data: values, shape: [1, heads, tokens, size] },
  ];
  const tensors: TfliteTensor[] = inputs.map(({ shape }) => ({ shape, type: 'f32' }));
  const operators: TfliteOperator[] = [];
  const node = (
    name: TfliteOperator['name'],
    from: readonly number[],
    to: TfliteTensor,
    transposed = false,
  ) => {
    const output = tensors.push(to) - 1;
    operators.push({ name, inputs: from, output, transposed });
    return output;
  };
  let x = node('batchMatMul', [0, 1], scores, true);
  x = node('mul', [x, tensors.push(constant(Float32Array.of(1 / Math.sqrt(size)), 1)) - 1], scores);
  if (work.parameters.causal) {
    // A finite value, as converters write it.
    const mask = Float32Array.from({ length: queryTokens * tokens }, (_, i) =>
      (i % tokens) - Math.floor(i / tokens) > tokens - queryTokens ? -1e9 : 0,
    );
    x = node('add', [x, tensors.push(constant(mask, 1, 1, queryTokens, tokens)) - 1], scores);
  }
  x = node('softmax', [x], scores);
  const output = node('batchMatMul', [x, 2], { shape: [1, heads, queryTokens, size], type: 'f32' });
  return { model: encodeTflite({ tensors, operators, inputs: [0, 1, 2], output }), inputs, arrange };
}
