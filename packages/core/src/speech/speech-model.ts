import { Queue } from '../async/queue.ts';
import type { WeightType } from '../backend/backend.ts';
import type { DecodeCallOptions, DecoderEngine } from '../engine/decoder-engine.ts';
import { encoderOptions } from '../generate/scheduler/encode-sources.ts';
import { CachedSession, SessionCache } from '../generate/scheduler/session-cache.ts';
import type { SpeechConfig } from '../models/seq2seq/speech.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import { checkOptions } from '../options.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { type AudioInput, readAudio } from './audio/read-audio.ts';
import {
  type AudioStream,
  isAudioStream,
  RecordedSound,
  type SoundWindows,
  WholeSound,
} from './audio/sound-windows.ts';
import { SAMPLE_RATE } from './features/log-mel.ts';
import { TRANSCRIBE_OPTIONS, type TranscribeOptions } from './options.ts';
import type { Transcript, TranscriptSegment } from './result.ts';
import type { LanguageScore, SoundTranscription, SpeechKind } from './speech-kind.ts';
import type { AlignmentHead } from './speech-tokens.ts';
import { Lockstep } from './transcribe/lockstep.ts';

/** Sounds of a list at the same time. */
const DEFAULT_BATCH_SIZE = 4;

const CALL_OPTIONS = { signal: 'signal' } as const;

/** A model that writes down speech (Whisper, Moonshine), with its tokenizer. Created by `loadSpeech`. Calls run one after another. */
export class SpeechModel {
  readonly kind = 'speech';
  readonly config: SpeechConfig;
  readonly tokenizer: Tokenizer;
  readonly #kind: SpeechKind;
  readonly #engine: DecoderEngine;
  readonly #sessions: SessionCache;
  readonly #queue = new Queue();

  /** @internal */
  constructor(kind: SpeechKind, tokenizer: Tokenizer, engine: DecoderEngine) {
    this.config = kind.config;
    this.tokenizer = tokenizer;
    this.#kind = kind;
    this.#engine = engine;
    this.#sessions = new SessionCache(engine, kind.config.contextLength);
  }

  /** The type that the weights are kept in: the option `dtype` of the loader, or what its `auto` chose. */
  get dtype(): WeightType {
    return this.#engine.dtype ?? 'f32';
  }

  /** Name of the backend, for example `wasm-relaxed-simd`. */
  get backend(): string {
    return this.#engine.name;
  }

  /**
   * The heads of the decoder's cross-attention that follow the sound, from which times of words come: those of generation_config.json, or of the upper half
   * of the layers; of a Moonshine those of the last layer.
   */
  get alignmentHeads(): readonly AlignmentHead[] {
    return this.#kind.alignmentHeads;
  }

  /** The codes of the languages that the model knows; `en` alone for a model of English. */
  get languages(): readonly string[] {
    return this.#kind.languages;
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
    const window = await new WholeSound(samples, this.#kind.format(signal)).windowAt(0);
    const call = signal ? { signal } : {};
    return this.#exclusive(signal, 1, async (session) => {
      const source = window && this.#kind.source(window.frames);
      if (source) await this.#encode(session, source, call);
      return this.#kind.languageScores(session, call);
    });
  }

  /** Frees the model. Calling it again does nothing. */
  dispose(): Promise<void> {
    return this.#engine.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async *#stream(
    task: string,
    input: AudioInput | AudioStream,
    options: TranscribeOptions,
  ): AsyncGenerator<TranscriptSegment, Transcript, void> {
    const { signal, beamSize = 1 } = options;
    const transcription = this.#begin(task, options);
    const format = this.#kind.format(signal);
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
          const format = this.#kind.format(signal);
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
  #begin(task: string, options: TranscribeOptions): SoundTranscription {
    checkOptions(task, options, TRANSCRIBE_OPTIONS);
    return this.#kind.begin(task, options);
  }

  /** The segments of a sound, window by window. `turn` calls its argument with a session when it may compute. */
  async *#segments(
    sound: SoundWindows,
    transcription: SoundTranscription,
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
        const source = this.#kind.source(frames);
        if (!source) {
          from += samples.length / SAMPLE_RATE;
          continue;
        }
        const decoded = await turn(async (session) => {
          await this.#encode(session, source, call);
          if (transcription.language === undefined) {
            const [likeliest] = await this.#kind.languageScores(session, signal ? { signal } : {});
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
    source: TokenBatch,
    call: DecodeCallOptions,
  ): Promise<void> {
    await yielder.yieldToEventLoop(call.signal);
    await session.encodeSource(source, Int32Array.of(0), encoderOptions(call));
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
