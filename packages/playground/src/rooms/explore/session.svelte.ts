import type { Engine } from '../../app/engine.svelte.ts';
import { type Failure, failureOf } from '../../app/failure.ts';
import type { UrlState } from '../../app/url-state.svelte.ts';
import { EngineStoppedError, isAbort } from '../../engine/client.ts';
import type { Comparison } from '../../engine/jobs/compare.ts';
import type { SentenceTrace } from '../../engine/jobs/trace.ts';
import { cosineToDegrees } from '../../lib/cosine.ts';
import { type HeadId, isSameHead } from '../../lib/heads.ts';
import type { schema } from './state.ts';

/** Rotation of a text's embedding when each head is silenced alone: degrees as [layer][head], for the layers measured so far. */
export interface HeadEffects {
  readonly text: string;
  /** Whether all layers are measured. A change of the text interrupts a measurement. */
  readonly complete: boolean;
  readonly degrees: ReadonlyArray<readonly number[]>;
}

/** Runs what the room shows: the sentence with its silenced heads, the effects of all heads, the compared pair. */
export class Session {
  trace = $state.raw<SentenceTrace | undefined>();
  traceError = $state.raw<Failure | undefined>();
  /** Why the model could not be loaded. */
  loadError = $state.raw<Failure | undefined>();

  effects = $state.raw<HeadEffects | undefined>();
  measuring = $state(false);

  comparison = $state.raw<Comparison | undefined>();
  compareError = $state.raw<Failure | undefined>();

  readonly #engine: Engine;
  readonly #url: UrlState<typeof schema>;
  /** Aborts all jobs of the room when it is left. */
  readonly #left = new AbortController();
  #measurement: AbortController | undefined;

  constructor(engine: Engine, url: UrlState<typeof schema>) {
    this.#engine = engine;
    this.#url = url;
  }

  get text(): string {
    return this.#url.values.text;
  }

  get silenced(): readonly HeadId[] {
    return this.#url.values.silenced;
  }

  get pair(): readonly [string, string] {
    return [this.#url.values.first, this.#url.values.second];
  }

  setText(text: string): void {
    this.#url.set({ text });
  }

  setPair([first, second]: readonly [string, string]): void {
    this.#url.set({ first, second });
  }

  isSilenced(head: HeadId): boolean {
    return this.silenced.some((other) => isSameHead(other, head));
  }

  toggleSilenced(head: HeadId): void {
    const silenced = this.isSilenced(head)
      ? this.silenced.filter((other) => !isSameHead(other, head))
      : [...this.silenced, head].sort((a, b) => a.layer - b.layer || a.head - b.head);
    this.#url.set({ silenced });
  }

  restoreAll(): void {
    this.#url.set({ silenced: [] });
  }

  /** Loads the model, also again after a failure. */
  async start(): Promise<void> {
    if (this.#engine.stopped) this.#engine.restart();
    this.loadError = undefined;
    try {
      await this.#engine.run('loadModel', { model: 'minilm' }, { signal: this.#left.signal });
    } catch (error) {
      if (!this.#isHandled(error)) this.loadError = failureOf(error);
    }
  }

  leave(): void {
    this.#left.abort();
  }

  /** Runs the text as it is. A newer text aborts it. */
  async traceText(text: string, silenced: readonly HeadId[]): Promise<void> {
    if (this.#measurement && this.effects?.text !== text) this.#measurement.abort();
    const options = { slot: 'explore.trace', signal: this.#left.signal };
    try {
      this.trace = await this.#engine.run('trace', { model: 'minilm', text, silenced }, options);
      this.traceError = undefined;
    } catch (error) {
      if (!this.#isHandled(error)) this.traceError = failureOf(error);
    }
  }

  async comparePair(texts: readonly [string, string]): Promise<void> {
    const options = { slot: 'explore.compare', signal: this.#left.signal };
    try {
      this.comparison = await this.#engine.run('compare', { model: 'minilm', texts }, options);
      this.compareError = undefined;
    } catch (error) {
      if (!this.#isHandled(error)) this.compareError = failureOf(error);
    }
  }

  /** Silences each head alone and measures the effect. A change of the text interrupts it; then it can be continued. */
  async measureEffects(): Promise<void> {
    const { text } = this;
    const layers = this.trace?.attention.layers ?? 0;
    const kept = this.effects?.text === text ? this.effects : { text, complete: false, degrees: [] };
    this.effects = kept;
    const controller = new AbortController();
    this.#measurement = controller;
    this.measuring = true;
    try {
      await this.#engine.run(
        'ablateHeads',
        { model: 'minilm', text, fromLayer: kept.degrees.length },
        {
          priority: 'background',
          slot: 'explore.effects',
          signal: AbortSignal.any([controller.signal, this.#left.signal]),
          onProgress: ({ cosines }) => {
            const degrees = [...(this.effects?.degrees ?? []), cosines.map(cosineToDegrees)];
            this.effects = { text, degrees, complete: degrees.length === layers };
          },
        },
      );
    } catch (error) {
      if (!this.#isHandled(error)) this.traceError = failureOf(error);
    } finally {
      if (this.#measurement === controller) {
        this.measuring = false;
        this.#measurement = undefined;
      }
    }
  }

  /** Whether something else tells of the error: nothing for what was aborted, and the panel of the engine that it has stopped. */
  #isHandled(error: unknown): boolean {
    return isAbort(error) || error instanceof EngineStoppedError;
  }
}
