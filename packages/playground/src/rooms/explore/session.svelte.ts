import type { Engine } from '../../app/engine.svelte.ts';
import { type Failure, failureOf, isHandled } from '../../app/failure.ts';
import { isAbort } from '../../engine/client.ts';
import type { Comparison } from '../../engine/jobs/compare.ts';
import type { Difference } from '../../engine/jobs/difference.ts';
import type { LogitLensResult } from '../../engine/jobs/logit-lens.ts';
import type { Opened, Reading, ReadParams } from '../../engine/jobs/read.ts';
import type { FirstHeads, ReadFirstParams } from '../../engine/jobs/read-first.ts';
import type { Why, WhyParams } from '../../engine/jobs/why.ts';
import type { ReadableId } from '../../engine/passes.ts';
import { type LocalId, type ModelId, type ModelIdOf, modelEntry } from '../../engine/registry.ts';
import {
  editOf,
  type HeadEdit,
  type HeadId,
  isSameHead,
  nearestHead,
  scaled,
  withEdit,
} from '../../lib/heads.ts';
import type { ExploreUrl, OfferedId } from './state.ts';

const EMBEDDERS = ['minilm', 'ko-student'] as const;

/** The effect of each head when it is edits alone, as [layer][head], for the layers measured so far. */
export interface HeadEffects {
  readonly model: ReadableId;
  readonly text: string;
  /** The edits of the model that they are relative to. */
  readonly edits: readonly HeadEdit[];
  /** Whether all layers are measured. A change of the text interrupts a measurement. */
  readonly complete: boolean;
  readonly sizes: ReadonlyArray<readonly number[]>;
}

/** Runs what the room shows: the reading of the texts, the effects of all heads, the origin of a weight, the compared pair. */
export class Session {
  /** Of the text, and of the second text. */
  reading = $state.raw<Reading | undefined>();
  /** Heads of the text, while the rest of the model comes. */
  first = $state.raw<FirstHeads | undefined>();
  otherReading = $state.raw<Reading | undefined>();
  difference = $state.raw<Difference | undefined>();
  lens = $state.raw<LogitLensResult | undefined>();
  why = $state.raw<Why | undefined>();
  /** Whether what is shown is not yet that of the inputs. */
  busy = $state(false);
  failure = $state.raw<Failure | undefined>();
  /** Why the model could not be loaded. */
  loadFailure = $state.raw<Failure | undefined>();

  effects = $state.raw<HeadEffects | undefined>();
  measuring = $state(false);

  comparison = $state.raw<Comparison | undefined>();
  compareFailure = $state.raw<Failure | undefined>();

  readonly #engine: Engine;
  readonly #url: ExploreUrl;
  /** Aborts all jobs of the room when it is left. */
  readonly #left = new AbortController();
  #measurement: AbortController | undefined;

  constructor(engine: Engine, url: ExploreUrl) {
    this.#engine = engine;
    this.#url = url;
  }

  /** That of files that the visitor opened, else the one of the address. */
  readonly model: OfferedId | LocalId = $derived.by(() => this.#engine.local?.id ?? this.#url.values.model);

  get text(): string {
    return this.#url.values.text;
  }

  get edits(): readonly HeadEdit[] {
    return this.#url.values.edits;
  }

  /** The model of the room, if it was trained to embed texts so that their cosine means something. */
  get comparing(): (typeof EMBEDDERS)[number] | undefined {
    return EMBEDDERS.find((id) => id === this.model);
  }

  /** What is done to a head; 1 for nothing. */
  editOf(head: HeadId): HeadEdit['edit'] {
    return editOf(this.edits, head);
  }

  edit(head: HeadId, edit: HeadEdit['edit']): void {
    this.#url.set({ edits: withEdit(this.edits, head, edit) });
  }

  toggleSilenced(head: HeadId): void {
    this.edit(head, this.editOf(head) === 0 ? 1 : 0);
  }

  /** Scales a head by a step more or less. */
  scale(head: HeadId, steps: number): void {
    this.edit(head, scaled(this.editOf(head), steps));
  }

  restoreAll(): void {
    this.#url.set({ edits: [] });
  }

  /** Loads the model, also again after a failure. */
  async start(model: ModelId): Promise<void> {
    if (this.#engine.stopped) this.#engine.restart();
    this.loadFailure = undefined;
    try {
      await this.#engine.run('loadModel', { model }, { slot: 'explore.load', signal: this.#left.signal });
    } catch (error) {
      if (!isHandled(error)) this.loadFailure = failureOf(error);
    }
  }

  /** Reads the text with what has come of the model. */
  async readFirst(params: ReadFirstParams): Promise<void> {
    this.first = undefined;
    try {
      await this.#engine.run('readFirst', params, {
        // It waits for the network most of the time: nothing else has to wait for it.
        priority: 'background',
        slot: 'explore.first',
        signal: this.#left.signal,
        onProgress: (heads) => {
          this.first = heads;
        },
      });
    } catch (error) {
      if (!isHandled(error)) this.failure = failureOf(error);
    }
  }

