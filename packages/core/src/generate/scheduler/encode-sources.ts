import type { DecodeCallOptions, DecoderSession } from '../../engine/decoder-engine.ts';
import type { Activation, Hooks } from '../../hooks/hooks.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import type { SequenceGroup } from './sequence.ts';

/**
 * Lets an encoder read the sources of groups that begin, each into the first slot of its group, from which copies take it along. Gives
 * what was recorded of it.
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

/** Source texts, one after another. */
export function sourceBatch(sources: readonly Int32Array[]): TokenBatch {
  const offsets = new Int32Array(sources.length + 1);
  for (const [i, { length }] of sources.entries()) offsets[i + 1] = offsets[i]! + length;
  const ids = new Int32Array(offsets.at(-1)!);
  for (const [i, source] of sources.entries()) ids.set(source, offsets[i]);
  return { ids, typeIds: new Int32Array(ids.length), offsets };
}

/** What of the hooks and recordings is about the pass that reads a source. */
export function encoderOptions(options: DecodeCallOptions): DecodeCallOptions {
  return only(options, isOfSource);
}

/** What is about the passes of an encoder–decoder's decoder. */
export function decoderOptions(options: DecodeCallOptions): DecodeCallOptions {
  return only(options, isOfTokens);
}

// A name that a pass does not compute is an error. So each is told only of patterns that may be about it.

/** An encoder's activations, and the keys and values that the decoder makes of its output. */
function isOfSource(pattern: string): boolean {
  const { stack, part, last } = placesOf(pattern);
  if (stack === 'encoder') return true;
  const ofMemory = ['crossAttention', '*'].includes(part) && ['keys', 'values', '*'].includes(last);
  if (stack === 'decoder') return ofMemory;
  return stack === '*' && (ofMemory || !pattern.split('.').some((name) => NOT_OF_ENCODERS.includes(name)));
}

function isOfTokens(pattern: string): boolean {
  const { stack, part, last } = placesOf(pattern);
  return stack !== 'encoder' && !(part === 'crossAttention' && (last === 'keys' || last === 'values'));
}

const NOT_OF_ENCODERS = ['crossAttention', 'between', 'lens', 'logits'];

/** `decoder.blocks.3.crossAttention.heads.5.keys`: the stack, the part of the block, and what of it. */
function placesOf(pattern: string): { stack: string; part: string; last: string } {
  const parts = pattern.split('.');
  return { stack: parts[0] ?? '', part: parts[3] ?? '', last: parts.length > 4 ? parts.at(-1)! : '' };
}

function only(
  { hooks = {}, record = [], signal }: DecodeCallOptions,
  isMine: (pattern: string) => boolean,
): DecodeCallOptions {
  const mine: Hooks = Object.fromEntries(Object.entries(hooks).filter(([name]) => isMine(name)));
  const asked = record.filter(isMine);
  return {
    ...(Object.keys(mine).length > 0 && { hooks: mine }),
    ...(asked.length > 0 && { record: asked }),
    ...(signal && { signal }),
  };
}
