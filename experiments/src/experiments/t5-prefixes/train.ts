import { openCheckpoints } from '@headwise/core/train';
import type { TaskName, TaskPair } from '../../data/grammar/index.ts';
import type { Pair } from '../../data/split.ts';
import type { Lab } from '../../lab/lab.ts';
import { openSequenceModel } from '../../sequences/models.ts';
import { encodePairs, type SequenceTask } from '../../sequences/task.ts';
import { BOS, EOS, PAD } from '../../sequences/tokenizers.ts';
import { readWeights, writeWeights } from '../../shipping/weights.ts';

export const settings = {
  vocabSize: 1000,
  width: 64,
  heads: 4,
  layers: 2,
  feedForward: 192,
  batchSize: 16,
  learningRate: 6e-3,
} as const;

/** Contents of config.json: T5 1.1 with gated GELU, in small sizes, and with tied embeddings as in the first T5. */
export const t5Config = (vocabSize: number): Record<string, unknown> => ({
  architectures: ['T5ForConditionalGeneration'],
  model_type: 't5',
  is_encoder_decoder: true,
  vocab_size: vocabSize,
  d_model: settings.width,
  d_kv: settings.width / settings.heads,
  d_ff: settings.feedForward,
  num_layers: settings.layers,
  num_decoder_layers: settings.layers,
  num_heads: settings.heads,
  feed_forward_proj: 'gated-gelu',
  relative_attention_num_buckets: 16,
  relative_attention_max_distance: 32,
  tie_word_embeddings: true,
  dropout_rate: 0,
  pad_token_id: PAD,
  bos_token_id: BOS,
  eos_token_id: EOS,
  decoder_start_token_id: BOS,
});

/** What a model is trained on, and for how long. */
export interface Plan {
  /** Names the model's files in the lab. */
  readonly key: string;
  readonly steps: number;
  /** The model to begin with. Default: random weights. */
  readonly from?: string;
}

const weightsPath = (lab: Lab, key: string) => lab.path(`${key}.safetensors`);

export const trainedWeights = (lab: Lab, key: string) => readWeights(weightsPath(lab, key));

/** Trains a model, leaves its weights in the lab, and returns its outputs for sources. */
export function trained(
  lab: Lab,
  task: SequenceTask,
  pairs: readonly Pair[],
  sources: readonly string[],
  { key, steps, from }: Plan,
): Promise<string[]> {
  const all = { ...settings, pairs: pairs.length, sources: sources.length, steps, from: from ?? null };
  return lab.unit(key, all, async () => {
    const config = t5Config(task.tokenizer.vocabSize);
    const initial = from === undefined ? undefined : trainedWeights(lab, from);
    const model = await openSequenceModel(task, config, lab.seed, initial);
    const { batchSize, learningRate } = settings;
    await model.train(encodePairs(task, pairs), {
      seed: lab.seed,
      maxSteps: steps,
      batchSize,
      bucketByLength: true,
      optimizer: { type: 'adamw', betas: [0.9, 0.98] },
      learningRate,
      warmupRatio: 0.05,
      schedule: 'cosine',
      checkpoints: {
        storage: openCheckpoints(lab.path('checkpoints', `${key}-${steps}`)),
        every: 500,
        keep: 1,
      },
      onStep: ({ step, loss }) => {
        if (step % 100 === 0) lab.log(`${key}: step ${step}, loss ${loss.toFixed(3)}`);
      },
    });
    writeWeights(weightsPath(lab, key), model.weights());
    const decoded = await model.decode(sources);
    model.dispose();
    return decoded.map(({ text }) => text);
  });
}

/** The pairs of a task without its prefix, for a model of this task alone. */
export const withoutPrefix = (pairs: readonly TaskPair[], task: TaskName): Pair[] =>
  pairs
    .filter((pair) => pair.task === task)
    .map(({ source, target }) => ({ source: source.slice(task.length + 2), target }));
