import type { Engine } from '../../app/engine.svelte.ts';
import { type Failure, failureOf, isHandled } from '../../app/failure.ts';
import type { UrlState } from '../../app/url-state.svelte.ts';
import type { LastRow } from '../../engine/jobs/generate-attend.ts';
import { SEPARATOR } from '../../engine/jobs/generate-open.ts';
import type { PromptReading } from '../../engine/jobs/generate-read.ts';
import type { WriteResult } from '../../engine/jobs/generate-write.ts';
import { modelEntry } from '../../engine/registry.ts';
import type { Sampling } from '../../lib/sampling.ts';
import { type Obstacle, obstacleOf } from './advice.ts';
import { Growth } from './growth.ts';
import { promptRow, promptTokens, type ShownToken, type Writer, writtenTokens } from './shown-tokens.ts';
import { type Choice, type GenerateValues, MAX_TOKENS, type schema } from './state.ts';
import { tokenText } from './tokens.ts';
import { type Branch, commonLength, forget, Written, walk, withBranch } from './tree.ts';

/** Models of more bytes are fetched on a click. */
const OFFER_ABOVE = 5_000_000;
/** Most tokens whose logits are kept: 128 KB each for 32,000 tokens. */
const MAX_LOGITS = 400;

/** What a branch shows again. */
type Place = Pick<GenerateValues, 'branch' | 'count' | 'temperature' | 'topK' | 'topP' | 'minP' | 'seed'>;

/** Runs what the room shows. The text follows from the values of the address alone. */
export class Session {
  writer = $state.raw<Writer | undefined>();
  reading = $state.raw<PromptReading | undefined>();
  /** Tokens after the prompt. */
  path = $state.raw<readonly Written[]>([]);
  branches = $state.raw<ReadonlyArray<Branch<Place>>>([]);
  writing = $state(false);
  /** Of the last run. */
  run = $state.raw<WriteResult | undefined>();
  /** Why the model could not be loaded. */
  loadError = $state.raw<Failure | undefined>();
  error = $state.raw<Failure | undefined>();
  /** Settings that are being dragged; the text follows when they are let go. */
  dragged = $state.raw<Partial<Sampling>>({});
  /** How many tokens after the prompt stay with the dragged settings; undefined for all. */
  kept = $state<number | undefined>();
  /** A token that was clicked, by its index among all tokens; undefined for the place after the last. */
  selected = $state<number | undefined>();
  attention = $state.raw<(LastRow & { readonly ids: readonly number[] }) | undefined>();

  readonly #engine: Engine;
  readonly #url: UrlState<typeof schema>;
  readonly #example: () => string;
  /** Aborts all jobs of the room when it is left. */
  readonly #left = new AbortController();
  /** Big models that the visitor asked for. */
  #accepted = $state.raw<ReadonlySet<string>>(new Set());
  #root = new Written(-1);
  /** Aborts what writes the text of older values. */
  #following = new AbortController();
  #dragging = 0;

  /** @param example the prompt until the visitor types one */
  constructor(engine: Engine, url: UrlState<typeof schema>, example: () => string) {
    this.#engine = engine;
    this.#url = url;
    this.#example = example;
  }

  get values(): GenerateValues {
    return this.#url.values;
  }

  get prompt(): string {
    return this.values.prompt ?? this.#example();
  }

