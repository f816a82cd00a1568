import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readTokenizerFiles } from '../../src/load/open-tokenizer.ts';
import { readSentencePieceModel } from '../../src/load/sentencepiece-model.ts';
import { ChatTemplate } from '../../src/text/chat-template.ts';
import { BoundedRegex } from '../../src/text/pieces/bounded-regex.ts';
import { RegexSyntaxError } from '../../src/text/pieces/bounded-regex-parser.ts';
import { limitWork } from '../../src/text/pieces/limits.ts';
import { translateRegex } from '../../src/text/pieces/oniguruma.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import { memoryStore } from '../../src/weights/sources/memory.ts';
import { RepositoryFiles } from '../../src/weights/sources/repository.ts';
import { byteFallbackJson, byteLevelJson, unigramJson } from '../helpers/tiny-tokenizers.ts';
import { type Chance, mutateBytes, mutateJson, mutateJsonText, mutateText } from './mutate.ts';
import { bytesOf, type FuzzInput, type FuzzReader, parsed, textOf } from './reader.ts';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url);
const zipped = (name: string) => JSON.parse(gunzipSync(readFileSync(fixture(name))).toString());

type Json = Record<string, unknown>;

const BPE = {
  type: 'BPE',
  vocab: { a: 0, b: 1, ab: 2, c: 3, ' ': 4, aa: 5 },
  merges: ['a b', 'a a'],
  unk_token: 'c',
};
const WORD_PIECE = {
  type: 'WordPiece',
  vocab: { '[UNK]': 0, '[CLS]': 1, '[SEP]': 2, a: 3, '##b': 4, 가: 5 },
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 100,
};
const UNIGRAM = {
  type: 'Unigram',
  unk_id: 0,
  vocab: [
    ['<unk>', 0],
    ['▁', -1],
    ['a', -2],
    ['ab', -2.5],
  ],
};
const MODELS = [
  BPE,
  WORD_PIECE,
  UNIGRAM,
  { type: 'WordLevel', vocab: { a: 0, '<unk>': 1 }, unk_token: '<unk>' },
];

/** The components of the conformance tests' tokenizers, which have every type with its fields. */
const PARTS = ['normalizers', 'pre-tokenizers', 'decoders', 'post-processors', 'added-tokens'].flatMap(
  (name) => {
    const found: Json[] = [];
    const collect = (value: unknown) => {
      if (typeof value !== 'object' || value === null || found.length > 80) return;
      const json = (value as Json).json ?? (value as Json).tokenizer;
      if (typeof json === 'object' && json !== null) found.push(json as Json);
      else for (const part of Object.values(value)) collect(part);
    };
    collect(zipped(`tokenizers/${name}.json.gz`));
    return found;
  },
);

const small = (json: Json): Json => ({ ...json, model: MODELS[0]! });
const TOKENIZERS: readonly Json[] = [
  ...PARTS.filter((json) => JSON.stringify({ ...json, model: null }).length < 4000).map(small),
  ...MODELS.map((model) => ({ model })),
  { ...small(unigramJson()), model: UNIGRAM },
  { ...small(byteLevelJson()) },
  { ...small(byteFallbackJson()) },
  {
    model: WORD_PIECE,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  },
  {
    model: BPE,
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: '\\p{L}+|(?<!a)b++|[^\\s&&[^a]]*?' },
      behavior: 'Isolated',
      invert: false,
    },
  },
];

const LETTERS = [
  'a',
  'b',
  'ab',
  'aaaaaaaaaaaaaaaa',
  ' ',
  '  ',
  '\n',
  '가',
  '힣',
  'é',
  'e\u0301',
  '\u0327',
  '😀',
  '[CLS]',
  '1',
  '!',
  '\0',
  '\ud800',
  'ﷺ',
  'A',
  '▁',
];
const CONFIGS: readonly Json[] = [
  {},
  { tokenizer_class: 'BertTokenizer', do_lower_case: true, model_max_length: 512 },
  {
    tokenizer_class: 'GPT2TokenizerFast',
    add_prefix_space: true,
    added_tokens_decoder: { 3: { content: '<x>', special: true, lstrip: false } },
    bos_token: '<s>',
    eos_token: { content: '</s>', lstrip: true },
    additional_special_tokens: ['<a>', '<b>'],
    clean_up_tokenization_spaces: true,
  },
];

function someText(chance: Chance): string {
  let text = '';
  for (let count = chance.below(12); count > 0; count--)
    text += chance.of(LETTERS).repeat(chance.below(40) === 0 ? 500 : 1);
  return text;
}

const tokenizer: FuzzReader = {
  name: 'tokenizer.json',
  share: 4,
  fixed: ['ids'],
  input: (chance) => ({
    'tokenizer.json': mutateJsonText(chance, chance.of(TOKENIZERS)),
    'tokenizer_config.json': chance.below(3) === 0 ? mutateJsonText(chance, chance.of(CONFIGS)) : '{}',
    text: someText(chance),
    ids: JSON.stringify([0, 1, 2, 3, chance.of([0, 5, -1, 1e9, 2 ** 32 + 5])]),
  }),
  read(input) {
    const made = Tokenizer.fromFiles({
      tokenizerJson: parsed(input['tokenizer.json']),
      tokenizerConfigJson: parsed(input['tokenizer_config.json']) ?? {},
    });
    const text = textOf(input.text);
    const { ids } = made.encode(text, { pair: text.slice(3), offsets: true, maxLength: 40 });
    made.decode(made.encode(text).ids, { skipSpecialTokens: false });
    return [made.decode(ids), made.decode(parsed(input.ids) as number[])];
  },
};

