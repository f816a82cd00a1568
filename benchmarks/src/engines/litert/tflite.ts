import { Builder } from 'flatbuffers';

// Writes models of TensorFlow Lite, by the tables of its schema (tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3). A table's fields
// are numbered from 0 in the order of the schema.

/** Numbers of `TensorType`. */
const tensorTypes = { f32: 0, i8: 9, i4: 17 } as const;

/** Numbers of `BuiltinOperator` and `BuiltinOptions`, and the version of an operator that has the types used here. */
const operators = {
  add: { code: 0, options: 11, version: 1 },
  mul: { code: 18, options: 21, version: 1 },
  fullyConnected: { code: 9, options: 8, version: 9 },
  softmax: { code: 25, options: 9, version: 1 },
  batchMatMul: { code: 126, options: 101, version: 1 },
} as const;

export interface TfliteTensor {
  readonly shape: readonly number[];
  readonly type: keyof typeof tensorTypes;
  /** Bytes of a constant; a byte has two values of i4, the first in its low half. */
  readonly data?: Uint8Array;
  /** Scale of each row of a quantised constant, whose zero point is 0. */
  readonly scales?: Float32Array;
}

export interface TfliteOperator {
  readonly name: keyof typeof operators;
  /** Indices of tensors; -1 for an input that is left out. */
  readonly inputs: readonly number[];
  readonly output: number;
  /** Whether `batchMatMul` transposes its second operand. */
  readonly transposed?: boolean;
}

export interface TfliteGraph {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly output: number;
}

/** A `.tflite` file with one graph. */
export function encodeTflite(graph: TfliteGraph): Uint8Array {
  const builder = new Builder(1024);
  const names = [...new Set(graph.operators.map(({ name }) => name))];
  // Buffer 0 is empty by convention: tensors without data have it.
  const constants = graph.tensors.filter(({ data }) => data);
  const buffers = offsets(
    builder,
    [undefined, ...constants].map((each) => bufferOf(builder, each?.data)),
  );
  const tensors = graph.tensors.map((each, index) =>
    tensorOf(builder, each, each.data ? 1 + constants.indexOf(each) : 0, `t${index}`),
  );
  const nodes = graph.operators.map((each) => operatorOf(builder, each, names.indexOf(each.name)));
  const subgraph = [
    offsets(builder, tensors),
    integers(builder, graph.inputs),
    integers(builder, [graph.output]),
    offsets(builder, nodes),
    builder.createString('main'),
  ];
  builder.startObject(5);
  for (const [field, offset] of subgraph.entries()) builder.addFieldOffset(field, offset, 0);
  const subgraphs = offsets(builder, [builder.endObject()]);
  const codes = offsets(
    builder,
    names.map((name) => operatorCodeOf(builder, operators[name])),
  );
  const description = builder.createString('headwise benchmark');
  builder.startObject(5);
  builder.addFieldInt32(0, 3, 0);
  for (const [i, offset] of [codes, subgraphs, description, buffers].entries()) {
    builder.addFieldOffset(1 + i, offset, 0);
  }
  builder.finish(builder.endObject(), 'TFL3');
  return builder.asUint8Array();
}

function integers(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addInt32(value);
  return builder.endVector();
}

function offsets(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addOffset(value);
  return builder.endVector();
}

/** `Buffer`: data, which the schema aligns to 16 bytes. */
function bufferOf(builder: Builder, data: Uint8Array | undefined): number {
  if (data) builder.prep(16, data.length);
  const bytes = data ? builder.createByteVector(data) : 0;
  builder.startObject(1);
  builder.addFieldOffset(0, bytes, 0);
  return builder.endObject();
}

/** `Tensor`: shape, type, buffer, name, quantization. */
function tensorOf(
  builder: Builder,
  { shape, type, scales }: TfliteTensor,
  at: number,
  label: string,
): number {
  const dims = integers(builder, shape);
  const name = builder.createString(label);
  const quantization = scales ? quantizationOf(builder, scales) : 0;
  builder.startObject(5);
  builder.addFieldOffset(0, dims, 0);
  builder.addFieldInt8(1, tensorTypes[type], 0);
  builder.addFieldInt32(2, at, 0);
  builder.addFieldOffset(3, name, 0);
  builder.addFieldOffset(4, quantization, 0);
  return builder.endObject();
}

/** `QuantizationParameters`: min, max, scale, zero_point, details (two fields), quantized_dimension (0: rows). */
function quantizationOf(builder: Builder, scales: Float32Array): number {
  builder.startVector(4, scales.length, 4);
  for (const value of scales.toReversed()) builder.addFloat32(value);
  const scale = builder.endVector();
  builder.startVector(8, scales.length, 8);
  for (let i = 0; i < scales.length; i++) builder.addInt64(0n);
  const zeroPoint = builder.endVector();
  builder.startObject(7);
  builder.addFieldOffset(2, scale, 0);
  builder.addFieldOffset(3, zeroPoint, 0);
  return builder.endObject();
}

/** `OperatorCode`: deprecated_builtin_code, custom_code, version, builtin_code. */
function operatorCodeOf(
  builder: Builder,
  { code, version }: (typeof operators)[keyof typeof operators],
): number {
  builder.startObject(4);
  // Readers take the larger of the two codes. The first has no room for codes above 127.
  builder.addFieldInt8(0, Math.min(code, 127), 0);
  builder.addFieldInt32(2, version, 1);
  builder.addFieldInt32(3, code, 0);
  return builder.endObject();
}

/** `Operator`: opcode_index, inputs, outputs, builtin_options (two fields). */
function operatorOf(
  builder: Builder,
  { name, inputs, output, transposed }: TfliteOperator,
  code: number,
): number {
  const from = integers(builder, inputs);
  const to = integers(builder, [output]);
  // SoftmaxOptions: beta. BatchMatMulOptions: adj_x, adj_y. The defaults of the others have no activation.
  builder.startObject(2);
  if (name === 'softmax') builder.addFieldFloat32(0, 1, 0);
  if (name === 'batchMatMul') builder.addFieldInt8(1, transposed ? 1 : 0, 0);
  const options = builder.endObject();
  builder.startObject(5);
  builder.addFieldInt32(0, code, 0);
  builder.addFieldOffset(1, from, 0);
  builder.addFieldOffset(2, to, 0);
  builder.addFieldInt8(3, operators[name].options, 0);
  builder.addFieldOffset(4, options, 0);
  return builder.endObject();
}
