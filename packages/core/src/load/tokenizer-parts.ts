import { ConfigError, type LoadError } from '../errors.ts';
import { isObject, tokenizerError } from '../text/json/component.ts';
import type { TokenizerFiles } from '../text/tokenizer.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { contentOf, type Json } from './tokenizer-template.ts';

/**
 * The tokenizer of a repository without tokenizer.json, made from the vocabulary files that it has instead, as `AutoTokenizer` of
 * transformers 5.17 makes it: the class is `tokenizer_class` of tokenizer_config.json or config.json, else that of `model_type`. If the class
 * is not known here or its files are missing, onnx/tokenizer.json is used. `missing` is the error for tokenizer.json.
 *
 * Rejects with `missing` if there are no files of a tokenizer at all, with `ConfigError` if they cannot be used, and with `FormatError`.
 */
export async function readTokenizerParts(
  files: RepositoryFiles,
  configJson: unknown,
  tokenizerConfigJson: unknown,
  folder: string,
  missing: LoadError,
): Promise<TokenizerFiles> {
  const config = isObject(tokenizerConfigJson) ? tokenizerConfigJson : {};
  const name = classOf(config, isObject(configJson) ? configJson : {});
  const known = name !== undefined && Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined;
  const own = known && config.auto_map === undefined && (await hasAll(files, folder, known.files));
  if (own) {
    const added = await addedTokens(files, folder, config);
    const options = { ...known.tokens, clean_up_tokenization_spaces: false, ...config, ...added };
    return known.read((file) => `${folder}${file}`, files, options);
  }
  const onnx = `${folder}onnx/`;
  if (await files.has(`${onnx}tokenizer.json`)) {
    const found = tokenizerConfigJson ?? (await files.optionalJson(`${onnx}tokenizer_config.json`));
    const tokenizerJson = await files.json(`${onnx}tokenizer.json`);
    return { tokenizerJson, ...(found !== undefined && { tokenizerConfigJson: found }) };
  }
  const present = await filter(VOCABULARY_FILES, (file) => files.has(`${folder}${file}`));
  if (present.length === 0) throw missing;
  const expected = known
    ? `its class ${name} needs ${known.files.join(' and ')}`
    : `its tokenizer class ${name === undefined ? 'is not named in tokenizer_config.json' : `${name} is not one that can be read from them`}`;
  throw new ConfigError(
    `${files.location} has ${present.join(', ')} but no tokenizer.json, and ${expected}; make tokenizer.json with AutoTokenizer.from_pretrained(…).save_pretrained(…) in Python, where the class has a fast tokenizer`,
  );
}

interface Family {
  /** The files that it is made from. */
  readonly files: readonly string[];
  /** Its special tokens where tokenizer_config.json names no other. */
  readonly tokens: Json;
  read(path: (file: string) => string, files: RepositoryFiles, options: Json): Promise<TokenizerFiles>;
}

const BERT_TOKENS = {
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};
const ROBERTA_TOKENS = {
  bos_token: '<s>',
  eos_token: '</s>',
  unk_token: '<unk>',
  sep_token: '</s>',
  pad_token: '<pad>',
  cls_token: '<s>',
  mask_token: '<mask>',
};
const GPT2_TOKENS = {
  bos_token: '<|endoftext|>',
  eos_token: '<|endoftext|>',
  unk_token: '<|endoftext|>',
};

const wordPiece = (name: string, tokens: Json): Family => ({
  files: ['vocab.txt'],
  tokens,
  read: async (path, files, options) =>
    (await import('./tokenizer-vocabularies.ts')).wordPieceTokenizer(
      name,
      await files.text(path('vocab.txt')),
      options,
    ),
});

const byteLevel = (name: string, tokens: Json): Family => ({
  files: ['vocab.json', 'merges.txt'],
  tokens,
  read: async (path, files, options) =>
    (await import('./tokenizer-vocabularies.ts')).byteLevelTokenizer(
      name,
      await files.json(path('vocab.json')),
      await files.text(path('merges.txt')),
      options,
    ),
});

const sentencePiece = (name: string, file: string, tokens: Json): Family => ({
  files: [file],
  tokens,
  read: async (path, files, options) =>
    (await import('./sentencepiece-classes.ts')).sentencePieceTokenizer(
      name,
      await files.bytes(path(file)),
      path(file),
      options,
    ),
});

/** The classes that can be read, by their names without `Fast`. */
const FAMILIES: Readonly<Record<string, Family>> = {
  BertTokenizer: wordPiece('BertTokenizer', BERT_TOKENS),
  MPNetTokenizer: wordPiece('MPNetTokenizer', {
    ...ROBERTA_TOKENS,
    unk_token: '[UNK]',
    mask_token: { content: '<mask>', lstrip: true, normalized: true },
  }),
  GPT2Tokenizer: byteLevel('GPT2Tokenizer', GPT2_TOKENS),
  RobertaTokenizer: byteLevel('RobertaTokenizer', ROBERTA_TOKENS),
  T5Tokenizer: sentencePiece('T5Tokenizer', 'spiece.model', {
    eos_token: '</s>',
    unk_token: '<unk>',
    pad_token: '<pad>',
  }),
  AlbertTokenizer: sentencePiece('AlbertTokenizer', 'spiece.model', {
    ...BERT_TOKENS,
    bos_token: '[CLS]',
    eos_token: '[SEP]',
    unk_token: '<unk>',
    pad_token: '<pad>',
  }),
  XLMRobertaTokenizer: sentencePiece('XLMRobertaTokenizer', 'sentencepiece.bpe.model', ROBERTA_TOKENS),
  CamembertTokenizer: sentencePiece('CamembertTokenizer', 'sentencepiece.bpe.model', {
    ...ROBERTA_TOKENS,
    mask_token: { content: '<mask>', lstrip: true },
    additional_special_tokens: ['<s>NOTUSED', '</s>NOTUSED', '<unk>NOTUSED'],
  }),
  DebertaV2Tokenizer: sentencePiece('DebertaV2Tokenizer', 'spm.model', {
    ...BERT_TOKENS,
    bos_token: '[CLS]',
    eos_token: '[SEP]',
  }),
  LlamaTokenizer: sentencePiece('LlamaTokenizer', 'tokenizer.model', {
    bos_token: '<s>',
    eos_token: '</s>',
    unk_token: '<unk>',
  }),
};