const PATTERNS = [
  '(a+)+$',
  '(a|aa)*c',
  "'s|\\p{L}+|\\s+(?!\\S)",
  '[^a-c&&[b]]{1,3}?',
  '(?i:ab)|(?<=a)b',
  '(?>a*)b|\\R',
  '\\b\\w+\\b',
  '(?:a?){20}a{20}',
  '^.*$',
  '[[:alpha:]]+',
  '((a*)*)*b',
  '(?=a)a|(?!b)c',
  '(?<!a|b)c',
  'a{2,}+',
];
const pattern: FuzzReader = {
  name: 'patterns',
  share: 2,
  input: (chance) => ({
    pattern: mutateText(chance, chance.of(PATTERNS) + (chance.below(2) === 0 ? chance.of(PATTERNS) : '')),
    text: someText(chance) + 'a'.repeat(chance.below(60)),
  }),
  read(input) {
    const text = textOf(input.text).replace(/\p{Surrogate}/gu, '\ufffd');
    limitWork(text.length);
    let regex: BoundedRegex;
    try {
      regex = new BoundedRegex(translateRegex(textOf(input.pattern), 'pattern').source);
    } catch (error) {
      if (error instanceof RegexSyntaxError) return undefined;
      throw error;
    }
    let count = 0;
    for (let from = 0; from <= text.length; from = Math.max(from + 1, regex.end), count++)
      if (regex.find(text, from) < 0) break;
    return count;
  },
};

const jinja = JSON.parse(readFileSync(fixture('chat-templates/jinja.json'), 'utf8'));
const SOURCES: string[] = [];
const collectSources = (value: unknown): void => {
  if (typeof value === 'string' && /\{[{%]/.test(value) && value.length < 3000) SOURCES.push(value);
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) collectSources(part);
};
collectSources(jinja);
SOURCES.push(
  '{% for a in range(100000) %}{% for b in range(100000) %}{{ a ~ b }}{% endfor %}{% endfor %}',
  "{{ 'a' * 10**9 }}{{ [1] * 10**9 }}{{ 'x'|center(10**9) }}",
  '{% macro m(n) %}{{ m(n + 1) }}{{ m(n) }}{% endmacro %}{{ m(0) }}',
  "{% set ns = namespace(t='ab') %}{% for i in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}",
  "{{ messages|map('upper')|join('a' * 100000)|replace('', 'b' * 1000)|indent(100000) }}",
  "{{ '%1000000000s' % 'a' }}{{ '{:999999}'.format('a') }}",
);
const MESSAGES: readonly Json[] = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: [{ type: 'text', text: '가' }] },
  { role: 'tool', content: null, tool_calls: [{ function: { name: 'f', arguments: { a: 1.5 } } }] },
];
const template: FuzzReader = {
  name: 'chat templates',
  share: 2,
  input: (chance) => ({
    template: mutateText(
      chance,
      chance.below(3) > 0 ? chance.of(SOURCES) : chance.of(SOURCES) + chance.of(SOURCES),
    ),
    messages: JSON.stringify(chance.below(3) === 0 ? mutateJson(chance, MESSAGES) : MESSAGES),
  }),
  read: (input) => ChatTemplate.fromSource(textOf(input.template)).render(parsed(input.messages) as never),
};

const parts = JSON.parse(readFileSync(fixture('tokenizer-parts.json'), 'utf8')).cases as {
  class: string;
  files: Record<string, string>;
}[];
const decoded = parts.map(({ class: name, files }) => ({
  name,
  files: Object.fromEntries(
    Object.entries(files).map(([file, content]) => {
      const isBinary = /\.(?:model|spm)$/.test(file);
      return [file, isBinary ? new Uint8Array(Buffer.from(content, 'base64')) : String(content)];
    }),
  ) as Record<string, Uint8Array | string>,
}));
const vocabularies: FuzzReader = {
  name: 'vocabulary files',
  share: 2,
  input: (chance) => {
    const files: Record<string, Uint8Array | string> = { ...chance.of(decoded).files };
    const names = Object.keys(files);
    const name = names.length === 0 ? 'vocab.txt' : chance.of(names);
    const content = files[name] ?? 'a\nb\n';
    if (content instanceof Uint8Array) files[name] = mutateBytes(chance, content);
    else if (/\.json$/.test(name)) files[name] = mutateJsonText(chance, parsed(content) ?? {});
    else files[name] = mutateText(chance, content);
    return { ...files, text: someText(chance) };
  },
  async read({ text, ...files }: FuzzInput) {
    const repository = new RepositoryFiles(memoryStore(files));
    const made = Tokenizer.fromFiles(await readTokenizerFiles(repository, {}));
    return made.decode(made.encode(textOf(text)).ids);
  },
};

const models = decoded.flatMap(({ files }) =>
  Object.values(files).filter((file) => file instanceof Uint8Array),
);
const sentencePiece: FuzzReader = {
  name: 'SentencePiece',
  input: (chance) => ({ model: mutateBytes(chance, chance.of(models)) }),
  read: (input) => readSentencePieceModel(bytesOf(input.model), 'tokenizer.model'),
};

export const textReaders: readonly FuzzReader[] = [
  tokenizer,
  pattern,
  template,
  vocabularies,
  ...(models.length > 0 ? [sentencePiece] : []),
];
