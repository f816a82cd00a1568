import { causalLanguageModelling, createModel, Trainer } from '@headwise/core/train';
import type { Pair } from '../../data/split.ts';
import { special, type Vocabulary } from './vocabulary.ts';

export interface EmbeddingTraining {
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
  /** Mean loss of the steps since the snapshot before, in nats per word; null at the beginning. */
  readonly loss: number | null;
  /** The vector of each id. */
  readonly vectorOf: (id: number) => Float32Array;
}

const EMBEDDINGS = 'model.embed_tokens.weight';

/**
 * Trains a GPT of words on pairs of sentences, one after the other, with either language first in half of them, and keeps its word
 * embeddings along the way. They are also the weights of the output layer.
 */
export async function trainEmbeddings(
  vocabulary: Vocabulary,
  pairs: readonly Pair[],
  { layers, width, steps, batchSize, learningRate, seed, snapshotAt }: EmbeddingTraining,
): Promise<{ snapshots: Snapshot[]; parameters: number }> {
  const examples = pairs.map((pair, i) => ({ ids: vocabulary.encode(pair, i % 2 === 0 ? 'en' : 'ko') }));
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabulary.size,
    hidden_size: width,
    intermediate_size: 2 * width,
    num_hidden_layers: layers,
    num_attention_heads: Math.max(1, width / 16),
    max_position_embeddings: Math.max(...examples.map(({ ids }) => ids.length)),
    tie_word_embeddings: true,
    initializer_range: 0.05,
    bos_token_id: special.begin,
    eos_token_id: special.end,
  };
  const trainable = await createModel(config, { seed });
  try {
    if (trainable.kind !== 'causalLM') throw new Error(`expected a decoder, got ${trainable.kind}`);
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
      objective: causalLanguageModelling(),
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
