import { ConfigError, HeadwiseError } from '../../errors.ts';
import { checkpointFiles, readCheckpoint, restoreParameters } from '../checkpoints/checkpoint-files.ts';
import type { TrainingState } from '../checkpoints/training-state.ts';
import type { TrainingBatch } from '../objectives/objective.ts';
import { clipGradNorm } from '../optimizers/clip.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Schedule } from '../optimizers/schedules.ts';
import { checkpointName, checkpointSteps, requireEmpty, writeCheckpoint } from './checkpointing.ts';
import { DivergenceCheck } from './divergence.ts';
import { EarlyStopping } from './early-stopping.ts';
import { evaluateExamples } from './evaluate.ts';
import type { EvaluationResult, StepReport, TrainResult } from './events.ts';
import { firstNotFiniteActivation, firstNotFiniteParameter } from './find-not-finite.ts';
import { checkTrainerOptions, type EvaluationMetrics, type TrainerOptions } from './options.ts';
import {
  addTaskGradient,
  type GradientTask,
  lossContextOptions,
  sumGradients,
  taskGradient,
  trainableValues,
} from './replicas.ts';
import { RunControl } from './run-control.ts';
import { type DataPosition, RunPlan, type StepBatches } from './run-plan.ts';
import { createOptimizer, createSchedule, DEFAULT_SEED, freezeParameters } from './settings.ts';
import { TrainingError } from './training-error.ts';

/**
 * Trains a model: batches, gradient accumulation, clipping, schedule, evaluations, early stopping and checkpoints, with the option names and
 * defaults of Hugging Face's `TrainingArguments` where they exist there.
 *
 * ```ts
 * const trainer = new Trainer({ trainable, objective: causalLanguageModelling(), trainExamples, epochs: 1, learningRate: 1e-3 });
 * const { loss } = await trainer.train();
 * ```
 *
 * A run is a function of the options and the parameters' initial values: on one backend it repeats to the bit, also if it is interrupted and
 * resumed from a checkpoint. It yields to the event loop between batches, so that pages stay responsive as long as a batch is short.
 */
export class Trainer<Model, Example, Batch extends TrainingBatch> {
  /** Steps of the optimiser in all. */
  readonly totalSteps: number;
  readonly #options: TrainerOptions<Model, Example, Batch>;
  readonly #plan: RunPlan<Example, Batch>;
  readonly #optimizer: Optimizer;
  readonly #schedule: Schedule;
  readonly #control: RunControl;
  readonly #divergence: DivergenceCheck;
  readonly #earlyStopping: EarlyStopping | undefined;
  readonly #evaluations: EvaluationResult[] = [];
  #step = 0;
  #position: DataPosition = { epoch: 0, nextBatch: 0 };
  #loss = Number.NaN;
  /** Step of the last checkpoint of this run. */
  #savedStep: number | undefined;
  #state: 'new' | 'running' | 'ready' = 'new';
  #trainingMs = 0;
  #trainingTokens = 0;
  #trainingSteps = 0;

