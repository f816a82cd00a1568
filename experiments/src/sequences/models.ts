import { createBackend, loadSeq2SeqLM } from '@headwise/core';
import { Seq2Seq, type Seq2SeqOptions } from '@headwise/core/nn';
import {
  createModel,
  crossEntropy,
  customObjective,
  type DropoutRates,
  dropoutRates,
  type EvaluationMetrics,
  type LossContext,
  loadTrainable,
  openTrainable,
  seq2SeqLanguageModelling,
  type Trainable,
  type TrainableSeq2SeqLM,
  Trainer,
  type TrainerOptions,
  type TrainingBatch,
  type TrainResult,
} from '@headwise/core/train';
import { safetensorsOf, singlePrecision, type Weights } from '../shipping/weights.ts';
import type { SequenceExample, SequenceTask } from './task.ts';
import { BOS, EOS, PAD } from './tokenizers.ts';

/** A recurrent encoder–decoder, with attention or without. */
export interface RecurrentArchitecture {
  readonly kind: 'recurrent';
  readonly cell: 'rnn' | 'lstm' | 'gru';
  /** The score of the attention; null: the decoder gets the encoder's final state alone. */
  readonly attention: 'additive' | 'dot' | 'general' | null;
  readonly embeddingDim: number;
  readonly hiddenSize: number;
  readonly numLayers?: number;
  readonly bidirectional?: boolean;
}

/** An encoder–decoder transformer with sinusoidal positions (Marian). */
export interface TransformerArchitecture {
  readonly kind: 'transformer';
  readonly width: number;
  readonly heads: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly feedForward: number;
  readonly dropout?: number;
}

export type Architecture = RecurrentArchitecture | TransformerArchitecture;

/** A decoded target. */
export interface Decoded {
  readonly text: string;
  /** Attention weights of each target token to the source tokens, the mean over heads of the last layer that has them; with `alignments`. */
  readonly alignment?: readonly (readonly number[])[];
  readonly targetTokens?: readonly string[];
}

/** A model of sequences that is trained and decodes greedily. */
export interface SequenceModel {
  readonly parameterCount: number;
  /** The contents of config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  weights(): Weights;
  train(examples: readonly SequenceExample[], options: SequenceTraining): Promise<TrainResult>;
  /** Greedy decoding. */
  decode(sources: readonly string[], options?: { readonly alignments?: boolean }): Promise<Decoded[]>;
  dispose(): void;
}

/** A transformer, which is also trained with label smoothing and decodes with beams. */
export interface TransformerSequenceModel extends SequenceModel {
  train(examples: readonly SequenceExample[], options: TransformerTraining): Promise<TrainResult>;
  /** Greedy decoding, or with `numBeams` beam search. */
  decode(
    sources: readonly string[],
    options?: { readonly alignments?: boolean; readonly numBeams?: number },
  ): Promise<Decoded[]>;
}

/** `labelSmoothing`: the share of the target distribution that is uniform over the vocabulary. Default 0. */
export type TransformerTraining = SequenceTraining & { readonly labelSmoothing?: number };

/** Options of `Trainer` that experiments choose. */
export interface SequenceTraining
  extends Omit<
    TrainerOptions<never, SequenceExample, TrainingBatch>,
    'trainable' | 'objective' | 'trainExamples' | 'evaluate' | 'replicas' | 'freeze'
  > {
  readonly labelSmoothing?: number;
  readonly evaluate?: () => Promise<EvaluationMetrics>;
}

/** Tokens that a target may have more than its source has, and the factor. */
const maxTargetLength = (source: number) => 2 * source + 10;

export function createSequenceModel(
  task: SequenceTask,
  architecture: Architecture,
  seed: number,
): Promise<SequenceModel> {
  return architecture.kind === 'recurrent'
    ? RecurrentModel.create(task, architecture, seed)
    : createTransformerModel(task, marianConfig(task.tokenizer.vocabSize, architecture), seed);
}

