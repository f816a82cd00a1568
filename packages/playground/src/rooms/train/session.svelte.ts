import type { Engine } from '../../app/engine.svelte.ts';
import { type Failure, failureOf } from '../../app/failure.ts';
import { EngineStoppedError, isAbort } from '../../engine/client.ts';
import type { TrainProgress } from '../../engine/jobs/train-advance.ts';
import type { TrainedFiles } from '../../engine/jobs/train-files.ts';
import type { RunInfo } from '../../engine/jobs/train-open.ts';
import { EXPERIMENTS, type RunSettings } from '../../engine/train/experiments.ts';
import type { Look } from '../../engine/train/look.ts';
import type { AdvanceEnd } from '../../engine/train/run.ts';

/** Milliseconds between changes of what is shown. */
const REFRESH = 250;

/** What a run has shown so far. */
export interface Curve {
  readonly settings: RunSettings;
  /** Of each step. */
  readonly losses: readonly number[];
  readonly looks: readonly Look[];
}

/**
 * `opening`: data and model are made. `ready`: before the first step. `pausing`: until the current step has ended. `stopped`: by the visitor, for
 * good.
 */
export type Phase =
  | 'opening'
  | 'ready'
  | 'running'
  | 'pausing'
  | 'paused'
  | 'stopped'
  | 'completed'
  | 'notFinite';

/**
 * The run of the room, which stays when the room is left: it is paused then. Runs are in the engine's worker; here is what they have sent.
 */
export class Session {
  info = $state.raw<RunInfo | undefined>();
  phase = $state<Phase>('opening');
  curve = $state.raw<Curve | undefined>();
  /** The run before, of the same data, to compare with. */
  previous = $state.raw<Curve | undefined>();
  end = $state.raw<Extract<AdvanceEnd, { kind: 'notFinite' }> | undefined>();
  failure = $state.raw<Failure | undefined>();
  /** Seconds until the last step; undefined while it is not known. */
  secondsLeft = $state<number | undefined>();
  /** The step at which leaving the room paused the run, until the visitor has seen it. */
  leftAt = $state<number | undefined>();

  readonly #engine: Engine;
  #settings: RunSettings | undefined;
  #opening = new AbortController();
  #losses: number[] = [];
  #looks: Look[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Resolves with the first message of the current job. */
  #answered: Promise<void> = Promise.resolve();
  #advance: Promise<void> = Promise.resolve();
  #leaving: Promise<void> = Promise.resolve();
  /** When the current job began, and the steps that were done then. */
  #began = { time: 0, step: 0 };

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  // Getters: a derived value would end with the component that made the session.
  /** Steps done, as far as they are shown. */
  get step(): number {
    return this.curve?.losses.length ?? 0;
  }

  get isActive(): boolean {
    return this.phase === 'running' || this.phase === 'pausing';
  }

  get canGoOn(): boolean {
    return this.phase === 'ready' || this.phase === 'paused';
  }

  get hasEnded(): boolean {
    return this.phase === 'stopped' || this.phase === 'completed' || this.phase === 'notFinite';
  }

