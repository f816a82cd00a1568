import { Channel } from '../async/channel.ts';
import { Queue } from '../async/queue.ts';
import type { DecoderEngine } from '../engine/decoder-engine.ts';
import type { Tokenizer } from '../text/index.ts';
import type { GenerationDefaults } from './defaults.ts';
import { Random } from './logits/random.ts';
import type { GenerateOptions } from './options.ts';
import type { GeneratedPiece, Generation } from './result.ts';
import { runScheduler } from './scheduler/scheduler.ts';
import type { GenerationRequest } from './scheduler/sequence.ts';
import { type CachedSession, SessionCache } from './scheduler/session-cache.ts';
import { BeamSearch } from './search/beam-search.ts';
import type { SearchOptions } from './search/search.ts';
import { SingleSearch } from './search/single-search.ts';
import { type GenerationSettings, newTokensAfter, resolveSettings } from './settings.ts';

/** What a generator needs to know of its model. */
export interface GeneratorModel {
  readonly engine: DecoderEngine;
  readonly tokenizer: Tokenizer;
  readonly defaults: GenerationDefaults;
  readonly vocabSize: number;
  /** Most tokens that the decoder reads. */
  readonly contextLength: number;
  /** The name of the attention weights that align what is generated with what was read, `*` for the layer. */
  readonly alignments: string;
}

/** A prompt, ready to be continued. */
export interface ReadyPrompt extends Pick<SearchOptions, 'ids' | 'promptIds' | 'prefix'> {
  readonly source?: Int32Array;
}

/** Options of a call within the library, which can also ask for pieces of text. */
export interface GeneratorOptions extends GenerateOptions {
  onPiece?: (piece: GeneratedPiece) => void;
}

/** Continues prompts with an engine: one call after another, and what an earlier call has read is not read again. */
export class Generator {
  readonly #model: GeneratorModel;
  readonly #sessions: SessionCache;
  readonly #queue = new Queue();

  constructor(model: GeneratorModel) {
    this.#model = model;
    this.#sessions = new SessionCache(model.engine, model.contextLength);
  }

  /** Decides every option; throws `ConfigError` naming the one that does not fit. */
  settings(task: string, options: GenerateOptions, defaults = this.#model.defaults): GenerationSettings {
    return resolveSettings(task, options, defaults, this.#model.vocabSize);
  }

  /** Runs `body` when the calls before it have ended, with a session of one slot that may hold what they have read. */
  exclusive<T>(
    signal: AbortSignal | undefined,
    capacity: number,
    body: (held: CachedSession) => Promise<T>,
  ): Promise<T> {
    return this.#queue.run(signal, () => this.#sessions.use(1, capacity, body));
  }

  /** Continues prompts, each until its own end. */
  async generate(
    prompts: readonly ReadyPrompt[],
    settings: GenerationSettings,
    options: GeneratorOptions,
  ): Promise<Generation[]> {
    const { hooks, record, signal } = options;
    signal?.throwIfAborted();
    const copies = settings.doSample ? settings.numReturnSequences : 1;
    const jobs = prompts.flatMap((prompt, index) =>
      Array.from({ length: copies }, (_, i) =>
        this.#job(prompt, index, index * copies + i, settings, options),
      ),
    );
    if (jobs.length === 0) return [];
    const capacity = Math.max(...jobs.map(({ capacity }) => capacity));
    // Recordings are of one text each.
    const together = record ? 1 : Math.min(jobs.length, settings.batchSize);
    const generations = await this.#queue.run(signal, () =>
      this.#sessions.use(together * settings.numBeams, capacity, (held) =>
        runScheduler(held, jobs, {
          ...(hooks && { hooks }),
          ...(record && { record }),
          ...(settings.alignments && { alignments: this.#model.alignments }),
          ...(signal && { signal }),
        }),
      ),
    );
    return prompts.map((_, index) => {
      const [first, ...others] = generations.slice(index * copies, (index + 1) * copies);
      return others.length > 0 ? { ...first!, alternatives: others } : first!;
    });
  }

  /** Continues one prompt and gives its text piece by piece. Whoever stops taking pieces stops the generation. */
  async *stream(
    prompt: ReadyPrompt,
    settings: GenerationSettings,
    options: GenerateOptions,
  ): AsyncGenerator<GeneratedPiece, Generation, void> {
    const { signal } = options;
    signal?.throwIfAborted();
    const stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const pieces = new Channel<GeneratedPiece>();
    const generating = this.generate([prompt], settings, {
      ...options,
      signal: stop.signal,
      onPiece: (piece) => pieces.push(piece),
    });
    // On failure, too: the error is taken from `generating` below.
    const ended = generating.then(
      () => pieces.close(),
      () => pieces.close(),
    );
    try {
      yield* pieces.values();
      return (await generating)[0]!;
    } finally {
      signal?.removeEventListener('abort', abort);
      stop.abort();
      await ended;
    }
  }

  #job(
    { ids, promptIds, prefix, source }: ReadyPrompt,
    index: number,
    stream: number,
    settings: GenerationSettings,
    { onToken, onPiece }: GeneratorOptions,
  ): GenerationRequest & { capacity: number } {
    const wanted = newTokensAfter(settings, ids.length);
    const room = this.#model.contextLength - ids.length;
    const limit = Math.min(wanted, room);
    const options: SearchOptions = {
      settings,
      tokenizer: this.#model.tokenizer,
      ids,
      promptIds,
      prefix,
      limit,
      limitedBy: room < wanted ? 'context' : 'length',
      ...(settings.doSample && { random: new Random(settings.seed, stream) }),
      ...(onToken && { onToken: (token) => onToken(token, index) }),
      ...(onPiece && { onPiece }),
    };
    return {
      search: settings.numBeams > 1 ? new BeamSearch(options) : new SingleSearch(options),
      ...(source && { source }),
      capacity: ids.length + limit,
    };
  }
}
