/** Tokenizers by kind of model: MiniLM's, GPT-2's, Qwen3's, and the one of this repository's Korean encoder. */
export const tokenizers = {
  minilm: 'WordPiece (MiniLM)',
  gpt2: 'BPE (GPT-2)',
  qwen3: 'BPE (Qwen3)',
  'ko-student': 'Unigram (ko-student)',
} as const;
export type TokenizerName = keyof typeof tokenizers;

/** A text to token ids and, where the engine has them, character offsets. The output is the ids. */
export interface TokenizeWork {
  readonly kind: 'tokenize';
  readonly tokenizer: TokenizerName;
  /** Length of the text in UTF-8. */
  readonly bytes: number;
}

/** Length of the measured text: 1 MB. */
export const textBytes = 1_000_000;

/** Pairs of a text in two languages, one a line and repeated, up to `bytes` in UTF-8. */
export function mixedText(pairs: readonly (readonly [string, string])[], bytes: number): string {
  const encoder = new TextEncoder();
  let text = '';
  let length = 0;
  for (let i = 0; ; i = (i + 1) % pairs.length) {
    const lines = `${pairs[i]!.join('\n')}\n`;
    length += encoder.encode(lines).length;
    if (length > bytes) return text;
    text += lines;
  }
}
