import { ConfigError } from '../../errors.ts';
import type { Decoder } from '../../models/decoders/decoder.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import { countingRows } from '../../nn/run/forward.ts';
import { type OptionNames, requireOptions } from '../../options.ts';
import { packIds, packTokens } from '../data/packing.ts';
import { IGNORE_INDEX } from '../losses/cross-entropy.ts';
import { decoderLoss } from './decoder-loss.ts';
import { type Objective, SMOOTHING, type SmoothingOptions, type TrainingBatch } from './objective.ts';

export interface Seq2SeqLMOptions extends SmoothingOptions {
  /** The decoder's first input token: `decoder_start_token_id` of config.json. */
  readonly decoderStartTokenId: number;
  /** The decoder's input in place of labels of −100: `pad_token_id` of config.json. */
  readonly padTokenId: number;
}

/** A source and its target. */
export interface Seq2SeqLMExample {
  /** Token ids of the source, special tokens included. */
  readonly ids: ArrayLike<number>;
  /** Token ids of the target, with the end-of-sequence token; −100 for tokens that are no targets. */
  readonly labels: ArrayLike<number>;
}

export interface Seq2SeqLMBatch extends TrainingBatch {
  readonly source: TokenBatch;
  /** The decoder's inputs: the labels, shifted by one. */
  readonly ids: Int32Array;
  readonly offsets: Int32Array;
  /** The inputs with a target. */
  readonly rows: Int32Array;
  readonly labels: Int32Array;
}

/**
 * Sequence-to-sequence language modelling with teacher forcing: the cross entropy of each target token given the source and the target tokens
 * before it. The decoder's inputs are the labels shifted by one, as in Hugging Face.
 *
 * Metrics in evaluation: `accuracy` of the most probable token.
 */
export function seq2SeqLanguageModelling(
  options: Seq2SeqLMOptions,
): Objective<Decoder, Seq2SeqLMExample, Seq2SeqLMBatch> {
  requireOptions('seq2SeqLanguageModelling', options, {
    ...SMOOTHING,
    decoderStartTokenId: 'whole',
    padTokenId: 'whole',
  } satisfies OptionNames<Seq2SeqLMOptions>);
  const { decoderStartTokenId, padTokenId, labelSmoothing = 0 } = options;
  return {
    name: 'seq2SeqLM',
    lengthOf: ({ ids, labels }) => ids.length + labels.length,
    collate(examples) {
      const source = packTokens(examples.map(({ ids }) => ({ ids })));
      const { ids: all, offsets } = packIds(examples.map(({ labels }) => labels));
      const starts = new Set(offsets);
      const ids = all.map((_, i) => {
        if (starts.has(i)) return decoderStartTokenId;
        return all[i - 1] === IGNORE_INDEX ? padTokenId : all[i - 1]!;
      });
      const rows = countingRows(all.length).filter((row) => all[row] !== IGNORE_INDEX);
      return {
        source,
        ids,
        offsets,
        rows,
        labels: rows.map((row) => all[row]!),
        tokens: source.ids.length + ids.length,
        targets: rows.length,
      };
    },
    loss(batch, ctx) {
      const { model } = ctx;
      if (!model.encodeSource) throw new ConfigError('seq2SeqLM: the model must be an encoder–decoder');
      const { source } = batch;
      return decoderLoss(batch, ctx, labelSmoothing, (cache, slots) =>
        ctx.run(source.offsets, (forward) => model.encodeSource!(forward, source, cache, slots)),
      );
    },
  };
}
