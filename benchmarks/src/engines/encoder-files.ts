import { bertShapes } from '../cases/bert.ts';
import type { EncoderWork } from '../cases/work.ts';
import type { Platform } from './platform.ts';
import { safetensors } from './safetensors.ts';

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
