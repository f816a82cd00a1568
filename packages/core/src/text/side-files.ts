import { ConfigError } from '../errors.ts';
import { BERT_TOKENS, bertComponents } from './bert-components.ts';
import { boundedTemplate } from './bounded-template.ts';
import { flag } from './config-flag.ts';
import { isObject, show, tokenizerError } from './json/component.ts';
import { typeOfModel } from './models/index.ts';

/** Classes whose tokenizer transformers makes as BERT's, from the vocabulary of tokenizer.json and the options of tokenizer_config.json. */
const BERT_CLASSES = [
  'BertTokenizer',
  'DistilBertTokenizer',
  'ElectraTokenizer',
  'MobileBertTokenizer',
  'SqueezeBertTokenizer',
  'LayoutLMTokenizer',
  'LxmertTokenizer',
];
/** Classes with byte-level BPE whose `add_prefix_space` decides; without it no space is added. */
const BYTE_LEVEL_CLASSES = [
  'GPT2Tokenizer',
  'RobertaTokenizer',
  'BartTokenizer',
  'LongformerTokenizer',
  'LEDTokenizer',
  'CodeGenTokenizer',
];
const NAMED_TOKENS = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
];

type Json = Readonly<Record<string, unknown>>;

/** tokenizer.json and tokenizer_config.json. */
interface SideFiles {
  readonly json: Json;
  readonly config: Json;
}

/**
 * tokenizer.json with what tokenizer_config.json changes of it when transformers loads them (5.17, `tokenization_utils_tokenizers.py` and the
 * tokenizers' own classes): BERT's classes take only the vocabulary and the added tokens from it, and those with byte-level BPE have their own
 * `add_prefix_space`; tokens of `added_tokens_decoder`, named and additional special tokens are added. `add_bos_token` and `add_eos_token` have no
 * effect, as there: the post-processor of tokenizer.json decides. Loaders of repositories make other classes before.
 *
 * Throws `FormatError` for values of the wrong type.
 */
export function applySideFiles(json: Json, config: Json): SideFiles {
  const name = typeof config.tokenizer_class === 'string' ? config.tokenizer_class.replace(/Fast$/, '') : '';
  const model = isObject(json.model) ? json.model : {};
  if (BERT_CLASSES.includes(name) && isObject(model.vocab)) {
    if (typeOfModel(model) !== 'WordPiece') {
      throw new ConfigError(
        `tokenizer.json has a model of type ${JSON.stringify(model.type)}, but the class ${name} needs WordPiece; PreTrainedTokenizerFast as tokenizer_class in tokenizer_config.json reads it as it is`,
      );
    }
    return asBert(json, model.vocab, config);
  }
  const isByteLevel = BYTE_LEVEL_CLASSES.includes(name) && model.type === 'BPE';
  return {
    json: {
      ...json,
      ...(isByteLevel && {
        pre_tokenizer: withPrefixSpace(json.pre_tokenizer, flag(config, 'add_prefix_space', false)),
      }),
      added_tokens: addedTokens(json, config),
    },
    config,
  };
}

/** BERT's tokenizer with a vocabulary. */
function asBert(json: Json, vocab: Json, given: Json): SideFiles {
  const config: Json = { ...BERT_TOKENS, ...given };
  const listed = given.added_tokens_decoder ? [] : json.added_tokens;
  const added = addedTokens({ added_tokens: listed }, config) as Json[];
  const known = (token: string) => (Object.hasOwn(vocab, token) ? (vocab[token] as number) : undefined);
  const ids = addedIds(added, known, Object.keys(vocab).length);
  const ending = (role: string) => {
    const value = config[role];
    const token = isObject(value) ? value.content : value;
    const id = ids.get(String(token));
    if (id === undefined) throw tokenizerError(`tokenizer_config.json must not leave out ${role}`);
    return { token: String(token), id };
  };
  return {
    config,
    json: {
      ...json,
      ...bertComponents(
        config,
        vocab,
        ending('unk_token').token,
        boundedTemplate(ending('cls_token'), ending('sep_token'), 0, 1),
      ),
      added_tokens: added,
    },
  };
}

/** Ids of added tokens: those of the vocabulary, and the next free ones. */
export function addedIds(
  added: readonly Json[],
  known: (token: string) => number | undefined,
  size: number,
): Map<string, number> {
  const ids = new Map<string, number>();
  let next = size;
  for (const { content } of added) {
    const token = String(content);
    if (!ids.has(token)) ids.set(token, known(token) ?? next++);
  }
  return ids;
}

