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

/** By what `tokenizer.ggml.pre` calls them. The patterns are those of the models' own tokenizer.json. */
const KINDS: ReadonlyMap<string, PreTokenization> = new Map([
  ['gpt-2', GPT2],
  ['gpt2', GPT2],
  ['olmo', GPT2],
  ['llama-bpe', LLAMA3],
  ['llama3', LLAMA3],
  ['llama-v3', LLAMA3],
  ['dbrx', { ...LLAMA3, ignoreMerges: false, addBos: false }],
  ['qwen2', QWEN2],
  ['deepseek-r1-qwen', QWEN2],
  ['smollm', SMOLLM],
  ['starcoder', SMOLLM],
  ['refact', SMOLLM],
  ['tekken', TEKKEN],
]);

/** Throws `ConfigError` for a way that Headwise does not know. */
export function preTokenizationOf(name: string): PreTokenization {
  const kind = KINDS.get(name);
  if (kind) return kind;
  throw new ConfigError(
    `GGUF: tokenizer.ggml.pre must be one of ${[...KINDS.keys()].join(', ')}, got ${JSON.stringify(name)}`,
  );
}
