import { bertShapes } from '../cases/bert.ts';
import type { EncoderWork } from '../cases/work.ts';
import type { Platform } from './platform.ts';

/** The files of an encoder as a checkpoint on a hub has them: the real ones, or made from random weights. */
export async function encoderFiles(
  platform: Platform,
  { config, weights }: EncoderWork,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = await platform.minilm();
  if (!weights) return files;
  return new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify(config))],
    // Both have BERT's uncased vocabulary.
    ['tokenizer.json', files.get('tokenizer.json')!],
    ['model.safetensors', safetensors(weights, bertShapes(config))],
  ]);
}

/** Writes f32 tensors as a safetensors file: the header's length, the header, the values one after another. */
export function safetensors(
  weights: ReadonlyMap<string, Float32Array>,
  shapes: ReadonlyMap<string, readonly number[]>,
): Uint8Array {
  let end = 0;
  const entries = [...shapes].map(([name, shape]) => {
    const start = end;
    end += weights.get(name)!.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  // Spaces up to a multiple of 8, so that the values are aligned in the file.
  const header = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const file = new Uint8Array(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  for (const [name, { data_offsets }] of entries) {
    const data = weights.get(name)!;
    file.set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      8 + header.length + data_offsets[0]!,
    );
  }
  return file;
}
