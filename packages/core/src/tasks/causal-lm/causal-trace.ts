import type { EncodeOutput } from '../../engine/encoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import type { Generator } from '../../generate/generator.ts';
import { chunkBatch } from '../../generate/scheduler/prefill.ts';
import { type Activation, type Hooks, matchesAny } from '../../hooks/hooks.ts';
import type { DecoderConfig } from '../../models/decoders/registry.ts';
import { checkOption, describeValue } from '../../options.ts';
import { requireContextLength } from '../inputs.ts';
import { ATTENTION_WEIGHTS, type AttentionMaps, collectMaps, type Recording } from '../trace.ts';

export interface CausalTraceOptions {
  /** Whether to return next-token logits after the last token or after all tokens. Default: `last`. */
  logits?: 'last' | 'all';
  hooks?: Hooks;
  /** Names or patterns of further activations to record, for example `blocks.*.attention.heads.3.context`. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** Result of {@link CausalLM.trace}. */
export interface CausalTrace {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly ids: Int32Array;
  /** Causal: weights of later tokens are 0. */
  readonly attention: AttentionMaps;
  /** `[1, vocabSize]`, or `[tokens, vocabSize]`. */
  readonly logits: EncodeOutput;
  /** Activations that match the option `record`, by name. */
  readonly activations: ReadonlyMap<string, Activation>;
}

/** Implements {@link CausalLM.trace}. */
export async function causalTrace(
  generator: Generator,
  config: DecoderConfig,
  text: string,
  options: CausalTraceOptions,
): Promise<CausalTrace> {
  const { record = [], logits: which = 'last' } = options;
  if (which !== 'last' && which !== 'all')
    throw new ConfigError(`trace: logits must be 'last' or 'all', got ${describeValue(which)}`);
  const { recording, logits } = await run(
    generator,
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

/** Implements {@link CausalLM.record}. */
export async function causalRecord(
  generator: Generator,
  text: string,
  names: readonly string[],
  options: Omit<CausalTraceOptions, 'record' | 'logits'>,
): Promise<Recording> {
  checkOption('record', 'the names', names, 'names');
  return (await run(generator, 'record', text, names, 'last', options)).recording;
}

async function run(
  generator: Generator,
  task: string,
  text: string,
  record: readonly string[],
  which: 'last' | 'all',
  { hooks, signal }: CausalTraceOptions,
): Promise<{ recording: Recording; logits: EncodeOutput }> {
  if (typeof text !== 'string') throw new ConfigError(`${task}: expected a string, got ${typeof text}`);
  const encoding = generator.tokenizer.encode(text, { offsets: true });
  const { ids } = encoding;
  if (ids.length === 0) throw new ConfigError(`${task}: the text has no tokens`);
  requireContextLength(task, ids, generator.contextLength);
  return generator.exclusive(signal, ids.length, async (cached) => {
    cached.clear();
    await cached.yielder.yieldToEventLoop(signal);
    const { logits, recorded } = await cached.session.decode(chunkBatch(ids, 0), {
      record,
      ...(which === 'all' && { rows: Int32Array.from(ids.keys()) }),
      ...(hooks && { hooks }),
      ...(signal && { signal }),
    });
    return { recording: { ...encoding, activations: recorded }, logits };
  });
}