  /** Makes the run that of these settings. The one before stays for comparison if its data is the same. Resolves when it can begin. */
  async open(settings: RunSettings, again = false): Promise<void> {
    const isSame = JSON.stringify(settings) === JSON.stringify(this.#settings);
    if (isSame && !again && !this.#engine.stopped && this.failure === undefined) return;
    this.#settings = settings;
    this.#opening.abort();
    const opening = new AbortController();
    this.#opening = opening;
    if (this.#engine.stopped) this.#engine.restart();
    const before = this.curve && { ...this.curve, losses: [...this.#losses], looks: [...this.#looks] };
    if (before && before.losses.length > 0) this.previous = before;
    if (this.previous && !isComparable(this.previous.settings, settings)) this.previous = undefined;
    this.#clear(settings);
    try {
      const info = await this.#engine.run('trainOpen', settings, {
        slot: 'train.open',
        signal: opening.signal,
      });
      if (opening.signal.aborted) return;
      this.info = info;
      this.#looks = [info.look];
      this.curve = { settings, losses: [], looks: [info.look] };
      this.phase = 'ready';
    } catch (error) {
      this.#fail(error, opening.signal);
    }
  }

  #clear(settings: RunSettings): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#losses = [];
    this.#looks = [];
    this.curve = { settings, losses: [], looks: [] };
    this.end = undefined;
    this.failure = undefined;
    this.secondsLeft = undefined;
    this.leftAt = undefined;
    this.phase = 'opening';
  }

  /** Trains until a step, by default the last one. */
  start(until?: number): void {
    const { info } = this;
    if (!info || !this.canGoOn) return;
    this.leftAt = undefined;
    this.phase = 'running';
    const last = until ?? EXPERIMENTS[info.settings.experiment].steps;
    this.#began = { time: performance.now(), step: this.#losses.length };
    this.#advance = this.#run(info, last);
  }

  /** One step. */
  stepOnce(): void {
    this.start(this.step + 1);
  }

  /** Waits after the current step. Resolves when the run waits. */
  async pause(): Promise<void> {
    const { info } = this;
    if (this.phase !== 'running' || !info) return;
    this.phase = 'pausing';
    try {
      // A run that has not begun would not be paused.
      await Promise.race([this.#answered, this.#advance]);
      await this.#engine.run('trainPause', { run: info.run });
      await this.#advance;
    } catch (error) {
      this.#fail(error, this.#opening.signal);
    }
  }

  /** Ends the run. What it has learned stays. */
  async stop(): Promise<void> {
    await this.pause();
    if (this.phase === 'paused') this.phase = 'stopped';
  }

  /** The same run from its beginning. */
  async restart(): Promise<void> {
    if (this.#settings) await this.open(this.#settings, true);
  }

  /** Pauses the run because the room is left. */
  leave(): void {
    if (this.phase === 'running') this.#leaving = this.#pauseAway();
  }

  async #pauseAway(): Promise<void> {
    await this.pause();
    if (this.phase === 'paused') this.leftAt = this.step;
  }

  /** The visitor is back: goes on with what leaving has paused. */
  async comeBack(): Promise<void> {
    await this.#leaving;
    if (this.leftAt === undefined) return;
    const { leftAt } = this;
    this.start();
    this.leftAt = leftAt;
  }

  /** The files of the model of the last look; undefined if that failed. */
  async files(): Promise<TrainedFiles | undefined> {
    const { info } = this;
    if (!info) return undefined;
    try {
      return await this.#engine.run('trainFiles', { run: info.run });
    } catch (error) {
      this.#fail(error, this.#opening.signal);
      return undefined;
    }
  }

  /** Gives the model of the last look to Explore. Resolves whether that worked. */
  async handOver(): Promise<boolean> {
    const { info } = this;
    if (!info) return false;
    try {
      this.#engine.local = await this.#engine.run('trainExplore', { run: info.run });
      return true;
    } catch (error) {
      this.#fail(error, this.#opening.signal);
      return false;
    }
  }

  async #run({ run }: RunInfo, until: number): Promise<void> {
    const { signal } = this.#opening;
    let answer = (): void => undefined;
    this.#answered = new Promise((resolve) => {
      answer = resolve;
    });
    const onProgress = ({ losses, look }: TrainProgress): void => {
      answer();
      if (signal.aborted) return;
      for (const loss of losses) this.#losses.push(loss);
      if (look) this.#looks.push(look);
      this.#timer ??= setTimeout(() => this.#show(), REFRESH);
    };
    try {
      const options = { priority: 'background', slot: 'train.advance', onProgress, signal } as const;
      const end = await this.#engine.run('trainAdvance', { run, until }, options);
      this.#show();
      this.secondsLeft = undefined;
      if (end.kind === 'notFinite') this.end = end;
      this.phase = end.kind === 'stopped' ? 'paused' : end.kind;
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  /** Shows what has come since the last time. */
  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.curve) return;
    const { settings } = this.curve;
    this.curve = { settings, losses: [...this.#losses], looks: [...this.#looks] };
    const { time, step } = this.#began;
    const done = this.#losses.length - step;
    const { steps } = EXPERIMENTS[settings.experiment];
    const perStep = (performance.now() - time) / done / 1000;
    this.secondsLeft = done > 0 ? perStep * (steps - this.#losses.length) : undefined;
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || isAbort(error)) return;
    this.#show();
    this.phase = 'stopped';
    // The worker is gone, and the run with it.
    if (error instanceof EngineStoppedError) this.info = undefined;
    this.failure = failureOf(error);
  }
}

/** Whether two runs have the same data, up to what the seed draws. */
function isComparable(a: RunSettings, b: RunSettings): boolean {
  return EXPERIMENTS[a.experiment].data === EXPERIMENTS[b.experiment].data;
}

const sessions = new WeakMap<Engine, Session>();

/** The session of the page's engine: the same one on every visit to the room. */
export function sessionOf(engine: Engine): Session {
  const session = sessions.get(engine) ?? new Session(engine);
  sessions.set(engine, session);
  return session;
}
