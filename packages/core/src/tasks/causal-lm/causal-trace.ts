import type { EncodeOutput } from '../../engine/encoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import { partBatch } from '../../generate/scheduler/prefill.ts';
import { type Activation, type Hooks, matchesAny } from '../../hooks/hooks.ts';
import type { DecoderConfig } from '../../models/index.ts';
import { ATTENTION_WEIGHTS, type AttentionMaps, collectMaps, type Recording } from '../trace.ts';
import type { CausalParts } from './causal-perplexity.ts';
import { requireRoom } from './logit-lens.ts';

export interface CausalTraceOptions {
  /** Whether to give the logits of what follows every token, or those after the last one alone. Default: `last`. */
  logits?: 'last' | 'all';
  hooks?: Hooks;
  /** Names or patterns of further activations to keep, for example `blocks.*.attention.heads.3.context`. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** What a decoder did with one text. */
export interface CausalTrace {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly ids: Int32Array;
  /** A token attends to none after it: what would be its weights is 0. */
  readonly attention: AttentionMaps;
  /** `[1, vocabSize]`, or `[tokens, vocabSize]`. */
  readonly logits: EncodeOutput;
  /** The activations that were asked for, by name. */
  readonly activations: ReadonlyMap<string, Activation>;
}

export async function causalTrace(
  parts: CausalParts,
  config: DecoderConfig,
  text: string,
  options: CausalTraceOptions,
): Promise<CausalTrace> {
  const { record = [], logits: which = 'last' } = options;
  if (which !== 'last' && which !== 'all')
    throw new ConfigError(`trace: logits must be 'last' or 'all', got ${JSON.stringify(which)}`);
  const { recording, logits } = await run(
    parts,
    'trace',
    text,
    [ATTENTION_WEIGHTS, ...record],
    which,
    options,
  );
  const { activations, ids, tokens } = recording;
  const { numHiddenLayers, numAttentionHeads } = config;
  return {
    text,
    tokens,
    ids,
    attention: collectMaps(activations, numHiddenLayers, numAttentionHeads, ids.length),
    logits,
    activations: new Map([...activations].filter(([name]) => matchesAny(record, name))),
  };
}

export async function causalRecord(
  parts: CausalParts,
  text: string,
  names: readonly string[],
  options: Omit<CausalTraceOptions, 'record' | 'logits'>,
): Promise<Recording> {
  return (await run(parts, 'record', text, names, 'last', options)).recording;
}

async function run(
  { generator, tokenizer, contextLength }: CausalParts,
  task: string,
  text: string,
  record: readonly string[],
  which: 'last' | 'all',
  { hooks, signal }: CausalTraceOptions,
): Promise<{ recording: Recording; logits: EncodeOutput }> {
  if (typeof text !== 'string') throw new ConfigError(`${task}: expected a string, got ${typeof text}`);
  const encoding = tokenizer.encode(text, { offsets: true });
  const { ids } = encoding;
  if (ids.length === 0) throw new ConfigError(`${task}: the text has no tokens`);
  requireRoom(task, ids, contextLength);
  return generator.exclusive(signal, ids.length, async (held) => {
    held.forget();
    await held.yielder.yieldToEventLoop(signal);
    const { logits, recorded } = await held.session.decode(partBatch(ids, 0), {
      record,
      ...(which === 'all' && { rows: Int32Array.from(ids.keys()) }),
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    return { recording: { ...encoding, activations: recorded }, logits };
  });
}
