// The tasks of `npm run train`: what examples are made of the records of the data files, and which objective and head a task has.

import { ConfigError, type TaskHeadKind, type Tokenizer } from '@headwise/core';
import {
  causalLanguageModelling,
  maskedLanguageModelling,
  multiLabelClassification,
  type Objective,
  regression,
  seq2SeqLanguageModelling,
  sequenceClassification,
  type TrainableModel,
  type TrainingBatch,
  textBlocks,
  tokenClassification,
} from '@headwise/core/train';
import type { DataConfig, TaskName } from './config.ts';
import { type DataRecord, numbersOf, textOf, textsOf } from './records.ts';

type Json = Readonly<Record<string, unknown>>;

/** A task over models, examples and batches of any kind: the parts fit together. */
export interface Task {
  /** Heads of encoders. */
  readonly heads: readonly TaskHeadKind[];
  /** The ending of Hugging Face's class name. */
  readonly classSuffix: string;
  /** Classes by the data, for tasks that have them. */
  labels?(records: readonly DataRecord[]): readonly string[];
  examples(records: readonly DataRecord[], context: TaskContext): readonly unknown[];
  objective(context: TaskContext, trainable: TrainableModel): Objective<never, never, TrainingBatch>;
}

export interface TaskContext {
  readonly tokenizer: Tokenizer;
  readonly configJson: Json;
  readonly labels: readonly string[];
  readonly labelSmoothing: number;
  readonly blockSize: number;
  readonly maxLength: number;
}

const DEFAULT_BLOCK_SIZE = 128;

/** The sizes of `data` with their defaults. */
export function sizesOf(
  data: DataConfig,
  tokenizer: Tokenizer,
): Pick<TaskContext, 'blockSize' | 'maxLength'> {
  const maxLength = data.maxLength ?? Math.min(tokenizer.modelMaxLength, 512);
  return { blockSize: data.blockSize ?? DEFAULT_BLOCK_SIZE, maxLength };
}

export const tasks: Readonly<Record<TaskName, Task>> = {
  causalLM: {
    heads: [],
    classSuffix: 'ForCausalLM',
    examples: (records, { tokenizer, blockSize }) =>
      textBlocks(
        tokenizer,
        records.map((record) => textOf(record, 'text')),
        { blockSize, endOfTextId: tokenizer.specialTokens.eos },
      ),
    objective: ({ labelSmoothing }, { kind, config }) => {
      if (kind !== 'causalLM') {
        throw new ConfigError(`train: causalLM needs a decoder, got model_type ${config.modelType}`);
      }
      return causalLanguageModelling({ labelSmoothing });
    },
  },
  maskedLM: {
    heads: ['maskedLM'],
    classSuffix: 'ForMaskedLM',
    // Each line is a text.
    examples: (records, context) =>
      records
        .flatMap((record) => textOf(record, 'text').split('\n'))
        .filter((line) => line.trim() !== '')
        .map((line) => encode(line, context)),
    objective: ({ tokenizer, labelSmoothing }) => {
      const { mask } = tokenizer.specialTokens;
      if (mask === undefined) throw new ConfigError('train: maskedLM needs a tokenizer with a mask token');
      const ids = Array.from({ length: tokenizer.vocabSize }, (_, id) => id);
      const specialTokenIds = ids.filter((id) => tokenizer.isSpecial(id));
      return maskedLanguageModelling({
        maskTokenId: mask,
        vocabSize: tokenizer.vocabSize,
        specialTokenIds,
        labelSmoothing,
      });
    },
  },
  sequenceClassification: {
    heads: ['sequenceClassification'],
    classSuffix: 'ForSequenceClassification',
    labels: (records) => sorted(records.map((record) => textOf(record, 'label'))),
    examples: (records, context) =>
      records.map((record) => ({
        ...encodeRecord(record, context),
        label: indexOf(context.labels, textOf(record, 'label'), record),
      })),
    objective: ({ labelSmoothing }) => sequenceClassification({ labelSmoothing }),
  },
  multiLabelClassification: {
    heads: ['sequenceClassification'],
    classSuffix: 'ForSequenceClassification',
    labels: (records) => sorted(records.flatMap((record) => textsOf(record, 'labels'))),
    examples: (records, context) =>
      records.map((record) => {
        const own = textsOf(record, 'labels').map((label) => indexOf(context.labels, label, record));
        return {
          ...encodeRecord(record, context),
          labels: context.labels.map((_, i) => (own.includes(i) ? 1 : 0)),
        };
      }),
    objective: () => multiLabelClassification(),
  },
  regression: {
    heads: ['sequenceClassification'],
    classSuffix: 'ForSequenceClassification',
    labels: ([first]) => (first ? numbersOf(first, 'label').map((_, i) => `LABEL_${i}`) : []),
    examples: (records, context) =>
      records.map((record) => ({ ...encodeRecord(record, context), labels: numbersOf(record, 'label') })),
    objective: () => regression(),
  },
  tokenClassification: {
    heads: ['tokenClassification'],
    classSuffix: 'ForTokenClassification',
    labels: (records) => sorted(records.flatMap((record) => textsOf(record, 'tags'))),
    examples: (records, context) => records.map((record) => encodeTagged(record, context)),
    objective: ({ labelSmoothing }) => tokenClassification({ labelSmoothing }),
  },
  seq2SeqLM: {
    heads: [],
    classSuffix: 'ForConditionalGeneration',
    examples: (records, { tokenizer, maxLength }) =>
      records.map((record) => ({
        ids: tokenizer.encode(textOf(record, 'source'), { maxLength }).ids,
        labels: tokenizer.encode(textOf(record, 'target'), { maxLength }).ids,
      })),
    objective: ({ labelSmoothing }, { kind, config }) => {
      if (kind !== 'seq2seqLM') {
        throw new ConfigError(
          `train: seq2SeqLM needs an encoder–decoder, got model_type ${config.modelType}`,
        );
      }
      const { decoderStartTokenId, padTokenId } = config;
      return seq2SeqLanguageModelling({ decoderStartTokenId, padTokenId, labelSmoothing });
    },
  },
};