/** Other names of the classes. */
const ALIASES: Readonly<Record<string, string>> = {
  DistilBertTokenizer: 'BertTokenizer',
  ElectraTokenizer: 'BertTokenizer',
  MobileBertTokenizer: 'BertTokenizer',
  SqueezeBertTokenizer: 'BertTokenizer',
  ConvBertTokenizer: 'BertTokenizer',
  BartTokenizer: 'RobertaTokenizer',
  LongformerTokenizer: 'RobertaTokenizer',
  LEDTokenizer: 'RobertaTokenizer',
};

/** Classes by `model_type` (transformers' `TOKENIZER_MAPPING_NAMES`), of the models that Headwise runs. */
const BY_MODEL_TYPE: Readonly<Record<string, string>> = {
  bert: 'BertTokenizer',
  distilbert: 'BertTokenizer',
  electra: 'BertTokenizer',
  nomic_bert: 'BertTokenizer',
  mpnet: 'MPNetTokenizer',
  roberta: 'RobertaTokenizer',
  bart: 'RobertaTokenizer',
  gpt2: 'GPT2Tokenizer',
  gpt_neo: 'GPT2Tokenizer',
  gptj: 'GPT2Tokenizer',
  opt: 'GPT2Tokenizer',
  phi: 'GPT2Tokenizer',
  qwen2: 'Qwen2Tokenizer',
  qwen3: 'Qwen2Tokenizer',
  albert: 'AlbertTokenizer',
  camembert: 'CamembertTokenizer',
  'xlm-roberta': 'XLMRobertaTokenizer',
  'deberta-v2': 'DebertaV2Tokenizer',
  t5: 'T5Tokenizer',
  mt5: 'T5Tokenizer',
  mbart: 'MBartTokenizer',
  marian: 'MarianTokenizer',
  m2m_100: 'M2M100Tokenizer',
  pegasus: 'PegasusTokenizer',
};
/** Types of which transformers takes no class from the repository. */
const HUB_CLASS_IGNORED = ['qwen2', 'phi3', 'modernbert'];

/** Files that only tokenizers have. */
const VOCABULARY_FILES = [
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'spiece.model',
  'sentencepiece.bpe.model',
  'spm.model',
  'source.spm',
  'target.spm',
];

function classOf(config: Json, configJson: Json): string | undefined {
  const type = typeof configJson.model_type === 'string' ? configJson.model_type : '';
  const registered = Object.hasOwn(BY_MODEL_TYPE, type) ? BY_MODEL_TYPE[type] : undefined;
  const named = config.tokenizer_class ?? configJson.tokenizer_class;
  if (named !== undefined && named !== null && typeof named !== 'string') {
    throw tokenizerError(`tokenizer_class must be a string, got ${JSON.stringify(named)}`);
  }
  const name = HUB_CLASS_IGNORED.includes(type) ? registered : (named ?? registered);
  const short = name?.replace(/Fast$/, '');
  return short !== undefined && Object.hasOwn(ALIASES, short) ? ALIASES[short] : short;
}

async function hasAll(files: RepositoryFiles, folder: string, names: readonly string[]): Promise<boolean> {
  return (await filter(names, (name) => files.has(`${folder}${name}`))).length === names.length;
}

async function filter(names: readonly string[], test: (name: string) => Promise<boolean>): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) if (await test(name)) found.push(name);
  return found;
}

/** added_tokens.json as `added_tokens_decoder`, which takes its place where both exist. */
async function addedTokens(files: RepositoryFiles, folder: string, config: Json): Promise<Json> {
  const json = config.added_tokens_decoder
    ? undefined
    : await files.optionalJson(`${folder}added_tokens.json`);
  if (json === undefined) return {};
  if (!isObject(json)) throw tokenizerError('added_tokens.json must be an object');
  const extra = [config.additional_special_tokens, config.extra_special_tokens];
  const special = new Set(
    [...Object.entries(config).flatMap(([key, value]) => (key.endsWith('_token') ? [value] : [])), ...extra]
      .flat()
      .map(contentOf),
  );
  const entries = Object.entries(json).map(([content, id]) => {
    if (!Number.isSafeInteger(id)) throw tokenizerError(`added_tokens.json: ${content} must have an id`);
    return [id, { content, special: special.has(content) }];
  });
  return { added_tokens_decoder: Object.fromEntries(entries) };
}
