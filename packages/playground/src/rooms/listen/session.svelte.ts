import type { Engine } from '../../app/engine.svelte.ts';
import { type Failure, failureOf, isHandled } from '../../app/failure.ts';
import type { Heard } from '../../engine/jobs/listen-hear.ts';
import type { HeardMaps } from '../../engine/jobs/listen-map.ts';
import type { OpenSound, SoundSource } from '../../engine/jobs/listen-open.ts';
import type { HeardWhy } from '../../engine/jobs/listen-why.ts';
import type { HeardWindow, HeardWord } from '../../engine/listen/hearing.ts';
import { type HeadId, isSameHead } from '../../lib/heads.ts';
import { decodeFile, MAX_BYTES } from './decode.ts';
import { SAMPLES } from './samples.ts';
import type { LanguageChoice, ListenUrl, ListenValues, SampleId } from './state.ts';

/** Why a sound was not opened. */
export type Refusal = 'denied' | 'noMicrophone' | 'unsupported' | 'undecodable' | 'large' | 'sample';

/** A sound of the reader's, which the address does not hold. */
interface LocalSound {
  /** Of the file; undefined for a recording. */
  readonly name: string | undefined;
  readonly sound: OpenSound;
}

/** Kept while the reader visits other rooms. */
let kept: LocalSound | undefined;

/** A hearing, and what it is of. */
interface Shown extends Heard {
  readonly sound: OpenSound;
  readonly wanted: string | undefined;
}

/** The weights of a word over its window, with where that begins. */
export interface WordWeights {
  readonly weights: Float32Array;
  readonly start: number;
}

/** Opens sounds, has them written down, and asks for what the room shows of that. */
export class Session {
  local = $state.raw<LocalSound | undefined>(kept);
  /** The sample that is open. */
  sampleSound = $state.raw<{ readonly id: SampleId; readonly sound: OpenSound } | undefined>();
  refusal = $state.raw<Refusal | undefined>();
  isReading = $state(false);

  /** With all heads, and without the silenced ones. */
  plain = $state.raw<Shown | undefined>();
  edited = $state.raw<Shown | undefined>();
  /** What is written so far. */
  partial = $state('');
  busy = $state(false);
  maps = $state.raw<HeardMaps | undefined>();
  why = $state.raw<HeardWhy | undefined>();
  loadError = $state.raw<Failure | undefined>();
  error = $state.raw<Failure | undefined>();
  accepted = $state(false);
  /** Whether the reader stopped the loading: it begins again with a press alone. */
  cancelled = $state(false);

  readonly #engine: Engine;
  readonly #url: ListenUrl;
  readonly #language: () => 'en' | 'ko';
  /** Aborts all jobs of the room when it is left. */
  readonly #left = new AbortController();
  #hearing: AbortController | undefined;

  /** @param language of the page, which is that of the sample unless the reader chooses another */
  constructor(engine: Engine, url: ListenUrl, language: () => 'en' | 'ko') {
    this.#engine = engine;
    this.#url = url;
    this.#language = language;
  }

  get values(): ListenValues {
    return this.#url.values;
  }

