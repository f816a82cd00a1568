import { ModelProto } from './schema.ts';

/** Element types by ONNX's numbers (`TensorProto.DataType`). */
export const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export type ElementType = keyof typeof elementTypes;

/** `com.microsoft` holds the operators that only ONNX Runtime has, 4-bit matmul among them. */
export type Domain = '' | 'com.microsoft';

const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** Attributes of a node: integers and lists of integers as they are, floats marked, as `1` could be either. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

interface NodeOptions {
  readonly domain?: Domain;
  /** How many outputs the operator has; 1 unless told. */
  readonly outputs?: number;
}

type TensorBytes = Float32Array | Int32Array | BigInt64Array | Int8Array | Uint8Array;

/**
 * Builds an ONNX model in memory, node by node.
 *
 * Names of values are made up here; a caller passes around the strings it is given and never writes its own, except
 * for the graph's inputs and outputs.
 */
export class OnnxGraph {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private readonly inputs: object[] = [];
  private readonly outputs: object[] = [];
  private count = 0;

  /** Declares an input of the graph and returns its name. */
  input(name: string, type: ElementType, dims: readonly number[]): string {
    this.inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /** Declares that `value` is an output of the graph, under the name `name`. */
  output(name: string, value: string, type: ElementType, dims: readonly number[]): void {
    this.nodes.push({ opType: 'Identity', input: [value], output: [name], name: `to_${name}` });
    this.outputs.push(valueInfo(name, type, dims));
  }

  /** A constant with the given values, whose bytes must be as many as `dims` and its type say. */
  constant(data: TensorBytes, dims: readonly number[]): string {
    const length = dims.reduce((product, dim) => product * dim, 1);
    if (data.length !== length)
      throw new RangeError(`onnx constant [${dims}] has ${length} elements, ${data.length} were given`);
    const name = `constant_${this.count++}`;
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.push({ name, dims, dataType: elementTypes[elementTypeOf(data)], rawData });
    return name;
  }

  /** A float32 constant without dimensions. */
  scalar(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  /** An int64 constant of one dimension, as shapes and axes are given. */
  shape(...dims: readonly number[]): string {
    return this.constant(BigInt64Array.from(dims, BigInt), [dims.length]);
  }

  /** Adds a node with one output and returns that output's name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): string {
    return this.manyOutputs(opType, inputs, attributes, options)[0]!;
  }

  /** Adds a node with several outputs and returns their names. */
  manyOutputs(
    opType: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    { domain = '', outputs = 1 }: NodeOptions = {},
  ): string[] {
    const id = this.count++;
    const names = Array.from({ length: outputs }, (_, i) => `${opType}_${id}_${i}`);
    const attribute = Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value));
    this.nodes.push({ opType, domain, name: `${opType}_${id}`, input: inputs, output: names, attribute });
    return names;
  }

  /** The finished model as bytes of an `.onnx` file (IR version 8, operator set 17). */
  encode(): Uint8Array<ArrayBuffer> {
    const { nodes: node, initializers: initializer, inputs: input, outputs: output } = this;
    const message = ModelProto.create({
      irVersion: 8,
      producerName: 'headwise-benchmarks',
      opsetImport: [
        { domain: '', version: 17 },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: { name: 'graph', node, initializer, input, output },
    });
    return new Uint8Array(ModelProto.encode(message).finish());
  }
}

function elementTypeOf(data: TensorBytes): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof BigInt64Array) return 'int64';
  return data instanceof Int8Array ? 'int8' : 'uint8';
}

function valueInfo(name: string, type: ElementType, dims: readonly number[]): object {
  const dim = dims.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

function encodeAttribute(name: string, value: Attributes[string]): object {
  if (typeof value === 'number') return { name, i: value, type: attributeTypes.int };
  if ('float' in value) return { name, f: value.float, type: attributeTypes.float };
  return { name, ints: value, type: attributeTypes.ints };
}
