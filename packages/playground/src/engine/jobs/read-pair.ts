import type { AttentionMaps, Hooks, Seq2SeqLM } from '@headwise/core';
import { transfer } from 'comlink';
import { meanShift } from '../../lib/effects.ts';
import type { SideEdit } from '../../lib/heads.ts';
import type { JobContext, ModelStore } from '../job.ts';
import type { ModelIdOf } from '../registry.ts';
import { pairHooks } from './edits.ts';

export interface PairParams {
  readonly model: ModelIdOf<'seq2seqLM'>;
  readonly text: string;
  readonly edits: readonly SideEdit[];
}

/** What edits change. */
export interface PairEffect {
  /** What the unchanged model makes of the text. */
  readonly before: string;
  /** The part of the probability that moves to other tokens, 0 to 1: the mean over the steps that write `before`. */
  readonly moved: number;
}

/** All heads of one kind of attention. */
export interface PairAttention {
  readonly layers: number;
  readonly heads: number;
  /** What the rows and the columns stand for. */
  readonly queries: readonly string[];
  readonly keys: readonly string[];
  /** `[layers, heads, queries, keys]`, rows sum to 1. */
  readonly data: Float32Array;
}

/** What an encoder–decoder makes of a text, and the three kinds of attention with which it does. */
export interface PairReading {
  readonly params: PairParams;
  readonly output: string;
  /** Undefined without edits. */
  readonly effect: PairEffect | undefined;
  /** The source reads itself. */
  readonly encoder: PairAttention;
  /** The target reads what is written of it: keys are the decoder's inputs, from its start token. */
  readonly decoder: PairAttention;
  /** The target reads the source. Row `i` belongs to the step that writes token `i`. */
  readonly cross: PairAttention;
  readonly backend: string;
  readonly milliseconds: number;
}

/** Most tokens of what is written. */
export const MAX_NEW_TOKENS = 96;

/** Translates a text, then runs source and target again with all attention recorded. */
export async function run(
  store: ModelStore,
  params: PairParams,
  { signal }: JobContext,
): Promise<PairReading> {
  const model = await store.load(params.model);
  const hooks = pairHooks(params.edits);
  const limits = { maxNewTokens: MAX_NEW_TOKENS, signal };
  const { text, ids } = await model.generate(params.text, { ...limits, hooks });
  const started = performance.now();
  const trace = await model.trace(params.text, ids, { hooks, signal });
  const milliseconds = performance.now() - started;
  const effect = params.edits.length > 0 ? await effectOfEdits(model, params.text, hooks, limits) : undefined;
  const { sourceTokens, targetTokens } = trace;
  const start = model.tokenizer.idToToken(model.config.decoderStartTokenId) ?? '';
  const of = (
    { shape: [layers = 0, heads = 0], data }: AttentionMaps,
    queries: readonly string[],
    keys: readonly string[],
  ): PairAttention => ({ layers, heads, queries, keys, data: data.slice() });
  const result: PairReading = {
    params,
    output: text,
    effect,
    encoder: of(trace.encoderAttention, sourceTokens, sourceTokens),
    decoder: of(trace.decoderAttention, targetTokens, [start, ...targetTokens.slice(0, -1)]),
    cross: of(trace.crossAttention, targetTokens, sourceTokens),
    backend: model.backend,
    milliseconds,
  };
  return transfer(result, [result.encoder.data.buffer, result.decoder.data.buffer, result.cross.data.buffer]);
}

/** Compares the unchanged model's output with what the changed one would write at each of its steps. */
async function effectOfEdits(
  model: Seq2SeqLM,
  source: string,
  hooks: Hooks,
  limits: { readonly maxNewTokens: number; readonly signal: AbortSignal },
): Promise<PairEffect> {
  const { signal } = limits;
  const { text: before, ids } = await model.generate(source, limits);
  const [plain, changed] = [
    await model.trace(source, ids, { signal }),
    await model.trace(source, ids, { hooks, signal }),
  ].map(({ logits }) => logits.data);
  return { before, moved: meanShift(plain!, changed!, ids.length) };
}
