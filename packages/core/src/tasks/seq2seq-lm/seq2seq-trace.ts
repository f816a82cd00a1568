import type { EncodeOutput } from '../../engine/encoder-engine.ts';
import type { Generator } from '../../generate/generator.ts';
import { decoderOptions, encoderOptions, sourceBatch } from '../../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../../generate/scheduler/prefill.ts';
import { type Activation, type Hooks, matchesAny } from '../../hooks/hooks.ts';
import type { Seq2SeqConfig } from '../../models/seq2seq/registry.ts';
import { type AttentionMaps, collectMaps } from '../trace.ts';

export interface Seq2SeqTraceOptions {
  hooks?: Hooks;
  /** Names or patterns of further activations to record, for example `decoder.blocks.*.crossAttention.heads.3.context`. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** Result of {@link Seq2SeqLM.trace}. */
export interface Seq2SeqTrace {
  readonly sourceIds: Int32Array;
  readonly sourceTokens: readonly string[];
  /** Row `i` of the decoder's maps and logits belongs to the step that predicts target token `i`. */
  readonly targetIds: Int32Array;
  readonly targetTokens: readonly string[];
  /** `[layers, heads, source, source]` */
  readonly encoderAttention: AttentionMaps;
  /** `[layers, heads, target, target]`: keys are the decoder's inputs, from its start token to the last but one target token. */
  readonly decoderAttention: AttentionMaps;
  /** `[layers, heads, target, source]` */
  readonly crossAttention: AttentionMaps;
  /** `[target, vocabSize]`: next-token logits at the position of each target token. */
  readonly logits: EncodeOutput;
  /** Activations that match the option `record`, by name. */
  readonly activations: ReadonlyMap<string, Activation>;
}

/** Result of {@link Seq2SeqLM.alignments}: cross-attention weights of the steps that predict the target tokens. */
export interface Alignments {
  readonly sourceTokens: readonly string[];
  readonly targetTokens: readonly string[];
  /** `[layers, heads, target, source]` */
  readonly attention: AttentionMaps;
}

const ENCODER = 'encoder.blocks.*.attention.weights';
const DECODER = 'decoder.blocks.*.attention.weights';
export const CROSS_ATTENTION = 'decoder.blocks.*.crossAttention.weights';

/** Token ids of a source and a given target. */
export interface SourceTarget {
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** Decoder inputs: the start token and the target without its last token. */
  readonly inputs: Int32Array;
}

/** Implements {@link Seq2SeqLM.trace}. */
export async function seq2seqTrace(
  generator: Generator,
  config: Seq2SeqConfig,
  pair: SourceTarget,
  options: Seq2SeqTraceOptions,
): Promise<Seq2SeqTrace> {
  const { record = [] } = options;
  const { recorded, logits } = await run(generator, pair, {
    ...options,
    record: [ENCODER, DECODER, CROSS_ATTENTION, ...record],
  });
  const { source, target } = pair;
  const { encoder, decoder } = config;
  return {
    sourceIds: source,
    sourceTokens: tokensOf(generator, source),
    targetIds: target,
    targetTokens: tokensOf(generator, target),
    encoderAttention: collectMaps(
      recorded,
      encoder.numLayers,
      encoder.numAttentionHeads,
      source.length,
      source.length,
      ENCODER,
    ),
    decoderAttention: collectMaps(
      recorded,
      decoder.numLayers,
      decoder.numAttentionHeads,
      target.length,
      target.length,
      DECODER,
    ),
    crossAttention: crossMaps(recorded, config, pair),
    logits,
    activations: new Map([...recorded].filter(([name]) => matchesAny(record, name))),
  };
}

/** Implements {@link Seq2SeqLM.alignments}. */
export async function seq2seqAlignments(
  generator: Generator,
  config: Seq2SeqConfig,
  pair: SourceTarget,
  options: Omit<Seq2SeqTraceOptions, 'record'>,
): Promise<Alignments> {
  const { recorded } = await run(generator, pair, { ...options, record: [CROSS_ATTENTION] });
  return {
    sourceTokens: tokensOf(generator, pair.source),
    targetTokens: tokensOf(generator, pair.target),
    attention: crossMaps(recorded, config, pair),
  };
}

function crossMaps(
  recorded: ReadonlyMap<string, Activation>,
  { decoder }: Seq2SeqConfig,
  { source, target }: SourceTarget,
): AttentionMaps {
  const { numLayers, numAttentionHeads } = decoder;
  return collectMaps(recorded, numLayers, numAttentionHeads, target.length, source.length, CROSS_ATTENTION);
}

function tokensOf({ tokenizer }: Generator, ids: Int32Array): string[] {
  return Array.from(ids, (id) => tokenizer.idToToken(id) ?? '');
}

async function run(
  generator: Generator,
  { source, inputs }: SourceTarget,
  { signal, ...options }: Seq2SeqTraceOptions,
): Promise<{ recorded: ReadonlyMap<string, Activation>; logits: EncodeOutput }> {
  return generator.exclusive(signal, inputs.length, async (cached) => {
    cached.clear();
    await cached.yielder.yieldToEventLoop(signal);
    const { session } = cached;
    const call = { ...options, ...(signal && { signal }) };
    const encoded = await session.encodeSource(sourceBatch([source]), Int32Array.of(0), encoderOptions(call));
    const { logits, recorded } = await session.decode(chunkBatch(inputs, 0), {
      ...decoderOptions(call),
      rows: Int32Array.from(inputs.keys()),
    });
    return { recorded: new Map([...encoded.recorded, ...recorded]), logits };
  });
}