  leave(): void {
    this.#left.abort();
  }

  /** Reads the text as it is. A newer text aborts it. Effects that are relative to other edits are measured again. */
  async read(params: ReadParams): Promise<void> {
    const isSameText = this.effects?.text === params.text && this.effects.model === params.model;
    const isStale = isSameText && !isSame(this.effects?.edits, params.edits);
    if (this.#measurement && (!isSameText || isStale)) this.#measurement.abort();
    await this.#show('read', async (slot) => {
      this.reading = await this.#engine.run('read', params, slot);
      if (isStale) void this.measureEffects();
    });
  }

  /** The effects of what is shown, as far as they are measured. */
  get shownEffects(): HeadEffects | undefined {
    const { effects, reading } = this;
    const isOfReading =
      effects?.text === reading?.text &&
      effects?.model === reading?.model &&
      isSame(effects?.edits, reading?.edits);
    return isOfReading && effects?.sizes.length !== 0 ? effects : undefined;
  }

  /** Opens another head of the text that is shown. */
  async open(wanted: Opened): Promise<void> {
    const { reading } = this;
    if (!reading) return;
    const { model, text, edits, lens } = reading;
    const head = nearestHead(wanted, reading);
    const opened = { ...head, mean: wanted.mean };
    if (isSameHead(head, reading.opened) && wanted.mean === reading.opened.mean && !this.busy) return;
    const params = { model, text, edits, lens, opened };
    await this.#show('read', async (slot) => {
      const { map } = await this.#engine.run('openHead', params, slot);
      if (this.reading === reading) this.reading = { ...reading, opened, map };
    });
  }

  async readOther(params: ReadParams, withDifferenceTo: string | undefined): Promise<void> {
    await this.#show('other', async (slot) => {
      this.otherReading = await this.#engine.run('read', params, slot);
      if (withDifferenceTo === undefined) return;
      const { model, text, edits, lens } = params;
      const texts = [withDifferenceTo, text] as const;
      this.difference = await this.#engine.run('difference', { model, texts, edits, lens }, slot);
    });
  }

  async readLens(model: ModelIdOf<'causalLM'>, text: string): Promise<void> {
    await this.#show('lens', async (slot) => {
      this.lens = await this.#engine.run('logitLens', { model, text }, slot);
    });
  }

  async explain(params: WhyParams): Promise<void> {
    await this.#show('why', async (slot) => {
      this.why = await this.#engine.run('why', params, slot);
    });
  }

  async comparePair(model: ModelIdOf<'encoder'>, texts: readonly [string, string]): Promise<void> {
    const options = { slot: 'explore.compare', signal: this.#left.signal };
    try {
      this.comparison = await this.#engine.run('compare', { model, texts }, options);
      this.compareFailure = undefined;
    } catch (error) {
      if (!isHandled(error)) this.compareFailure = failureOf(error);
    }
  }

  /** Silences each head alone and measures the effect. A change of the text interrupts it; then it can be continued. */
  async measureEffects(): Promise<void> {
    const { reading } = this;
    if (!reading) return;
    const { model, text, layers, edits } = reading;
    const kept = this.shownEffects ?? { model, text, edits, complete: false, sizes: [] };
    this.effects = kept;
    const controller = new AbortController();
    this.#measurement = controller;
    this.measuring = true;
    try {
      await this.#engine.run(
        'ablateHeads',
        { model, text, edits, fromLayer: kept.sizes.length },
        {
          priority: 'background',
          slot: 'explore.effects',
          signal: AbortSignal.any([controller.signal, this.#left.signal]),
          onProgress: ({ sizes: layer }) => {
            const sizes = [...(this.effects?.sizes ?? []), layer];
            this.effects = { model, text, edits, sizes, complete: sizes.length === layers };
          },
        },
      );
    } catch (error) {
      if (!isHandled(error)) this.failure = failureOf(error);
    } finally {
      if (this.#measurement === controller) {
        this.measuring = false;
        this.#measurement = undefined;
      }
    }
  }

  /** Runs jobs of a slot, and tells whether they are on the way and how they failed. */
  async #show(
    name: string,
    work: (options: { readonly slot: string; readonly signal: AbortSignal }) => Promise<void>,
  ): Promise<void> {
    const isMain = name === 'read';
    if (isMain) this.busy = true;
    try {
      await work({ slot: `explore.${name}`, signal: this.#left.signal });
      this.failure = undefined;
      if (isMain) this.busy = false;
    } catch (error) {
      if (isAbort(error)) return;
      if (isMain) this.busy = false;
      if (!isHandled(error)) this.failure = failureOf(error);
    }
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export function isEncoder(model: ReadableId): model is ModelIdOf<'encoder'> {
  return modelEntry(model).kind === 'encoder';
}
