import type { LanguageScore } from '@headwise/core/speech';
import { transfer } from 'comlink';
import type { HeadId } from '../../lib/heads.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { type HeardWindow, type HeardWord, hear } from '../listen/hearing.ts';
import { keepHearing } from '../listen/hearings.ts';
import { thumbnails } from '../listen/maps.ts';

export interface HearParams {
  readonly samples: Float32Array;
  /** Undefined: the likeliest. */
  readonly language: string | undefined;
  readonly silenced: readonly HeadId[];
  /** The hearing that is kept beside this one: that of the same sound with all heads. */
  readonly beside: number | undefined;
}

/** What is known before the result. */
export type HearProgress = { readonly languages: readonly LanguageScore[] } | { readonly text: string };

/** What the model wrote down, with what the room shows of its attention at first. */
export interface Heard {
  /** By which other jobs ask for its maps. */
  readonly id: number;
  readonly language: string;
  /** All that the model knows, the likeliest first. */
  readonly languages: readonly LanguageScore[];
  readonly text: string;
  readonly words: readonly HeardWord[];
  readonly windows: readonly HeardWindow[];
  readonly layers: number;
  readonly heads: number;
  readonly alignment: readonly HeadId[];
  readonly silenced: readonly HeadId[];
  /** Of each window: see {@link thumbnails}. */
  readonly tones: readonly Uint8Array[];
  readonly milliseconds: number;
  readonly backend: string;
}

/** Languages of the last sounds: silencing a head of the decoder does not ask for them again. */
const known = new Map<string, readonly LanguageScore[]>();

/** Writes down a sound. */
export async function run(
  store: ModelStore,
  { samples, language: wanted, silenced, beside }: HearParams,
  { signal, progress }: JobContext<HearProgress>,
): Promise<Heard> {
  const model = await store.load('whisper-tiny');
  const started = performance.now();
  const key = hashOf(samples);
  const languages = known.get(key) ?? (await model.detectLanguage(samples, { signal }));
  known.clear();
  known.set(key, languages);
  progress({ languages });
  const language = wanted ?? languages[0]?.language ?? 'en';
  const hearing = await hear(model, samples, {
    language,
    silenced,
    signal,
    onText: (text) => progress({ text }),
  });
  const { text, words, windows, layers, heads, alignment } = hearing;
  const tones = windows.map((_, window) => thumbnails(hearing, window));
  const result: Heard = {
    id: keepHearing(hearing, beside),
    language,
    languages,
    text,
    words,
    windows,
    layers,
    heads,
    alignment,
    silenced,
    tones,
    milliseconds: performance.now() - started,
    backend: model.backend,
  };
  return transfer(
    result,
    tones.map(({ buffer }) => buffer),
  );
}

/** FNV-1a of the samples' bits. */
function hashOf(samples: Float32Array): string {
  const bits = new Uint32Array(samples.buffer, samples.byteOffset, samples.length);
  let hash = 0x811c9dc5;
  for (const word of bits) hash = Math.imul(hash ^ word, 0x01000193);
  return `${samples.length}.${hash}`;
}
