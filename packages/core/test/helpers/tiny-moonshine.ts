import { readFileSync } from 'node:fs';
import { floats, type StoredArray } from './stored-array.ts';

// A Moonshine of random weights, which test/fixtures/make/moonshine.py made.

const folder = new URL('../fixtures/moonshine/', import.meta.url);
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

export const TINY_MOONSHINE: Readonly<Record<string, unknown>> = readJson('config.json');

/** What Hugging Face's class makes of a sound, in float64. */
export interface MoonshineSequence {
  readonly samples: StoredArray;
  /** `[tokens, hiddenSize]` */
  readonly encoded: StoredArray;
  /** `[layers, heads, tokens, tokens]` */
  readonly encoderAttention: StoredArray;
  /** The decoder inputs. */
  readonly target: readonly number[];
  /** `[target, vocabulary]` */
  readonly logits: StoredArray;
  /** `[layers, heads, target, target]` */
  readonly decoderAttention: StoredArray;
  /** `[layers, heads, target, tokens]` */
  readonly crossAttention: StoredArray;
  /** Twelve tokens, or fewer with an end. */
  readonly greedy: readonly number[];
}

export const moonshineSequences: readonly MoonshineSequence[] = readJson('reference.json').sequences;

/** The files of the model in memory, for `loadSpeech`. */
export function tinyMoonshineFiles(
  change: Readonly<Record<string, unknown>> = {},
): Record<string, string | Uint8Array> {
  return {
    'config.json': JSON.stringify({ ...TINY_MOONSHINE, ...change }),
    'tokenizer.json': bytesOf('tokenizer.json'),
    'model.safetensors': bytesOf('model.safetensors'),
  };
}

/** The samples of the reference's sounds. */
export const moonshineSounds = moonshineSequences.map(({ samples }) => floats(samples).data);
