import { createModel, maskedLanguageModelling, Trainer } from '@headwise/core/train';
import type { Pair } from '../../data/split.ts';
import { special, type Vocabulary } from './vocabulary.ts';

export interface EncoderTraining {
  readonly layers: number;
  readonly width: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Steps after which the vectors are kept; 0 for the initial ones. */
  readonly snapshotAt: readonly number[];
}

export interface Snapshot {
  readonly step: number;
  /** Mean loss of the steps since the snapshot before, in nats per masked word; null at the beginning. */
  readonly loss: number | null;
  /** The vector of each id. */
  readonly vectorOf: (id: number) => Float32Array;
}

const EMBEDDINGS = 'bert.embeddings.word_embeddings.weight';

/**
 * Trains a BERT on pairs of sentences to fill in masked words of either language from both, i.e. translation language modelling (Conneau and Lample
 * 2019, §3.3), and keeps its word embeddings along the way. They are also the weights of the output layer.
 */
export async function trainEmbeddings(
  vocabulary: Vocabulary,
  pairs: readonly Pair[],
  { layers, width, steps, batchSize, learningRate, seed, snapshotAt }: EncoderTraining,
): Promise<{ snapshots: Snapshot[]; parameters: number }> {
  const examples = pairs.map((pair) => vocabulary.encode(pair));
  const longest = Math.max(...examples.map(({ ids }) => ids.length));
  const config = {
    architectures: ['BertForMaskedLM'],
    model_type: 'bert',
    vocab_size: vocabulary.size,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: Math.max(1, width / 16),
    intermediate_size: 2 * width,
    max_position_embeddings: longest,
    type_vocab_size: 2,
    pad_token_id: special.pad,
  };
  const trainable = await createModel(config, { seed, taskHeads: ['maskedLM'] });
  try {
    if (trainable.kind !== 'encoder') throw new Error(`expected an encoder, got ${trainable.kind}`);
    const { parameters } = trainable;
    const table = parameters.all.find(({ name }) => name === EMBEDDINGS);
    if (!table) throw new Error(`expected a parameter ${EMBEDDINGS}, found none`);
    const snapshots: Snapshot[] = [];
    let losses: number[] = [];
    const keep = (step: number) => {
      if (!snapshotAt.includes(step)) return;
      const values = table.values.slice();
      const loss = losses.length === 0 ? null : losses.reduce((sum, one) => sum + one, 0) / losses.length;
      snapshots.push({ step, loss, vectorOf: (id) => values.subarray(id * width, (id + 1) * width) });
      losses = [];
    };
    keep(0);
    await new Trainer({
      trainable,
      objective: maskedLanguageModelling({
        maskTokenId: special.mask,
        vocabSize: vocabulary.size,
        specialTokenIds: Object.values(special),
      }),
      trainExamples: examples,
      maxSteps: steps,
      batchSize,
      learningRate,
      schedule: 'linear',
      warmupSteps: Math.ceil(steps / 20),
      weightDecay: 0.01,
      seed,
      onStep: ({ step, loss }) => {
        losses.push(loss);
        keep(step);
      },
    }).train();
    return { snapshots, parameters: parameters.values.length };
  } finally {
    trainable.dispose();
  }
}
