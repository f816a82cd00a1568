import { createBackend, HeadwiseError, writeSafetensors } from '@headwise/core';
import {
  causalLanguageModelling,
  createModel,
  recurrentSeq2SeqModelling,
  type StepReport,
  seq2SeqLanguageModelling,
  type TrainableModel,
  Trainer,
  TrainingError,
} from '@headwise/core/train';
import { configOf } from './config.ts';
import { dataOf, type Pair, type RunData } from './data.ts';
import { EXPERIMENTS, type Experiment, type RunSettings, stepsBetweenLooks } from './experiments.ts';
import { type Look, lookAt, type TrainedModel } from './look.ts';
import { BOS, EOS, PAD, type RunTokenizer, tokenizerOf } from './tokenizer.ts';

/** Why {@link TrainingRun.advance} ended. */
export type AdvanceEnd =
  /** All steps are done, or those that were asked for, or the signal was aborted. */
  | { readonly kind: 'completed' | 'stopped' }
  /** The loss or a gradient of the step is not finite. */
  | {
      readonly kind: 'notFinite';
      /** The step that failed, counted from 1. */
      readonly step: number;
      readonly loss: number;
      /** The first activation that is not finite, by its name for hooks; of a gradient none. */
      readonly activation: string | undefined;
      /** The first parameter with a value or gradient that is not finite. */
      readonly parameter: string | undefined;
    };

export interface AdvanceOptions {
  /** Ends it after the step, whose look is still taken. */
  readonly signal: AbortSignal;
  /** Awaited between steps. */
  readonly breathe: () => Promise<void>;
  readonly onStep: (step: Pick<StepReport, 'step' | 'loss'>) => void;
  readonly onLook: (look: Look) => void;
}

/** The files of a trained model, by name. */
export type ModelFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** Weights after some steps, as a safetensors file. */
interface Snapshot {
  readonly step: number;
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** A training that can be interrupted after each step. It is a function of its settings: the same ones give the same bits. */
export class TrainingRun {
  readonly settings: RunSettings;
  readonly data: RunData;
  readonly backend: string;
  readonly parameters: number;
  readonly vocabulary: number;
  readonly #experiment: Experiment;
  readonly #config: Record<string, unknown>;
  readonly #tokenizer: RunTokenizer;
  readonly #trainable: TrainableModel;
  readonly #trainer: Pick<
    Trainer<never, never, never>,
    'train' | 'stop' | 'pause' | 'continue' | 'dispose' | 'step'
  >;
  #options: AdvanceOptions | undefined;
  #until = 0;
  /** Losses since the last look. */
  #losses: number[] = [];
  /** The weights of the last look. */
  #kept: Snapshot | undefined;
  /** Whether the loss was not finite. */
  #isLost = false;
  /** Whether {@link advance} is to end after the current step. */
  #isEnding = false;
  #isDisposed = false;
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(
    settings: RunSettings,
    data: RunData,
    tokenizer: RunTokenizer,
    config: Record<string, unknown>,
    trainable: TrainableModel,
    backend: string,
  ) {
    this.settings = settings;
    this.data = data;
    this.backend = backend;
    this.#experiment = EXPERIMENTS[settings.experiment];
    this.#config = config;
    this.#tokenizer = tokenizer;
    this.#trainable = trainable;
    this.parameters = trainable.parameters.values.length;
    this.vocabulary = tokenizer.tokenizer.vocabSize;
    this.#trainer = this.#makeTrainer();
  }

  static async open(settings: RunSettings): Promise<TrainingRun> {
    const experiment = EXPERIMENTS[settings.experiment];
    const data = await dataOf(experiment, settings.seed);
    const division = experiment.architecture === 'decoder' ? 'characters' : 'words';
    const all = [...data.train, ...data.heldOut, ...data.samples];
    const tokenizer = tokenizerOf(
      all.flatMap(({ source, target }) => [source, target]),
      division,
    );
    const config = configOf(experiment, settings, tokenizer.tokenizer.vocabSize);
    const backend = await createBackend();
    const trainable = await createModel(config, { seed: settings.seed, backend });
    return new TrainingRun(settings, data, tokenizer, config, trainable, backend.name);
  }

  /** Steps done. */
  get step(): number {
    return this.#trainer.step;
  }

  /** Goes on until a step. Waits for the end of an earlier call. Resolves also when the signal is aborted. */
  advance(until: number, options: AdvanceOptions): Promise<AdvanceEnd> {
    const result = this.#busy.then(() => this.#advance(until, options));
    this.#busy = result.catch(() => undefined);
    return result;
  }

  /** Ends {@link advance} after the current step. */
  pause(): void {
    this.#isEnding = true;
    this.#trainer.stop();
  }

  /** What the model does now. `advance` looks by itself: at regular steps, and where it ends. */
  async look(): Promise<Look> {
    await this.#busy;
    return this.#look();
  }

