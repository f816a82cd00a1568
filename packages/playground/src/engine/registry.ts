import type { ModelKind } from '@headwise/core';

/** The kinds of models: those of core's `loadModel`, and of its entry `speech`. */
export type PageModelKind = ModelKind | 'speech';

/** A model that the page can run. Its files are under `models/<id>/` of the site. */
export interface ModelEntry {
  /** The name for display. */
  readonly name: string;
  readonly kind: PageModelKind;
  /** Size of all its files. */
  readonly bytes: number;
  /** The languages that it was trained on. */
  readonly languages: ReadonlyArray<'en' | 'ko'>;
  /** All its files. No others are asked for. */
  readonly files: readonly string[];
  /** The one of `files` that has the weights; '' to find it. */
  readonly weightsFile: string;
  /** SPDX name of the licence of the weights. */
  readonly license: string;
  /** The table of word embeddings of an encoder in 8 bits, if its rows are the last in the file: see load/first-blocks.ts. */
  readonly wordsLast?: string;
}

const WEIGHTS = 'model.safetensors';
const FILES = ['config.json', WEIGHTS, 'tokenizer.json', 'tokenizer_config.json'];
const GENERATOR_FILES = ['config.json', 'generation_config.json', ...FILES.slice(1)];
const BOTH = ['en', 'ko'] as const;

/** A model of `@headwise/models`. */
function small<Kind extends PageModelKind>(
  name: string,
  kind: Kind,
  bytes: number,
  languages: ModelEntry['languages'] = BOTH,
  files: readonly string[] = FILES,
): ModelEntry & { readonly kind: Kind } {
  return { name, kind, bytes, languages, files, weightsFile: WEIGHTS, license: 'mit' };
}

/** All models, by id. test/registry.test.ts compares sizes, kinds and files with those of the packages. */
export const MODELS = {
  minilm: {
    name: 'all-MiniLM-L6-v2',
    kind: 'encoder',
    bytes: 23_292_343,
    languages: ['en'],
    files: FILES,
    weightsFile: WEIGHTS,
    license: 'apache-2.0',
    wordsLast: 'embeddings.word_embeddings.weight',
  },
  stories15m: {
    name: 'stories15M',
    kind: 'causalLM',
    bytes: 61_248_745,
    languages: ['en'],
    files: ['llama2.data'],
    weightsFile: 'llama2.data',
    license: 'mit',
  },
  'bert-mini': small('bert-mini', 'encoder', 587_459),
  'dates-attention': small('dates-attention', 'recurrentSeq2Seq', 521_805),
  'dates-fixed': small('dates-fixed', 'recurrentSeq2Seq', 515_516),
  'dates-transformer': small('dates-transformer', 'seq2seqLM', 518_264),
  'en-ko-messages': small('en-ko-messages', 'seq2seqLM', 931_713, BOTH, GENERATOR_FILES),
  'g2p-attention': small('g2p-attention', 'recurrentSeq2Seq', 662_871, ['en']),
  'g2p-transformer': small('g2p-transformer', 'seq2seqLM', 873_782, ['en'], GENERATOR_FILES),
  'gpt-mini': small('gpt-mini', 'causalLM', 956_911, BOTH, GENERATOR_FILES),
  'grammar-en-ko': small('grammar-en-ko', 'recurrentSeq2Seq', 599_506),
  'grammar-ko-en': small('grammar-ko-en', 'recurrentSeq2Seq', 599_248),
  'ko-student': small('ko-student', 'encoder', 1_740_000, BOTH, [
    '1_Pooling/config.json',
    'config.json',
    WEIGHTS,
    'modules.json',
    'sentence_bert_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]),
  't5-mini': small('t5-mini', 'seq2seqLM', 668_262),
  'whisper-tiny': {
    name: 'Whisper-tiny',
    kind: 'speech',
    bytes: 42_368_655,
    languages: BOTH,
    files: ['config.json', 'generation_config.json', WEIGHTS, 'tokenizer.json'],
    weightsFile: WEIGHTS,
    license: 'mit',
  },
} as const satisfies Readonly<Record<string, ModelEntry>>;

/** A model of files that the visitor opened or trained: of no site, so that nothing fetches it and no link leads to it. */
function local<Kind extends PageModelKind>(kind: Kind): ModelEntry & { readonly kind: Kind } {
  const none = { bytes: 0, files: [], weightsFile: '', license: '' };
  return { name: 'local', kind, languages: BOTH, ...none };
}
export const LOCAL_MODELS = {
  'local-encoder': local('encoder'),
  'local-decoder': local('causalLM'),
  'local-pair': local('seq2seqLM'),
};
export type LocalId = keyof typeof LOCAL_MODELS;
/** A model of the site. */
export type ServedId = keyof typeof MODELS;
export type Entries = typeof MODELS & typeof LOCAL_MODELS;
export type ModelId = keyof Entries;

/** The ids of the models of a kind. */
export type ModelIdOf<Kind extends PageModelKind> = {
  [Id in ModelId]: Entries[Id]['kind'] extends Kind ? Id : never;
}[ModelId];

export const MODEL_IDS = Object.keys(MODELS) as readonly ServedId[];

/** The entry of a model. */
export function modelEntry(id: ModelId): ModelEntry {
  return { ...MODELS, ...LOCAL_MODELS }[id];
}
