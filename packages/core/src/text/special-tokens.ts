/** Ids of the special tokens that the tokenizer defines. */
export interface SpecialTokens {
  readonly cls?: number;
  readonly sep?: number;
  readonly pad?: number;
  readonly mask?: number;
  readonly unk?: number;
  readonly bos?: number;
  readonly eos?: number;
}

/** Usual special tokens, for tokenizers whose tokenizer_config.json does not name them. */
export const USUAL_SPECIAL_TOKENS: Record<keyof SpecialTokens, readonly string[]> = {
  cls: ['[CLS]'],
  sep: ['[SEP]'],
  pad: ['[PAD]', '<pad>'],
  mask: ['[MASK]', '<mask>'],
  unk: ['[UNK]', '<unk>'],
  bos: ['<s>', '<|begin_of_text|>', '<|endoftext|>'],
  eos: ['</s>', '<|end_of_text|>', '<|endoftext|>'],
};

/**
 * Finds the special tokens by their names in tokenizer_config.json (`cls_token` etc., a string or an object with `content`), else the usual
 * ones among the tokens that tokenizer.json marks as special.
 */
export function findSpecialTokens(
  config: Readonly<Record<string, unknown>>,
  special: ReadonlySet<string>,
  idOf: (token: string) => number | undefined,
): SpecialTokens {
  const found: { -readonly [Key in keyof SpecialTokens]: SpecialTokens[Key] } = {};
  for (const [role, defaults] of Object.entries(USUAL_SPECIAL_TOKENS) as [
    keyof SpecialTokens,
    readonly string[],
  ][]) {
    const token = readContent(config[`${role}_token`]) ?? defaults.find((content) => special.has(content));
    const id = token === undefined ? undefined : idOf(token);
    if (id !== undefined) found[role] = id;
  }
  return found;
}

function readContent(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { content } = value as { content?: unknown };
  return typeof content === 'string' ? content : undefined;
}
