import { Choices } from '../../data/random.ts';
import type { RecurrentArchitecture } from '../../sequences/architectures.ts';
import { openSeq2Seq } from '../../sequences/recurrent-layer.ts';
import type { SequenceTask } from '../../sequences/task.ts';
import type { Weights } from '../../shipping/weights.ts';

/** Norms of gradients at one distance. */
export interface GradientNorm {
  /** Recurrent steps between the source token and the target token that is a copy of it. */
  readonly distance: number;
  /** Geometric mean over the strings. */
  readonly norm: number;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** Every second target token is looked at: with a string of 15 letters, at distances of 2, 6, …, 30. */
const EVERY = 2;

/**
 * How strongly an output depends on a token that it copies, by the number of recurrent steps between them: the norm of the gradient of the
 * output's logit with respect to the embedding of the source token, on the reversal of strings in which each letter occurs once. Target i
 * copies source n − 1 − i; the encoder reads i more letters and the end token, and the decoder takes i + 1 steps: 2i + 2 steps in all.
 *
 * The logit of the right letter rather than the loss, whose gradient vanishes where the model is certain.
 */
export async function gradientsByDistance(
  task: SequenceTask,
  architecture: RecurrentArchitecture,
  weights: Weights,
  { length, strings }: { readonly length: number; readonly strings: number },
): Promise<GradientNorm[]> {
  const { model, parameters, backend, dispose } = await openSeq2Seq(task, architecture, weights);
  const { vocabSize } = task.tokenizer;
  const table = parameters.get('encoder.embedding.weight');
  const choices = new Choices(0, 7);
  const logs = new Map<number, number>();
  for (let s = 0; s < strings; s++) {
    const letters = choices.shuffled([...LETTERS]).slice(0, length);
    const idsOf = (text: readonly string[]) => [...task.tokenizer.encode(text.join('')).ids];
    const [source, target] = [idsOf(letters), idsOf(letters.toReversed())];
    for (let i = 0; i < length; i += EVERY) {
      parameters.zeroGradients();
      backend.record((tape) => {
        const logits = model.logits([source], [target]);
        const seed = new Float32Array(target.length * vocabSize);
        seed[i * vocabSize + target[i]!] = 1;
        tape.backwardFrom(logits, seed);
      });
      const row = target[i]! * architecture.embeddingDim;
      const norm = Math.hypot(...table.gradient.subarray(row, row + architecture.embeddingDim));
      const distance = 2 * i + 2;
      // The least positive number of f32: what is less is 0.
      logs.set(distance, (logs.get(distance) ?? 0) + Math.log(Math.max(norm, 1.4e-45)));
    }
  }
  model.dispose();
  dispose();
  return [...logs].map(([distance, sum]) => ({ distance, norm: Math.exp(sum / strings) }));
}
