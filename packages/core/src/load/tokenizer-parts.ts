import { ConfigError, type LoadError } from '../errors.ts';
import { isObject, tokenizerError } from '../text/json/component.ts';
import type { TokenizerFiles } from '../text/tokenizer.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { BACKEND } from './plain-tokenizer.ts';
import { makeTokenizer, sentencePieceParts } from './tokenizer-classes/index.ts';
import { pythonTokenizer } from './tokenizer-classes/python.ts';
import { contentOf, type Json } from './tokenizer-template.ts';
import * as vocabularies from './tokenizer-vocabularies.ts';

/** The files that each class is made from, by its name without `Fast`. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  BertTokenizer: ['vocab.txt'],
  MPNetTokenizer: ['vocab.txt'],
  ...Object.fromEntries(
    ['GPT2', 'CodeGen', 'Roberta', 'Deberta', 'GPTNeoX', 'Qwen2', 'Cohere'].map((name) => [
      `${name}Tokenizer`,
      ['vocab.json', 'merges.txt'],
    ]),
  ),
  ...Object.fromEntries(
    ['T5', 'Albert', 'BigBird', 'XLNet', 'Pegasus'].map((name) => [`${name}Tokenizer`, ['spiece.model']]),
  ),
  ...Object.fromEntries(
    ['XLMRoberta', 'Camembert', 'Barthez', 'MBart', 'MBart50', 'Nllb'].map((name) => [
      `${name}Tokenizer`,
      ['sentencepiece.bpe.model'],
    ]),
  ),
  RemBertTokenizer: ['sentencepiece.model'],
  DebertaV2Tokenizer: ['spm.model'],
  LlamaTokenizer: ['tokenizer.model'],
  CodeLlamaTokenizer: ['tokenizer.model'],
  GemmaTokenizer: ['tokenizer.model'],
  [BACKEND]: ['tokenizer.model'],
  MarianTokenizer: ['source.spm', 'target.spm', 'vocab.json'],
  M2M100Tokenizer: ['vocab.json', 'sentencepiece.bpe.model'],
};

/** Classes that run SentencePiece itself, whatever tokenizer.json says. */
export const PYTHON_CLASSES: readonly string[] = ['MarianTokenizer', 'M2M100Tokenizer'];

/** Files that only tokenizers have. */
const VOCABULARY_FILES = [
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'spiece.model',
  'sentencepiece.bpe.model',
  'sentencepiece.model',
  'spm.model',
  'source.spm',
  'target.spm',
];

/** Classes without a fast tokenizer, and what they need. */
const NEEDS: Readonly<Record<string, string>> = {
  BertJapaneseTokenizer: 'it needs MeCab or Sudachi to split words',
  PhobertTokenizer: 'it needs words split by VnCoreNLP',
};

/**
 * The tokenizer of a repository without tokenizer.json, made from the vocabulary files that it has instead, as the class `name` of transformers 5.17
 * makes it. If the class is not known here or its files are missing, onnx/tokenizer.json is used. `missing` is the error for tokenizer.json.
 *
 * Rejects with `missing` if there are no files of a tokenizer at all, with `ConfigError` if they cannot be used, and with `FormatError`.
 */
export async function readTokenizerParts(
  files: RepositoryFiles,
  name: string,
  tokenizerConfigJson: unknown,
  folder: string,
  missing: LoadError,
): Promise<TokenizerFiles> {
  const config = isObject(tokenizerConfigJson) ? tokenizerConfigJson : {};
  const made = config.auto_map === undefined && (await fromParts(files, name, config, folder));
  if (made) return made;
  const onnx = `${folder}onnx/`;
  if (await files.has(`${onnx}tokenizer.json`)) {
    const found = tokenizerConfigJson ?? (await files.optionalJson(`${onnx}tokenizer_config.json`));
    const tokenizerJson = await files.json(`${onnx}tokenizer.json`);
    return { tokenizerJson, ...(found !== undefined && { tokenizerConfigJson: found }) };
  }
  const present = await filter(VOCABULARY_FILES, (file) => files.has(`${folder}${file}`));
  if (present.length === 0) throw missing;
  throw new ConfigError(
    `${files.location} has ${present.join(', ')} but no tokenizer.json, and ${reasonFor(name)}; make tokenizer.json with AutoTokenizer.from_pretrained(…).save_pretrained(…) in Python, where the class has a fast tokenizer`,
  );
}