  /** Throws `ConfigError` for unknown options, for values out of their range, and for patterns of `freeze` that match no parameter. */
  constructor(options: TrainerOptions<Model, Example, Batch>) {
    checkTrainerOptions(options);
    const { trainable, objective, trainExamples, epochs = 3, seed = DEFAULT_SEED } = options;
    this.#options = options;
    this.#plan = new RunPlan(objective, trainExamples, {
      batchSize: options.batchSize ?? DEFAULT_BATCH_SIZE,
      maxTokensPerBatch: options.maxTokensPerBatch,
      shuffle: options.shuffle,
      bucketByLength: options.bucketByLength,
      gradientAccumulation: options.gradientAccumulation ?? 1,
      seed,
    });
    this.totalSteps = options.maxSteps ?? this.#stepsOfEpochs(epochs);
    freezeParameters(trainable.parameters, options.freeze ?? []);
    this.#optimizer = createOptimizer(trainable.parameters, options);
    this.#schedule = createSchedule(options, this.totalSteps);
    this.#control = new RunControl(options.signal);
    this.#divergence = new DivergenceCheck(options.divergenceFactor);
    this.#earlyStopping = options.earlyStopping && new EarlyStopping(options.earlyStopping);
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  get isPaused(): boolean {
    return this.#control.isPaused;
  }

  /** Waits after the current step, until {@link continue}. */
  pause(): void {
    this.#control.pause();
  }

  /** Ends a {@link pause}. */
  continue(): void {
    this.#control.resume();
  }

  /** Ends the run after the current step, with its checkpoint if there are any; `train` resolves with the reason `stopped`. */
  stop(): void {
    this.#control.stopping = true;
    this.#control.resume();
  }

  /**
   * Reads the last checkpoint of the storage in `checkpoints`, so that {@link train} goes on from there. Returns whether there was one. To be
   * called before `train`. Rejects with `ConfigError` if the checkpoint is that of a run with other options.
   */
  async resume(): Promise<boolean> {
    const storage = this.#options.checkpoints?.storage;
    if (!storage) throw new ConfigError('trainer: resume needs the option checkpoints');
    if (this.#state !== 'new')
      throw new HeadwiseError('ERR_BUSY', 'trainer: resume must be called before train');
    const step = (await checkpointSteps(storage)).at(-1);
    if (step === undefined) return false;
    const name = checkpointName(step);
    const { state, parameters, optimizer } = await readCheckpoint(storage, name);
    this.#checkSettings(state, name);
    restoreParameters(this.#options.trainable.parameters, parameters, name);
    this.#optimizer.loadStateDict(optimizer);
    this.#restore(state);
    this.#savedStep = step;
    this.#state = 'ready';
    return true;
  }

  /**
   * Trains until all steps are done, early stopping ends the run, or {@link stop} is called. After `stop` it may be called again to go on.
   *
   * Rejects with `TrainingError` if the loss or a gradient is not finite, or the loss diverges; with the signal's reason if it is aborted.
   */
  async train(): Promise<TrainResult> {
    if (this.#state === 'running') throw new HeadwiseError('ERR_BUSY', 'trainer: it is training already');
    const { checkpoints } = this.#options;
    if (this.#state === 'new' && checkpoints) await requireEmpty(checkpoints.storage);
    this.#state = 'running';
    this.#control.stopping = false;
    try {
      return await this.#run();
    } finally {
      this.#state = 'ready';
    }
  }

  /** The metrics of the option `evalExamples`, or of other examples, and of the option `evaluate`. */
  async evaluate(examples = this.#options.evalExamples ?? []): Promise<EvaluationMetrics> {
    const {
      trainable,
      objective,
      evaluate,
      batchSize = DEFAULT_BATCH_SIZE,
      seed = DEFAULT_SEED,
    } = this.#options;
    const { maxTokensPerBatch } = this.#options;
    const own = await evaluateExamples(
      trainable,
      objective,
      examples,
      { batchSize, seed, maxTokensPerBatch },
      () => this.#control.breathe(),
    );
    return { ...own, ...(await evaluate?.(trainable)) };
  }

  /** Frees the optimiser's state. The parameters stay. */
  dispose(): void {
    this.#optimizer.dispose();
  }

  async #run(): Promise<TrainResult> {
    const { onStep } = this.#options;
    let reason: TrainResult['reason'] = this.#earlyStopping?.isDue ? 'earlyStopping' : 'completed';
    while (this.#step < this.totalSteps && reason === 'completed') {
      await this.#control.betweenSteps();
      if (this.#control.stopping) {
        reason = 'stopped';
        break;
      }
      const report = await this.#trainStep();
      onStep?.(report);
      const isEpochEnd = this.#position.nextBatch === 0;
      if (this.#isDue(this.#options.evaluateEvery, isEpochEnd)) await this.#evaluateNow();
      if (this.#earlyStopping?.isDue) reason = 'earlyStopping';
      if (this.#isDue(this.#options.checkpoints?.every, isEpochEnd)) await this.#save();
    }
    await this.#save();
    return {
      step: this.#step,
      epoch: this.#plan.epochsAt(this.#position),
      loss: this.#loss,
      reason,
      evaluations: [...this.#evaluations],
    };
  }

  /** One step of the optimiser. */
  async #trainStep(): Promise<StepReport> {
    const { trainable, learningRate = 5e-5, maxGradNorm = 1 } = this.#options;
    const { parameters } = trainable;
    const start = performance.now();
    const batches = this.#plan.stepAt(this.#position, this.#step);
    const loss = await this.#computeGradients(batches);
    const gradientNorm = clipGradNorm(parameters, maxGradNorm);
    if (!Number.isFinite(gradientNorm)) throw this.#gradientError(loss, gradientNorm);
    this.#divergence.add(loss, this.#step);
    this.#optimizer.learningRate = learningRate * this.#schedule(this.#step);
    if (batches.targets > 0) this.#optimizer.step();
    this.#step++;
    this.#position = batches.next;
    this.#loss = loss;
    this.#trainingMs += performance.now() - start;
    this.#trainingTokens += batches.tokens;
    this.#trainingSteps++;
    return {
      step: this.#step,
      totalSteps: this.totalSteps,
      epoch: this.#plan.epochsAt(this.#position),
      loss,
      learningRate: this.#optimizer.learningRate,
      gradientNorm,
      tokens: batches.tokens,
      tokensPerSecond: (1000 * this.#trainingTokens) / this.#trainingMs,
      secondsLeft: ((this.totalSteps - this.#step) * this.#trainingMs) / this.#trainingSteps / 1000,
    };
  }

  /** Sets the gradients to those of the step's mean loss. Returns that loss. */
  async #computeGradients({ batches, targets }: StepBatches<Batch>): Promise<number> {
    const { trainable, replicas } = this.#options;
    const { parameters } = trainable;
    const tasks = batches
      .map((batch, microBatch) => ({
        batch,
        step: this.#step,
        microBatch,
        share: batch.targets / targets,
      }))
      .filter(({ batch }) => batch.targets > 0);
    let loss = 0;
    if (replicas) {
      const results = await replicas.computeGradients(tasks, trainableValues(parameters), (task) =>
        taskGradient(this.#options, task),
      );
      for (const [i, task] of tasks.entries()) loss += this.#shareOf(task, results[i]!.loss);
      sumGradients(parameters, results);
      return loss;
    }
    parameters.zeroGradients();
    for (const [i, task] of tasks.entries()) {
      if (i > 0) await this.#control.breathe();
      loss += this.#shareOf(task, addTaskGradient(this.#options, task));
    }
    return loss;
  }

  /** The share of a batch in the mean loss of its step. Throws `TrainingError` if its loss is not finite. */
  #shareOf(task: GradientTask<Batch>, loss: number): number {
    if (Number.isFinite(loss)) return task.share * loss;
    const { objective, trainable } = this.#options;
    trainable.parameters.zeroGradients();
    const context = lossContextOptions(this.#options, task);
    const activation = firstNotFiniteActivation(objective, task.batch, context);
    const parameter = firstNotFiniteParameter(trainable.parameters)?.name;
    const where = activation ?? (parameter === undefined ? 'the loss itself' : `the parameter ${parameter}`);
    throw new TrainingError(
      'ERR_NOT_FINITE',
      `trainer: the loss of step ${this.#step + 1} is ${loss}; the first values that are not finite are those of ${where}. Try a smaller learning rate, or a smaller maxGradNorm`,
      { step: this.#step, loss, activation, parameter },
    );
  }

  #gradientError(loss: number, norm: number): TrainingError {
    const { parameters } = this.#options.trainable;
    const parameter = firstNotFiniteParameter(parameters)?.name;
    parameters.zeroGradients();
    return new TrainingError(
      'ERR_NOT_FINITE',
      `trainer: the gradient norm of step ${this.#step + 1} is ${norm}, its loss ${loss}; the first gradient that is not finite is that of ${parameter ?? 'no single parameter'}`,
      { step: this.#step, loss, parameter },
    );
  }

  /** Whether something is to be done after this step: every `every` steps, by default at the end of each epoch. */
  #isDue(every: number | undefined, isEpochEnd: boolean): boolean {
    return every === undefined ? isEpochEnd : this.#step % every === 0;
  }

  async #evaluateNow(): Promise<void> {
    const { evalExamples, evaluate, onEvaluate } = this.#options;
    if (!evalExamples && !evaluate) return;
    const result = {
      step: this.#step,
      epoch: this.#plan.epochsAt(this.#position),
      metrics: await this.evaluate(),
    };
    this.#evaluations.push(result);
    this.#earlyStopping?.add(result);
    onEvaluate?.(result);
  }

  async #save(): Promise<void> {
    const { checkpoints, trainable } = this.#options;
    if (!checkpoints || this.#savedStep === this.#step) return;
    const files = checkpointFiles(
      trainable.parameters,
      this.#optimizer.stateDict(),
      this.#trainingState(),
      checkpoints.files,
    );
    await writeCheckpoint(checkpoints, this.#step, files, this.#earlyStopping?.best?.step);
    this.#savedStep = this.#step;
  }

  #trainingState(): TrainingState {
    const { first, last } = this.#divergence;
    return {
      version: 1,
      step: this.#step,
      ...this.#position,
      loss: this.#loss,
      firstLosses: first,
      lastLosses: last,
      evaluations: this.#evaluations,
      best: this.#earlyStopping?.best ?? null,
      evaluationsWithoutImprovement: this.#earlyStopping?.withoutImprovement ?? 0,
      settings: this.#settings(),
    };
  }

  #restore(state: TrainingState): void {
    this.#step = state.step;
    this.#position = { epoch: state.epoch, nextBatch: state.nextBatch };
    this.#loss = state.loss;
    this.#divergence.restore(state.firstLosses, state.lastLosses);
    this.#evaluations.push(...state.evaluations);
    if (this.#earlyStopping) {
      this.#earlyStopping.best = state.best ?? undefined;
      this.#earlyStopping.withoutImprovement = state.evaluationsWithoutImprovement;
    }
  }

  /** The options that decide what steps compute, as JSON has them. */
  #settings(): Readonly<Record<string, unknown>> {
    const options = this.#options;
    return {
      objective: options.objective.name,
      examples: options.trainExamples.length,
      totalSteps: this.totalSteps,
      batchSize: options.batchSize ?? DEFAULT_BATCH_SIZE,
      maxTokensPerBatch: options.maxTokensPerBatch ?? null,
      gradientAccumulation: options.gradientAccumulation ?? 1,
      shuffle: options.shuffle ?? true,
      bucketByLength: options.bucketByLength ?? false,
      seed: options.seed ?? DEFAULT_SEED,
      optimizer: options.optimizer ?? 'adamw',
      learningRate: options.learningRate ?? 5e-5,
      maxGradNorm: options.maxGradNorm ?? 1,
      dropout: options.dropout ?? {},
      freeze: options.freeze ?? [],
    };
  }

  #checkSettings({ settings }: TrainingState, name: string): void {
    for (const [option, value] of Object.entries(this.#settings())) {
      const [own, saved] = [JSON.stringify(value), JSON.stringify(settings[option])];
      if (own === saved) continue;
      throw new ConfigError(
        `trainer: ${name} is of a run with another ${option}: expected ${saved}, got ${own}; to continue training with other options, load its model.safetensors as a new run`,
      );
    }
  }

  #stepsOfEpochs(epochs: number): number {
    let steps = 0;
    for (let epoch = 0; epoch < epochs; epoch++) steps += this.#plan.stepsOf(epoch);
    return steps;
  }
}

/** Hugging Face's defaults. */
const DEFAULT_BATCH_SIZE = 8;
