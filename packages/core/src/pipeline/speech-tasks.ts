import { ConfigError, LoadError } from '../errors.ts';
import { checkOption, checkOptions } from '../options.ts';
import { readAudio } from '../speech/audio/read-audio.ts';
import { SAMPLE_RATE } from '../speech/features/log-mel.ts';
import { TRANSCRIBE_OPTIONS, type TranscribeOptions } from '../speech/options.ts';
import type { Transcript, TranscriptWord } from '../speech/result.ts';
import type { SpeechModel } from '../speech/speech-model.ts';
import { withCoreNames } from './call-options.ts';
import type { RecognizedSpeech, SoundInput, TimedText } from './speech-types.ts';

const TASK = 'automatic-speech-recognition';

/** Sounds that are longer have several windows. */
const WINDOW_SAMPLES = 30 * SAMPLE_RATE;

/** What this task has besides the options of `transcribe`, in core's spelling. */
const OWN_OPTIONS = {
  returnTimestamps: true,
  chunkLengthS: 'notNegative',
  strideLengthS: 'notNegative',
  numBeams: 'count',
  maxNewTokens: 'count',
} as const;

const { timestamps: _, beamSize: __, maxTokens: ___, ...CORE_OPTIONS } = TRANSCRIBE_OPTIONS;

export function automaticSpeechRecognition(model: SpeechModel) {
  return async (input: SoundInput | readonly SoundInput[], options?: object) => {
    const named = withCoreNames(TASK, options);
    checkOptions(TASK, named, CORE_OPTIONS, OWN_OPTIONS);
    const { returnTimestamps = false, ...rest } = named;
    if (returnTimestamps !== 'word') checkOption(TASK, 'return_timestamps', returnTimestamps, 'boolean');
    const { chunkLengthS: _, strideLengthS: __, numBeams, maxNewTokens, language, ...core } = rest;
    const call = {
      ...core,
      ...(language !== undefined && { language: codeOf(language as string, model.languages) }),
      ...(numBeams !== undefined && { beamSize: numBeams }),
      ...(maxNewTokens !== undefined && { maxTokens: maxNewTokens }),
    } as TranscribeOptions;
    const sounds: Float32Array[] = [];
    const isList = Array.isArray(input);
    for (const one of isList ? (input as readonly SoundInput[]) : [input as SoundInput])
      sounds.push(await readSound(one, call.signal));
    const transcripts = await transcribeAll(model, sounds, call, returnTimestamps as boolean | 'word');
    const results = transcripts.map((transcript) => resultOf(transcript, returnTimestamps !== false));
    return isList ? results : results[0]!;
  };
}

/**
 * Sounds of one window are read without timestamps if none are asked for, as in transformers.js. In longer ones they tell where a window ends, so that no word is
 * cut.
 */
async function transcribeAll(
  model: SpeechModel,
  sounds: readonly Float32Array[],
  call: TranscribeOptions,
  returned: boolean | 'word',
): Promise<Transcript[]> {
  const kindOf = ({ length }: Float32Array) =>
    returned === 'word' ? 'word' : returned || length > WINDOW_SAMPLES ? 'segment' : 'none';
  const transcripts: Transcript[] = [];
  for (const timestamps of ['word', 'segment', 'none'] as const) {
    const indices = [...sounds.keys()].filter((index) => kindOf(sounds[index]!) === timestamps);
    if (indices.length === 0) continue;
    const own = await model.transcribe(
      indices.map((index) => sounds[index]!),
      { ...call, timestamps },
    );
    for (const [i, index] of indices.entries()) transcripts[index] = own[i]!;
  }
  return transcripts;
}

async function readSound(input: SoundInput, signal: AbortSignal | undefined): Promise<Float32Array> {
  if (input instanceof Float64Array) return Float32Array.from(input);
  if (typeof input !== 'string' && !(input instanceof URL)) return readAudio(TASK, input, signal);
  const url = URL.canParse(input, globalThis.location?.href) && new URL(input, globalThis.location?.href);
  if (!url) {
    throw new ConfigError(
      `${TASK}: a sound that is a string must be a URL, got ${JSON.stringify(input)}; read the file and pass its bytes`,
    );
  }
  return readAudio(TASK, await bytesAt(url.href, signal), signal);
}

async function bytesAt(url: string, signal: AbortSignal | undefined): Promise<ArrayBuffer> {
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (response.ok) return await response.arrayBuffer();
    const { status } = response;
    throw new LoadError(status === 404 ? 'not-found' : 'http', `${TASK}: ${url} has status ${status}`, {
      url,
      status,
    });
  } catch (cause) {
    if (cause instanceof LoadError) throw cause;
    signal?.throwIfAborted();
    throw new LoadError('network', `${TASK}: ${url} could not be loaded: ${String(cause)}`, { url, cause });
  }
}

/** Names of languages in Whisper's `tokenizer.py` that differ from those of the Unicode CLDR, and its other names. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  bengali: 'bn',
  castilian: 'es',
  flemish: 'nl',
  haitian: 'ht',
  letzeburgesch: 'lb',
  mandarin: 'zh',
  maori: 'mi',
  moldavian: 'ro',
  moldovan: 'ro',
  myanmar: 'my',
  nynorsk: 'nn',
  panjabi: 'pa',
  pushto: 'ps',
  sinhalese: 'si',
  tagalog: 'tl',
  valencian: 'ca',
};

/** The code of a language that is given by its code, its token or its English name. What is none of them is left for the model to refuse. */
function codeOf(language: string, codes: readonly string[]): string {
  const name = language.toLowerCase().replace(/^<\|(.+)\|>$/, '$1');
  if (codes.includes(name)) return name;
  const names = new Intl.DisplayNames('en', { type: 'language' });
  return OTHER_NAMES[name] ?? codes.find((code) => names.of(code)?.toLowerCase() === name) ?? language;
}

type Timed = Pick<TranscriptWord, 'text' | 'start' | 'end'>;

function resultOf({ segments }: Transcript, hasTimes: boolean): RecognizedSpeech {
  const text = segments.map((segment) => segment.text).join('');
  if (!hasTimes) return { text };
  const parts = segments.flatMap((segment): readonly Timed[] => segment.words ?? [segment]);
  return {
    text,
    chunks: parts.map(({ text, start, end }): TimedText => ({ text, timestamp: [start, end] })),
  };
}
