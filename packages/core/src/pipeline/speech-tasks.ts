import { ConfigError, LoadError } from '../errors.ts';
import { checkOption, checkOptions } from '../options.ts';
import type { AudioInput } from '../speech/audio/read-audio.ts';
import { TRANSCRIBE_OPTIONS, type TranscribeOptions } from '../speech/options.ts';
import type { Transcript, TranscriptWord } from '../speech/result.ts';
import type { SpeechModel } from '../speech/speech-model.ts';
import { withCoreNames } from './call-options.ts';
import type { RecognizedSpeech, SoundInput, TimedText } from './speech-types.ts';

const TASK = 'automatic-speech-recognition';

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
      // Times are asked for even where none are returned: without them a Whisper may end a window at the first pause.
      timestamps: returnTimestamps === 'word' ? 'word' : 'segment',
      ...(language !== undefined && { language: codeOf(language as string, model.languages) }),
      ...(numBeams !== undefined && { beamSize: numBeams }),
      ...(maxNewTokens !== undefined && { maxTokens: maxNewTokens }),
    } as TranscribeOptions;
    const isList = Array.isArray(input);
    const list = isList ? (input as readonly SoundInput[]) : [input as SoundInput];
    const sounds = await Promise.all(list.map((one) => readSound(one, call.signal)));
    const transcripts = await model.transcribe(sounds, call);
    const results = transcripts.map((transcript) => resultOf(transcript, returnTimestamps !== false));
    return isList ? results : results[0]!;
  };
}

/** A sound as `transcribe` takes it. */
async function readSound(input: SoundInput, signal: AbortSignal | undefined): Promise<AudioInput> {
  if (input instanceof Float64Array) return Float32Array.from(input);
  if (typeof input !== 'string' && !(input instanceof URL)) return input;
  const url = URL.canParse(input, globalThis.location?.href) && new URL(input, globalThis.location?.href);
  if (!url) {
    throw new ConfigError(
      `${TASK}: a sound that is a string must be a URL, got ${JSON.stringify(input)}; read the file and pass its bytes`,
    );
  }
  return bytesAt(url.href, signal);
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
