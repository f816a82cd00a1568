import { ShapeError } from '../errors.ts';

/** Sequences padded to one length, for engines that need rectangular batches. Headwise itself does not pad. */
export interface PaddedBatch {
  /** `[batch, length]` */
  readonly shape: readonly [batch: number, length: number];
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** 1 for a token, 0 for padding. */
  readonly attentionMask: Int32Array;
}

export interface PadOptions {
  /** Id of padding tokens. Default: 0; see `Tokenizer.specialTokens.pad`. */
  padId?: number;
  /** Length to pad to. Default: length of the longest sequence. */
  length?: number;
  /** Side on which padding is added. Default: right. */
  side?: 'right' | 'left';
}

/**
 * Pads sequences to one length. Padding has token type 0 and attention mask 0. No sequences give a batch of shape `[0, 0]`.
 *
 * Throws `ShapeError` if a sequence is longer than `length`.
 */
export function padSequences(
  sequences: readonly { readonly ids: Int32Array; readonly typeIds: Int32Array }[],
  {
    padId = 0,
    length = sequences.reduce((longest, { ids }) => Math.max(longest, ids.length), 0),
    side = 'right',
  }: PadOptions = {},
): PaddedBatch {
  const size = sequences.length * length;
  const batch = {
    shape: [sequences.length, length] as const,
    ids: new Int32Array(size).fill(padId),
    typeIds: new Int32Array(size),
    attentionMask: new Int32Array(size),
  };
  for (const [row, { ids, typeIds }] of sequences.entries()) {
    if (ids.length > length) {
      throw new ShapeError(
        `padSequences: sequence ${row} has ${ids.length} tokens, more than the length ${length}`,
      );
    }
    const start = row * length + (side === 'left' ? length - ids.length : 0);
    batch.ids.set(ids, start);
    batch.typeIds.set(typeIds, start);
    batch.attentionMask.fill(1, start, start + ids.length);
  }
  return batch;
}
