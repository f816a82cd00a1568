import { type TensorData, writeSafetensors } from '@headwise/core';
import { transpose } from '../engines/layout.ts';
import { elementTypes } from '../onnx/graph.ts';
import { ModelProto } from '../onnx/schema.ts';

/** The parts of an ONNX file that hold weights and tell what they are. */
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
 * The weights of a model that torch exported to ONNX, as safetensors under the checkpoint's own names.
 *
 * Weights that the exporter left as they were kept their names. Those of linear layers it transposed and renamed; the node that
 * multiplies by one, `/encoder/layer.0/attention/self/query/MatMul`, tells which it is.
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
