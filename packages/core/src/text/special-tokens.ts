/** Ids of the tokens that mean something to a model, where its tokeniser has them. */
export interface SpecialTokens {
  readonly cls?: number;
  readonly sep?: number;
  readonly pad?: number;
  readonly mask?: number;
  readonly unk?: number;
  readonly bos?: number;
  readonly eos?: number;
}

/** How each token is usually spelt, for tokenisers that come without a tokenizer_config.json that says so. */
const SPELLINGS: Record<keyof SpecialTokens, readonly string[]> = {
  cls: ['[CLS]'],
  sep: ['[SEP]'],
  pad: ['[PAD]', '<pad>'],
  mask: ['[MASK]', '<mask>'],
  unk: ['[UNK]', '<unk>'],
  bos: ['<s>', '<|begin_of_text|>', '<|endoftext|>'],
  eos: ['</s>', '<|end_of_text|>', '<|endoftext|>'],
};

/**
 * Finds the special tokens by their names in tokenizer_config.json (`cls_token` and so on, a string or an object with
 * `content`), else by their usual spellings among the tokens that tokenizer.json marks as special.
 */
export function findSpecialTokens(
  config: Readonly<Record<string, unknown>>,
  special: ReadonlySet<string>,
  idOf: (token: string) => number | undefined,
): SpecialTokens {
  const found: { -readonly [Key in keyof SpecialTokens]: SpecialTokens[Key] } = {};
  for (const [role, spellings] of Object.entries(SPELLINGS) as [keyof SpecialTokens, readonly string[]][]) {
    const token = contentOf(config[`${role}_token`]) ?? spellings.find((spelling) => special.has(spelling));
    const id = token === undefined ? undefined : idOf(token);
    if (id !== undefined) found[role] = id;
  }
  return found;
}

function contentOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { content } = value as { content?: unknown };
  return typeof content === 'string' ? content : undefined;
}
