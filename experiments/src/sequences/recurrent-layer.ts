import { createBackend } from '@headwise/core';
import { Seq2Seq, type Seq2SeqOptions } from '@headwise/core/nn';
import { loadTrainable, type Trainable } from '@headwise/core/train';
import { singlePrecision, type Weights } from '../shipping/weights.ts';
import type { RecurrentArchitecture } from './architectures.ts';
import type { SequenceTask } from './task.ts';
import { BOS, EOS } from './tokenizers.ts';

/** The options of a `Seq2Seq` for a task. */
function recurrentOptions(task: SequenceTask, architecture: RecurrentArchitecture): Seq2SeqOptions {
  const { kind: _, attention, ...sizes } = architecture;
  const { vocabSize } = task.tokenizer;
  return {
    sourceVocabSize: vocabSize,
    targetVocabSize: vocabSize,
    ...sizes,
    ...(attention && { attention }),
    bosTokenId: BOS,
    eosTokenId: EOS,
  };
}

/** Random weights, as PyTorch's layers begin with. */
export async function initialWeights(
  task: SequenceTask,
  architecture: RecurrentArchitecture,
  seed: number,
): Promise<Weights> {
  const layer = await new Seq2Seq(recurrentOptions(task, architecture)).to(await createBackend(), { seed });
  try {
    return layer.stateDict();
  } finally {
    layer.dispose();
  }
}

/** The layer itself, for experiments that choose its inputs or look at its gradients. */
export async function openSeq2Seq(
  task: SequenceTask,
  architecture: RecurrentArchitecture,
  weights: Weights,
): Promise<Trainable<Seq2Seq>> {
  const options = recurrentOptions(task, architecture);
  return loadTrainable(await createBackend(), singlePrecision(weights), (checkpoint, recording) =>
    Seq2Seq.load(recording, checkpoint, options),
  );
}
