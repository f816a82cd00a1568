const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const BEFORE = '[^\\r\\n\\p{L}\\p{N}]?';
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const CASED_REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** How GPT-2 splits texts into words. */
export const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** How Qwen2 splits texts into words. */
export const QWEN2_PATTERN = `${CONTRACTIONS}|${BEFORE}\\p{L}+|\\p{N}${REST}`;

/**
 * Patterns of published tokenizers. Each takes time in proportion to the text, so JavaScript's engine runs them; all other patterns run
 * with a limit of steps.
 */
export const PUBLISHED_PATTERNS: ReadonlySet<string> = new Set([
  GPT2_PATTERN,
  // Llama 3; GPT-4; Qwen2; DeepSeek's distilled models.
  `${CONTRACTIONS}|${BEFORE}\\p{L}+|\\p{N}{1,3}${REST}`,
  QWEN2_PATTERN,
  `${CONTRACTIONS}|${BEFORE}\\p{L}+|\\p{N}{1,2}${REST}`,
  `(?i:[sdmt]|ll|ve|re)|${BEFORE}\\p{L}+|\\p{N}{1,3}${REST}`,
  `'(?i:[sdmt]|ll|ve|re)|${BEFORE}\\p{L}+|\\p{N}{1,3}${REST}`,
  // GPT-4o and Llama 4; Mistral's Tekken.
  `${BEFORE}${UPPER}*${LOWER}+${CONTRACTIONS}?|${BEFORE}${UPPER}+${LOWER}*${CONTRACTIONS}?|\\p{N}{1,3}${CASED_REST}`,
  `${BEFORE}${UPPER}*${LOWER}+|${BEFORE}${UPPER}+${LOWER}*|\\p{N}${CASED_REST}`,
  // DeepSeek V2, V3 and Coder.
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
  '[一-龥぀-ゟ゠-ヿ]+',
  '[一-龥ࠀ-一가-퟿]+',
  '\\s?\\p{L}+',
  '\\s?\\p{P}+',
  // CLIP, BLOOM, Falcon.
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
  "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
  ' ?[^(\\s|[.,!?…。，、।۔،])]+',
  '[0-9][0-9][0-9]',
  // T5, XLM-R, StarCoder, SmolLM and others.
  ' {2,}',
  '\\s+',
  '\\s',
  '\\s\\s+',
  '[\\r\\n]',
  '\\d',
  '\\p{N}',
  '\\p{N}{1,3}',
  '\\p{Nd}',
  // The models of @headwise/models.
  "[A-Z]+|[a-z']",
  '[\\s\\S]',
  '▁?\\d+|▁?\\p{L}+|▁?[^▁\\d\\p{L}]',
  '▁?\\p{L}+|▁?[^▁\\p{L}]',
]);
