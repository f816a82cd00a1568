import { encodeModel } from './encode.ts';

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
  /** Number of outputs, or their names ('' for an unused one). Default: 1. */
  readonly outputs?: number | readonly string[];
}

/** Length of an axis, or the name of a dynamic axis. */
export type Dim = number | string;

type TensorBytes = Float32Array | Int32Array | BigInt64Array | Int8Array | Uint8Array;

/** Bytes of a constant outside the model, passed to a session as `externalData`. */
export interface ExternalData {
  readonly path: string;
  readonly data: Uint8Array;
}

/** ONNX IR version by operator set. */
const irVersions = { 17: 8, 23: 11 } as const;

interface GraphOptions {
  /** ONNX operator set. Default: 17. */
  readonly opset?: keyof typeof irVersions;
  /** Constants of at least this many bytes are kept outside the model, which is limited to 2 GB. Default: none. */
  readonly externalFrom?: number;
}

/** `TensorProto.DataLocation` of a constant outside the model. */
const externalLocation = 1;

/**
 * Builds an ONNX model in memory, node by node. Values are referred to by generated names; the graph's inputs and outputs have given ones.
 */
export class OnnxGraph {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private readonly inputs: object[] = [];
  private readonly outputs: object[] = [];
  private readonly external: ExternalData[] = [];
  private readonly externalFrom: number;
  private readonly opset: keyof typeof irVersions;
  private count = 0;

  constructor({ externalFrom = Number.POSITIVE_INFINITY, opset = 17 }: GraphOptions = {}) {
    this.externalFrom = externalFrom;
    this.opset = opset;
  }

  /** Declares an input of the graph and returns its name. */
  input(name: string, type: ElementType, dims: readonly Dim[]): string {
    this.inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /** Declares that `value` is an output of the graph, under the name `name`. */
  output(name: string, value: string, type: ElementType, dims: readonly Dim[]): void {
    this.nodes.push({ opType: 'Identity', input: [value], output: [name], name: `to_${name}` });
    this.declareOutput(name, type, dims);
  }

  /** Declares that a node's output of this name is an output of the graph. */
  declareOutput(name: string, type: ElementType, dims: readonly Dim[]): void {
    this.outputs.push(valueInfo(name, type, dims));
  }

  /** A constant. Throws RangeError if the number of values does not match `dims`. */
  constant(data: TensorBytes, dims: readonly number[]): string {
    const length = dims.reduce((product, dim) => product * dim, 1);
    if (data.length !== length)
      throw new RangeError(`onnx constant [${dims}]: expected ${length} elements, got ${data.length}`);
    const name = `constant_${this.count++}`;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const tensor = { name, dims, dataType: elementTypes[elementTypeOf(data)] };
    if (bytes.length < this.externalFrom) this.initializers.push({ ...tensor, rawData: bytes });
    else {
      const entries = { location: name, offset: '0', length: String(bytes.length) };
      const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
      this.initializers.push({ ...tensor, externalData, dataLocation: externalLocation });
      this.external.push({ path: name, data: bytes });
    }
    return name;
  }

  /** Constants outside the model. */
  get externalData(): readonly ExternalData[] {
    return this.external;
  }

  /** A float32 constant without dimensions. */
  scalar(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  /** A one-dimensional int64 constant, such as a shape or axes. */
  shape(...dims: readonly number[]): string {
    return this.constant(BigInt64Array.from(dims, BigInt), [dims.length]);
  }

  /** Adds a node and returns the name of its first output. */
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
    const names =
      typeof outputs === 'number'
        ? Array.from({ length: outputs }, (_, i) => `${opType}_${id}_${i}`)
        : [...outputs];
    const attribute = Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value));
    this.nodes.push({ opType, domain, name: `${opType}_${id}`, input: inputs, output: names, attribute });
    return names;
  }

  /** Bytes of the `.onnx` file. */
  encode(): Uint8Array<ArrayBuffer> {
    const { nodes: node, initializers: initializer, inputs: input, outputs: output } = this;
    return encodeModel({
      irVersion: irVersions[this.opset],
      producerName: 'headwise-benchmarks',
      opsetImport: [
        { domain: '', version: this.opset },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: { name: 'graph', node, initializer, input, output },
    });
  }
}

function elementTypeOf(data: TensorBytes): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof BigInt64Array) return 'int64';
  return data instanceof Int8Array ? 'int8' : 'uint8';
}

function valueInfo(name: string, type: ElementType, dims: readonly Dim[]): object {
  const dim = dims.map((length) =>
    typeof length === 'number' ? { dimValue: length } : { dimParam: length },
  );
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

function encodeAttribute(name: string, value: Attributes[string]): object {
  if (typeof value === 'number') return { name, i: value, type: attributeTypes.int };
  if ('float' in value) return { name, f: value.float, type: attributeTypes.float };
  return { name, ints: value, type: attributeTypes.ints };
}