  /** Whether the model waits for the visitor's consent to its size. */
  readonly isOffered: boolean = $derived.by(() => {
    const { model } = this.values;
    const isThere = ['starting', 'ready'].includes(this.#engine.models[model]?.phase ?? '');
    return modelEntry(model).bytes > OFFER_ABOVE && !isThere && !this.#accepted.has(model);
  });
  readonly sampling: Sampling = $derived.by(() => samplingOf(this.values));
  /** With what is being dragged. */
  readonly shownSampling: Sampling = $derived.by(() => ({ ...this.sampling, ...this.dragged }));
  readonly obstacle: Obstacle | undefined = $derived.by(() =>
    obstacleOf(this.values.model, this.prompt, this.reading),
  );
  /** Whether what is shown is that of the current model and prompt. */
  readonly isCurrent: boolean = $derived.by(
    () =>
      this.writer?.id === this.values.model &&
      this.reading?.model === this.values.model &&
      this.reading.text === this.prompt,
  );
  /** Whether tokens can be written. */
  readonly canWrite: boolean = $derived.by(
    () => this.isCurrent && this.reading?.logits !== undefined && this.obstacle === undefined,
  );

  readonly #promptTokens: readonly ShownToken[] = $derived.by(() =>
    this.reading && this.writer ? promptTokens(this.reading, this.writer) : [],
  );
  readonly #writtenTokens: readonly ShownToken[] = $derived.by(() => writtenTokens(this.path, this.writer));
  readonly tokens: readonly ShownToken[] = $derived.by(() => [...this.#promptTokens, ...this.#writtenTokens]);
  readonly hasEnded: boolean = $derived.by(() => this.path.at(-1)?.isEnd === true);
  /** Whether the model's context is full. */
  readonly isFull: boolean = $derived.by(
    () => this.reading !== undefined && this.tokens.length >= this.reading.contextLength,
  );
  /** Whether another token can follow. */
  readonly canGoOn: boolean = $derived.by(() => this.canWrite && !this.hasEnded && !this.isFull);
  /** The place that is looked at: the index of a token, or of the one that would come. */
  readonly at: number = $derived.by(() => {
    const last = this.tokens.length - (this.canGoOn ? 0 : 1);
    return Math.min(this.selected ?? last, last);
  });
  /** The logits of that place's token. */
  readonly logits: Float32Array | undefined = $derived.by(() => {
    const { at, reading } = this;
    if (!reading?.logits || at < 1) return undefined;
    if (at < reading.tokens.length) return promptRow(reading, at - 1);
    const depth = at - reading.tokens.length;
    // A text grows: the path is read so that this follows it.
    return depth === 0 ? promptRow(reading, at - 1) : this.path[depth - 1]?.logits;
  });

  /** Loads the model of the address, and what the room has to know of it. */
  async open(): Promise<void> {
    const { model } = this.values;
    if (this.writer?.id === model || this.isOffered) return;
    if (this.#engine.stopped) this.#engine.restart();
    this.loadError = undefined;
    try {
      const { vocabulary, ...rest } = await this.#engine.run(
        'generateOpen',
        { model },
        { slot: 'generate.open', signal: this.#left.signal },
      );
      this.writer = { ...rest, id: model, texts: vocabulary.split(SEPARATOR).map(tokenText) };
    } catch (error) {
      if (!isHandled(error)) this.loadError = failureOf(error);
    }
  }

  accept(): void {
    this.#accepted = new Set([...this.#accepted, this.values.model]);
  }

  /** Loads the model again after a failure. */
  async retry(): Promise<void> {
    this.writer = undefined;
    this.accept();
    await this.open();
  }

  leave(): void {
    this.#left.abort();
    this.#following.abort();
  }

  /** Reads the prompt. A newer one aborts it. */
  async read(): Promise<void> {
    const { writer, prompt } = this;
    if (writer?.id !== this.values.model || this.isCurrent) return;
    this.#following.abort();
    // A text of another language has no meaning for the model.
    if (this.obstacle?.kind === 'language') return this.#begin(undefined);
    try {
      const reading = await this.#engine.run(
        'generateRead',
        { model: writer.id, text: prompt },
        { slot: 'generate.read', signal: this.#left.signal },
      );
      this.#begin(reading);
    } catch (error) {
      this.#fail(error);
    }
  }

  #begin(reading: PromptReading | undefined): void {
    this.reading = reading;
    this.error = undefined;
    this.#root = new Written(-1);
    if (reading) this.#root.logits = promptRow(reading, reading.tokens.length - 1);
    this.path = [];
    this.branches = [];
    this.selected = undefined;
    this.run = undefined;
  }

  /** Makes the text that of the address: what is known at once, the rest by the model. */
  async follow(): Promise<void> {
    this.#following.abort();
    const following = new AbortController();
    this.#following = following;
    this.#endDragging();
    this.error = undefined;
    const { reading, writer, sampling, values } = this;
    if (!reading?.logits || !writer || !this.canWrite) {
      this.writing = false;
      return;
    }
    const chosen = new Map(values.branch);
    const course = { sampling, chosen, count: values.count };
    const path = await walk(this.#root, course, () => following.signal.aborted);
    if (!path || following.signal.aborted) return;
    this.path = path;
    const last = path.at(-1) ?? this.#root;
    const room = reading.contextLength - reading.tokens.length;
    const isWhole = last.isEnd || path.length >= Math.min(values.count, room);
    if (isWhole && (last.isEnd || last.logits)) return this.#settle();
    this.writing = true;
    const ids = [...reading.tokens.map(({ id }) => id), ...path.map(({ id }) => id)];
    const growth = new Growth(last, path, writer.ends, following.signal, (grown) => (this.path = grown));
    try {
      const job = { model: writer.id, ids, written: path.length, until: values.count, sampling, chosen };
      const signal = AbortSignal.any([following.signal, this.#left.signal]);
      this.run = await this.#engine.run('generateWrite', job, {
        slot: 'generate.write',
        signal,
        onProgress: (step) => growth.add(step),
      });
      growth.draw();
      this.#settle();
    } catch (error) {
      this.#fail(error);
    } finally {
      if (!following.signal.aborted) this.writing = false;
    }
  }

  /** The text of the address is there. */
  #settle(): void {
    this.writing = false;
    const { branch, count, temperature, topK, topP, minP, seed } = this.values;
    const state = { branch, count, temperature, topK, topP, minP, seed };
    this.branches = withBranch(this.branches, { path: this.path, state });
    forget(this.#root, this.path, MAX_LOGITS);
  }

  /** Writes until the text ends. */
  write(): void {
    this.selected = undefined;
    this.#url.set({ count: MAX_TOKENS });
  }

  /** Writes one more token. */
  step(): void {
    this.selected = undefined;
    this.#url.set({ count: Math.min(MAX_TOKENS, this.path.length + 1) });
  }

  stop(): void {
    if (this.writing) this.#url.set({ count: this.path.length });
  }

  /** Back to the prompt. Branches stay. */
  clear(): void {
    this.selected = undefined;
    this.#url.set({ count: 0, branch: [] });
  }

  reseed(): void {
    void this.change({ seed: crypto.getRandomValues(new Uint16Array(1))[0]! });
  }

  setPrompt(prompt: string): void {
    this.#url.set({ prompt, count: 0, branch: [] });
  }

  setModel(model: GenerateValues['model']): void {
    this.#url.set({ model, count: 0, branch: [] });
  }

  /** Puts another token at the place that is looked at. After the prompt this forks the text; within it, the prompt ends there. */
  choose(id: number): void {
    const { reading, at, path } = this;
    if (!reading) return;
    const place = at - reading.tokens.length;
    if (place < 0) {
      const { start } = reading.tokens[at]!;
      const text = this.writer?.texts[id] ?? '';
      this.selected = undefined;
      this.setPrompt(reading.text.slice(0, start) + (start === 0 ? text.trimStart() : text));
      return;
    }
    const before = path[place - 1] ?? this.#root;
    const earlier = this.values.branch.filter(([other]) => other < place);
    const isDrawn = before.drawn(this.sampling) === id;
    const branch: readonly Choice[] = isDrawn ? earlier : [...earlier, [place, id]];
    this.selected = undefined;
    this.#url.set({ branch, count: place < path.length ? MAX_TOKENS : place + 1 });
  }

  /** Shows another text of the tree. */
  show(index: number): void {
    const branch = this.branches[index];
    if (!branch) return;
    this.selected = undefined;
    this.#url.set({ ...branch.state, count: branch.path.length });
  }

  /** Shows what settings would do, without writing. */
  async drag(change: Partial<Sampling>): Promise<void> {
    this.dragged = { ...this.dragged, ...change };
    this.#dragging += 1;
    const turn = this.#dragging;
    const { path, values, shownSampling } = this;
    const course = { sampling: shownSampling, chosen: new Map(values.branch), count: path.length };
    const other = await walk(this.#root, course, () => turn !== this.#dragging);
    if (other && turn === this.#dragging) this.kept = commonLength(path, other);
  }

  /** Writes the text with other settings. Tokens that were chosen stay where the text before them does. */
  async change(change: Partial<Sampling>): Promise<void> {
    await this.drag(change);
    const { dragged, kept = Infinity, values } = this;
    this.#url.set({ ...dragged, branch: values.branch.filter(([place]) => place < kept) });
    this.#endDragging();
  }

  #endDragging(): void {
    this.#dragging += 1;
    this.dragged = {};
    this.kept = undefined;
  }

  /** What the token before the looked-at place attends to. */
  async attend(): Promise<void> {
    const { at, tokens, writer } = this;
    if (!writer || !this.canWrite || at < 1 || this.writing) return;
    const ids = tokens.slice(0, at).map(({ id }) => id);
    try {
      const row = await this.#engine.run(
        'generateAttend',
        { model: writer.id, ids },
        { slot: 'generate.attend', signal: this.#left.signal },
      );
      this.attention = { ...row, ids };
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!isHandled(error)) this.error = failureOf(error);
  }
}

function samplingOf({ temperature, topK, topP, minP, seed }: GenerateValues): Sampling {
  return { temperature, topK, topP, minP, seed };
}
