import { elementTypes, ModelProto, transpose } from '@headwise/benchmarks';
import { type TensorData, writeSafetensors } from '@headwise/core';

/** The fields of an ONNX file that hold weights and their names. */
interface OnnxFile {
  readonly graph: {
    readonly initializer: readonly {
      readonly name: string;
      readonly dims: readonly number[];
      readonly dataType: number;
      readonly rawData: Uint8Array;
    }[];
    readonly node: readonly {
      readonly name: string;
      readonly opType: string;
      readonly input: readonly string[];
    }[];
  };
}

/**
 * Converts the weights of a model that torch exported to ONNX to safetensors, with the checkpoint's tensor names.
 *
 * The exporter transposes and renames the weights of linear layers only. Their names are recovered from the node that multiplies by them,
 * such as `/encoder/layer.0/attention/self/query/MatMul`.
 */
export function safetensorsOfOnnx(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const { graph } = ModelProto.toObject(ModelProto.decode(file), {
    longs: Number,
    defaults: true,
    arrays: true,
  }) as unknown as OnnxFile;
  const layers = new Map<string, string>();
  for (const { name, opType, input } of graph.node) {
    const weight = input[1];
    if (opType === 'MatMul' && weight?.startsWith('onnx::')) {
      layers.set(weight, `${name.split('/').slice(1, -1).join('.')}.weight`);
    }
  }
  const tensors = graph.initializer
    .filter(({ dataType }) => dataType === elementTypes.float32)
    .map(({ name, dims, rawData }): [string, TensorData] => {
      const layer = layers.get(name);
      if (layer === undefined) return [name, { dtype: 'F32', shape: dims, bytes: rawData }];
      const [rows = 0, columns = 0] = dims;
      const values = new Float32Array(Uint8Array.from(rawData).buffer);
      const bytes = new Uint8Array(transpose(values, rows, columns).buffer as ArrayBuffer);
      return [layer, { dtype: 'F32', shape: [columns, rows], bytes }];
    });
  return writeSafetensors(tensors);
}
