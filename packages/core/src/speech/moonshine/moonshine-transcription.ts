import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import type { MoonshineConfig } from '../../models/seq2seq/moonshine.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { SAMPLE_RATE } from '../features/log-mel.ts';
import type { TranscribeOptions } from '../options.ts';
import type { SoundTranscription, TranscribedWindow, WindowPlace } from '../speech-kind.ts';
import { firstAccepted, readSearchSettings, type SearchSettings } from '../transcribe/attempts.ts';
import { chooseText } from '../transcribe/choose-text.ts';
import { loopPeriod, withoutLoop } from './loops.ts';

/** Most tokens that a second of speech needs, by the models' cards: of English, and of the languages whose words have more tokens. */
const TOKENS_A_SECOND = { english: 6.5, others: 13 };

/** Writes down the pieces of a sound one after another: each is a segment. */
export class MoonshineTranscription implements SoundTranscription {
  readonly language: string;
  readonly #config: MoonshineConfig;
  readonly #tokenizer: Tokenizer;
  readonly #options: TranscribeOptions;
  readonly #search: SearchSettings;
  /** The ends after the first are never chosen. */
  readonly #end: number;

  /** Throws `ConfigError` for invalid options. */
  constructor(
    task: string,
    config: MoonshineConfig,
    tokenizer: Tokenizer,
    options: TranscribeOptions & { readonly language: string },
  ) {
    const most = config.contextLength - 1;
    if (options.maxTokens !== undefined && options.maxTokens > most) {
      throw new ConfigError(
        `${task}: maxTokens must be at most ${most}, the decoder's context without the start token, got ${options.maxTokens}`,
      );
    }
    this.language = options.language;
    this.#config = config;
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.#search = readSearchSettings(task, options, [0]);
    this.#end = config.eosTokenIds[0]!;
  }

  async decode(
    session: CachedSession,
    { from, samples }: WindowPlace,
    call: DecodeCallOptions,
  ): Promise<TranscribedWindow> {
    const seconds = samples.length / SAMPLE_RATE;
    const attempt = await firstAccepted(
      this.#search.temperatures,
      this.#options,
      (temperature) => this.#attempt(session, { from, samples }, temperature, call),
      (ids) => this.#text(ids),
    );
    const { ids, text, ratio, temperature, averageLogProbability, noSpeechProbability } = attempt;
    if (text.trim() === '') return { segments: [], advance: seconds };
    const segment = {
      text,
      start: from,
      end: from + seconds,
      ids,
      temperature,
      averageLogProbability,
      compressionRatio: ratio,
      noSpeechProbability,
    };
    return { segments: [segment], advance: seconds };
  }

  async #attempt(
    session: CachedSession,
    { from, samples }: WindowPlace,
    temperature: number,
    call: DecodeCallOptions,
  ) {
    const { onText } = this.#options;
    const { decoderStartTokenId } = this.#config;
    const { beams, random } = this.#search;
    const { ids, sum } = await chooseText(session, {
      prompt: [decoderStartTokenId],
      end: this.#end,
      rules: (logits, sampled) => this.#applyRules(logits, sampled),
      temperature,
      beams,
      maxTokens: this.#maxTokens(samples.length / SAMPLE_RATE),
      random,
      onIds: onText && ((sampled) => onText({ start: from, text: this.#text(sampled), temperature })),
      call,
    });
    return {
      ids: withoutLoop(ids),
      averageLogProbability: sum / (ids.length + 1),
      noSpeechProbability: undefined,
    };
  }

  /** A text that repeats itself ends. */
  #applyRules(logits: Float32Array, ids: readonly number[]): void {
    const end = this.#end;
    if (loopPeriod(ids) === undefined) return;
    logits.fill(-Infinity, 0, end);
    logits.fill(-Infinity, end + 1);
  }

  /** More tokens are not said in so many seconds. */
  #maxTokens(seconds: number): number {
    const rate = this.language === 'en' ? TOKENS_A_SECOND.english : TOKENS_A_SECOND.others;
    const { maxTokens = Math.max(1, Math.floor(seconds * rate)) } = this.#options;
    return Math.min(maxTokens, this.#config.contextLength - 1);
  }

  /** With the space before the first word, which the tokenizer's decoder leaves out. */
  #text(ids: readonly number[]): string {
    const text = this.#tokenizer.decode(ids, { skipSpecialTokens: true });
    return text === '' ? '' : ` ${text.trimStart()}`;
  }
}
