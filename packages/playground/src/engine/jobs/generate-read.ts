import { transfer } from 'comlink';
import { logSumExp } from '../../lib/sampling.ts';
import type { JobContext, ModelStore } from '../job.ts';
import type { ModelIdOf } from '../registry.ts';

export type Writer = ModelIdOf<'causalLM'>;

/** A token of a text. */
export interface ReadToken {
  readonly id: number;
  /** Its place in the text, in UTF-16 code units; both 0 for a token that the tokenizer adds. */
  readonly start: number;
  readonly end: number;
  /** Its probability after the tokens before it; undefined for the first, and if the model was not run. */
  readonly probability: number | undefined;
}

export interface PromptReading {
  readonly model: Writer;
  readonly text: string;
  readonly tokens: readonly ReadToken[];
  /** Parts of the text that the vocabulary has no token for, each once. The model is not run on such a text. */
  readonly unknown: readonly string[];
  /** Most tokens of a text and its continuation. The model is not run on a longer text. */
  readonly contextLength: number;
  /** `[tokens, vocabSize]`: row i has the logits of token i + 1. Undefined if the model was not run. */
  readonly logits: Float32Array | undefined;
}

/** Reads a text: its tokens, and what the model expects after each of them. */
export async function run(
  store: ModelStore,
  { model: id, text }: { readonly model: Writer; readonly text: string },
  { signal }: JobContext,
): Promise<PromptReading> {
  const model = await store.load(id);
  const { tokenizer, contextLength } = model;
  const { ids, offsets } = tokenizer.encode(text, { offsets: true });
  const isUnknown = (token: number): boolean => token === tokenizer.specialTokens.unk;
  const partOf = (i: number): string => text.slice(offsets[2 * i], offsets[2 * i + 1]);
  const unknown = [...new Set([...ids.keys()].filter((i) => isUnknown(ids[i]!)).map(partOf))];
  const isRead = unknown.length === 0 && ids.length <= contextLength;
  const trace = isRead ? await model.trace(text, { logits: 'all', signal }) : undefined;
  // A copy: the data may be a view of the engine's memory, which must not be transferred.
  const logits = trace?.logits.data.slice();
  const size = (logits?.length ?? 0) / ids.length;
  const tokens = Array.from(ids, (token, i) => {
    const row = i > 0 ? logits?.subarray((i - 1) * size, i * size) : undefined;
    const probability = row && Math.exp(row[token]! - logSumExp(row));
    return { id: token, start: offsets[2 * i]!, end: offsets[2 * i + 1]!, probability };
  });
  const reading = { model: id, text, tokens, unknown, contextLength, logits };
  return logits ? transfer(reading, [logits.buffer]) : reading;
}