function encode(text: string, { tokenizer, maxLength }: TaskContext, pair?: string) {
  const { ids, typeIds } = tokenizer.encode(text, { maxLength, ...(pair !== undefined && { pair }) });
  return { ids, typeIds };
}

/** The text of a record, with that of its field `pair` if it has one. */
function encodeRecord(record: DataRecord, context: TaskContext) {
  const pair = record.values.pair === undefined ? undefined : textOf(record, 'pair');
  return encode(textOf(record, 'text'), context, pair);
}

/** Words with a tag each. The first token of a word has its tag; the others and special tokens do not count, as in Hugging Face's run_ner.py. */
function encodeTagged(record: DataRecord, { tokenizer, maxLength, labels }: TaskContext) {
  const [words, tags] = [textsOf(record, 'words'), textsOf(record, 'tags')];
  if (words.length !== tags.length) {
    throw new ConfigError(
      `train: ${record.where} must have as many tags as words, got ${tags.length} and ${words.length}`,
    );
  }
  const starts = new Map<number, number>();
  let position = 0;
  for (const [i, word] of words.entries()) {
    starts.set(position, i);
    position += word.length + 1;
  }
  const { ids, typeIds, offsets, sequenceIds } = tokenizer.encode(words.join(' '), {
    maxLength,
    offsets: true,
  });
  const ofTokens = ids.map((_, token) => {
    const word = sequenceIds[token]! < 0 ? undefined : starts.get(offsets[2 * token]!);
    return word === undefined ? -100 : indexOf(labels, tags[word]!, record);
  });
  return { ids, typeIds, labels: ofTokens };
}

function sorted(labels: readonly string[]): readonly string[] {
  return [...new Set(labels)].sort();
}

function indexOf(labels: readonly string[], label: string, { where }: DataRecord): number {
  const index = labels.indexOf(label);
  if (index >= 0) return index;
  throw new ConfigError(`train: ${where}: the label must be one of ${labels.join(', ')}, got ${label}`);
}
