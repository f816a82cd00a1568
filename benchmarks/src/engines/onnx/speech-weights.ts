import { type TensorData, writeSafetensors } from '@headwise/core';
import { transpose } from '../layout.ts';
import type { FloatTensor, Int8Onnx } from './int8-onnx.ts';

type NamedTensor = readonly [name: string, tensor: TensorData];

/** The dequantised weights of a Whisper's two graphs as safetensors under Hugging Face's names. */
export function safetensorsOfWhisper(encoder: Int8Onnx, decoder: Int8Onnx): Uint8Array {
  const tensors: NamedTensor[] = [];
  for (const [graph, prefix] of [
    [encoder, 'model.encoder.'],
    [decoder, ''],
  ] as const) {
    const nameOf = (name: string) => `${prefix}${withoutEnding(name)}`;
    const quantized =
      prefix === '' ? ['model.decoder.embed_tokens.weight_merged_0'] : ['conv1.weight', 'conv2.weight'];
    tensors.push(...namedFloats(graph, nameOf), ...linearLayers(graph, nameOf));
    for (const name of quantized) tensors.push(floatTensor(nameOf(name), graph.tensor(name)));
  }
  return writeSafetensors(tensors);
}

/** Names of layers in the graphs of a Moonshine that Hugging Face's class has under other names. */
const MOONSHINE_NAMES: readonly (readonly [RegExp, string])[] = [
  [/self_attn\.dense$/, 'self_attn.o_proj'],
  [/encoder_attn\.dense$/, 'encoder_attn.o_proj'],
  [/mlp\.up_proj(?=\.|$)/, 'mlp.fc1'],
  [/mlp\.down_proj(?=\.|$)/, 'mlp.fc2'],
];

/** The weights of a Moonshine's two graphs as safetensors under Hugging Face's names. */
export function safetensorsOfMoonshine(encoder: Int8Onnx, decoder: Int8Onnx): Uint8Array {
  const tensors: NamedTensor[] = [];
  for (const [graph, prefix] of [
    [encoder, 'model.encoder.'],
    [decoder, ''],
  ] as const) {
    const nameOf = (name: string) =>
      MOONSHINE_NAMES.reduce(
        (renamed, [from, to]) => renamed.replace(from, to),
        `${prefix}${withoutEnding(name)}`,
      );
    tensors.push(...namedFloats(graph, nameOf), ...linearLayers(graph, nameOf));
  }
  // The export names the two constants of the group norm by the operations that read them.
  for (const [constant, name] of [
    [/Mul_\d+$/, 'weight'],
    [/Add_\d+$/, 'bias'],
  ] as const) {
    const stored = encoder.floats.find((float) => constant.test(float));
    if (stored === undefined) throw new Error('the graph has no group norm');
    const { values } = encoder.tensor(stored);
    tensors.push(floatTensor(`model.encoder.groupnorm.${name}`, { shape: [values.length], values }));
  }
  return writeSafetensors(tensors);
}

/** Without the ending that a merge of two graphs gave the name. */
const withoutEnding = (name: string) => name.replace(/_merged_0$/, '');

/** The weights and biases that the graph has under their names. */
function namedFloats(graph: Int8Onnx, nameOf: (name: string) => string): NamedTensor[] {
  return graph.floats
    .filter((name) => /\.(?:weight|bias)(?:_merged_0)?$/.test(name))
    .map((name) => floatTensor(nameOf(name), graph.tensor(name)));
}

/** The weights of the graph's products, which are named by the places of their layers. */
function linearLayers(graph: Int8Onnx, nameOf: (name: string) => string): NamedTensor[] {
  return [...graph.layers].map(([layer, weight]) => {
    const { shape, values } = graph.tensor(weight);
    const [rows = 0, columns = 0] = shape;
    return floatTensor(`${nameOf(layer)}.weight`, {
      shape: [columns, rows],
      values: transpose(values, rows, columns),
    });
  });
}

function floatTensor(name: string, { shape, values }: FloatTensor): NamedTensor {
  return [name, { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) }];
}
