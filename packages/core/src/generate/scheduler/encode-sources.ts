import type { DecodeCallOptions, DecoderSession } from '../../engine/decoder-engine.ts';
import type { Activation, Hooks } from '../../hooks/hooks.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import type { SequenceGroup } from './sequence.ts';

/**
 * Encodes the sources of new groups, each into its group's first slot, from which slot copies inherit it. Returns the encoder's recorded
 * activations.
 */
export async function encodeSources(
  session: DecoderSession,
  groups: readonly SequenceGroup[],
  options: DecodeCallOptions,
): Promise<ReadonlyMap<string, Activation>> {
  const withSource = groups.filter(({ request }) => request.source);
  if (withSource.length === 0) return new Map();
  const slots = Int32Array.from(withSource, ({ slots: [first] }) => first!);
  const batch = sourceBatch(withSource.map(({ request }) => request.source!));
  const { recorded } = await session.encodeSource(batch, slots, encoderOptions(options));
  return recorded;
}

/** Concatenates source texts. */
export function sourceBatch(sources: readonly Int32Array[]): TokenBatch {
  const offsets = new Int32Array(sources.length + 1);
  for (const [i, { length }] of sources.entries()) offsets[i + 1] = offsets[i]! + length;
  const ids = new Int32Array(offsets.at(-1)!);
  for (const [i, source] of sources.entries()) ids.set(source, offsets[i]);
  return { ids, typeIds: new Int32Array(ids.length), offsets };
}

// A pattern that matches no activation of a pass is an error. So each pass gets only the patterns that can match in it.

/** Hooks and recordings that apply to the pass that encodes a source. */
export function encoderOptions(options: DecodeCallOptions): DecodeCallOptions {
  return selectPatterns(options, matchesEncoderPass);
}

/** Hooks and recordings that apply to the decoder's passes of an encoder–decoder. */
export function decoderOptions(options: DecodeCallOptions): DecodeCallOptions {
  return selectPatterns(options, matchesDecoderPass);
}

/** Activations of the encoder, and the cross-attention keys and values that the decoder computes from its output. */
function matchesEncoderPass(pattern: string): boolean {
  const { stack, module, leaf } = parsePattern(pattern);
  if (stack === 'encoder') return true;
  const ofMemory = ['crossAttention', '*'].includes(module) && ['keys', 'values', '*'].includes(leaf);
  if (stack === 'decoder') return ofMemory;
  return stack === '*' && (ofMemory || !pattern.split('.').some((name) => DECODER_ONLY.includes(name)));
}

function matchesDecoderPass(pattern: string): boolean {
  const { stack, module, leaf } = parsePattern(pattern);
  return stack !== 'encoder' && !(module === 'crossAttention' && (leaf === 'keys' || leaf === 'values'));
}

const DECODER_ONLY = ['crossAttention', 'between', 'lens', 'logits'];

/** Parts of a name such as `decoder.blocks.3.crossAttention.heads.5.keys`: stack, module of the block, last component. */
function parsePattern(pattern: string): { stack: string; module: string; leaf: string } {
  const parts = pattern.split('.');
  return { stack: parts[0] ?? '', module: parts[3] ?? '', leaf: parts.length > 4 ? parts.at(-1)! : '' };
}

function selectPatterns(
  { hooks = {}, record = [], signal }: DecodeCallOptions,
  matches: (pattern: string) => boolean,
): DecodeCallOptions {
  const selectedHooks: Hooks = Object.fromEntries(Object.entries(hooks).filter(([name]) => matches(name)));
  const selectedRecord = record.filter(matches);
  return {
    ...(Object.keys(selectedHooks).length > 0 && { hooks: selectedHooks }),
    ...(selectedRecord.length > 0 && { record: selectedRecord }),
    ...(signal && { signal }),
  };
}
