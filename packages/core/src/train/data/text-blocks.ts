import { ConfigError } from '../../errors.ts';
import { type OptionNames, requireOptions } from '../../options.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

export interface TextBlockOptions {
  /** Tokens of a block. */
  readonly blockSize: number;
  /** Put after each text. Default: none. */
  readonly endOfTextId?: number | undefined;
}

/**
 * Texts as examples of causal language modelling: their tokens, one text after another, are cut into blocks of `blockSize`, as in Hugging
 * Face's run_clm.py. The last block may be shorter; one of a single token, which has no target, is left out.
 */
export function textBlocks(
  tokenizer: Tokenizer,
  texts: Iterable<string>,
  options: TextBlockOptions,
): { ids: Int32Array }[] {
  requireOptions('textBlocks', options, {
    blockSize: 'numeric',
    endOfTextId: 'whole',
  } satisfies OptionNames<TextBlockOptions>);
  const { blockSize, endOfTextId } = options;
  if (!(Number.isSafeInteger(blockSize) && blockSize >= 2)) {
    throw new ConfigError(`textBlocks: blockSize must be a whole number of at least 2, got ${blockSize}`);
  }
  const blocks: { ids: Int32Array }[] = [];
  let block: number[] = [];
  const push = (id: number) => {
    block.push(id);
    if (block.length < blockSize) return;
    blocks.push({ ids: Int32Array.from(block) });
    block = [];
  };
  for (const text of texts) {
    for (const id of tokenizer.encode(text, { addSpecialTokens: false }).ids) push(id);
    if (endOfTextId !== undefined) push(endOfTextId);
  }
  if (block.length > 1) blocks.push({ ids: Int32Array.from(block) });
  return blocks;
}
