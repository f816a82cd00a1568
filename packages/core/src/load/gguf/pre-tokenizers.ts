import { ConfigError } from '../../errors.ts';

/** How a text is cut before byte-level BPE, in the words of tokenizer.json. */
export interface PreTokenization {
  readonly normalizer: object | null;
  readonly preTokenizer: object;
  /** Whether a piece that is a token as it is does not go through the merges. */
  readonly ignoreMerges: boolean;
  /** Whether a text begins with the token `bos`, unless the file says. */
  readonly addBos: boolean;
}

const byteLevel = (regex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: regex,
});
const splitBy = (regex: string) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false },
    byteLevel(false),
  ],
});

const GPT2: PreTokenization = {
  normalizer: null,
  preTokenizer: byteLevel(true),
  ignoreMerges: false,
  addBos: false,
};

const WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
const REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

const LLAMA3: PreTokenization = {
  normalizer: null,
  preTokenizer: splitBy(`${WORDS}|\\p{N}{1,3}${REST}`),
  ignoreMerges: true,
  addBos: true,
};

const QWEN2: PreTokenization = {
  normalizer: { type: 'NFC' },
  preTokenizer: splitBy(`${WORDS}|\\p{N}${REST}`),
  ignoreMerges: false,
  addBos: false,
};

const SMOLLM: PreTokenization = {
  ...GPT2,
  preTokenizer: {
    type: 'Sequence',
    // Not `Digits`, which the library takes for the ten of ASCII alone.
    pretokenizers: [
      { type: 'Split', pattern: { Regex: '\\p{N}' }, behavior: 'Isolated', invert: false },
      byteLevel(true),
    ],
  },
};

const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const BEFORE = '[^\\r\\n\\p{L}\\p{N}]?';

const TEKKEN: PreTokenization = {
  normalizer: null,
  preTokenizer: splitBy(
    `${BEFORE}${UPPER}*${LOWER}+|${BEFORE}${UPPER}+${LOWER}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ),
  ignoreMerges: true,
  addBos: true,
};

/** GPT-4o's and Llama 4's: Tekken's words with contractions, and up to three digits. */
const GPT4O: PreTokenization = {
  normalizer: null,
  preTokenizer: splitBy(
    `${BEFORE}${UPPER}*${LOWER}+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|${BEFORE}${UPPER}+${LOWER}*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ),
  ignoreMerges: false,
  addBos: false,
};

const isolated = (...patterns: string[]) =>
  patterns.map((regex) => ({
    type: 'Split',
    pattern: { Regex: regex },
    behavior: 'Isolated',
    invert: false,
  }));

/** DeepSeek Coder's: lines, words, punctuation, Chinese and Korean, single digits. */
const DEEPSEEK_CODER: PreTokenization = {
  ...GPT2,
  preTokenizer: {
    type: 'Sequence',
    pretokenizers: [
      ...isolated('[\r\n]', '\\s?\\p{L}+', '\\s?\\p{P}+', '[一-龥ࠀ-一가-\ud7ff]+', '\\p{N}'),
      byteLevel(false),
    ],
  },
};

/** Falcon's: runs of punctuation, GPT-2's words, and numbers of at most three digits. */
const FALCON: PreTokenization = {
  ...GPT2,
  preTokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Punctuation', behavior: 'Contiguous' },
      byteLevel(true),
      { type: 'Digits', individual_digits: false },
      ...isolated('[0-9][0-9][0-9]'),
    ],
  },
};

const named = (kind: PreTokenization, ...names: string[]) => names.map((name) => [name, kind] as const);

/**
 * By what `tokenizer.ggml.pre` calls them: the names that llama.cpp knows for these patterns, which are those of the models' own
 * tokenizer.json. Among them are the Korean models A.X (`a.x-4.0`), Midm (`midm-2.0`), KORMo (`kormo`), Trillion, and EXAONE.
 */
const KINDS: ReadonlyMap<string, PreTokenization> = new Map([
  ...named(
    GPT2,
    'gpt-2',
    'gpt2',
    'olmo',
    'phi-2',
    'mpt',
    'jais',
    'gigachat',
    'mellum',
    'a.x-4.0',
    'trillion',
  ),
  ...named(
    GPT2,
    'jina-es',
    'jina-de',
    'jina-v2-es',
    'jina-v2-de',
    'granite-docling',
    'exaone4',
    'modern-bert',
  ),
  ...named(
    LLAMA3,
    'llama-bpe',
    'llama3',
    'llama-v3',
    'falcon3',
    'falcon-h1',
    'pixtral',
    'midm-2.0',
    'lfm2',
    'jina-v5-nano',
  ),
  ...named({ ...LLAMA3, ignoreMerges: false, addBos: false }, 'dbrx', 'smaug-bpe'),
  ...named(QWEN2, 'qwen2', 'deepseek-r1-qwen', 'kormo', 'f2llmv2', 'megrez'),
  ...named({ ...QWEN2, normalizer: null }, 'stablelm2', 'hunyuan', 'solar-open'),
  ...named(SMOLLM, 'smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone', 'minerva-7b'),
  ...named(GPT4O, 'gpt-4o', 'llama4', 'kanana2', 'talkie'),
  ...named(TEKKEN, 'tekken'),
  ...named(DEEPSEEK_CODER, 'deepseek-coder'),
  ...named(FALCON, 'falcon'),
]);

/** Throws `ConfigError` for a way that Headwise does not know. */
export function preTokenizationOf(name: string): PreTokenization {
  const kind = KINDS.get(name);
  if (kind) return kind;
  throw new ConfigError(
    `GGUF: tokenizer.ggml.pre must be one of ${[...KINDS.keys()].join(', ')}, got ${JSON.stringify(name)}`,
  );
}
