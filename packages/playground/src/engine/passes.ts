import type { CausalLM, EncoderModel } from '@headwise/core';
import type { Attention } from '../lib/attention.ts';
import type { HeadEdit } from '../lib/heads.ts';
import { probabilitiesOf } from '../lib/softmax.ts';
import type { TokenizedText } from '../lib/units.ts';
import { unitVector } from '../lib/vectors.ts';
import { editHooks, UNIT } from './jobs/edits.ts';
import type { ModelIdOf } from './registry.ts';

/** Models whose attention to a text can be read. */
export type ReadableId = ModelIdOf<'encoder' | 'causalLM'>;
export type ReadableModel = EncoderModel | CausalLM;

/** One forward pass over a text. */
export interface Pass extends TokenizedText {
  readonly ids: readonly number[];
  /** Number of tokens of the whole text; above that of `tokens` if the model does not read the end. */
  readonly totalTokens: number;
  /** The end of the text that the model does not read; '' for a text that it reads as a whole. */
  readonly unread: string;
  readonly attention: Attention;
  /** What the model made of the text: an encoder's embedding of length 1, or the probabilities of a decoder's next token. */
  readonly output: Float32Array;
  readonly milliseconds: number;
}

/** Bytes of the maps of passes that are kept, and how many are kept in any case: two texts. */
const KEPT_BYTES = 64_000_000;
const KEPT = 2;
const passes = new WeakMap<ReadableModel, Map<string, Pass>>();

/** The pass of a text under edits of heads, computed unless it is one of the last. */
export async function passOf(
  model: ReadableModel,
  text: string,
  edits: readonly HeadEdit[],
  signal: AbortSignal,
): Promise<Pass> {
  const kept = passes.get(model) ?? new Map<string, Pass>();
  passes.set(model, kept);
  const key = JSON.stringify([text, edits]);
  const pass = kept.get(key) ?? (await compute(model, text, edits, signal));
  kept.delete(key);
  kept.set(key, pass);
  let bytes = [...kept.values()].reduce((sum, { attention }) => sum + attention.data.byteLength, 0);
  for (const [old, { attention }] of kept) {
    if (kept.size <= KEPT || bytes <= KEPT_BYTES) break;
    kept.delete(old);
    bytes -= attention.data.byteLength;
  }
  return pass;
}

async function compute(
  model: ReadableModel,
  whole: string,
  edits: readonly HeadEdit[],
  signal: AbortSignal,
): Promise<Pass> {
  const { text, ...length } = readable(model, whole);
  const hooks = editHooks(edits);
  const started = performance.now();
  const trace =
    model.kind === 'encoder'
      ? await model.trace(text, { hooks, signal })
      : await model.trace(text, { hooks, signal });
  const milliseconds = performance.now() - started;
  const encoding =
    model.kind === 'encoder'
      ? model.tokenize(text, { offsets: true })
      : model.tokenizer.encode(text, { offsets: true });
  const [layers, heads, tokens] = trace.attention.shape;
  return {
    text,
    tokens: trace.tokens,
    ids: [...trace.ids],
    offsets: encoding.offsets,
    special: Array.from(encoding.sequenceIds, (sequence) => sequence < 0),
    ...length,
    attention: { layers, heads, tokens, data: trace.attention.data },
    output: 'embedding' in trace ? unitVector(trace.embedding) : probabilitiesOf(trace.logits.data),
    milliseconds,
  };
}

/** The start of a text that a model can read, and the rest. */
export function readable(
  model: ReadableModel,
  text: string,
): { readonly text: string; readonly totalTokens: number; readonly unread: string } {
  const { ids, offsets } = model.tokenizer.encode(text, { offsets: true });
  const limit = model.kind === 'encoder' ? model.maxLength : model.contextLength;
  if (ids.length <= limit) return { text, totalTokens: ids.length, unread: '' };
  // An encoder cuts the text itself, and its last token is then [SEP]: the one before it is the last that is read.
  const last = limit - (model.kind === 'encoder' ? 2 : 1);
  const end = offsets[2 * last + 1] ?? 0;
  return {
    text: model.kind === 'encoder' ? text : text.slice(0, end),
    totalTokens: ids.length,
    unread: text.slice(end),
  };
}

/** The output alone, for a measurement of many edits. */
export async function outputOf(
  model: ReadableModel,
  text: string,
  edits: readonly HeadEdit[],
  signal: AbortSignal,
): Promise<Float32Array> {
  const hooks = editHooks(edits);
  if (model.kind === 'encoder') return model.embed(text, { ...UNIT, hooks, signal });
  const { activations } = await model.record(readable(model, text).text, ['logits'], { hooks, signal });
  return probabilitiesOf(activations.get('logits')!.data);
}
