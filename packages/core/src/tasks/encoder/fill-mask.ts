import { ConfigError } from '../../errors.ts';
import { requireCount, requireText } from '../inputs.ts';
import type { TextOptions } from './batching.ts';
import type { EncoderModel } from './encoder-model.ts';
import { largestOf, topIndices } from './scores.ts';

export interface FillMaskOptions extends TextOptions {
  /** How many tokens to suggest for each mask. Default: 5. */
  topK?: number;
}

/** A token that may stand where a mask stands. */
export interface MaskCandidate {
  readonly id: number;
  /** As the vocabulary spells it. */
  readonly token: string;
  /** As it reads in a text. */
  readonly text: string;
  /** Its probability, among all tokens of the vocabulary. */
  readonly score: number;
}

/** A mask of the text. */
export interface FilledMask {
  /** Index of its token. */
  readonly index: number;
  /** Where it stands in the text. */
  readonly start: number;
  readonly end: number;
  /** The likeliest tokens, likeliest first. */
  readonly candidates: readonly MaskCandidate[];
}

/**
 * What a masked language model (Devlin et al. 2019, §3.1) would put in the place of each mask, independently of the others.
 *
 * ```ts
 * const [mask] = await fillMask(model, 'Paris is the capital of [MASK].');
 * mask.candidates[0].text; // 'france'
 * ```
 *
 * Needs the head `maskedLM`. Throws `ConfigError` without it, and if the text has no mask token within what the model reads.
 */
export async function fillMask(
  model: EncoderModel,
  text: string,
  options: FillMaskOptions = {},
): Promise<FilledMask[]> {
  const { topK = 5, truncation = 'longestFirst' } = options;
  requireText('fillMask', 'the text', text);
  requireCount('fillMask', 'topK', topK);
  model.requireHead('maskedLM');
  const { tokenizer } = model;
  const { mask } = tokenizer.specialTokens;
  if (mask === undefined) throw new ConfigError('fillMask: the tokeniser has no mask token');
  const encoding = model.tokenize(text, { offsets: true, truncation });
  const { ids, offsets } = encoding;
  const rows = Int32Array.from(ids.keys()).filter((i) => ids[i] === mask);
  if (rows.length === 0) {
    const cut = encoding.truncated ? `the first ${ids.length} tokens of the text have` : 'the text has';
    throw new ConfigError(`fillMask: ${cut} no ${JSON.stringify(tokenizer.idToToken(mask))}`);
  }
  const [output] = await model.run([{ ...encoding, rows }], { kind: 'maskedLM' }, options);
  const { vocabSize } = model.config;
  return Array.from(rows, (index, row) => {
    const logits = output!.data.subarray(row * vocabSize, (row + 1) * vocabSize);
    const candidates = candidatesOf(model, logits, topK);
    return { index, start: offsets[2 * index]!, end: offsets[2 * index + 1]!, candidates };
  });
}

function candidatesOf({ tokenizer }: EncoderModel, logits: Float32Array, topK: number): MaskCandidate[] {
  const largest = largestOf(logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  // Some models have more rows than their vocabulary has tokens.
  const known = logits.subarray(0, tokenizer.vocabSize);
  return topIndices(known, topK).map((id) => ({
    id,
    token: tokenizer.idToToken(id) ?? '',
    text: tokenizer.decode([id], { skipSpecialTokens: false }).trim(),
    score: Math.exp(logits[id]! - largest) / sum,
  }));
}
