import { Queue } from '../async/queue.ts';
import type { WeightType } from '../backend/backend.ts';
import type { DecodeCallOptions, DecoderEngine } from '../engine/decoder-engine.ts';
import { ConfigError } from '../errors.ts';
import { decoderOptions, encoderOptions } from '../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../generate/scheduler/prefill.ts';
import { type CachedSession, SessionCache } from '../generate/scheduler/session-cache.ts';
import type { WhisperConfig } from '../models/seq2seq/whisper.ts';
import { checkOptions } from '../options.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { type AudioInput, readAudio } from './audio/read-audio.ts';
import { type LogMel, logMel, SAMPLE_RATE } from './features/log-mel.ts';
import { TRANSCRIBE_OPTIONS, type TranscribeOptions } from './options.ts';
import type { Transcript, TranscriptSegment } from './result.ts';
import type { AlignmentHead, SpeechTokens } from './speech-tokens.ts';
import { windowFrames, windowSeconds } from './transcribe/frames.ts';
import { logSumExp } from './transcribe/token-rules.ts';
import { Transcription } from './transcribe/transcription.ts';

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

  /** The heads of the decoder's cross-attention that times of words come from: those of generation_config.json, or of the upper half of the layers. */
  get alignmentHeads(): readonly AlignmentHead[] {
    return this.#tokens.alignmentHeads;
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
  async transcribe(audio: AudioInput, options: TranscribeOptions = {}): Promise<Transcript> {
    const segments = this.#stream('transcribe', audio, options);
    for (;;) {
      const step = await segments.next();
      if (step.done) return step.value;
    }
  }

  /** {@link transcribe}, yielding each segment when its window of 30 seconds has been decoded. The generator returns the transcript. */
  stream(
    audio: AudioInput,
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
    const mel = await this.#features(samples.subarray(0, this.#windowSamples), signal);
    const call = signal ? { signal } : {};
    return this.#exclusive(signal, async (session) => {
      await this.#encode(session, mel, 0, call);
      return this.#languageScores(session, call);
    });
  }

  /** Frees the model. Calling it again does nothing. */
  dispose(): Promise<void> {
    return this.#engine.dispose();
  }

  async *#stream(
    task: string,
    audio: AudioInput,
    options: TranscribeOptions,
  ): AsyncGenerator<TranscriptSegment, Transcript, void> {
    checkOptions(task, options, TRANSCRIBE_OPTIONS);
    const { signal, hooks } = options;
    const given = this.#languageOf(task, options);
    const call: DecodeCallOptions = { ...(hooks && { hooks }), ...(signal && { signal }) };
    const samples = await readAudio(task, audio, signal);
    const mel = await this.#features(samples, signal);
    const language = given ?? (await this.detectLanguage(samples, signal ? { signal } : {}))[0]!.language;
    const duration = samples.length / SAMPLE_RATE;
    const transcription = new Transcription(task, this.config, this.tokenizer, this.#tokens, {
      ...options,
      language,
    });
    const segments: TranscriptSegment[] = [];
    for (let seconds = 0; seconds < duration; ) {
      const from = seconds;
      const length = Math.min(windowSeconds(this.config), duration - from);
      // Other calls may come between two windows.
      const window = await this.#exclusive(signal, async (session) => {
        await this.#encode(session, mel, from, call);
        return transcription.decode(session, { from, length }, call);
      });
      segments.push(...window.segments);
      yield* window.segments;
      seconds = from + window.advance;
    }
    const text = segments.map((segment) => segment.text).join('');
    return { text: text.trim(), language, duration, segments };
  }

  get #windowSamples(): number {
    return windowSeconds(this.config) * SAMPLE_RATE;
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

  #exclusive<T>(signal: AbortSignal | undefined, body: (session: CachedSession) => Promise<T>): Promise<T> {
    return this.#queue.run(signal, () =>
      this.#sessions.use(1, this.config.contextLength, (session) => {
        session.clear();
        return body(session);
      }),
    );
  }

  #features(samples: Float32Array, signal: AbortSignal | undefined): Promise<LogMel> {
    return logMel(samples, {
      bins: this.config.numMelBins,
      padding: this.#windowSamples,
      ...(signal && { signal }),
    });
  }

  /** Runs the encoder over the window at `seconds`, as the source of the first slot. */
  async #encode(
    { session, yielder }: CachedSession,
    mel: LogMel,
    seconds: number,
    call: DecodeCallOptions,
  ): Promise<void> {
    await yielder.yieldToEventLoop(call.signal);
    const tokens = this.config.sourceLength;
    await session.encodeSource(
      {
        ids: new Int32Array(tokens),
        typeIds: new Int32Array(tokens),
        offsets: Int32Array.of(0, tokens),
        frames: windowFrames(mel, seconds, 2 * tokens),
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
