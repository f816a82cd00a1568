import { Queue } from '../async/queue.ts';
import type { WeightType } from '../backend/backend.ts';
import type { DecodeCallOptions, DecoderEngine } from '../engine/decoder-engine.ts';
import { ConfigError } from '../errors.ts';
import { decoderOptions, encoderOptions } from '../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../generate/scheduler/prefill.ts';
import { CachedSession, SessionCache } from '../generate/scheduler/session-cache.ts';
import type { WhisperConfig } from '../models/seq2seq/whisper.ts';
import { checkOptions } from '../options.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { type AudioInput, readAudio } from './audio/read-audio.ts';
import {
  type AudioStream,
  isAudioStream,
  RecordedSound,
  type SoundWindows,
  WholeSound,
  type WindowFormat,
} from './audio/sound-windows.ts';
import { logMel, SAMPLE_RATE } from './features/log-mel.ts';
import { TRANSCRIBE_OPTIONS, type TranscribeOptions } from './options.ts';
import type { Transcript, TranscriptSegment } from './result.ts';
import type { SpeechTokens } from './speech-tokens.ts';
import { windowFrames, windowSeconds } from './transcribe/frames.ts';
import { Lockstep } from './transcribe/lockstep.ts';
import { logSumExp } from './transcribe/token-rules.ts';
import { Transcription } from './transcribe/transcription.ts';

/** Sounds of a list at the same time. */
const DEFAULT_BATCH_SIZE = 4;

const CALL_OPTIONS = { signal: 'signal' } as const;

/** A language with its probability. */
export interface LanguageScore {
  /** Its code, such as `en`. */
  readonly language: string;
  readonly probability: number;
}

/** A model that writes down speech (Whisper), with its tokenizer. Created by `loadSpeech`. Calls run one after another. */
export class SpeechModel {
  readonly kind = 'speech';
  readonly config: WhisperConfig;
  readonly tokenizer: Tokenizer;
  readonly #tokens: SpeechTokens;
  readonly #engine: DecoderEngine;
  readonly #sessions: SessionCache;
  readonly #queue = new Queue();

