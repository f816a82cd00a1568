import type { EncoderModel } from '@headwise/core';
import { transfer } from 'comlink';
import type { Attention } from '../../lib/attention.ts';
import type { HeadId } from '../../lib/heads.ts';
import { dot, unitVector } from '../../lib/vectors.ts';
import type { JobContext, ModelStore } from '../job.ts';
import type { ModelIdOf } from '../registry.ts';
import { silenceHooks, UNIT } from './encoder.ts';

export interface TraceParams {
  readonly model: ModelIdOf<'encoder'>;
  readonly text: string;
  readonly silenced: readonly HeadId[];
}

/** The result of one forward pass. */
export interface SentenceTrace {
  readonly text: string;
  readonly backend: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  /** Number of tokens of the whole text; above that of `tokens` if the model does not read the end. */
  readonly totalTokens: number;
  /** The end of the text that the model does not read; '' for a text that it reads as a whole. */
  readonly unread: string;
  readonly attention: Attention;
  /** The sentence embedding, L2-normalised. */
  readonly embedding: Float32Array;
  /** The silenced heads of this pass. */
  readonly silenced: readonly HeadId[];
  /** Cosine with the embedding of the full model; 1 when no head is silenced. */
  readonly cosineToBaseline: number;
  /** Time of the forward pass that computed the attention maps. */
  readonly milliseconds: number;
}

/** Runs a text with some heads silenced, and returns all attention maps and the embedding. */
export async function run(
  store: ModelStore,
  { model: id, text, silenced }: TraceParams,
  { signal }: JobContext,
): Promise<SentenceTrace> {
  const model = await store.load(id);
  const baseline = silenced.length > 0 ? await model.embed(text, { ...UNIT, signal }) : undefined;
  const started = performance.now();
  const trace = await model.trace(text, { hooks: silenceHooks(silenced), signal });
  const milliseconds = performance.now() - started;
  const [layers, heads, tokens] = trace.attention.shape;
  const embedding = unitVector(trace.embedding);
  // A copy: the data may be a view of the engine's memory, which must not be transferred.
  const data = trace.attention.data.slice();
  const result: SentenceTrace = {
    text,
    backend: model.backend,
    tokens: trace.tokens,
    ids: [...trace.ids],
    ...readLength(model, text),
    attention: { layers, heads, tokens, data },
    embedding,
    silenced,
    cosineToBaseline: baseline === undefined ? 1 : dot(baseline, embedding),
    milliseconds,
  };
  return transfer(result, [data.buffer]);
}

/** How many tokens a text has, and its end that the model does not read. */
function readLength(
  { tokenizer, maxLength }: EncoderModel,
  text: string,
): Pick<SentenceTrace, 'totalTokens' | 'unread'> {
  const { ids, offsets } = tokenizer.encode(text, { offsets: true });
  if (ids.length <= maxLength) return { totalTokens: ids.length, unread: '' };
  // The last token of a text that is cut is [SEP]: the one before it is the last that is read.
  const last = maxLength - 2;
  return { totalTokens: ids.length, unread: text.slice(offsets[2 * last + 1]) };
}
