import type { DecodeCallOptions } from '../engine/decoder-engine.ts';
import { ConfigError } from '../errors.ts';
import { decoderOptions } from '../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../generate/scheduler/prefill.ts';
import type { CachedSession } from '../generate/scheduler/session-cache.ts';
import type { WhisperConfig } from '../models/seq2seq/whisper.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { WindowFormat } from './audio/sound-windows.ts';
import { type LogMel, logMel, SAMPLE_RATE } from './features/log-mel.ts';
import type { TranscribeOptions } from './options.ts';
import type { LanguageScore, SoundTranscription, SpeechKind } from './speech-kind.ts';
import type { AlignmentHead, SpeechTokens } from './speech-tokens.ts';
import { windowFrames, windowSeconds } from './transcribe/frames.ts';
import { logSumExp } from './transcribe/token-rules.ts';
import { Transcription } from './transcribe/transcription.ts';

/** Whisper: windows of 30 seconds as spectrograms, tokens for languages, tasks and times. */
export class WhisperKind implements SpeechKind {
  readonly config: WhisperConfig;
  readonly #tokenizer: Tokenizer;
  readonly #tokens: SpeechTokens;

  constructor(config: WhisperConfig, tokenizer: Tokenizer, tokens: SpeechTokens) {
    this.config = config;
    this.#tokenizer = tokenizer;
    this.#tokens = tokens;
  }

  get languages(): readonly string[] {
    const codes = [...this.#tokens.languages.keys()];
    return codes.length > 0 ? codes : ['en'];
  }

  get alignmentHeads(): readonly AlignmentHead[] {
    return this.#tokens.alignmentHeads;
  }

  begin(task: string, options: TranscribeOptions): SoundTranscription {
    const transcription = new Transcription(task, this.config, this.#tokenizer, this.#tokens, options);
    transcription.language = this.#languageOf(task, options);
    return transcription;
  }

  format(signal: AbortSignal | undefined): WindowFormat<LogMel> {
    const { numMelBins: bins, sourceLength } = this.config;
    const length = windowSeconds(this.config) * SAMPLE_RATE;
    return {
      length,
      features: (samples) => logMel(samples, { bins, padding: length, ...(signal && { signal }) }),
      window: (samples, mel, seconds) => ({
        samples,
        frames: windowFrames(mel, seconds, 2 * sourceLength),
      }),
    };
  }

  source(frames: Float32Array): TokenBatch {
    const tokens = this.config.sourceLength;
    return {
      ids: new Int32Array(tokens),
      typeIds: new Int32Array(tokens),
      offsets: Int32Array.of(0, tokens),
      frames,
    };
  }

  async languageScores({ session }: CachedSession, call: DecodeCallOptions): Promise<LanguageScore[]> {
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
}