  constructor(config: WhisperConfig, tokenizer: Tokenizer, tokens: SpeechTokens, engine: DecoderEngine) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.#tokens = tokens;
    this.#engine = engine;
    this.#sessions = new SessionCache(engine, config.contextLength);
  }

  /** The type that the weights are kept in: the option `dtype` of the loader, or what its `auto` chose. */
  get dtype(): WeightType {
    return this.#engine.dtype ?? 'f32';
  }

  /** Name of the backend, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#engine.name;
  }

  /** The codes of the languages that the model knows; `en` alone for a model of English. */
  get languages(): readonly string[] {
    const codes = [...this.#tokens.languages.keys()];
    return codes.length > 0 ? codes : ['en'];
  }

  /**
   * Writes down what is said in a sound, or translates it to English.
   *
   * ```ts
   * const { text, segments } = await model.transcribe(await (await fetch('talk.wav')).arrayBuffer());
   * ```
   *
   * Rejects with `ConfigError` for invalid options and sounds, `FormatError` for a broken file, and, before the next forward pass, with the signal's
   * reason if aborted.
   */
  transcribe(audio: AudioInput | AudioStream, options?: TranscribeOptions): Promise<Transcript>;
  /** Several sounds, `batchSize` of them at the same time: each forward pass of the decoder reads the weights once for all of them. */
  transcribe(audios: readonly AudioInput[], options?: TranscribeOptions): Promise<Transcript[]>;
  async transcribe(
    input: AudioInput | AudioStream | readonly AudioInput[],
    options: TranscribeOptions = {},
  ): Promise<Transcript | Transcript[]> {
    if (isList(input)) return this.#transcribeAll(input, options);
    return finished(this.#stream('transcribe', input, options));
  }

  /**
   * {@link transcribe}, yielding each segment when its window of 30 seconds has been decoded. The generator returns the transcript.
   *
   * A sound may come in pieces while it is recorded: `Float32Array`s of any length at 16 kHz from a `ReadableStream` or another asynchronous iterable. A
   * window is then decoded as soon as it is full, and the last one when the pieces end. Leaving the generator ends the recording, too.
   */
  stream(
    audio: AudioInput | AudioStream,
    options: TranscribeOptions = {},
  ): AsyncGenerator<TranscriptSegment, Transcript, void> {
    return this.#stream('stream', audio, options);
  }

  /** The languages that could be spoken in the first 30 seconds of a sound, the likeliest first. Rejects like {@link transcribe}. */
  async detectLanguage(
    audio: AudioInput,
    options: { signal?: AbortSignal } = {},
  ): Promise<readonly LanguageScore[]> {
    checkOptions('detectLanguage', options, CALL_OPTIONS);
    const { signal } = options;
    const samples = await readAudio('detectLanguage', audio, signal);
    const format = this.#format(signal);
    const frames = format.frames(await format.features(samples.subarray(0, format.length)), 0);
    const call = signal ? { signal } : {};
    return this.#exclusive(signal, 1, async (session) => {
      await this.#encode(session, frames, call);
      return this.#languageScores(session, call);
    });
  }

  /** Frees the model. Calling it again does nothing. */
  dispose(): Promise<void> {
    return this.#engine.dispose();
  }

  async *#stream(
    task: string,
    input: AudioInput | AudioStream,
    options: TranscribeOptions,
  ): AsyncGenerator<TranscriptSegment, Transcript, void> {
    const { signal, beamSize = 1 } = options;
    const transcription = this.#begin(task, options);
    const format = this.#format(signal);
    const sound = isAudioStream(input)
      ? new RecordedSound(task, input, format, signal)
      : new WholeSound(await readAudio(task, input, signal), format);
    // Other calls may come between two windows.
    return yield* this.#segments(sound, transcription, options, (body) =>
      this.#exclusive(signal, beamSize, body),
    );
  }

  async #transcribeAll(inputs: readonly AudioInput[], options: TranscribeOptions): Promise<Transcript[]> {
    // Whatever the options are, they are checked before the first sound is read.
    this.#begin('transcribe', options);
    const { signal, hooks, beamSize = 1, batchSize = DEFAULT_BATCH_SIZE } = options;
    // Hooks get the activations of one sound after another.
    const lanes = hooks ? 1 : Math.min(batchSize, inputs.length);
    const transcripts: Transcript[] = [];
    if (inputs.length === 0) return transcripts;
    await this.#exclusive(signal, lanes * beamSize, async ({ session, yielder }) => {
      const lockstep = new Lockstep(session);
      const entries = inputs.entries();
      const work = async (lane: CachedSession): Promise<void> => {
        // The lanes share the iterator: each takes the next sound when it is done with one.
        for (const [index, input] of entries) {
          const format = this.#format(signal);
          const sound = new WholeSound(await readAudio('transcribe', input, signal), format);
          const transcription = this.#begin('transcribe', options);
          const segments = this.#segments(sound, transcription, options, (body) => body(lane));
          transcripts[index] = await finished(segments);
        }
      };
      const opened = Array.from({ length: lanes }, (_, i) => lockstep.open(i * beamSize, beamSize));
      const results = await Promise.allSettled(
        opened.map((lane) =>
          work(new CachedSession(lane, yielder))
            .finally(() => lane.close())
            .catch((error) => {
              lockstep.fail(error);
              throw error;
            }),
        ),
      );
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    });
    return transcripts;
  }

  /** Checks the options and begins a sound. */
  #begin(task: string, options: TranscribeOptions): Transcription {
    checkOptions(task, options, TRANSCRIBE_OPTIONS);
    const transcription = new Transcription(task, this.config, this.tokenizer, this.#tokens, options);
    transcription.language = this.#languageOf(task, options);
    return transcription;
  }

  /** The segments of a sound, window by window. `turn` calls its argument with a session when it may compute. */
  async *#segments(
    sound: SoundWindows,
    transcription: Transcription,
    { hooks, signal }: TranscribeOptions,
    turn: <T>(body: (session: CachedSession) => Promise<T>) => Promise<T>,
  ): AsyncGenerator<TranscriptSegment, Transcript, void> {
    const call: DecodeCallOptions = { ...(hooks && { hooks }), ...(signal && { signal }) };
    const segments: TranscriptSegment[] = [];
    try {
      for (let from = 0; ; ) {
        const window = await sound.windowAt(from);
        if (!window) break;
        const { samples, frames } = window;
        const decoded = await turn(async (session) => {
          await this.#encode(session, frames, call);
          if (transcription.language === undefined) {
            const [likeliest] = await this.#languageScores(session, signal ? { signal } : {});
            transcription.language = likeliest!.language;
          }
          return transcription.decode(session, { from, samples }, call);
        });
        segments.push(...decoded.segments);
        yield* decoded.segments;
        from += decoded.advance;
      }
    } finally {
      await sound.close();
    }
    const text = segments.map((segment) => segment.text).join('');
    const { language = this.languages[0]! } = transcription;
    return { text: text.trim(), language, duration: sound.duration, segments };
  }

  /** How the model's windows are made of a sound. */
  #format(signal: AbortSignal | undefined): WindowFormat {
    const { numMelBins: bins, sourceLength } = this.config;
    const length = windowSeconds(this.config) * SAMPLE_RATE;
    return {
      length,
      features: (samples) => logMel(samples, { bins, padding: length, ...(signal && { signal }) }),
      frames: (mel, seconds) => windowFrames(mel, seconds, 2 * sourceLength),
    };
  }

  /** The language of the options; undefined if it is to be found out. */
  #languageOf(task: string, { language, task: what = 'transcribe' }: TranscribeOptions): string | undefined {
    const { languages } = this;
    const isEnglish = this.#tokens.languages.size === 0;
    if (isEnglish && what === 'translate') {
      throw new ConfigError(`${task}: the model knows English alone and does not translate`);
    }
    if (language === undefined) return isEnglish ? 'en' : undefined;
    if (languages.includes(language)) return language;
    throw new ConfigError(
      `${task}: language must be one of ${languages.join(', ')}, got ${JSON.stringify(language)}`,
    );
  }

  #exclusive<T>(
    signal: AbortSignal | undefined,
    slots: number,
    body: (session: CachedSession) => Promise<T>,
  ): Promise<T> {
    return this.#queue.run(signal, () =>
      this.#sessions.use(slots, this.config.contextLength, (session) => {
        session.clear();
        return body(session);
      }),
    );
  }

  /** Runs the encoder over a window, as the source of the first slot. */
  async #encode(
    { session, yielder }: CachedSession,
    frames: Float32Array,
    call: DecodeCallOptions,
  ): Promise<void> {
    await yielder.yieldToEventLoop(call.signal);
    const tokens = this.config.sourceLength;
    await session.encodeSource(
      {
        ids: new Int32Array(tokens),
        typeIds: new Int32Array(tokens),
        offsets: Int32Array.of(0, tokens),
        frames,
      },
      Int32Array.of(0),
      encoderOptions(call),
    );
  }

  async #languageScores({ session }: CachedSession, call: DecodeCallOptions): Promise<LanguageScore[]> {
    const { languages, start } = this.#tokens;
    if (languages.size === 0) return [{ language: 'en', probability: 1 }];
    const { logits } = await session.decode(chunkBatch(Int32Array.of(start), 0), decoderOptions(call));
    const entries = [...languages];
    const values = Float32Array.from(entries, ([, id]) => logits.data[id]!);
    const total = logSumExp(values);
    return entries
      .map(([language], i) => ({ language, probability: Math.exp(values[i]! - total) }))
      .sort((a, b) => b.probability - a.probability);
  }
}

async function finished(segments: AsyncGenerator<TranscriptSegment, Transcript, void>): Promise<Transcript> {
  for (;;) {
    const step = await segments.next();
    if (step.done) return step.value;
  }
}

function isList(input: unknown): input is readonly AudioInput[] {
  return Array.isArray(input);
}
