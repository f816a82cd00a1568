import { ConfigError, HeadwiseError } from '../../errors.ts';
import type { CausalReranker, RerankOptions } from './rerank-options.ts';

// The format of Qwen3-Reranker's model card.
const SYSTEM =
  'Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".';
const PREFIX = `<|im_start|>system\n${SYSTEM}<|im_end|>\n<|im_start|>user\n`;
const SUFFIX = '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n';
const INSTRUCTION = 'Given a web search query, retrieve relevant passages that answer the query';
const MARKERS = ['<|im_start|>', '<|im_end|>'];

/** Tokens that the model card cuts a prompt to. */
const MAX_TOKENS = 8192;

/**
 * For each document log p(yes) − log p(no) of the next token. Prompts that are too long are cut at the end of the document, as the model card does;
 * with `truncation: 'error'` they throw `ConfigError`.
 */
export async function yesNoLogits(
  model: CausalReranker,
  query: string,
  documents: readonly string[],
  { instruction = INSTRUCTION, truncation = 'longestFirst', signal, onProgress, hooks }: RerankOptions,
): Promise<number[]> {
  const { tokenizer } = model;
  const [yes, no] = ['yes', 'no'].map((answer) => tokenizer.tokenToId(answer));
  const missing = MARKERS.find((marker) => tokenizer.tokenToId(marker) === undefined);
  if (yes === undefined || no === undefined || missing !== undefined) {
    throw new ConfigError(
      `rerank: a decoder needs the tokens yes, no, ${MARKERS.join(' and ')}, as Qwen3-Reranker has; this model has no ${missing ?? (yes === undefined ? 'yes' : 'no')}`,
    );
  }
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false }).ids;
  const [prefix, suffix] = [encode(PREFIX), encode(SUFFIX)];
  const room = Math.min(model.contextLength, MAX_TOKENS) - prefix.length - suffix.length;
  const logits: number[] = [];
  for (const [index, document] of documents.entries()) {
    const body = encode(`<Instruct>: ${instruction}\n<Query>: ${query}\n<Document>: ${document}`);
    if (body.length > room && truncation === 'error') {
      throw new ConfigError(
        `rerank: the document at index ${index} has ${body.length} tokens with its query, ${Math.max(0, room)} fit`,
      );
    }
    const ids = Int32Array.from([...prefix, ...body.subarray(0, Math.max(0, room)), ...suffix]);
    const scores = await model.nextLogits(ids, { ...(hooks && { hooks }), ...(signal && { signal }) });
    const logit = scores[yes]! - scores[no]!;
    if (!Number.isFinite(logit))
      throw new HeadwiseError(
        'ERR_NUMERIC',
        `rerank: logits must be finite, got ${scores[yes]} and ${scores[no]}`,
      );
    logits.push(logit);
    onProgress?.(index + 1, documents.length);
  }
  return logits;
}
