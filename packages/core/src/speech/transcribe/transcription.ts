import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import { LIMITS } from '../../limits.ts';
import type { WhisperConfig } from '../../models/seq2seq/whisper.ts';
import { Random } from '../../platform/random.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { SAMPLE_RATE } from '../features/log-mel.ts';
import type { TranscribeOptions } from '../options.ts';
import type { TranscriptSegment, TranscriptWord } from '../result.ts';
import type { SpeechTokens } from '../speech-tokens.ts';
import type { BeamSettings } from './beam-search.ts';
import { compressionRatio } from './compression.ts';
import { type DecodedWindow, decodeWindow } from './decode-window.ts';
import { divideWindow } from './segments.ts';
import { alignWords } from './words.ts';

const TEMPERATURES = [0, 0.2, 0.4, 0.6, 0.8, 1];
/** Above it, the text of a window is not used for the next one. */
const MAX_PROMPT_TEMPERATURE = 0.5;

/** A window's place in the sound in seconds, and its samples. */
interface WindowPlace {
  readonly from: number;
  readonly samples: Float32Array;
}

/** A window's segments, with times in the sound, and how far the next window is. */
export interface TranscribedWindow {
  readonly segments: readonly TranscriptSegment[];
  readonly advance: number;
}

type Attempt = DecodedWindow & {
  readonly text: string;
  readonly ratio: number;
  readonly temperature: number;
};

/** Writes down the windows of a sound one after another. */
export class Transcription {
  readonly #tokenizer: Tokenizer;
  readonly #tokens: SpeechTokens;
  readonly #options: TranscribeOptions;
  readonly #beams: BeamSettings | undefined;
  readonly #temperatures: readonly number[];
  readonly #maxTokens: number;
  readonly #contextLength: number;
  readonly #random: Random;
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
    const { temperature = TEMPERATURES, prompt = '' } = options;
    this.#temperatures = typeof temperature === 'number' ? [temperature] : temperature;
    const isValid = Array.isArray(this.#temperatures) && this.#temperatures.length > 0;
    if (!isValid || !this.#temperatures.every((value) => Number.isFinite(value) && value >= 0)) {
      throw new ConfigError(
        `${task}: temperature must be a finite number of at least 0, or a list of them, got ${String(temperature)}`,
      );
    }
    const half = Math.floor(config.contextLength / 2);
    const { maxTokens = half } = options;
    if (maxTokens > half) {
      throw new ConfigError(
        `${task}: maxTokens must be at most ${half}, half of the decoder's context, got ${maxTokens}`,
      );
    }
    this.#maxTokens = maxTokens;
    this.#random = new Random(options.seed ?? 0);
    const { beamSize = 1, patience = 1, lengthPenalty, batchSize = 1 } = options;
    if (beamSize * batchSize > LIMITS.sequences) {
      throw new ConfigError(
        `${task}: beamSize · batchSize must be at most ${LIMITS.sequences}, got ${beamSize * batchSize}`,
      );
    }
    if (beamSize > 1) this.#beams = { beamSize, patience, lengthPenalty };
    const text = prompt.trim();
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
    const attempt = await this.#firstAccepted(session, call);
    const { averageLogProbability, noSpeechProbability, ratio, temperature } = attempt;
    if (noSpeechProbability > noSpeechThreshold && averageLogProbability <= logProbThreshold) {
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

  /** Decodes at one temperature after another, until a result is neither improbable nor repeats itself; else the last result. */
  async #firstAccepted(session: CachedSession, call: DecodeCallOptions): Promise<Attempt> {
    const { compressionRatioThreshold = 2.4, logProbThreshold = -1, noSpeechThreshold = 0.6 } = this.#options;
    let attempt: Attempt | undefined;
    for (const temperature of this.#temperatures) {
      const decoded = await decodeWindow(session, {
        prompt: this.#windowPrompt(),
        tokens: this.#tokens,
        withTimestamps: this.#options.timestamps !== 'none',
        temperature,
        beams: this.#beams,
        maxTokens: this.#maxTokens,
        random: this.#random,
        call,
      });
      const text = this.#text(decoded.ids);
      attempt = { ...decoded, text, ratio: await compressionRatio(text.trim()), temperature };
      const isImprobable = attempt.averageLogProbability < logProbThreshold;
      if (isImprobable && attempt.noSpeechProbability > noSpeechThreshold) break;
      if (!isImprobable && attempt.ratio <= compressionRatioThreshold) break;
    }
    return attempt!;
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
