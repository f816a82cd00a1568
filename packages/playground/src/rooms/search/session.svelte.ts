import type { Engine } from '../../app/engine.svelte.ts';
import { type Failure, failureOf, isHandled } from '../../app/failure.ts';
import type { UrlState } from '../../app/url-state.svelte.ts';
import type { EmbedProgress } from '../../engine/jobs/search-embed.ts';
import type { FindResult } from '../../engine/jobs/search-find.ts';
import type { OpenResult } from '../../engine/jobs/search-open.ts';
import type { CosineParts } from '../../engine/jobs/search-why.ts';
import { hasHangul } from '../../lib/scripts.ts';
import { QUESTIONS, SAMPLES } from './samples/index.ts';
import { MAX_SHARED, MAX_TEXT, type SampleId, type SearchValues, type schema, type Way } from './state.ts';

/** Most results of each kind. */
const COUNT = 8;
/** Milliseconds without typing after which a text is read again. */
const TYPING = 250;

/** A text that the address does not hold. */
interface LocalText {
  /** Of the file; undefined for a text that was typed or pasted. */
  readonly name: string | undefined;
  readonly text: string;
}

/** Kept while the reader visits other rooms. */
let kept: LocalText | undefined;

/** A text that is open. */
interface OpenText extends OpenResult {
  readonly text: string;
}

/** Why a file was not opened. */
export type Refusal = 'length' | 'binary';

/** Searches the text that the room shows. */
export class Session {
  local = $state.raw<LocalText | undefined>(kept);
  opened = $state.raw<OpenText | undefined>();
  found = $state.raw<FindResult | undefined>();
  /** How far the vectors of the opened text are; undefined before they are begun. */
  progress = $state.raw<EmbedProgress | undefined>();
  /** Sentences that are longer than the model reads. */
  cut = $state(0);
  parts = $state.raw<CosineParts | undefined>();
  refusal = $state.raw<Refusal | undefined>();
  /** Why the model could not be loaded. */
  loadError = $state.raw<Failure | undefined>();
  error = $state.raw<Failure | undefined>();

  readonly #engine: Engine;
  readonly #url: UrlState<typeof schema>;
  readonly #language: () => SampleId;
  /** Aborts all jobs of the room when it is left. */
  readonly #left = new AbortController();
  #accepted = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param language of the page, which is that of the sample unless the reader chooses another */
  constructor(engine: Engine, url: UrlState<typeof schema>, language: () => SampleId) {
    this.#engine = engine;
    this.#url = url;
    this.#language = language;
  }

  get values(): SearchValues {
    return this.#url.values;
  }

