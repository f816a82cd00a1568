import { createBackend } from '@headwise/core';
import { Seq2Seq } from '@headwise/core/nn';
import {
  createModel,
  recurrentSeq2SeqModelling,
  type TrainableRecurrentSeq2Seq,
  Trainer,
} from '@headwise/core/train';
import type { JobContext, ModelStore } from '../job.ts';

/** The letters of the strings that are reversed. */
const LETTERS = 'abcdefgh';
const BOS = 0;
const EOS = 1;
const FIRST = 2;

const SIZES = { embeddingDim: 16, hiddenSize: 32 };
const BATCH = 16;

/** A moment of the training. */
export interface TrainingSnapshot {
  readonly step: number;
  /** Mean loss since the last snapshot, in nats for each token; that of the first steps at the beginning. */
  readonly loss: number;
  /** What the model writes for the sample. */
  readonly text: string;
  /** Its alignment when it writes the right answer: `[letters of the answer][letters of the sample]`. */
  readonly weights: readonly (readonly number[])[];
}

export interface TrainingParams {
  readonly seed: number;
  /** Letters a to h. */
  readonly sample: string;
  readonly steps: number;
  /** Steps from one snapshot to the next. */
  readonly every: number;
}

const idsOf = (text: string): number[] => [...text].map((letter) => LETTERS.indexOf(letter) + FIRST);
const reversed = (text: string): string => [...text].reverse().join('');

/** Numbers from 0 to below `limit`, by a seed: Numerical Recipes' linear congruential generator. */
function drawer(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Trains a recurrent encoder–decoder with attention to reverse strings, and sends how its alignment comes to be. */
export async function run(
  _store: ModelStore,
  { seed, sample, steps, every }: TrainingParams,
  { signal, progress, breathe }: JobContext<TrainingSnapshot>,
): Promise<readonly TrainingSnapshot[]> {
  const vocabSize = LETTERS.length + FIRST;
  const config = {
    model_type: 'recurrent_seq2seq',
    vocab_size: vocabSize,
    cell: 'gru',
    attention: 'additive',
    embedding_dim: SIZES.embeddingDim,
    hidden_size: SIZES.hiddenSize,
    bidirectional: true,
    bos_token_id: BOS,
    eos_token_id: EOS,
  };
  const trainable = (await createModel(config, { seed })) as TrainableRecurrentSeq2Seq;
  const backend = await createBackend();
  const draw = drawer(seed);
  const examples = Array.from({ length: steps * BATCH }, () => {
    const text = Array.from({ length: 3 + draw(5) }, () => LETTERS[draw(LETTERS.length)]).join('');
    return { ids: idsOf(text), labels: [...idsOf(reversed(text)), EOS] };
  });
  const snapshots: TrainingSnapshot[] = [];
  let losses: number[] = [];
  const take = async (step: number): Promise<void> => {
    const model = await Seq2Seq.load(backend, trainable.parameters.stateDict(), {
      sourceVocabSize: vocabSize,
      targetVocabSize: vocabSize,
      ...SIZES,
      cell: 'gru',
      attention: 'additive',
      bidirectional: true,
      bosTokenId: BOS,
      eosTokenId: EOS,
    });
    const ids = idsOf(sample);
    const [written] = model.generate([ids], { maxLength: ids.length + 3 });
    const [forced] = model.forward([ids], [idsOf(reversed(sample))], { needWeights: true });
    model.dispose();
    const { data } = forced?.alignments ?? { data: new Float32Array() };
    const snapshot = {
      step,
      loss: losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length),
      text: Array.from(written?.ids ?? [], (id) => LETTERS[id - FIRST] ?? '·').join(''),
      weights: ids.map((_, i) => [...data.slice(i * ids.length, (i + 1) * ids.length)]),
    };
    losses = [];
    snapshots.push(snapshot);
    progress(snapshot);
    await breathe();
  };
  let step = 0;
  try {
    await new Trainer({
      trainable,
      objective: recurrentSeq2SeqModelling(),
      trainExamples: examples,
      batchSize: BATCH,
      maxSteps: steps,
      learningRate: 0.01,
      seed,
      signal,
      onStep: (report) => {
        step = report.step;
        losses.push(report.loss);
      },
      evaluate: async () => {
        await take(step);
        return {};
      },
      evaluateEvery: every,
    }).train();
  } finally {
    trainable.model.dispose();
    trainable.dispose();
  }
  return snapshots;
}
