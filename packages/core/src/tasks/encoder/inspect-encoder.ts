import type { EmbedderConfig } from '../../engine/embedder-config.ts';
import type { EncodeOutput, Engine, OutputRequest } from '../../engine/encoder-engine.ts';
import { ConfigError } from '../../errors.ts';
import { type Activation, type Hooks, matchesAny } from '../../hooks/hooks.ts';
import type { TaskHeadKind } from '../../models/encoders/task-heads.ts';
import { checkOption, checkOptions, type OptionNames } from '../../options.ts';
import type { Encoding, EncodingWithOffsets, TokenizeOptions } from '../../text/tokenizer.ts';
import { ATTENTION_WEIGHTS, type AttentionMaps, collectMaps, type Recording } from '../trace.ts';
import { joinSequences } from './batching.ts';
import type { EmbedPlan } from './embed-plan.ts';

// `trace` and `record` of an encoder, which are imported on demand.

/** What is needed of an `EncoderModel`, whose module imports this one. */
interface TracedModel {
  readonly config: EmbedderConfig;
  readonly embeddingRequest: OutputRequest;
  requireHead(kind: TaskHeadKind): void;
  tokenize(text: string, options: TokenizeOptions & { offsets: true }): EncodingWithOffsets;
  tokenize(text: string, options?: TokenizeOptions): Encoding;
}

export interface TraceOptions {
  /** A second text, for models that read pairs. */
  pair?: string;
  /** A task head whose logits to compute as well. */
  head?: TaskHeadKind;
  hooks?: Hooks;
  /** Names or patterns of further activations to record, for example `blocks.*.attention.heads.3.context`. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** Result of `EncoderModel.trace`. */
export interface Trace {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly ids: Int32Array;
  readonly attention: AttentionMaps;
  /** The text's embedding, as `embed` returns it. */
  readonly embedding: Float32Array;
  /** Logits of the option `head`. */
  readonly logits?: EncodeOutput;
  /** Activations that match the option `record`, by name. */
  readonly activations: ReadonlyMap<string, Activation>;
}

const RECORD_OPTIONS = {
  pair: 'string',
  head: 'string',
  hooks: 'object',
  signal: 'signal',
} satisfies OptionNames<Omit<TraceOptions, 'record'>>;

const TRACE_OPTIONS = { ...RECORD_OPTIONS, record: 'names' } satisfies OptionNames<TraceOptions>;

/** `EncoderModel.trace`. `planOf` says how the model embeds. */
export async function traceText(
  model: TracedModel,
  engine: Engine,
  planOf: () => Promise<EmbedPlan>,
  text: string,
  options: TraceOptions,
): Promise<Trace> {
  checkOptions('trace', options, TRACE_OPTIONS);
  if (typeof text !== 'string') throw new ConfigError(`trace: expected a string, got ${typeof text}`);
  const { pair, head, hooks, record = [], signal } = options;
  if (head !== undefined) model.requireHead(head);
  const plan = await planOf();
  const encoding = model.tokenize(`${plan.prompt}${text}`, pair === undefined ? {} : { pair });
  const { outputs, recorded } = await engine.encode(joinSequences([encoding]), {
    outputs: [plan.request, ...(head === undefined ? [] : [{ kind: head }])],
    record: [ATTENTION_WEIGHTS, ...record],
    ...(hooks && { hooks }),
    ...(signal && { signal }),
  });
  const { numHiddenLayers, numAttentionHeads } = model.config;
  const [embedding, logits] = outputs;
  return {
    text,
    tokens: encoding.tokens,
    ids: encoding.ids,
    attention: collectMaps(recorded, numHiddenLayers, numAttentionHeads, encoding.ids.length),
    embedding: plan.finish(embedding!.data),
    ...(logits && { logits }),
    activations: new Map([...recorded].filter(([name]) => matchesAny(record, name))),
  };
}

/** `EncoderModel.record`. */
export async function recordText(
  model: TracedModel,
  engine: Engine,
  text: string,
  names: readonly string[],
  options: Omit<TraceOptions, 'record'>,
): Promise<Recording> {
  checkOptions('record', options, RECORD_OPTIONS);
  if (typeof text !== 'string') throw new ConfigError(`record: expected a string, got ${typeof text}`);
  checkOption('record', 'the names', names, 'names');
  const { pair, head, hooks, signal } = options;
  if (head !== undefined) model.requireHead(head);
  const encoding = model.tokenize(text, { offsets: true, ...(pair !== undefined && { pair }) });
  const { recorded } = await engine.encode(joinSequences([encoding]), {
    outputs: [head === undefined ? model.embeddingRequest : { kind: head }],
    record: names,
    ...(hooks && { hooks }),
    ...(signal && { signal }),
  });
  return { ...encoding, activations: recorded };
}
