import type { ModelSource, ProgressEvent } from '@headwise/core';
import type { LocalFiles, LocalModel, LocalOrigin, ModelEvent, ModelOf, ModelStore } from './job.ts';
import { FirstBlocks } from './load/first-blocks.ts';
import { loadEntry } from './load/index.ts';
import { LOCAL_MODELS, type ModelEntry, type ModelId, modelEntry } from './registry.ts';

type Listener = (id: ModelId, event: ModelEvent) => void;
type AnyModel = ModelOf<ModelId>;

/** A model that is loaded, or on the way. */
interface Slot {
  readonly id: ModelId;
  readonly model: Promise<AnyModel>;
  readonly controller: AbortController;
  /** Jobs that use it or wait for it. */
  readonly users: Set<object>;
  readonly firstBlocks: FirstBlocks | undefined;
  state: ModelEvent;
}

export interface ModelCacheOptions {
  /** Where the files of a model are. */
  readonly locate: (id: ModelId) => ModelSource;
  /** Models are put away when all together have more bytes, those first that were not used for longest. */
  readonly maxBytes?: number;
  readonly onEvent?: Listener;
}

/** Files of 200 MB are about 400 MB of memory when 16-bit weights are kept in 32. */
const MAX_BYTES = 200_000_000;

/** The models in memory. Each is loaded once, whatever number of jobs ask for it. */
export class ModelCache {
  readonly #locate: (id: ModelId) => ModelSource;
  readonly #maxBytes: number;
  readonly #onEvent: Listener;
  /** In the order of last use, the latest last. */
  readonly #slots = new Map<ModelId, Slot>();
  /** The last model of files that no site has. */
  #local: (LocalModel & { readonly files: LocalFiles }) | undefined;

  constructor({ locate, maxBytes = MAX_BYTES, onEvent = () => undefined }: ModelCacheOptions) {
    this.#locate = locate;
    this.#maxBytes = maxBytes;
    this.#onEvent = onEvent;
  }

  /** The models of one job, until `release`. A job that is aborted stops loading what no other job waits for. */
  lease(signal: AbortSignal): { readonly store: ModelStore; release(): void } {
    const job = {};
    const slots = this.#slots;
    const release = (): void => {
      for (const slot of this.#slots.values()) this.#leave(slot, job);
    };
    signal.addEventListener('abort', release, { once: true });
    const load: ModelStore['load'] = async <Id extends ModelId>(id: Id) => {
      signal.throwIfAborted();
      const slot = this.#slots.get(id) ?? this.#start(id);
      slot.users.add(job);
      this.#slots.delete(id);
      this.#slots.set(id, slot);
      this.#evict();
      return (await abortable(slot.model, signal)) as ModelOf<Id>;
    };
    const firstBlocks: ModelStore['firstBlocks'] = async function* (this: void, id, text) {
      const slot = slots.get(id);
      if (slot?.firstBlocks && slot.state.phase === 'loading') yield* slot.firstBlocks.models(text, signal);
    };
    return {
      store: {
        load,
        firstBlocks,
        locate: this.#locate,
        open: (files, origin) => this.#open(files, origin, signal),
      },
      release: () => {
        signal.removeEventListener('abort', release);
        release();
      },
    };
  }

  async #open(files: LocalFiles, origin: LocalOrigin, signal: AbortSignal): Promise<LocalModel> {
    const { loadLocal } = await import('./load/local.ts');
    const { local, model } = await loadLocal(files, origin, { signal });
    for (const slot of [...this.#slots.values()]) if (Object.hasOwn(LOCAL_MODELS, slot.id)) this.#drop(slot);
    this.#local = { ...local, files };
    const state = { phase: 'ready', backend: model.backend } as const;
    const ready = {
      model: Promise.resolve(model),
      controller: new AbortController(),
      users: new Set<object>(),
      firstBlocks: undefined,
    };
    this.#slots.set(local.id, { id: local.id, ...ready, state });
    this.#onEvent(local.id, state);
    this.#evict();
    return local;
  }

  #bytesOf(id: ModelId): number {
    return this.#local?.id === id ? this.#local.bytes : modelEntry(id).bytes;
  }

  #start(id: ModelId): Slot {
    const entry = modelEntry(id);
    const source = this.#local?.id === id ? this.#local.files : this.#locate(id);
    const controller = new AbortController();
    const firstBlocks = entry.wordsLast === undefined ? undefined : new FirstBlocks(entry, entry.wordsLast);
    const slot: Slot = {
      id,
      firstBlocks,
      controller,
      users: new Set(),
      state: { phase: 'loading', loaded: 0, total: entry.bytes, cached: false },
      model: loadEntry(entry, source, {
        signal: controller.signal,
        firstBlocks,
        onProgress: (event) => this.#say(slot, progressOf(entry, event)),
      }),
    };
    this.#onEvent(id, slot.state);
    slot.model.finally(() => firstBlocks?.end()).catch(() => undefined);
    slot.model.then(
      ({ backend }) => this.#say(slot, { phase: 'ready', backend }),
      // The next job tries again. Those that wait reject with the error.
      () => {
        if (this.#slots.get(id) === slot) this.#slots.delete(id);
      },
    );
    return slot;
  }

  #say(slot: Slot, event: ModelEvent): void {
    slot.state = event;
    this.#onEvent(slot.id, event);
  }

  #leave(slot: Slot, job: object): void {
    if (!slot.users.delete(job) || slot.users.size > 0 || slot.state.phase === 'ready') return;
    this.#slots.delete(slot.id);
    slot.controller.abort();
    this.#say(slot, { phase: 'evicted' });
  }

  /** Puts away models that no job uses, until the rest fits. */
  #evict(): void {
    let bytes = [...this.#slots.keys()].reduce((sum, id) => sum + this.#bytesOf(id), 0);
    for (const slot of [...this.#slots.values()]) {
      if (bytes <= this.#maxBytes) return;
      if (slot.users.size > 0) continue;
      bytes -= this.#bytesOf(slot.id);
      this.#drop(slot);
    }
  }

  #drop(slot: Slot): void {
    this.#slots.delete(slot.id);
    this.#say(slot, { phase: 'evicted' });
    void slot.model.then((model) => model.dispose());
  }
}

function progressOf({ bytes }: ModelEntry, { loaded, files, done }: ProgressEvent): ModelEvent {
  if (done) return { phase: 'starting' };
  const cached = files.length > 0 && files.every((file) => file.cached);
  return { phase: 'loading', loaded, total: Math.max(bytes, loaded), cached };
}

/** The promise, or the rejection of the signal if that comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
