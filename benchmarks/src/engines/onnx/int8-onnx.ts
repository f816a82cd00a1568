import protobuf from 'protobufjs/light.js';
import { bytes, MESSAGES } from './messages.ts';

// Reads an ONNX file quantised by ONNX Runtime's quantize_dynamic: dequantises the weights of its linear layers and convolutions and replaces the
// 8-bit products by float products. Messages that do not change are copied as bytes.

const schema = {
  nested: {
    ...MESSAGES,
    Node: {
      fields: {
        input: { id: 1, rule: 'repeated', type: 'string' },
        output: { id: 2, rule: 'repeated', type: 'string' },
        name: { id: 3, type: 'string' },
        opType: { id: 4, type: 'string' },
        attribute: bytes(5),
      },
    },
    Tensor: {
      fields: {
        dims: { id: 1, rule: 'repeated', type: 'int64' },
        dataType: { id: 2, type: 'int32' },
        floats: { id: 4, rule: 'repeated', type: 'float' },
        ints: { id: 5, rule: 'repeated', type: 'int32' },
        name: { id: 8, type: 'string' },
        raw: { id: 9, type: 'bytes' },
      },
    },
  },
};
const root = protobuf.Root.fromJSON(schema);
const types = {
  model: root.lookupType('Model'),
  node: root.lookupType('Node'),
  tensor: root.lookupType('Tensor'),
};

interface Node {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attribute: readonly Uint8Array[];
}

interface Tensor {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly name: string;
  readonly raw: Uint8Array;
}

interface Model {
  readonly graph: { node: Uint8Array[]; initializer: Uint8Array[] };
}

/** Row-major values. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const FLOAT = 1;
const UINT8 = 2;
const INT8 = 3;

/** The products of 8-bit integers, with those of floats. */
const FLOAT_PRODUCTS: ReadonlyMap<string, string> = new Map([
  ['MatMulInteger', 'MatMul'],
  ['ConvInteger', 'Conv'],
]);

export class Int8Onnx {
  readonly #model: Model;
  readonly #nodes: readonly Node[];
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(file: Uint8Array) {
    this.#model = decode<Model>(types.model, file);
    this.#nodes = this.#model.graph.node.map((node) => decode<Node>(types.node, node));
    this.#tensors = new Map(
      this.#model.graph.initializer
        .map((tensor) => decode<Tensor>(types.tensor, tensor))
        .map((tensor) => [tensor.name, tensor]),
    );
  }

  /** Names of the float constants, without the quantisation's own scales. */
  get floats(): readonly string[] {
    return [...this.#tensors.values()]
      .filter(({ dataType, name }) => dataType === FLOAT && !/(?:_scale|_zero_point)$/.test(name))
      .map(({ name }) => name);
  }

  /** Name of the weight of each product with a constant, by the layer's path (`model.layers.0.mlp.up_proj`). */
  get layers(): ReadonlyMap<string, string> {
    return new Map(
      this.#nodes
        .filter(
          ({ opType, input }) =>
            opType === 'MatMulInteger' || (opType === 'MatMul' && this.#tensors.has(input[1] ?? '')),
        )
        .map(({ name, input }) => [name.split('/').slice(1, -1).join('.'), baseOf(input[1] ?? '')]),
    );
  }

  /** A constant as floats; an 8-bit one is dequantised: (q − zero point) · scale. */
  tensor(name: string): FloatTensor {
    const plain = this.#tensors.get(name);
    if (plain) return { shape: plain.dims, values: numbersOf(plain) };
    const quantized = this.#get(`${name}_quantized`);
    const [scale = 1] = numbersOf(this.#get(`${name}_scale`));
    const [zero = 0] = numbersOf(this.#get(`${name}_zero_point`));
    const q = numbersOf(quantized);
    return { shape: quantized.dims, values: q.map((value) => (value - zero) * scale) };
  }

  /** The same graph with dequantised weights and inputs that are not quantised. */
  withFloatProducts(): Uint8Array {
    const { graph } = this.#model;
    const node = [...graph.node];
    const initializer = [...graph.initializer];
    for (const product of this.#nodes.filter(({ opType }) => FLOAT_PRODUCTS.has(opType))) {
      const [x = '', weight = ''] = product.input;
      const input = this.#nodes.find(({ output }) => output[0] === x)?.input[0];
      const cast = this.#nodes.find(({ input }) => input[0] === product.output[0]);
      const scaled = this.#nodes.findIndex(({ input }) => input[0] === cast?.output[0]);
      const output = this.#nodes[scaled]?.output;
      if (input === undefined || output === undefined)
        throw new Error(`${product.name} is not a quantised layer`);
      const name = `${baseOf(weight)}_float`;
      const { shape: dims, values } = this.tensor(baseOf(weight));
      const raw = new Uint8Array(values.buffer);
      initializer.push(encode(types.tensor, { name, dims, dataType: FLOAT, raw }));
      // The nodes of the 8-bit product remain, without consumers.
      node[scaled] = encode(types.node, {
        opType: FLOAT_PRODUCTS.get(product.opType),
        attribute: product.attribute,
        name: `${product.name}_float`,
        input: [input, name],
        output,
      });
    }
    return encode(types.model, { ...this.#model, graph: { ...graph, node, initializer } });
  }

  #get(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new Error(`the graph has no constant ${name}`);
    return tensor;
  }
}

function baseOf(weight: string): string {
  return weight.replace(/_quantized$/, '');
}

function numbersOf({ dataType, raw, floats, ints }: Tensor): Float32Array {
  const copy = Uint8Array.from(raw);
  switch (dataType) {
    case FLOAT:
      return raw.length > 0 ? new Float32Array(copy.buffer) : Float32Array.from(floats);
    case UINT8:
      return Float32Array.from(raw.length > 0 ? copy : ints);
    case INT8:
      return Float32Array.from(raw.length > 0 ? new Int8Array(copy.buffer) : ints);
    default:
      throw new Error(`data type must be float, uint8 or int8, got ${dataType}`);
  }
}

function decode<T>(type: protobuf.Type, message: Uint8Array): T {
  return type.toObject(type.decode(message), { longs: Number, defaults: true, arrays: true }) as T;
}

function encode(type: protobuf.Type, value: object): Uint8Array {
  return new Uint8Array(type.encode(type.fromObject(value)).finish());
}