function reasonFor(name: string): string {
  if (name === BACKEND) return 'its tokenizer class is not named in tokenizer_config.json';
  if (Object.hasOwn(FILES, name)) return `its class ${name} needs ${FILES[name]!.join(' and ')}`;
  const needs = Object.hasOwn(NEEDS, name) ? `: ${NEEDS[name]}` : '';
  return `its tokenizer class ${name} is not one that can be read from them${needs}`;
}

/** The tokenizer of a class from its own files; undefined if the class is not known here, or a file is missing. */
export async function fromParts(
  files: RepositoryFiles,
  name: string,
  given: Json,
  folder: string,
): Promise<TokenizerFiles | undefined> {
  const named = Object.hasOwn(FILES, name) ? FILES[name]! : [];
  const path = (file: string) => `${folder}${file}`;
  // As there, tokenizer.model comes before the file that the class names.
  const general =
    named.length === 1 && /\.model$/.test(named[0]!) && (await files.has(path('tokenizer.model')));
  const own = general ? ['tokenizer.model'] : named;
  if (own.length === 0 || !(await hasAll(files, folder, own))) return undefined;
  const config = {
    clean_up_tokenization_spaces: false,
    ...given,
    ...(given.added_tokens_decoder ? {} : await addedTokensOf(files, folder, given)),
  };
  if (PYTHON_CLASSES.includes(name)) {
    return pythonTokenizer(name, files, path, config);
  }
  const [first = ''] = own;
  if (first === 'vocab.txt') {
    const vocab = vocabularies.readLines(await files.text(path(first)));
    return makeTokenizer(name, { vocab, added: [], postProcessor: undefined }, config);
  }
  if (first === 'vocab.json') {
    const vocab = vocabularies.readVocabulary(await files.json(path(first)));
    const merges = vocabularies.readMerges(await files.text(path('merges.txt')));
    return makeTokenizer(name, { vocab, merges, added: [], postProcessor: undefined }, config);
  }
  return sentencePieceParts(name, await files.bytes(path(first)), path(first), config);
}

async function hasAll(files: RepositoryFiles, folder: string, names: readonly string[]): Promise<boolean> {
  return (await filter(names, (name) => files.has(`${folder}${name}`))).length === names.length;
}

async function filter(names: readonly string[], test: (name: string) => Promise<boolean>): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) if (await test(name)) found.push(name);
  return found;
}

/**
 * added_tokens.json beside tokenizer.json as `added_tokens_decoder`, with the added tokens of tokenizer.json, which take the place of those with the
 * same ids (`PreTrainedTokenizerBase._from_pretrained` of transformers 5.17).
 */
export function addedTokensBeside(json: unknown, config: Json, tokenizerJson: unknown): Json {
  const listed =
    isObject(tokenizerJson) && Array.isArray(tokenizerJson.added_tokens) ? tokenizerJson.added_tokens : [];
  const own = listed.filter(isObject).map((token) => [String(token.id), token] as const);
  return { added_tokens_decoder: { ...addedTokens(json, config), ...Object.fromEntries(own) } };
}

/** added_tokens.json as `added_tokens_decoder`, which takes its place where both exist. */
export async function addedTokensOf(files: RepositoryFiles, folder: string, config: Json): Promise<Json> {
  const json = await files.optionalJson(`${folder}added_tokens.json`);
  return json === undefined ? {} : { added_tokens_decoder: addedTokens(json, config) };
}

/** The tokens of added_tokens.json by id. */
function addedTokens(json: unknown, config: Json): Json {
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
  return Object.fromEntries(entries);
}
