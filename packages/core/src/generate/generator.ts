import { Channel } from '../async/channel.ts';
import { Queue } from '../async/queue.ts';
import type { DecoderEngine } from '../engine/decoder-engine.ts';
import { LIMITS } from '../limits.ts';
import type { OptionKind } from '../options.ts';
import { Random } from '../platform/random.ts';
import { TextStream } from '../text/stream.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { GenerationDefaults } from './defaults.ts';
import type { GenerateOptions } from './options.ts';
import type { GeneratedPiece, Generation } from './result.ts';
import { BatchScheduler } from './scheduler/scheduler.ts';
import type { GenerationRequest } from './scheduler/sequence.ts';
import { type CachedSession, SessionCache } from './scheduler/session-cache.ts';
import { createProcessors } from './search/processor-list.ts';
import type { SearchOptions } from './search/search.ts';
import { SingleSearch } from './search/single-search.ts';
import { type GenerationSettings, newTokensAfter, resolveSettings } from './settings.ts';

/** The model of a {@link Generator}. */
export interface GeneratorModel {
  readonly engine: DecoderEngine;
  readonly tokenizer: Tokenizer;
  readonly defaults: GenerationDefaults;
  readonly vocabSize: number;
  /** Maximum tokens of the decoder, generated ones included. */
  readonly contextLength: number;
  /** Pattern of the attention weights to return as alignments, `*` for the layer. */
  readonly alignments: string;
}

/** An encoded prompt that fits the model's context. */
export interface EncodedPrompt extends Pick<SearchOptions, 'ids' | 'promptIds' | 'prefix'> {
  /** Encoder–decoders: ids of the source text. */
  readonly source?: Int32Array;
}

/** Internal options of a call: `onPiece` receives the text in pieces. */
export interface GeneratorOptions extends GenerateOptions {
  onPiece?: (piece: GeneratedPiece) => void;
}

type OnDemand = typeof import('./scheduler/on-demand.ts');

/** Continues prompts with an engine. Calls run one after another; the key-value cache is kept between them. */
export class Generator {
  readonly #model: GeneratorModel;
  readonly #sessions: SessionCache;
  readonly #queue = new Queue();

  constructor(model: GeneratorModel) {
    this.#model = model;
    this.#sessions = new SessionCache(model.engine, model.contextLength);
  }

  get tokenizer(): Tokenizer {
    return this.#model.tokenizer;
  }

  /** Maximum tokens of the decoder, generated ones included. */
  get contextLength(): number {
    return this.#model.contextLength;
  }

  /** Resolves options against the model's defaults. Throws `ConfigError` for an invalid option. */
  settings(
    task: string,
    options: GenerateOptions,
    defaults = this.#model.defaults,
    more: Readonly<Record<string, OptionKind>> = {},
  ): GenerationSettings {
    return resolveSettings(task, options, defaults, this.#model.vocabSize, more);
  }

  /** Calls `body` after all earlier calls have ended, with the session of one slot that is kept between calls. */
  exclusive<T>(
    signal: AbortSignal | undefined,
    capacity: number,
    body: (session: CachedSession) => Promise<T>,
  ): Promise<T> {
    return this.#queue.run(signal, () => this.#sessions.use(1, capacity, body));
  }

  /** Continues prompts, each until its own end. Returns the generations in the order of the prompts. */
  async generate(
    prompts: readonly EncodedPrompt[],
    settings: GenerationSettings,
    options: GeneratorOptions,
  ): Promise<Generation[]> {
    const { hooks, record, signal } = options;
    signal?.throwIfAborted();
    if (prompts.length === 0) return [];
    const copies = settings.doSample ? settings.numReturnSequences : 1;
    const generations = await this.#queue.run(signal, async () => {
      // Greedy search of a decoder is the part that every application needs. Within the queue, so that calls keep their order.
      const isPlain = settings.numBeams === 1 && !settings.doSample && !prompts.some(({ source }) => source);
      const onDemand = isPlain ? undefined : await import('./scheduler/on-demand.ts');
      const requests = prompts.flatMap((prompt, index) =>
        Array.from({ length: copies }, (_, i) =>
          this.#request(prompt, index, index * copies + i, settings, options, onDemand),
        ),
      );
      const capacity = requests.reduce((most, { capacity }) => Math.max(most, capacity), 0);
      // Recordings are of one text each, so texts are then generated one by one.
      const most = Math.floor(LIMITS.sequences / settings.numBeams);
      const batchSize = record ? 1 : Math.min(requests.length, settings.batchSize, most);
      return this.#sessions.use(batchSize * settings.numBeams, capacity, (session) =>
        new BatchScheduler(session, requests, onDemand, {
          ...(hooks && { hooks }),
          ...(record && { record }),
          ...(settings.alignments && { alignments: this.#model.alignments }),
          ...(signal && { signal }),
        }).run(),
      );
    });
    return prompts.map((_, index) => {
      const [first, ...others] = generations.slice(index * copies, (index + 1) * copies);
      return others.length > 0 ? { ...first!, alternatives: others } : first!;
    });
  }

  /** Continues one prompt and yields its text in pieces. Ending the iteration early stops the generation. */
  async *stream(
    prompt: EncodedPrompt,
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
    // A failure also closes the channel; it is rethrown where `generating` is awaited.
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

  #request(
    { ids, promptIds, prefix, source }: EncodedPrompt,
    index: number,
    stream: number,
    settings: GenerationSettings,
    { onToken, onPiece }: GeneratorOptions,
    onDemand: OnDemand | undefined,
  ): GenerationRequest & { capacity: number } {
    const newTokens = newTokensAfter(settings, ids.length);
    const room = this.#model.contextLength - ids.length;
    const limit = Math.min(newTokens, room);
    const { tokenizer } = this.#model;
    const { skipSpecialTokens, stopStrings } = settings;
    const options: SearchOptions = {
      settings,
      tokenizer,
      ids,
      promptIds,
      prefix,
      openText: () => new TextStream(tokenizer, { skipSpecialTokens, stopStrings, prefix }),
      limit,
      limitedBy: room < newTokens ? 'context' : 'length',
      ...(settings.doSample && { random: new Random(settings.seed, stream) }),
      ...(onToken && { onToken: (token) => onToken(token, index) }),
      ...(onPiece && { onPiece }),
    };
    return {
      search:
        settings.numBeams > 1
          ? new onDemand!.BeamSearch(options, createProcessors(settings, limit))
          : new SingleSearch(options, onDemand?.sampleRow),
      ...(source && { source }),
      capacity: ids.length + limit,
    };
  }
}
