import { type TensorData, writeSafetensors } from '@headwise/core';
import { transpose } from '../layout.ts';
import type { Int8Onnx } from './int8-onnx.ts';

/** The dequantised weights of a Whisper's two graphs as safetensors under Hugging Face's names. */
export function safetensorsOfWhisper(encoder: Int8Onnx, decoder: Int8Onnx): Uint8Array {
  const tensors: [string, TensorData][] = [];
  const add = (name: string, shape: readonly number[], values: Float32Array) =>
    tensors.push([name, { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) }]);
  for (const [graph, prefix] of [
    [encoder, 'model.encoder.'],
    [decoder, ''],
  ] as const) {
    // Names that a merge of two graphs made have an ending.
    const nameOf = (name: string) => `${prefix}${name.replace(/_merged_0$/, '')}`;
    const quantized =
      prefix === '' ? ['model.decoder.embed_tokens.weight_merged_0'] : ['conv1.weight', 'conv2.weight'];
    for (const name of [
      ...graph.floats.filter((float) => /\.(?:weight|bias)(?:_merged_0)?$/.test(float)),
      ...quantized,
    ]) {
      const { shape, values } = graph.tensor(name);
      add(nameOf(name), shape, values);
    }
    for (const [layer, weight] of graph.layers) {
      const { shape, values } = graph.tensor(weight);
      const [rows = 0, columns = 0] = shape;
      add(`${nameOf(layer)}.weight`, [columns, rows], transpose(values, rows, columns));
    }
  }
  return writeSafetensors(tensors);
}
