import { argmax } from '@headwise/core/internal';
import type { Seq2Seq } from '@headwise/core/nn';
import type { SequenceExample } from '../../sequences/task.ts';
import { BOS, EOS } from '../../sequences/tokenizers.ts';

/**
 * The inputs of a decoder that reads, at each step, either the target's token or its own argmax given what it has read so far (scheduled
 * sampling). The pass that finds them is not recorded; with these inputs, `Seq2Seq.logits` repeats it for the gradients.
 *
 * An own `</s>` before the target's end is replaced by the target's token: nothing is read after `</s>`.
 *
 * @param isForced whether the token of a target that is read next is the target's, by the number of the sequence and of the token
 */
export function mixedInputs(
  model: Seq2Seq,
  examples: readonly SequenceExample[],
  isForced: (sequence: number, token: number) => boolean,
): number[][] {
  const longest = Math.max(...examples.map(({ labels }) => labels.length));
  const results = model.generate(
    examples.map(({ ids }) => ids),
    {
      maxLength: longest,
      hooks: {
        'decoder.steps.*.logits': ({ name, data, shape }) => {
          const step = Number(name.split('.')[2]);
          const width = shape.at(-1)!;
          for (const [s, { labels }] of examples.entries()) {
            if (step >= labels.length) continue;
            const row = data.subarray(s * width, (s + 1) * width);
            const isLast = step === labels.length - 1;
            if (isLast || isForced(s, step) || argmax(row) === EOS) row[labels[step]!] = Infinity;
          }
          return data;
        },
      },
    },
  );
  // The last token, `</s>`, is no input.
  return results.map(({ ids }) => [BOS, ...ids]);
}