function withPrefixSpace(preTokenizer: unknown, add: boolean): unknown {
  if (!isObject(preTokenizer)) return preTokenizer;
  if (preTokenizer.type === 'ByteLevel') return { ...preTokenizer, add_prefix_space: add };
  const { pretokenizers: parts } = preTokenizer;
  if (!Array.isArray(parts)) return preTokenizer;
  return { ...preTokenizer, pretokenizers: parts.map((part) => withPrefixSpace(part, add)) };
}

/**
 * The added tokens of tokenizer.json, as `added_tokens_decoder` has them where it has the same, and after them those of the configuration that are not
 * among them, which get the next free ids.
 */
export function addedTokens(json: Json, config: Json): unknown {
  const listed = json.added_tokens ?? [];
  if (!Array.isArray(listed)) return listed;
  const named = namedTokens(config).map(([name, value]) => specialToken(value, name));
  const names = new Set(named.map(({ content }) => content));
  const tokens = new Map<unknown, unknown>();
  for (const [index, token] of listed.entries()) tokens.set(isObject(token) ? token.content : index, token);
  for (const token of decoderTokens(config.added_tokens_decoder, names)) tokens.set(token.content, token);
  const extra = extraTokens(config);
  const others = Array.isArray(extra) ? extra.map((token) => specialToken(token, EXTRA, false)) : [];
  const known = new Set(tokens.keys());
  for (const token of [...named, ...others]) {
    if (!known.has(token.content))
      tokens.set(token.content, { ...token, special: token.special || names.has(token.content) });
  }
  tokens.delete('');
  return [...tokens.values()].map((token) => (isObject(token) ? { id: 0, ...token } : token));
}

const EXTRA = 'additional_special_tokens';

/** `extra_special_tokens`, or its older name; newer files may have them by name. */
function extraTokens(config: Json): unknown {
  const extra = ('extra_special_tokens' in config ? config.extra_special_tokens : config[EXTRA]) ?? [];
  return isObject(extra) || Array.isArray(extra) ? extra : [extra];
}

/**
 * The special tokens that have names, in the order in which transformers adds them: the usual ones, other `*_token` of tokenizer_config.json, and
 * those of `model_specific_special_tokens` and of `extra_special_tokens` as an object.
 */
export function namedTokens(config: Json): [name: string, token: unknown][] {
  const isToken = (value: unknown) =>
    typeof value === 'string' || (isObject(value) && typeof value.content === 'string');
  const own = Object.entries(config).filter(
    ([name, value]) => name.endsWith('_token') && !NAMED_TOKENS.includes(name) && isToken(value),
  );
  const { model_specific_special_tokens: specific = {} } = config;
  const extra = extraTokens(config);
  return [
    ...NAMED_TOKENS.map((name): [string, unknown] => [name, config[name]]),
    ...own,
    ...Object.entries(isObject(specific) ? specific : {}),
    ...Object.entries(isObject(extra) ? extra : {}),
  ].filter(([, token]) => token !== undefined && token !== null);
}

/** `added_tokens_decoder`: tokens by id, in the order of their ids. Those that have a name are special. */
function decoderTokens(decoder: unknown, named: ReadonlySet<unknown>): Json[] {
  if (decoder === undefined || decoder === null) return [];
  if (!isObject(decoder))
    throw tokenizerError('added_tokens_decoder in tokenizer_config.json must be an object');
  const entries = Object.entries(decoder).sort(([a], [b]) => Number(a) - Number(b));
  return entries.map(([id, token]) => {
    if (!isObject(token) || typeof token.content !== 'string')
      throw tokenizerError(`added_tokens_decoder[${id}] in tokenizer_config.json must have a content`);
    return readFlags(token, token.special === true || named.has(token.content));
  });
}

/** A special token: a string, or an object with `content` and flags. `isNamed`: whether it is special whatever an `AddedToken` says. */
function specialToken(value: unknown, name: string, isNamed = true): Json {
  if (typeof value === 'string') return readFlags({ content: value }, true);
  if (isObject(value) && typeof value.content === 'string') {
    const special = value.special ?? !('__type' in value);
    return readFlags(value, isNamed || special === true);
  }
  throw tokenizerError(
    `${name} in tokenizer_config.json must be a string or have a content, got ${show(value)}`,
  );
}

function readFlags(token: Json, special: boolean): Json {
  const { content, single_word = false, lstrip = false, rstrip = false, normalized = !special } = token;
  return { content, single_word, lstrip, rstrip, normalized, special };
}
