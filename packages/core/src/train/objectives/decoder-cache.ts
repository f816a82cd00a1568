import type { Offsets } from '../../backend/backend.ts';
import type { Decoder, DecoderCache } from '../../models/decoders/decoder.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';

/** A cache of a slot for each of the sequences, as long as the longest. To be released after the forward pass; a recording keeps it to its end. */
export function openTrainingCache(
  decoder: Decoder,
  backend: RecordingBackend,
  offsets: Offsets,
): DecoderCache {
  let longest = 1;
  for (let s = 1; s < offsets.length; s++) longest = Math.max(longest, offsets[s]! - offsets[s - 1]!);
  return decoder.openCache(backend, offsets.length - 1, longest);
}