  /** The sample that is chosen; undefined while a sound of the reader's is open. */
  readonly sample: SampleId | undefined = $derived.by(() => {
    if (this.local) return undefined;
    const { sample } = this.values;
    return sample === 'auto' ? (this.#language() === 'ko' ? 'korean' : 'apollo') : sample;
  });
  readonly sound: OpenSound | undefined = $derived.by(
    () => this.local?.sound ?? (this.sampleSound?.id === this.sample ? this.sampleSound?.sound : undefined),
  );
  /** The language that the model is told; undefined for the likeliest. */
  readonly language: string | undefined = $derived.by(() => {
    const { language } = this.values;
    if (language === 'auto') return this.sample && SAMPLES[this.sample].language;
    return language === 'detect' ? undefined : language;
  });
  readonly isReady: boolean = $derived.by(() => this.#engine.models['whisper-tiny']?.phase === 'ready');
  /** Whether the model waits for the visitor's consent to its size. */
  readonly isOffered: boolean = $derived.by(() => {
    const phase = this.#engine.models['whisper-tiny']?.phase;
    return !this.accepted && phase !== 'ready' && phase !== 'starting';
  });
  readonly silenced: readonly HeadId[] = $derived.by(() => this.values.silenced);
  /** Of the shown sound with all heads. */
  readonly before: Shown | undefined = $derived.by(() =>
    this.plain?.sound === this.sound && this.plain?.wanted === this.language ? this.plain : undefined,
  );
  /** Of the shown sound without the silenced heads. */
  readonly after: Shown | undefined = $derived.by(() => {
    const { edited, before, silenced } = this;
    const isCurrent =
      before !== undefined &&
      edited?.sound === before.sound &&
      edited.wanted === before.wanted &&
      sameHeads(edited.silenced, silenced);
    return isCurrent && silenced.length > 0 ? edited : undefined;
  });
  readonly shown: Shown | undefined = $derived.by(() => this.after ?? this.before);
  readonly words: readonly HeardWord[] = $derived.by(() => this.shown?.words ?? []);
  readonly windows: readonly HeardWindow[] = $derived.by(() => this.shown?.windows ?? []);
  /** The chosen word; undefined for none. */
  readonly word: HeardWord | undefined = $derived.by(() => this.words[this.values.word]);
  /** Where the model looked for the chosen word: the mean of its tokens' rows. */
  readonly weights: WordWeights | undefined = $derived.by(() => {
    const { word, maps, shown } = this;
    if (!word || !shown || maps?.params.id !== shown.id) return undefined;
    const map = maps.maps[word.window];
    const [from, to] = word.rows;
    if (!map || to <= from) return undefined;
    const weights = new Float32Array(map.columns);
    for (let row = from; row < to; row += 1) {
      for (let i = 0; i < map.columns; i += 1)
        weights[i]! += (map.data[row * map.columns + i] ?? 0) / (to - from);
    }
    return { weights, start: shown.windows[word.window]?.start ?? 0 };
  });

  choose(sample: SampleId): void {
    this.#keep(undefined);
    this.refusal = undefined;
    this.#url.set({ sample, word: -1, why: -1, language: 'auto', silenced: [] });
  }

  setLanguage(language: LanguageChoice): void {
    this.#url.set({ language, word: -1, why: -1 });
  }

  select(word: number): void {
    this.#url.set({ word, why: -1 });
  }

  openWhy(position: number): void {
    this.#url.set({ why: this.values.why === position ? -1 : position });
  }

  toggleSilenced(head: HeadId): void {
    const others = this.silenced.filter((other) => !isSameHead(other, head));
    const silenced = others.length < this.silenced.length ? others : [...others, head];
    silenced.sort((a, b) => a.layer - b.layer || a.head - b.head);
    this.#url.set({ silenced, why: -1 });
  }

  /** Fetches and opens the chosen sample. */
  async openSample(): Promise<void> {
    const id = this.sample;
    if (id === undefined || this.sampleSound?.id === id) return;
    this.isReading = true;
    try {
      const response = await fetch(SAMPLES[id].url, { signal: this.#left.signal });
      if (!response.ok) {
        this.refusal = 'sample';
        return;
      }
      const sound = await this.#open({ wav: new Uint8Array(await response.arrayBuffer()) });
      this.sampleSound = { id, sound };
    } catch (error) {
      if (!isHandled(error) && !this.#left.signal.aborted) this.refusal = 'sample';
    } finally {
      this.isReading = false;
    }
  }

  /** Opens a file, or a recording, which has no name. */
  async openFile(file: Blob, name?: string): Promise<void> {
    this.refusal = undefined;
    if (file.size > MAX_BYTES) {
      this.refusal = 'large';
      return;
    }
    this.isReading = true;
    try {
      const sound = await this.#open(await decodeFile(file));
      this.#keep({ name, sound });
      this.#url.set({ word: -1, why: -1, language: 'auto', silenced: [] });
    } catch (error) {
      if (!isHandled(error)) this.refusal = 'undecodable';
    } finally {
      this.isReading = false;
    }
  }

  accept(): void {
    this.loadError = undefined;
    this.accepted = true;
  }

  /** Stops fetching the model. */
  cancel(): void {
    this.accepted = false;
    this.cancelled = true;
    this.#hearing?.abort();
    this.busy = false;
  }

  /** Writes the sound down: with all heads, then without the silenced ones. */
  async hear(): Promise<void> {
    const { sound, language: wanted, silenced, isOffered } = this;
    if (!sound || isOffered || (this.before && (silenced.length === 0 || this.after))) return;
    this.#hearing?.abort();
    const controller = new AbortController();
    this.#hearing = controller;
    this.busy = true;
    this.partial = '';
    const signal = AbortSignal.any([controller.signal, this.#left.signal]);
    const hear = async (heads: readonly HeadId[], beside: number | undefined): Promise<Shown> => {
      const params = { samples: sound.samples, language: wanted, silenced: heads, beside };
      const heard = await this.#engine.run('listenHear', params, {
        slot: 'listen.hear',
        signal,
        onProgress: (progress) => {
          if ('text' in progress) this.partial = progress.text;
        },
      });
      return { ...heard, sound, wanted };
    };
    try {
      const before = this.before ?? (await hear([], undefined));
      this.plain = before;
      this.loadError = undefined;
      if (silenced.length > 0) this.edited = await hear(silenced, before.id);
      this.error = undefined;
    } catch (error) {
      if (isHandled(error)) return;
      if (this.isReady) this.error = failureOf(error);
      else {
        this.loadError = failureOf(error);
        this.accepted = false;
      }
    } finally {
      if (this.#hearing === controller) this.busy = false;
    }
  }

  /** Asks for the maps of the chosen head. */
  async openMaps(): Promise<void> {
    const { shown } = this;
    const { choice } = this.values;
    if (!shown) return;
    const isThere = choice === 'mean' || (choice.layer < shown.layers && choice.head < shown.heads);
    const params = { id: shown.id, choice: isThere ? choice : 'mean' } as const;
    await this.#try(async () => {
      this.maps = await this.#engine.run('listenMap', params, this.#options('map'));
    });
  }

  /** Takes a number of the chosen word apart. */
  async explain(part: number): Promise<void> {
    const { word, shown, maps } = this;
    const { why: position } = this.values;
    if (!word || !shown || position < 0 || maps?.params.id !== shown.id) return;
    const { choice } = maps.params;
    const params = { id: shown.id, window: word.window, rows: word.rows, position, choice, part };
    await this.#try(async () => {
      this.why = await this.#engine.run('listenWhy', params, this.#options('why'));
    });
  }

  /** Loads the model again, and does again what needs it. */
  retry(): void {
    if (this.#engine.stopped) {
      this.#engine.restart();
      this.plain = undefined;
      this.edited = undefined;
    }
    this.accept();
  }

  leave(): void {
    this.#left.abort();
  }

  async #open(source: SoundSource): Promise<OpenSound> {
    return this.#engine.run('listenOpen', source, this.#options('open'));
  }

  #keep(local: LocalSound | undefined): void {
    kept = local;
    this.local = local;
  }

  #options(slot: string) {
    return { slot: `listen.${slot}`, signal: this.#left.signal };
  }

  async #try(job: () => Promise<void>): Promise<void> {
    if (this.#engine.stopped) return;
    try {
      await job();
    } catch (error) {
      if (!isHandled(error)) this.error = failureOf(error);
    }
  }
}

const sameHeads = (a: readonly HeadId[], b: readonly HeadId[]): boolean =>
  a.length === b.length && a.every((head, i) => isSameHead(head, b[i]!));
