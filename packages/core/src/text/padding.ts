import { ConfigError, ShapeError } from '../errors.ts';
import { checkOption, checkOptions, type OptionNames } from '../options.ts';

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

/** Most tokens of a batch: 1 GiB each of ids, types and mask. */
const MAX_PADDED = 2 ** 28;

/**
 * Pads sequences to one length. Padding has token type 0 and attention mask 0. No sequences give a batch of shape `[0, 0]`.
 *
 * Throws `ShapeError` if a sequence is longer than `length`, and for more than 2²⁸ tokens.
 */
export function padSequences(
  sequences: readonly { readonly ids: Int32Array; readonly typeIds: Int32Array }[],
  options: PadOptions = {},
): PaddedBatch {
  checkOptions('padSequences', options, {
    padId: 'whole',
    length: 'whole',
    side: ['right', 'left'],
  } satisfies OptionNames<PadOptions>);
  checkOption('padSequences', 'the sequences', sequences, 'list');
  const isIds = (value: unknown) => value instanceof Int32Array;
  const wrong = sequences.findIndex(
    (one) => !isIds(one?.ids) || !isIds(one.typeIds) || one.ids.length !== one.typeIds.length,
  );
  if (wrong >= 0)
    throw new ConfigError(
      `padSequences: sequence ${wrong} must have ids and typeIds, Int32Arrays of one length`,
    );
  const { padId = 0, side = 'right' } = options;
  const { length = sequences.reduce((longest, { ids }) => Math.max(longest, ids.length), 0) } = options;
  const size = sequences.length * length;
  if (size > MAX_PADDED)
    throw new ShapeError(
      `padSequences: ${sequences.length} sequences of length ${length} are more than ${MAX_PADDED} tokens`,
    );
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
