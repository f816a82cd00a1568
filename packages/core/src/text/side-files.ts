import { isObject, tokenizerError } from './json/component.ts';

/** Classes whose tokenizer transformers makes as BERT's, from the vocabulary of tokenizer.json and the options of tokenizer_config.json. */
const BERT_CLASSES = [
  'BertTokenizer',
  'DistilBertTokenizer',
  'ElectraTokenizer',
  'MobileBertTokenizer',
  'RetriBertTokenizer',
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

type Json = Record<string, unknown>;

/**
 * tokenizer.json with what tokenizer_config.json changes of it when transformers loads them (5.17, `tokenization_utils_tokenizers.py` and
 * the tokenizers' own classes): the normalizer of BERT's classes, `add_prefix_space` of those with byte-level BPE, tokens of
 * `added_tokens_decoder`, and named and additional special tokens. `add_bos_token` and `add_eos_token` have no effect, as there: the
 * post-processor of tokenizer.json decides.
 *
 * Throws `FormatError` for values of the wrong type.
 */
export function applySideFiles(tokenizerJson: Json, config: Json): Json {
  const json = { ...tokenizerJson };
  const name = typeof config.tokenizer_class === 'string' ? config.tokenizer_class.replace(/Fast$/, '') : '';
  const model = isObject(json.model) ? json.model : {};
  if (BERT_CLASSES.includes(name) && model.type === 'WordPiece') {
    json.normalizer = {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: flag(config, 'tokenize_chinese_chars', true),
      strip_accents: config.strip_accents === undefined ? null : config.strip_accents,
      lowercase: flag(config, 'do_lower_case', true),
    };
  }
  if (BYTE_LEVEL_CLASSES.includes(name) && model.type === 'BPE') {
    json.pre_tokenizer = withPrefixSpace(json.pre_tokenizer, flag(config, 'add_prefix_space', false));
  }
  json.added_tokens = addedTokens(json, config);
  return json;
}

function flag(config: Json, name: string, otherwise: boolean): boolean {
  const value = config[name] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw tokenizerError(`${name} in tokenizer_config.json must be a boolean, got ${JSON.stringify(value)}`);
}

function withPrefixSpace(preTokenizer: unknown, add: boolean): unknown {
  if (!isObject(preTokenizer)) return preTokenizer;
  if (preTokenizer.type === 'ByteLevel') return { ...preTokenizer, add_prefix_space: add };
  const { pretokenizers: parts } = preTokenizer;
  if (!Array.isArray(parts)) return preTokenizer;
  return { ...preTokenizer, pretokenizers: parts.map((part) => withPrefixSpace(part, add)) };
}

/** The added tokens of tokenizer.json, and after them those of the configuration that are not among them, which get the next free ids. */
function addedTokens(json: Json, config: Json): unknown {
  const listed = json.added_tokens ?? [];
  if (!Array.isArray(listed)) return listed;
  const known = new Set(listed.map((token) => (isObject(token) ? token.content : undefined)));
  const added: Json[] = [];
  const add = (token: Json) => {
    if (token.content === '' || known.has(token.content)) return;
    known.add(token.content);
    added.push(token);
  };
  for (const token of decoderTokens(config.added_tokens_decoder)) add(token);
  for (const name of NAMED_TOKENS) if (config[name] != null) add(specialToken(config[name], name));
  for (const name of ['additional_special_tokens', 'extra_special_tokens']) {
    const value = config[name] ?? [];
    const tokens: unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [value];
    for (const token of tokens) add(specialToken(token, name));
  }
  if (added.length === 0) return listed;
  return [...listed, ...added.map((token) => ({ id: 0, ...token }))];
}

/** `added_tokens_decoder`: tokens by id, in the order of their ids. */
function decoderTokens(decoder: unknown): Json[] {
  if (decoder === undefined || decoder === null) return [];
  if (!isObject(decoder))
    throw tokenizerError('added_tokens_decoder in tokenizer_config.json must be an object');
  const entries = Object.entries(decoder).sort(([a], [b]) => Number(a) - Number(b));
  return entries.map(([id, token]) => {
    if (!isObject(token) || typeof token.content !== 'string')
      throw tokenizerError(`added_tokens_decoder[${id}] in tokenizer_config.json must have a content`);
    return readFlags(token, token.special === true);
  });
}

/** A special token: a string, or an object with `content` and flags. */
function specialToken(value: unknown, name: string): Json {
  if (typeof value === 'string') return readFlags({ content: value }, true);
  if (isObject(value) && typeof value.content === 'string') return readFlags(value, true);
  throw tokenizerError(
    `${name} in tokenizer_config.json must be a string or have a content, got ${JSON.stringify(value)}`,
  );
}

function readFlags(token: Json, special: boolean): Json {
  const { content, single_word = false, lstrip = false, rstrip = false, normalized = !special } = token;
  return { content, single_word, lstrip, rstrip, normalized, special };
}
