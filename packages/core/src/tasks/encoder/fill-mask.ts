import { ConfigError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { trimmedRange } from '../../text/trimmed-range.ts';
import { requireCount, requireModel, requireText } from '../inputs.ts';
import { runOptionsOf, TEXT_OPTIONS, type TextOptions } from './batching.ts';
import type { EncoderModel } from './encoder-model.ts';
import { largestOf, topIndices } from './scores.ts';

export interface FillMaskOptions extends TextOptions {
  /** Number of candidates to return for each mask. Default: 5. */
  topK?: number;
}

/** A candidate token for a mask. */
export interface MaskCandidate {
  readonly id: number;
  /** Spelling in the vocabulary. */
  readonly token: string;
  /** Decoded text. */
  readonly text: string;
  /** Probability, over the whole vocabulary. */
  readonly score: number;
}

/** A mask token of the text and its candidates. */
export interface FilledMask {
  /** Index of the mask among the tokens. */
  readonly index: number;
  /** Offsets in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Most probable tokens, in descending order. */
  readonly candidates: readonly MaskCandidate[];
}

const OPTIONS = { topK: 'numeric', ...TEXT_OPTIONS } satisfies OptionNames<FillMaskOptions>;

/**
 * Masked language modelling (Devlin et al. 2019, §3.1): the most probable tokens for each mask, independently of the others.
 *
 * ```ts
 * const [mask] = await fillMask(model, 'Paris is the capital of [MASK].');
 * mask.candidates[0].text; // 'france'
 * ```
 *
 * Needs the head `maskedLM`. Throws `ConfigError` without it, and if the text, after truncation, has no mask token.
 */
export async function fillMask(
  model: EncoderModel,
  text: string,
  options: FillMaskOptions = {},
): Promise<FilledMask[]> {
  checkOptions('fillMask', options, OPTIONS);
  const { topK = 5, truncation = 'longestFirst' } = options;
  requireModel('fillMask', 'an encoder', model, 'requireHead');
  requireText('fillMask', 'the text', text);
  requireCount('fillMask', 'topK', topK);
  model.requireHead('maskedLM');
  const { tokenizer } = model;
  const { mask } = tokenizer.specialTokens;
  if (mask === undefined) throw new ConfigError('fillMask: the tokenizer has no mask token');
  const encoding = model.tokenize(text, { offsets: true, truncation });
  const { ids, offsets } = encoding;
  const rows = Int32Array.from(ids.keys()).filter((i) => ids[i] === mask);
  if (rows.length === 0) {
    const cut = encoding.truncated ? `the first ${ids.length} tokens of the text have` : 'the text has';
    throw new ConfigError(`fillMask: ${cut} no ${JSON.stringify(tokenizer.idToToken(mask))}`);
  }
  const [output] = await model.run([{ ...encoding, rows }], { kind: 'maskedLM' }, runOptionsOf(options));
  const { vocabSize } = model.config;
  return Array.from(rows, (index, row) => {
    const logits = output!.data.subarray(row * vocabSize, (row + 1) * vocabSize);
    const candidates = candidatesOf(model, logits, topK);
    const [start, end] = trimmedRange(text, offsets[2 * index]!, offsets[2 * index + 1]!);
    return { index, start, end, candidates };
  });
}

function candidatesOf({ tokenizer }: EncoderModel, logits: Float32Array, topK: number): MaskCandidate[] {
  const largest = largestOf(logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  // The logits may have more columns than the vocabulary has tokens.
  const vocabulary = logits.subarray(0, tokenizer.vocabSize);
  return topIndices(vocabulary, topK).map((id) => ({
    id,
    token: tokenizer.idToToken(id) ?? '',
    text: tokenizer.decode([id], { skipSpecialTokens: false }).trim(),
    score: Math.exp(logits[id]! - largest) / sum,
  }));
}
