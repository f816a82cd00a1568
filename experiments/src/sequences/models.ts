import { createBackend, loadModel } from '@headwise/core';
import {
  createModel,
  dropoutRates,
  type EvaluationMetrics,
  openTrainable,
  recurrentSeq2SeqModelling,
  seq2SeqLanguageModelling,
  type TrainableModel,
  type TrainableRecurrentSeq2Seq,
  type TrainableSeq2SeqLM,
  Trainer,
  type TrainerOptions,
  type TrainingBatch,
  type TrainResult,
} from '@headwise/core/train';
import { repositoryOf } from '../shipping/repository.ts';
import { safetensorsOf, singlePrecision, type Weights } from '../shipping/weights.ts';
import { type Architecture, configOf } from './architectures.ts';
import { initialWeights } from './recurrent-layer.ts';
import type { SequenceExample, SequenceTask } from './task.ts';
import { BOS, EOS, PAD } from './tokenizers.ts';

/** A decoded target. */
export interface Decoded {
  readonly text: string;
  /** Attention weights of each target token to the source tokens, the mean over heads of the last layer that has them; with `alignments`. */
  readonly alignment?: readonly (readonly number[])[];
  readonly targetTokens?: readonly string[];
}

export interface DecodeOptions {
  readonly alignments?: boolean;
  /** Of transformers: beam search. Default 1, greedy decoding. */
  readonly numBeams?: number;
}

/** Options of `Trainer` that experiments choose. */
export interface SequenceTraining
  extends Omit<
    TrainerOptions<never, SequenceExample, TrainingBatch>,
    'trainable' | 'objective' | 'trainExamples' | 'evaluate' | 'replicas' | 'freeze'
  > {
  /** The share of the target distribution that is uniform over the vocabulary. Default 0. */
  readonly labelSmoothing?: number;
  readonly evaluate?: () => Promise<EvaluationMetrics>;
}

/** Tokens that a target may have more than its source has, and the factor. */
const maxTargetLength = (source: number) => 2 * source + 10;

const BATCH_SIZE = 64;

export async function createSequenceModel(
  task: SequenceTask,
  architecture: Architecture,
  seed: number,
): Promise<SequenceModel> {
  const config = configOf(task.tokenizer.vocabSize, architecture);
  const initial =
    architecture.kind === 'recurrent' ? await initialWeights(task, architecture, seed) : undefined;
  return openSequenceModel(task, config, seed, initial);
}

/**
 * A model of any encoder–decoder architecture, with random weights or given ones.
 *
 * @param config contents of config.json with the ids of our special tokens
 * @param weights under the names of `weights()`
 */
export async function openSequenceModel(
  task: SequenceTask,
  config: Record<string, unknown>,
  seed: number,
  weights?: Weights,
): Promise<SequenceModel> {
  const trainable = weights
    ? await openTrainable(await createBackend(), config, singlePrecision(weights))
    : await createModel(config, { seed });
  if (!isSequenceToSequence(trainable)) {
    throw new Error(`expected an encoder–decoder, got ${trainable.kind}`);
  }
  return new SequenceModel(task, config, trainable);
}

type Trained = TrainableSeq2SeqLM | TrainableRecurrentSeq2Seq;

const isSequenceToSequence = (model: TrainableModel): model is Trained =>
  model.kind === 'seq2seqLM' || model.kind === 'recurrentSeq2Seq';

/** A model of sequences that is trained and decodes. */
export class SequenceModel {
  readonly #task: SequenceTask;
  /** The contents of config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly #trainable: Trained;

  constructor(task: SequenceTask, config: Readonly<Record<string, unknown>>, trainable: Trained) {
    this.#task = task;
    this.config = config;
    this.#trainable = trainable;
  }

  get parameterCount(): number {
    return this.#trainable.parameters.all
      .filter(({ trainable }) => trainable)
      .reduce((sum, { values }) => sum + values.length, 0);
  }

  weights(): Weights {
    return this.#trainable.parameters.stateDict();
  }

  async train(
    examples: readonly SequenceExample[],
    { labelSmoothing = 0, ...options }: SequenceTraining,
  ): Promise<TrainResult> {
    const trainable = this.#trainable;
    const shared = { ...options, trainExamples: examples };
    if (trainable.kind === 'recurrentSeq2Seq') {
      return train({ ...shared, trainable, objective: recurrentSeq2SeqModelling({ labelSmoothing }) });
    }
    const objective = seq2SeqLanguageModelling({ decoderStartTokenId: BOS, padTokenId: PAD, labelSmoothing });
    return train({ dropout: dropoutRates(this.config), ...shared, trainable, objective });
  }

  /** Decodes with the model as it would be loaded from its files. */
  async decode(
    sources: readonly string[],
    { alignments = false, numBeams = 1 }: DecodeOptions = {},
  ): Promise<Decoded[]> {
    const { tokenizer, files } = this.#task;
    const model = await loadModel(
      repositoryOf({ ...files, 'config.json': this.config }, safetensorsOf(this.weights())),
      {
        dtype: 'f32',
      },
    );
    if (model.kind !== 'seq2seqLM' && model.kind !== 'recurrentSeq2Seq') {
      throw new Error(`expected an encoder–decoder, got ${model.kind}`);
    }
    try {
      const decoded: Decoded[] = [];
      for (let from = 0; from < sources.length; from += BATCH_SIZE) {
        const batch = sources.slice(from, from + BATCH_SIZE);
        const length = Math.max(...batch.map((source) => tokenizer.encode(source).ids.length));
        const options = { maxNewTokens: maxTargetLength(length), alignments, batchSize: BATCH_SIZE };
        const generations =
          model.kind === 'seq2seqLM'
            ? await model.generate(batch, { ...options, numBeams })
            : await model.generate(batch, options);
        for (const { text, tokens } of generations) {
          const kept = tokens.filter(({ id }) => id !== EOS);
          const alignment = kept.map(({ alignment: weights }) => (weights ? lastLayerMean(weights) : []));
          const targetTokens = kept.map(({ id }) => tokenizer.decode([id]));
          decoded.push(alignments ? { text, alignment, targetTokens } : { text });
        }
      }
      return decoded;
    } finally {
      await model.dispose();
    }
  }

  dispose(): void {
    if (this.#trainable.kind === 'recurrentSeq2Seq') this.#trainable.model.dispose();
    this.#trainable.dispose();
  }
}

async function train<Model, Batch extends TrainingBatch>(
  options: TrainerOptions<Model, SequenceExample, Batch>,
): Promise<TrainResult> {
  const trainer = new Trainer(options);
  if (options.checkpoints) await trainer.resume();
  const result = await trainer.train();
  const { step, epoch, evaluations } = result;
  // The trained model is evaluated also where its last step is not the end of an epoch.
  if (!options.evalExamples || evaluations.at(-1)?.step === step) return result;
  return { ...result, evaluations: [...evaluations, { step, epoch, metrics: await trainer.evaluate() }] };
}

/** The mean over the heads of the last layer of `[layers, heads, source]`. */
function lastLayerMean({ data, shape }: { data: Float32Array; shape: readonly number[] }): number[] {
  const [layers = 0, heads = 0, source = 0] = shape;
  const from = (layers - 1) * heads * source;
  return Array.from({ length: source }, (_, key) => {
    let sum = 0;
    for (let head = 0; head < heads; head++) sum += data[from + head * source + key]!;
    return sum / heads;
  });
}
