import type { DecodeCallOptions, DecoderSession } from '../engine/decoder-engine.ts';
import type { Activation, Hooks } from '../inspect/hooks.ts';
import type { TokenBatch } from '../models/encoder.ts';
import type { Group } from './lane.ts';

/**
 * Lets an encoder read the sources of groups that begin, each into the first slot of its group, from which copies take it along. Gives
 * what was recorded of it.
 */
export async function readSources(
  session: DecoderSession,
  groups: readonly Group[],
  options: DecodeCallOptions,
): Promise<ReadonlyMap<string, Activation>> {
  const withSource = groups.filter(({ job }) => job.source);
  if (withSource.length === 0) return new Map();
  const slots = Int32Array.from(withSource, ({ slots: [first] }) => first!);
  const batch = sourceBatch(withSource.map(({ job }) => job.source!));
  const { recorded } = await session.remember(batch, slots, encoderOptions(options));
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

// A name that nobody computes is an error, so each pass is told only of what may be its own: an encoder's names begin with `encoder`.
const ENCODER = /^(encoder|\*)\./;
const OTHERS = /^(?!encoder\.)/;

/** What of the hooks and recordings is about the encoder. */
export function encoderOptions(options: DecodeCallOptions): DecodeCallOptions {
  return only(options, ENCODER);
}

/** What is about the decoder, or about a model that is nothing else. */
export function decoderOptions(options: DecodeCallOptions): DecodeCallOptions {
  return only(options, OTHERS);
}

function only({ hooks = {}, record = [], signal }: DecodeCallOptions, names: RegExp): DecodeCallOptions {
  const mine: Hooks = Object.fromEntries(Object.entries(hooks).filter(([name]) => names.test(name)));
  const asked = record.filter((name) => names.test(name));
  return {
    ...(Object.keys(mine).length > 0 && { hooks: mine }),
    ...(asked.length > 0 && { record: asked }),
    ...(signal && { signal }),
  };
}
