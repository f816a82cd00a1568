import type { EncodeOutput } from '../../engine/encoder-engine.ts';
import { decoderOptions, encoderOptions, sourceBatch } from '../../generate/scheduler/encode-sources.ts';
import { partBatch } from '../../generate/scheduler/prefill.ts';
import { type Activation, type Hooks, matchesAny } from '../../hooks/hooks.ts';
import type { Seq2SeqConfig } from '../../models/index.ts';
import { type AttentionMaps, collectMaps } from '../trace.ts';
import type { Seq2SeqParts } from './seq2seq-parts.ts';

export interface Seq2SeqTraceOptions {
  hooks?: Hooks;
  /** Names or patterns of further activations to keep, for example `decoder.blocks.*.crossAttention.heads.3.context`. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** What an encoder–decoder did with a source and a target that it was given. */
export interface Seq2SeqTrace {
  readonly sourceIds: Int32Array;
  readonly sourceTokens: readonly string[];
  /** The target's tokens. Row `i` of the decoder's maps and logits is of the step that foresees token `i`. */
  readonly targetIds: Int32Array;
  readonly targetTokens: readonly string[];
  /** `[layers, heads, source, source]` */
  readonly encoderAttention: AttentionMaps;
  /** `[layers, heads, target, target]`: to the tokens before the one that is foreseen, of which the first is the decoder's start. */
  readonly decoderAttention: AttentionMaps;
  /** `[layers, heads, target, source]` */
  readonly crossAttention: AttentionMaps;
  /** `[target, vocabSize]`: what the model would say in the place of each token of the target. */
  readonly logits: EncodeOutput;
  /** The activations that were asked for, by name. */
  readonly activations: ReadonlyMap<string, Activation>;
}

/** How a source and a target hang together: what each step that foresees a token of the target attended to. */
export interface Alignments {
  readonly sourceTokens: readonly string[];
  readonly targetTokens: readonly string[];
  /** `[layers, heads, target, source]` */
  readonly attention: AttentionMaps;
}

const ENCODER = 'encoder.blocks.*.attention.weights';
const DECODER = 'decoder.blocks.*.attention.weights';
export const CROSS_ATTENTION = 'decoder.blocks.*.crossAttention.weights';

/** A source and a target that are read together. */
export interface ReadPair {
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** What the decoder reads: the token that it starts with, and the target but for its last token. */
  readonly inputs: Int32Array;
}

export async function seq2seqTrace(
  parts: Seq2SeqParts,
  config: Seq2SeqConfig,
  pair: ReadPair,
  options: Seq2SeqTraceOptions,
): Promise<Seq2SeqTrace> {
  const { record = [] } = options;
  const { recorded, logits } = await run(parts, pair, {
    ...options,
    record: [ENCODER, DECODER, CROSS_ATTENTION, ...record],
  });
  const { source, target } = pair;
  const { encoder, decoder } = config;
  return {
    sourceIds: source,
    sourceTokens: tokensOf(parts, source),
    targetIds: target,
    targetTokens: tokensOf(parts, target),
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

export async function seq2seqAlignments(
  parts: Seq2SeqParts,
  config: Seq2SeqConfig,
  pair: ReadPair,
  options: Omit<Seq2SeqTraceOptions, 'record'>,
): Promise<Alignments> {
  const { recorded } = await run(parts, pair, { ...options, record: [CROSS_ATTENTION] });
  return {
    sourceTokens: tokensOf(parts, pair.source),
    targetTokens: tokensOf(parts, pair.target),
    attention: crossMaps(recorded, config, pair),
  };
}

function crossMaps(
  recorded: ReadonlyMap<string, Activation>,
  { decoder }: Seq2SeqConfig,
  { source, target }: ReadPair,
): AttentionMaps {
  const { numLayers, numAttentionHeads } = decoder;
  return collectMaps(recorded, numLayers, numAttentionHeads, target.length, source.length, CROSS_ATTENTION);
}

function tokensOf({ tokenizer }: Seq2SeqParts, ids: Int32Array): string[] {
  return Array.from(ids, (id) => tokenizer.idToToken(id) ?? '');
}

async function run(
  { generator }: Seq2SeqParts,
  { source, inputs }: ReadPair,
  { signal, ...options }: Seq2SeqTraceOptions,
): Promise<{ recorded: ReadonlyMap<string, Activation>; logits: EncodeOutput }> {
  return generator.exclusive(signal, inputs.length, async (held) => {
    held.forget();
    await held.yielder.yieldToEventLoop(signal);
    const { session } = held;
    const call = { ...options, ...(signal && { signal }) };
    const remembered = await session.encodeSource(
      sourceBatch([source]),
      Int32Array.of(0),
      encoderOptions(call),
    );
    const { logits, recorded } = await session.decode(partBatch(inputs, 0), {
      ...decoderOptions(call),
      rows: Int32Array.from(inputs.keys()),
    });
    return { recorded: new Map([...remembered.recorded, ...recorded]), logits };
  });
}
