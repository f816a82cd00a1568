import { bertShapes } from '../cases/bert.ts';
import type { EncoderWork } from '../cases/work.ts';
import type { Platform } from './platform.ts';
import { safetensors } from './safetensors.ts';

/** Model files of an encoder: MiniLM's, or written from random weights. */
export async function encoderFiles(
  platform: Platform,
  { config, weights }: EncoderWork,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = await platform.minilm();
  if (!weights) return files;
  return new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify(config))],
    // All encoders here use BERT's uncased vocabulary.
    ['tokenizer.json', files.get('tokenizer.json')!],
    ['model.safetensors', safetensors(weights, bertShapes(config))],
  ]);
}
