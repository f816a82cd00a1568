import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import type { WhisperConfig } from '../../models/seq2seq/whisper.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { SAMPLE_RATE } from '../features/log-mel.ts';
import type { TranscribeOptions } from '../options.ts';
import type { TranscriptSegment, TranscriptWord } from '../result.ts';
import type { SoundTranscription, TranscribedWindow, WindowPlace } from '../speech-kind.ts';
import type { SpeechTokens } from '../speech-tokens.ts';
import { type Attempt, firstAccepted, readSearchSettings, type SearchSettings } from './attempts.ts';
import { decodeWindow } from './decode-window.ts';
import { divideWindow } from './segments.ts';
import { alignWords } from './words.ts';

const TEMPERATURES = [0, 0.2, 0.4, 0.6, 0.8, 1];
/** Above it, the text of a window is not used for the next one. */
const MAX_PROMPT_TEMPERATURE = 0.5;

/** Writes down the windows of a sound one after another. */
export class Transcription implements SoundTranscription {
  readonly #tokenizer: Tokenizer;
  readonly #tokens: SpeechTokens;
  readonly #options: TranscribeOptions;
  readonly #search: SearchSettings;
  readonly #maxTokens: number;
  readonly #contextLength: number;
  readonly #prompt: readonly number[];
  /** Text of the windows before. */
  #previous: number[] = [];
  /** The code of the language that is spoken; to be known before the first window is decoded. */
  language: string | undefined;

  /** Throws `ConfigError` for invalid options. */
  constructor(
    task: string,
    config: WhisperConfig,
    tokenizer: Tokenizer,
    tokens: SpeechTokens,
    options: TranscribeOptions,
  ) {
    this.#tokenizer = tokenizer;
    this.#tokens = tokens;
    this.#options = options;
    this.#contextLength = config.contextLength;
    this.#search = readSearchSettings(task, options, TEMPERATURES);
    const half = Math.floor(config.contextLength / 2);
    const { maxTokens = half } = options;
    if (maxTokens > half) {
      throw new ConfigError(
        `${task}: maxTokens must be at most ${half}, half of the decoder's context, got ${maxTokens}`,
      );
    }
    this.#maxTokens = maxTokens;
    const text = (options.prompt ?? '').trim();
    this.#prompt = text === '' ? [] : [...tokenizer.encode(` ${text}`, { addSpecialTokens: false }).ids];
  }

  /** The start token, the language and the task. */
  get #beginning(): readonly number[] {
    const { languages, start, tasks } = this.#tokens;
    const language = languages.get(this.language ?? '');
    return language === undefined ? [start] : [start, language, tasks[this.#options.task ?? 'transcribe']];
  }

  /** Writes down the window that the session's first slot has as its source. */
  async decode(
    session: CachedSession,
    { from, samples }: WindowPlace,
    call: DecodeCallOptions,
  ): Promise<TranscribedWindow> {
    const { timestamps = 'segment', noSpeechThreshold = 0.6, logProbThreshold = -1 } = this.#options;
    const length = samples.length / SAMPLE_RATE;
    const attempt = await this.#firstAccepted(session, from, call);
    const { averageLogProbability, noSpeechProbability, ratio, temperature } = attempt;
    if ((noSpeechProbability ?? 0) > noSpeechThreshold && averageLogProbability <= logProbThreshold) {
      return { segments: [], advance: length };
    }
    const divided = divideWindow(attempt.ids, this.#tokens, length);
    const spoken = divided.segments.filter(
      ({ ids, start, end }) => end > start && this.#text(ids).trim() !== '',
    );
    const words =
      timestamps === 'word' && spoken.length > 0
        ? await alignWords(session, {
            beginning: this.#beginning,
            segments: spoken.map(({ ids }) => ids),
            tokenizer: this.#tokenizer,
            tokens: this.#tokens,
            language: this.language ?? '',
            samples,
            alignment: this.#options.alignment ?? 'refined',
            call,
          })
        : undefined;
    this.#remember(
      spoken.flatMap(({ ids }) => ids),
      temperature,
    );
    const segments = spoken.map(
      ({ ids, start, end }, i): TranscriptSegment => ({
        text: this.#text(ids),
        start: from + start,
        end: from + Math.min(end, length),
        ids,
        ...(words && { words: words[i]!.map((word) => shifted(word, from)) }),
        temperature,
        averageLogProbability,
        compressionRatio: ratio,
        noSpeechProbability,
      }),
    );
    return { segments, advance: divided.advance };
  }

  #firstAccepted(session: CachedSession, from: number, call: DecodeCallOptions): Promise<Attempt> {
    const { onText, timestamps } = this.#options;
    const { temperatures, beams, random } = this.#search;
    const decode = (temperature: number) =>
      decodeWindow(session, {
        prompt: this.#windowPrompt(),
        tokens: this.#tokens,
        withTimestamps: timestamps !== 'none',
        temperature,
        beams,
        maxTokens: this.#maxTokens,
        random,
        onIds: onText && ((ids) => onText({ start: from, text: this.#text(ids), temperature })),
        call,
      });
    return firstAccepted(temperatures, this.#options, decode, (ids) => this.#text(ids));
  }

  #windowPrompt(): readonly number[] {
    const { previous, noTimestamps } = this.#tokens;
    const beginning = this.#beginning;
    const before = [...this.#prompt, ...this.#previous];
    const most = Math.floor(this.#contextLength / 2) - 1;
    return [
      // Room for the beginning stays, as half of the context is for new tokens.
      ...(before.length > 0 ? [previous, ...before.slice(-(most - beginning.length - 1))] : []),
      ...beginning,
      ...(this.#options.timestamps === 'none' ? [noTimestamps] : []),
    ];
  }

  #remember(ids: readonly number[], temperature: number): void {
    if (!this.#options.conditionOnPreviousText) return;
    if (temperature > MAX_PROMPT_TEMPERATURE) this.#previous = [];
    else this.#previous.push(...ids);
  }

  #text(ids: readonly number[]): string {
    const { end } = this.#tokens;
    return this.#tokenizer.decode(ids.filter((id) => id < end));
  }
}

function shifted(word: TranscriptWord, seconds: number): TranscriptWord {
  return { ...word, start: word.start + seconds, end: word.end + seconds };
}
