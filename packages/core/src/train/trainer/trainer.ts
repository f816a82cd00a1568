import { ConfigError, HeadwiseError } from '../../errors.ts';
import { checkpointFiles, readCheckpoint, restoreParameters } from '../checkpoints/checkpoint-files.ts';
import type { TrainingState } from '../checkpoints/training-state.ts';
import type { TrainingBatch } from '../objectives/objective.ts';
import { clipGradNorm } from '../optimizers/clip.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Schedule } from '../optimizers/schedules.ts';
import { checkGradientNorm } from './add-gradients.ts';
import { checkpointName, checkpointSteps, requireEmpty, writeCheckpoint } from './checkpointing.ts';
import { DEFAULT_BATCH_SIZE, DEFAULT_LEARNING_RATE, DEFAULT_SEED } from './defaults.ts';
import { DivergenceCheck } from './divergence.ts';
import { EarlyStopping } from './early-stopping.ts';
import { evaluateExamples } from './evaluate.ts';
import type { EvaluationResult, StepReport, TrainResult } from './events.ts';
import { checkTrainerOptions, type EvaluationMetrics, type TrainerOptions } from './options.ts';
import { addTaskGradient, sumGradients, taskGradient, trainableValues } from './replicas.ts';
import { RunControl } from './run-control.ts';
import { type DataPosition, RunPlan } from './run-plan.ts';
import { checkSettings, runSettings } from './run-settings.ts';
import { createOptimizer, createSchedule, freezeParameters } from './settings.ts';
import { Throughput } from './throughput.ts';

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
  readonly #seed: number;
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
  readonly #throughput = new Throughput();

  /** Throws `ConfigError` for unknown options, for values out of their range, and for patterns of `freeze` that match no parameter. */
  constructor(options: TrainerOptions<Model, Example, Batch>) {
    checkTrainerOptions(options);
    const { trainable, objective, trainExamples, epochs = 3, seed = DEFAULT_SEED } = options;
    this.#options = options;
    this.#seed = seed;
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
    const { state, parameters, optimizer } = await readCheckpoint(storage, name, this.#options.trainable);
    checkSettings(state, runSettings(this.#options, this.totalSteps), name);
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
    const { trainable, objective, evaluate, maxTokensPerBatch } = this.#options;
    const { batchSize = DEFAULT_BATCH_SIZE } = this.#options;
    const batches = { batchSize, maxTokensPerBatch, seed: this.#seed };
    const breathe = () => this.#control.breathe();
    const own = await evaluateExamples(trainable, objective, examples, batches, breathe);
    return { ...own, ...(await evaluate?.(trainable)) };
  }

  /** Frees the optimiser's state. The parameters stay. */
  dispose(): void {
    this.#optimizer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
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
    const { trainable, learningRate = DEFAULT_LEARNING_RATE, maxGradNorm = 1 } = this.#options;
    const { parameters } = trainable;
    const start = performance.now();
    const { batches, targets, tokens, next } = this.#plan.stepAt(this.#position, this.#step);
    const loss = await this.#computeGradients(batches, targets);
    const gradientNorm = clipGradNorm(parameters, maxGradNorm);
    checkGradientNorm(gradientNorm, loss, this.#step, parameters);
    this.#divergence.add(loss, this.#step);
    this.#optimizer.learningRate = learningRate * this.#schedule(this.#step);
    if (targets > 0) this.#optimizer.step();
    this.#step++;
    this.#position = next;
    this.#loss = loss;
    this.#throughput.add(performance.now() - start, tokens);
    return {
      step: this.#step,
      totalSteps: this.totalSteps,
      epoch: this.#plan.epochsAt(next),
      loss,
      learningRate: this.#optimizer.learningRate,
      gradientNorm,
      tokens,
      tokensPerSecond: this.#throughput.tokensPerSecond,
      secondsLeft: this.#throughput.secondsOf(this.totalSteps - this.#step),
    };
  }

  /** Sets the gradients to those of the step's mean loss. Returns that loss. */
  async #computeGradients(batches: readonly Batch[], targets: number): Promise<number> {
    const { trainable, replicas } = this.#options;
    const { parameters } = trainable;
    const tasks = batches
      .map((batch, microBatch) => ({
        batch,
        position: { seed: this.#seed, step: this.#step, microBatch },
        share: batch.targets / targets,
      }))
      .filter(({ batch }) => batch.targets > 0);
    if (replicas) {
      const results = await replicas.computeGradients(tasks, trainableValues(parameters), (task) =>
        taskGradient(this.#options, task),
      );
      sumGradients(parameters, results);
      return tasks.reduce((sum, { share }, i) => sum + share * results[i]!.loss, 0);
    }
    parameters.zeroGradients();
    let loss = 0;
    for (const [i, task] of tasks.entries()) {
      if (i > 0) await this.#control.breathe();
      loss += task.share * addTaskGradient(this.#options, task);
    }
    return loss;
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
    if (!checkpoints || this.#step === 0 || this.#savedStep === this.#step) return;
    const files = checkpointFiles(
      trainable,
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
      settings: runSettings(this.#options, this.totalSteps),
    };
  }

  #restore(state: TrainingState): void {
    this.#step = state.step;
    this.#position = { epoch: state.epoch, nextBatch: state.nextBatch };
    this.#loss = state.loss;
    this.#divergence.restore(state.firstLosses, state.lastLosses);
    for (const evaluation of state.evaluations) this.#evaluations.push(evaluation);
    if (this.#earlyStopping) {
      this.#earlyStopping.best = state.best ?? undefined;
      this.#earlyStopping.withoutImprovement = state.evaluationsWithoutImprovement;
    }
  }

  #stepsOfEpochs(epochs: number): number {
    let steps = 0;
    for (let epoch = 0; epoch < epochs; epoch++) steps += this.#plan.stepsOf(epoch);
    return steps;
  }
}