  /** The sample that is shown; undefined for a text of the reader's. */
  readonly sample: SampleId | undefined = $derived.by(() => {
    if (this.local || this.values.text !== undefined) return undefined;
    const { sample } = this.values;
    return sample === 'auto' ? this.#language() : sample;
  });
  readonly text: string = $derived.by(
    () => this.local?.text ?? this.values.text ?? (this.sample ? SAMPLES[this.sample] : ''),
  );
  /** Questions that the shown sample answers. */
  readonly questions: readonly string[] = $derived.by(() =>
    this.sample ? QUESTIONS[this.sample].slice(0, 4).map(({ query }) => query) : [],
  );
  readonly query: string = $derived.by(() => this.values.query ?? this.questions[0] ?? '');
  /** How the reader wants passages to be compared. */
  readonly way: Way = $derived.by(() => {
    const { way } = this.values;
    if (way !== 'auto') return way;
    const { korean = 0, passages = [] } = this.opened ?? {};
    return 2 * korean >= passages.length && (passages.length > 0 || hasHangul(this.text))
      ? 'letters'
      : 'meaning';
  });
  readonly isReady: boolean = $derived.by(() => this.#engine.models.minilm?.phase === 'ready');
  /** Whether MiniLM is needed and waits for the visitor's consent to its size. */
  readonly isOffered: boolean = $derived.by(() => {
    const isThere = ['starting', 'ready'].includes(this.#engine.models.minilm?.phase ?? '');
    return this.way === 'meaning' && !isThere && !this.#accepted;
  });
  /** Whether MiniLM and its vectors are wanted, and may be fetched. */
  readonly wantsVectors: boolean = $derived.by(() => this.way === 'meaning' && !this.isOffered);
  /** Whether passages are compared by meaning: until there are vectors, by letters. */
  readonly byMeaning: boolean = $derived.by(
    () => this.wantsVectors && this.isReady && (this.progress?.done ?? 0) > 0,
  );
  /** Whether the shown text is being divided and indexed. */
  readonly isReading: boolean = $derived.by(() => this.opened?.text !== this.text);
  /** Whether what is found is that of the shown text and query. */
  readonly isCurrent: boolean = $derived.by(() => {
    const { found, query, byMeaning, progress } = this;
    if (this.isReading || found?.query !== query) return false;
    if (!byMeaning || hasHangul(query)) return found.meaning === undefined;
    return found.meaning !== undefined && found.vectors === progress?.done;
  });

  choose(sample: SampleId): void {
    this.#keep(undefined);
    this.#url.set({ sample, text: undefined, query: undefined, way: 'auto', why: -1 });
  }

  /** A text that was typed, pasted, or read from a file. */
  setText(text: string, name?: string): void {
    this.refusal = text.length > MAX_TEXT ? 'length' : text.includes('\0') ? 'binary' : undefined;
    if (this.refusal) return;
    const isShared = name === undefined && text.length <= MAX_SHARED;
    this.#keep(isShared ? undefined : { name, text });
    this.#url.set({ text: isShared ? text : undefined, query: this.query, why: -1 });
  }

  async openFile(file: File): Promise<void> {
    // Four bytes are the most of a character.
    if (file.size > 4 * MAX_TEXT) this.refusal = 'length';
    else this.setText(await file.text(), file.name);
  }

  setQuery(query: string): void {
    this.#url.set({ query, why: -1 });
  }

  setWay(way: Way): void {
    this.#url.set({ way, why: -1 });
  }

  toggleWhy(passage: number): void {
    this.#url.set({ why: this.values.why === passage ? -1 : passage });
  }

  accept(): void {
    this.#accepted = true;
  }

  /** Opens the shown text, after a while if another was open: it is being typed. */
  open(): void {
    clearTimeout(this.#timer);
    if (this.opened?.text === this.text) return;
    this.#timer = setTimeout(() => void this.#open(), this.opened ? TYPING : 0);
  }

  async #open(): Promise<void> {
    const { text } = this;
    await this.#try(async () => {
      const result = await this.#engine.run('searchOpen', { text }, this.#options('open'));
      this.progress = undefined;
      this.cut = 0;
      this.opened = { ...result, text };
    });
  }

  async find(): Promise<void> {
    const { query, byMeaning, opened } = this;
    if (!opened) return;
    if (query.trim() === '') {
      this.found = { query, meaning: undefined, vectors: 0, letters: [] };
      return;
    }
    const params = { text: opened.text, query, byMeaning, count: COUNT };
    await this.#try(async () => {
      this.found = await this.#engine.run('searchFind', params, this.#options('find'));
    });
  }

  /** Computes the vectors of the opened text in the background. */
  async embed(): Promise<void> {
    const { opened, wantsVectors } = this;
    if (!opened || !wantsVectors) return;
    await this.#try(async () => {
      const { cut } = await this.#engine.run(
        'searchEmbed',
        { text: opened.text },
        {
          ...this.#options('embed'),
          priority: 'background',
          onProgress: (progress) => {
            if (this.opened === opened) this.progress = progress;
          },
        },
      );
      if (this.opened === opened) this.cut = cut;
      this.loadError = undefined;
    }, true);
  }

  /** Takes the score of a passage apart. */
  async explain(passage: string): Promise<void> {
    const { query } = this;
    await this.#try(async () => {
      this.parts = await this.#engine.run('searchWhy', { query, passage }, this.#options('why'));
    });
  }

  /** Loads the model again, and does again what needs it. */
  retry(): void {
    this.loadError = undefined;
    if (!this.#engine.stopped) {
      void this.embed();
      return;
    }
    // A new engine knows nothing of the text.
    this.#engine.restart();
    void this.#open();
  }

  leave(): void {
    clearTimeout(this.#timer);
    this.#left.abort();
  }

  #keep(text: LocalText | undefined): void {
    kept = text;
    this.local = text;
  }

  #options(slot: string) {
    return { slot: `search.${slot}`, signal: this.#left.signal };
  }

  async #try(job: () => Promise<void>, loads = false): Promise<void> {
    if (this.#engine.stopped) return;
    try {
      await job();
      this.error = undefined;
    } catch (error) {
      if (isHandled(error)) return;
      if (loads && !this.isReady) this.loadError = failureOf(error);
      else this.error = failureOf(error);
    }
  }
}
