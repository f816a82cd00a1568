import type { sides } from '../../data/split.ts';
import type { TaskTokenizer } from '../../sequences/tokenizers.ts';
import type { Corpus, TextLanguage } from './corpus.ts';
import type { gptConfig } from './model.ts';
import type { SampleMeasures } from './samples.ts';
import type { UnitScore } from './units.ts';

/** Bits per character in each language. */
export type Bits = Readonly<Record<TextLanguage, number>>;

export interface GptResult {
  readonly parameters: number;
  readonly curve: readonly {
    readonly step: number;
    /** Of a part of the texts that are trained on, and of the validation texts. */
    readonly training: Bits;
    readonly validation: Bits;
  }[];
  readonly test: Bits;
}

export interface TemperatureResult extends SampleMeasures {
  readonly temperature: number;
  readonly examples: readonly string[];
}

export interface CharacterGptResult {
  readonly characters: Readonly<Record<TextLanguage, Readonly<Record<(typeof sides)[number], number>>>>;
  /** Characters of the alphabet, and the fraction of the test's characters that are not in it. */
  readonly alphabet: number;
  readonly unknown: Bits;
  readonly units: readonly UnitScore[];
  readonly ngrams: readonly { readonly order: number; readonly validation: Bits; readonly test: Bits }[];
  readonly training: { readonly steps: number; readonly batchSize: number; readonly learningRate: number };
  /** One for each seed. */
  readonly gpts: readonly GptResult[];
  readonly heldOut: SampleMeasures;
  readonly temperatures: readonly TemperatureResult[];
  /** How the model goes on after some beginnings, by its most probable characters. */
  readonly continuations: readonly { readonly prompt: string; readonly text: string }[];
}

export interface Prepared {
  readonly texts: Corpus;
  readonly task: TaskTokenizer;
  readonly config: ReturnType<typeof gptConfig>;
}

export interface GptSettings {
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

export interface Vocabulary {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}
