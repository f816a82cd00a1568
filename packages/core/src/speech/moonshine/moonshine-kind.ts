import { ConfigError } from '../../errors.ts';
import { ConfigReader } from '../../models/config.ts';
import type { MoonshineConfig } from '../../models/seq2seq/moonshine.ts';
import { waveformTokens } from '../../models/seq2seq/waveform-input.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { WindowFormat } from '../audio/sound-windows.ts';
import type { TranscribeOptions } from '../options.ts';
import type { LanguageScore, SoundTranscription, SpeechKind } from '../speech-kind.ts';
import type { AlignmentHead } from '../speech-tokens.ts';
import { MoonshineTranscription } from './moonshine-transcription.ts';
import { isSilent, nextPiece, PIECE_SAMPLES } from './pieces.ts';

/** Moonshine: pieces of up to 30 seconds as samples, one language, no tokens for times. */
export class MoonshineKind implements SpeechKind {
  readonly config: MoonshineConfig;
  readonly #language: string;
  readonly #tokenizer: Tokenizer;

  /** `generationConfig` may state the `language`; by default it is English. Throws `ConfigError` for a model without an end token. */
  constructor(config: MoonshineConfig, tokenizer: Tokenizer, generationConfig: unknown) {
    this.config = config;
    this.#language = new ConfigReader(generationConfig).text('language', 'en');
    this.#tokenizer = tokenizer;
    if (config.eosTokenIds.length === 0) {
      throw new ConfigError('config.json: eos_token_id must be a token id, as texts end with it');
    }
  }

  get languages(): readonly string[] {
    return [this.#language];
  }

  /** All of the last layer, which follow the sound best; times of words by them are not exact enough. */
  get alignmentHeads(): readonly AlignmentHead[] {
    const { numLayers, numAttentionHeads } = this.config.decoder;
    return Array.from({ length: numAttentionHeads }, (_, head) => ({ layer: numLayers - 1, head }));
  }

  begin(task: string, options: TranscribeOptions): SoundTranscription {
    const known = this.#language;
    const { language = known, task: what, prompt, conditionOnPreviousText, noSpeechThreshold } = options;
    if (language !== known) {
      throw new ConfigError(`${task}: language must be ${known}, got ${JSON.stringify(language)}`);
    }
    if (what === 'translate') {
      throw new ConfigError(`${task}: a Moonshine does not translate; task must be transcribe`);
    }
    if (options.timestamps === 'word') {
      throw new ConfigError(`${task}: a Moonshine has no times of words; timestamps must be segment or none`);
    }
    const given = Object.entries({
      prompt: prompt || undefined,
      conditionOnPreviousText: conditionOnPreviousText || undefined,
      noSpeechThreshold,
    }).find(([, value]) => value !== undefined);
    if (given) {
      throw new ConfigError(
        `${task}: a Moonshine knows no text before and does not tell whether anybody speaks; leave out ${given[0]}`,
      );
    }
    return new MoonshineTranscription(task, this.config, this.#tokenizer, { ...options, language });
  }

  format(): WindowFormat<undefined> {
    return {
      // One more than a piece, to know whether there is more.
      length: PIECE_SAMPLES + 1,
      features: async () => undefined,
      window: (samples) => {
        const piece = nextPiece(samples);
        return { samples: piece, frames: piece };
      },
    };
  }

  source(samples: Float32Array): TokenBatch | undefined {
    const tokens = waveformTokens(samples.length);
    if (tokens === 0 || isSilent(samples)) return undefined;
    return {
      ids: new Int32Array(tokens),
      typeIds: new Int32Array(tokens),
      offsets: Int32Array.of(0, tokens),
      frames: samples,
      frameOffsets: Int32Array.of(0, samples.length),
    };
  }

  async languageScores(): Promise<readonly LanguageScore[]> {
    return [{ language: this.#language, probability: 1 }];
  }
}
