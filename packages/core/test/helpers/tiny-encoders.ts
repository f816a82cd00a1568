import { readFileSync } from 'node:fs';
import { SafetensorsCheckpoint, type TensorData, writeSafetensors } from '../../src/index.ts';
import type { StoredArray } from './fixture.ts';

/** Architectures with a checkpoint from test/fixtures/make/encoders.py. */
export const tinyArchitectures = [
  'bert',
  'distilbert',
  'roberta',
  'electra',
  'mpnet',
  'modernbert',
  'nomic-bert',
  'gte-new',
  'albert',
  'jina-bert',
  'deberta-v3',
  'deberta-v2',
] as const;
/** Those that can be created and trained. */
export const trainableArchitectures = ['bert', 'distilbert', 'roberta', 'electra'] as const;
export type TinyArchitecture = (typeof tinyArchitectures)[number];

export interface ExpectedSequence {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
  readonly hidden: StoredArray;
  /** `[layers, heads, queries, keys]` */
  readonly attention: StoredArray;
  readonly mean: StoredArray;
  readonly max: StoredArray;
  readonly heads: Readonly<Record<string, StoredArray>>;
}

const folder = (name: TinyArchitecture) => new URL(`../fixtures/encoders/${name}/`, import.meta.url);
const readJson = (name: TinyArchitecture, file: string) =>
  JSON.parse(readFileSync(new URL(file, folder(name)), 'utf8'));

export const tinyConfig = (name: TinyArchitecture): Record<string, unknown> => readJson(name, 'config.json');

export const tinyWeights = (name: TinyArchitecture): Uint8Array =>
  new Uint8Array(readFileSync(new URL('model.safetensors', folder(name))));

export const tinyExpected = (name: TinyArchitecture): readonly ExpectedSequence[] =>
  readJson(name, 'expected.json').sequences;

export function tinyCheckpoint(name: TinyArchitecture): Promise<SafetensorsCheckpoint> {
  return openBytes(tinyWeights(name));
}

function openBytes(bytes: Uint8Array): Promise<SafetensorsCheckpoint> {
  return SafetensorsCheckpoint.open({
    size: bytes.length,
    read: async (from, to) => bytes.subarray(from, to),
  });
}

/** A WordPiece tokenizer with the vocabulary size of the tiny checkpoints. */
export function tinyTokenizer(): Record<string, unknown> {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const words =
    'the a river bank cash was muddy sat by on at she he deposited paris is of france capital seoul korea'.split(
      ' ',
    );
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const rest = [
    '.',
    ',',
    '?',
    '!',
    'new',
    'york',
    '##s',
    '##ing',
    'in',
    'not',
    'this',
    'example',
    'it',
    'or',
    'and',
  ];
  const tokens = [
    ...special,
    ...words,
    ...letters.filter((letter) => letter !== 'a'),
    ...letters.map((letter) => `##${letter}`),
    ...rest,
  ];
  const vocab = Object.fromEntries([...new Set(tokens)].slice(0, 90).map((token, id) => [token, id]));
  return {
    model: {
      type: 'WordPiece',
      vocab,
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    added_tokens: special.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  };
}

/** tokenizer_config.json of a tokenizer that is not made by the class of the model's type. */
export const AS_IT_IS = '{"tokenizer_class":"PreTrainedTokenizerFast"}';

/** A model's files in memory, for `loadEncoder`. `config` overrides values of config.json. */
export function tinyFiles(name: TinyArchitecture, config: Record<string, unknown> = {}) {
  return {
    'config.json': JSON.stringify({ ...tinyConfig(name), ...config }),
    'tokenizer.json': JSON.stringify(tinyTokenizer()),
    'tokenizer_config.json': AS_IT_IS,
    'model.safetensors': tinyWeights(name),
  };
}

/** The files of {@link tinyFiles} with tensors of the checkpoint changed, deleted or added. */
export async function changedFiles(
  name: TinyArchitecture,
  change: (tensors: Map<string, TensorData>) => void,
  config: Record<string, unknown> = {},
) {
  const checkpoint = await tinyCheckpoint(name);
  const tensors = new Map<string, TensorData>();
  for (const tensor of checkpoint.names) tensors.set(tensor, await checkpoint.read(tensor));
  change(tensors);
  return { ...tinyFiles(name, config), 'model.safetensors': writeSafetensors(tensors) };
}

/** The checkpoint of a BERT, whose `layers` layers are repeated until there are `count`. */
export async function repeatLayers(
  name: 'bert',
  layers: number,
  count: number,
): Promise<SafetensorsCheckpoint> {
  const checkpoint = await tinyCheckpoint(name);
  const tensors = new Map<string, TensorData>();
  for (const tensor of checkpoint.names) {
    const data = await checkpoint.read(tensor);
    const layer = Number(/\.layer\.(\d+)\./.exec(tensor)?.[1] ?? Number.NaN);
    tensors.set(tensor, data);
    for (let copy = layer + layers; copy < count; copy += layers) {
      tensors.set(tensor.replace(`.layer.${layer}.`, `.layer.${copy}.`), data);
    }
  }
  return openBytes(writeSafetensors(tensors));
}