  /** The files of the model of the last look. */
  async files(): Promise<{ readonly step: number; readonly files: ModelFiles }> {
    await this.#busy;
    const { step, weights } = this.#kept ?? this.#snapshot();
    return { step, files: this.#filesWith(weights) };
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.pause();
    await this.#busy;
    this.#trainer.dispose();
    if (this.#trainable.kind === 'recurrentSeq2Seq') this.#trainable.model.dispose();
    this.#trainable.dispose();
  }

  async #advance(until: number, options: AdvanceOptions): Promise<AdvanceEnd> {
    if (this.#isLost)
      throw new HeadwiseError('ERR_CONFIG', 'train: the loss of this run is not finite; start another one');
    this.#options = options;
    this.#until = until;
    this.#isEnding = options.signal.aborted || this.step >= until;
    const stop = (): void => this.pause();
    options.signal.addEventListener('abort', stop);
    try {
      this.#kept ??= this.#snapshot();
      if (this.#isEnding || this.#isDisposed) return { kind: 'stopped' };
      const { reason } = await this.#trainer.train();
      if (this.#kept?.step !== this.step && !this.#isDisposed) await this.#lookNow();
      return { kind: reason === 'completed' ? 'completed' : 'stopped' };
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      this.#isLost = true;
      const { step, loss, activation, parameter } = error;
      return { kind: 'notFinite', step: step + 1, loss, activation, parameter };
    } finally {
      options.signal.removeEventListener('abort', stop);
    }
  }

  #makeTrainer() {
    const { batch, steps } = this.#experiment;
    const { rate, seed } = this.settings;
    const shared = {
      batchSize: batch,
      maxSteps: steps,
      learningRate: rate,
      schedule: 'constant' as const,
      seed,
      // A loss that grows is something to be seen; only one that is no number ends a run.
      divergenceFactor: Infinity,
      onStep: (report: StepReport) => this.#afterStep(report),
      evaluate: async () => {
        await this.#lookNow();
        return {};
      },
      evaluateEvery: stepsBetweenLooks(this.#experiment),
    };
    const trainable = this.#trainable;
    const { train } = this.data;
    if (trainable.kind === 'recurrentSeq2Seq') {
      const trainExamples = train.map((pair) => this.#exampleOf(pair));
      return new Trainer({ ...shared, trainable, objective: recurrentSeq2SeqModelling(), trainExamples });
    }
    if (trainable.kind === 'seq2seqLM') {
      const objective = seq2SeqLanguageModelling({ decoderStartTokenId: BOS, padTokenId: PAD });
      const trainExamples = train.map((pair) => this.#exampleOf(pair));
      return new Trainer({ ...shared, trainable, objective, trainExamples });
    }
    if (trainable.kind === 'causalLM') {
      const trainExamples = train.map(({ target }) => ({ ids: [...this.#idsOf(target), EOS] }));
      return new Trainer({ ...shared, trainable, objective: causalLanguageModelling(), trainExamples });
    }
    throw new HeadwiseError(
      'ERR_CONFIG',
      `train: there is no experiment with a model of kind ${trainable.kind}`,
    );
  }

  #exampleOf({ source, target }: Pair) {
    return { ids: this.#idsOf(source), labels: this.#idsOf(target) };
  }

  #idsOf(text: string): number[] {
    return [...this.#tokenizer.tokenizer.encode(text).ids];
  }

  #afterStep({ step, loss }: StepReport): void {
    this.#losses.push(loss);
    this.#options?.onStep({ step, loss });
    if (step >= this.#until) {
      this.#trainer.stop();
      return;
    }
    // Other jobs come first.
    this.#trainer.pause();
    const goOn = (): void => this.#trainer.continue();
    this.#options?.breathe().then(goOn, goOn);
  }

  async #lookNow(): Promise<void> {
    this.#options?.onLook(await this.#look());
  }

  async #look(): Promise<Look> {
    const { step, weights } = this.#snapshot();
    this.#kept = { step, weights };
    const model = await this.#load(weights);
    try {
      const losses = this.#losses;
      this.#losses = [];
      const loss = losses.length > 0 ? losses.reduce((a, b) => a + b) / losses.length : undefined;
      return { step, loss, ...(await lookAt(model, this.data)) };
    } finally {
      await model.dispose();
    }
  }

  #snapshot(): Snapshot {
    const tensors = [...this.#trainable.parameters.stateDict()].map(([name, { data, shape }]) => {
      const values = Float32Array.from(data);
      return [name, { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) }] as const;
    });
    return { step: this.step, weights: writeSafetensors(tensors, [['format', 'pt']]) };
  }

  #filesWith(weights: Uint8Array<ArrayBuffer>): ModelFiles {
    const json = Object.entries({ 'config.json': this.#config, ...this.#tokenizer.files });
    const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    return new Map([
      ...json.map(([name, value]) => [name, encode(value)] as const),
      ['model.safetensors', weights],
    ]);
  }

  async #load(weights: Uint8Array<ArrayBuffer>): Promise<TrainedModel> {
    const files = this.#filesWith(weights);
    const options = { dtype: 'f32' } as const;
    switch (this.#experiment.architecture) {
      case 'recurrent':
        return (await import('../load/recurrent-seq2seq.ts')).load(files, options);
      case 'transformer':
        return (await import('../load/seq2seq-lm.ts')).load(files, options);
      case 'decoder':
        return (await import('../load/causal-lm.ts')).load(files, options);
    }
  }
}