/**
 * A transformer of any encoder–decoder architecture, with random weights or given ones.
 *
 * @param config contents of config.json with the ids of our special tokens
 * @param weights under the names of `weights()`
 */
export async function createTransformerModel(
  task: SequenceTask,
  config: Record<string, unknown>,
  seed: number,
  weights?: Weights,
): Promise<TransformerSequenceModel> {
  const trainable = weights
    ? await openTrainable(await createBackend(), config, singlePrecision(weights))
    : await createModel(config, { seed });
  if (!hasKind(trainable, 'seq2seqLM')) throw new Error(`expected an encoder–decoder, got ${trainable.kind}`);
  return new TransformerModel(task, config, trainable);
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

/** The options of a `Seq2Seq` for a task. */
export function recurrentOptions(task: SequenceTask, architecture: RecurrentArchitecture): Seq2SeqOptions {
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

class RecurrentModel implements SequenceModel {
  readonly #task: SequenceTask;
  readonly #architecture: RecurrentArchitecture;
  readonly #trainable: Trainable<Seq2Seq>;

  constructor(task: SequenceTask, architecture: RecurrentArchitecture, trainable: Trainable<Seq2Seq>) {
    this.#task = task;
    this.#architecture = architecture;
    this.#trainable = trainable;
  }

  static async create(task: SequenceTask, architecture: RecurrentArchitecture, seed: number) {
    const backend = await createBackend();
    const options = recurrentOptions(task, architecture);
    const initial = await new Seq2Seq(options).to(backend, { seed });
    const trainable = await loadTrainable(backend, initial.stateDict(), (weights, recording) =>
      Seq2Seq.load(recording, weights, options),
    );
    initial.dispose();
    return new RecurrentModel(task, architecture, trainable);
  }

  get parameterCount(): number {
    return this.#trainable.parameters.values.length;
  }

  get config() {
    const {
      kind: _,
      attention,
      cell,
      embeddingDim,
      hiddenSize,
      numLayers = 1,
      bidirectional = false,
    } = this.#architecture;
    return {
      model_type: 'recurrent_seq2seq',
      vocab_size: this.#task.tokenizer.vocabSize,
      cell,
      attention,
      embedding_dim: embeddingDim,
      hidden_size: hiddenSize,
      num_layers: numLayers,
      bidirectional,
      bos_token_id: BOS,
      eos_token_id: EOS,
      pad_token_id: PAD,
    };
  }

  weights(): Weights {
    return this.#trainable.parameters.stateDict();
  }

  async train(
    examples: readonly SequenceExample[],
    { labelSmoothing = 0, ...options }: SequenceTraining,
  ): Promise<TrainResult> {
    const objective = customObjective({
      collate: (batch: readonly SequenceExample[]) => {
        const labels = batch.map((example) => example.labels);
        const targets = labels.reduce((sum, { length }) => sum + length, 0);
        const tokens = batch.reduce((sum, { ids }) => sum + ids.length, targets);
        return { sources: batch.map(({ ids }) => ids), labels, tokens, targets };
      },
      loss: ({ sources, labels }, ctx: LossContext<Seq2Seq>) =>
        crossEntropy(
          ctx.backend,
          ctx.model.logits(sources, labels),
          Int32Array.from(labels.flatMap((ids) => [...ids])),
          ctx.training ? { labelSmoothing } : {},
        ),
      lengthOf: ({ ids, labels }) => ids.length + labels.length,
    });
    return train({ ...options, trainable: this.#trainable, objective, trainExamples: examples });
  }

  async decode(sources: readonly string[], { alignments = false } = {}): Promise<Decoded[]> {
    const { tokenizer } = this.#task;
    const decoded: Decoded[] = [];
    const ids = sources.map((source) => tokenizer.encode(source).ids);
    const batchSize = alignments ? 1 : 64;
    for (let from = 0; from < ids.length; from += batchSize) {
      const batch = ids.slice(from, from + batchSize);
      const maxLength = maxTargetLength(Math.max(...batch.map(({ length }) => length)));
      const results = this.#trainable.model.generate(batch, { maxLength, needWeights: alignments });
      for (const result of results) {
        const text = tokenizer.decode(result.ids);
        const { data, shape } = result.alignments ?? { data: [], shape: [0, 0] };
        const [, width = 0] = shape;
        const rows = Array.from(result.ids, (_, i) => [...data.slice(i * width, (i + 1) * width)]);
        const targetTokens = [...result.ids].map((id) => tokenizer.decode([id]));
        decoded.push(alignments ? { text, alignment: rows, targetTokens } : { text });
      }
    }
    return decoded;
  }

  dispose(): void {
    this.#trainable.model.dispose();
    this.#trainable.dispose();
  }
}

const hasKind = <T extends { readonly kind: string }, K extends T['kind']>(
  model: T,
  kind: K,
): model is Extract<T, { kind: K }> => model.kind === kind;

class TransformerModel implements TransformerSequenceModel {
  readonly #task: SequenceTask;
  readonly config: Readonly<Record<string, unknown>>;
  readonly #dropout: DropoutRates;
  readonly #trainable: TrainableSeq2SeqLM;

  constructor(task: SequenceTask, config: Record<string, unknown>, trainable: TrainableSeq2SeqLM) {
    this.#task = task;
    this.config = config;
    this.#dropout = dropoutRates(config);
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
    const objective = seq2SeqLanguageModelling({ decoderStartTokenId: BOS, padTokenId: PAD, labelSmoothing });
    return train({
      dropout: this.#dropout,
      ...options,
      trainable: this.#trainable,
      objective,
      trainExamples: examples,
    });
  }

  async decode(
    sources: readonly string[],
    { alignments = false, numBeams = 1 }: { alignments?: boolean; numBeams?: number } = {},
  ): Promise<Decoded[]> {
    const { tokenizer, files } = this.#task;
    const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const repository = new Map(Object.entries(files).map(([name, value]) => [name, encode(value)]));
    repository.set('config.json', encode(this.config));
    repository.set('model.safetensors', safetensorsOf(this.weights()));
    const model = await loadSeq2SeqLM(repository, { dtype: 'f32' });
    try {
      const decoded: Decoded[] = [];
      const batchSize = 64;
      for (let from = 0; from < sources.length; from += batchSize) {
        const batch = sources.slice(from, from + batchSize);
        const length = Math.max(...batch.map((source) => tokenizer.encode(source).ids.length));
        const options = { maxNewTokens: maxTargetLength(length), alignments, numBeams };
        for (const generation of await model.generate(batch, options)) {
          const { text, tokens } = generation;
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
    this.#trainable.dispose();
  }
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

/** Contents of config.json of a small Marian model with our special tokens. */
export function marianConfig(
  vocabSize: number,
  { width, heads, encoderLayers, decoderLayers, feedForward, dropout = 0 }: TransformerArchitecture,
): Record<string, unknown> {
  return {
    architectures: ['MarianMTModel'],
    model_type: 'marian',
    is_encoder_decoder: true,
    vocab_size: vocabSize,
    decoder_vocab_size: vocabSize,
    share_encoder_decoder_embeddings: true,
    tie_word_embeddings: true,
    d_model: width,
    encoder_layers: encoderLayers,
    decoder_layers: decoderLayers,
    encoder_attention_heads: heads,
    decoder_attention_heads: heads,
    encoder_ffn_dim: feedForward,
    decoder_ffn_dim: feedForward,
    activation_function: 'relu',
    dropout,
    attention_dropout: 0,
    activation_dropout: 0,
    scale_embedding: true,
    static_position_embeddings: true,
    max_position_embeddings: 512,
    init_std: 0.05,
    pad_token_id: PAD,
    bos_token_id: BOS,
    eos_token_id: EOS,
    decoder_start_token_id: BOS,
    forced_eos_token_id: null,
  };
}
