import type { DecodeCallOptions, DecodeStepOptions } from '../../engine/decoder-engine.ts';
import type { Activation } from '../../hooks/hooks.ts';
import { matchesAny } from '../../hooks/hooks.ts';
import type { DecodeBatch } from '../../models/decoders/decoder.ts';
import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import { alignmentOf } from '../alignment.ts';
import type { Generation } from '../result.ts';
import type { SearchRow } from '../search/search.ts';
import type { decoderOptions, encodeSources } from './encode-sources.ts';
import { promptTokens } from './prompt-tokens.ts';
import type { GenerationRequest, Sequence, SequenceGroup } from './sequence.ts';
import type { CachedSession } from './session-cache.ts';
import { SlotAllocator } from './slot-allocator.ts';

export interface SchedulerOptions extends Readonly<DecodeCallOptions> {
  /** Pattern of the attention weights to return as alignments. */
  readonly alignments?: string;
}

/** Functions for encoder–decoders. */
interface SourceFunctions {
  readonly decoderOptions: typeof decoderOptions;
  readonly encodeSources: typeof encodeSources;
}

/** Tokens of a sequence that go into the next forward pass. */
interface Chunk {
  readonly group: SequenceGroup;
  readonly sequence: Sequence;
  readonly count: number;
}

/**
 * Continuous batching (Yu et al. 2022): runs as many requests at a time as the session has slots, starts the next one when one ends, and
 * computes prompts in chunks together with the new tokens of other requests.
 */
export class BatchScheduler {
  readonly #cached: CachedSession;
  readonly #requests: readonly GenerationRequest[];
  readonly #options: SchedulerOptions;
  readonly #sources: SourceFunctions | undefined;
  /** Options that apply to the decoder's passes. */
  readonly #decodeOptions: DecodeCallOptions;
  readonly #allocator: SlotAllocator;
  readonly #results = new Map<GenerationRequest, Generation>();
  /** Outputs of the last pass that have not been passed to their search yet. */
  readonly #rows = new Map<Sequence, SearchRow>();
  #groups: SequenceGroup[] = [];

  /** `sources` is needed if a request has a source. */
  constructor(
    cached: CachedSession,
    requests: readonly GenerationRequest[],
    sources: SourceFunctions | undefined,
    options: SchedulerOptions,
  ) {
    this.#cached = cached;
    this.#requests = requests;
    this.#options = options;
    this.#sources = sources;
    this.#decodeOptions = requests.some(({ source }) => source) ? sources!.decoderOptions(options) : options;
    this.#allocator = new SlotAllocator(cached, requests);
  }

  /**
   * Runs all requests to their end. Returns the generations in the order of the requests. Rejects with the signal's reason, before another
   * forward pass, once it is aborted.
   */
  async run(): Promise<Generation[]> {
    const { hooks, record } = this.#options;
    // Hooks and recordings must see the whole prompt, and keys and values computed under hooks must not be used by later calls.
    if (hooks || record) this.#cached.clear();
    try {
      await this.#runRequests();
    } finally {
      if (hooks) this.#cached.clear();
    }
    return this.#requests.map((request) => this.#results.get(request)!);
  }

  async #runRequests(): Promise<void> {
    let copies: SlotCopy[] = [];
    while (this.#groups.length > 0 || !this.#allocator.empty) {
      await this.#cached.yielder.yieldToEventLoop(this.#options.signal);
      const started = this.#allocator.allocate(this.#groups, copies);
      for (const group of started.groups) this.#groups.push(group);
      const sourceActivations = await this.#sources?.encodeSources(
        this.#cached.session,
        started.groups,
        this.#options,
      );
      await this.#decodeStep([...copies, ...started.copies], sourceActivations ?? new Map());
      copies = this.#groups.flatMap((group) => (group.ready ? this.#advanceSearch(group) : []));
      this.#groups = this.#groups.filter(({ request }) => !this.#results.has(request));
    }
  }

  /** Runs one forward pass and stores the outputs of sequences whose last token it computed. */
  async #decodeStep(
    copies: readonly SlotCopy[],
    sourceActivations: ReadonlyMap<string, Activation>,
  ): Promise<void> {
    const chunks = this.#planChunks();
    const batch = batchOf(chunks);
    const lastRows = chunks.map((_, i) => batch.offsets[i + 1]! - 1);
    const complete = chunks.flatMap(({ sequence, count }, i) =>
      sequence.computed + count === sequence.ids.length ? [i] : [],
    );
    // If no sequence is complete no logits are needed, but `rows` must not be empty.
    const rows = complete.length > 0 ? complete.map((i) => lastRows[i]!) : lastRows.slice(-1);
    const record = this.#recordPatterns(complete.length > 0);
    const { hooks, signal } = this.#decodeOptions;
    const options: DecodeStepOptions = {
      rowsOnly: true,
      rows: Int32Array.from(rows),
      ...(copies.length > 0 && { copies }),
      ...(hooks && { hooks }),
      ...(record.length > 0 && { record }),
      ...(signal && { signal }),
    };
    const { row: rowOf, recorded } = await this.#cached.session.decode(batch, options);
    for (const { sequence, count } of chunks) {
      sequence.computed += count;
      this.#cached.prefixes[sequence.slot] = { ids: sequence.ids, length: sequence.computed };
    }
    const { alignments, record: requested } = this.#options;
    for (const [row, i] of complete.entries()) {
      const { sequence, count, group } = chunks[i]!;
      const sourceLength = group.request.source?.length ?? sequence.computed;
      this.#rows.set(sequence, {
        logits: rowOf!(row),
        ...(alignments !== undefined && {
          alignment: alignmentOf(recorded, alignments, i, count - 1, sourceLength),
        }),
        ...(requested && {
          activations: new Map([
            ...sourceActivations,
            ...[...recorded].filter(([name]) => matchesAny(requested, name)),
          ]),
        }),
      });
    }
  }

  /** Passes outputs to a group's search. Returns the slot copies that it needs to continue; releases its slots if it has ended. */
  #advanceSearch(group: SequenceGroup): SlotCopy[] {
    const { search } = group.request;
    search.advance(group.sequences.map((sequence) => this.#rows.get(sequence)!));
    for (const sequence of group.sequences) this.#rows.delete(sequence);
    if (search.live.length > 0) return group.followSearch(this.#cached);
    this.#results.set(group.request, search.result(group.cachedTokens));
    this.#allocator.release(group);
    return [];
  }

  /** The next forward pass: the new token of every sequence, and prompt tokens up to the limit. */
  #planChunks(): Chunk[] {
    const { hooks, record, alignments, signal } = this.#options;
    // Hooks and recordings get the whole prompt in one pass.
    let room = hooks || record ? Infinity : promptTokens(this.#cached, signal);
    const pending = this.#groups
      .flatMap((group) =>
        group.sequences.map((sequence) => ({
          group,
          sequence,
          left: sequence.ids.length - sequence.computed,
        })),
      )
      .sort((a, b) => Math.min(a.left, 2) - Math.min(b.left, 2));
    // Alignments need only the last prompt token's weights: it is computed in a pass of its own, so that no others are recorded.
    const withoutLast = alignments !== undefined && !record && pending.some(({ left }) => left > 1);
    const chunks: Chunk[] = [];
    for (const { group, sequence, left } of pending) {
      const count = withoutLast ? Math.min(left - 1, room) : left === 1 ? 1 : Math.min(left, room);
      if (count < 1) continue;
      room -= count;
      chunks.push({ group, sequence, count });
    }
    return chunks;
  }

  #recordPatterns(hasComplete: boolean): readonly string[] {
    const { record = [] } = this.#decodeOptions;
    const { alignments } = this.#options;
    return hasComplete && alignments !== undefined ? [...record, alignments] : record;
  }
}

function batchOf(chunks: readonly Chunk[]): DecodeBatch {
  const offsets = new Int32Array(chunks.length + 1);
  for (const [i, { count }] of chunks.entries()) offsets[i + 1] = offsets[i]! + count;
  const ids = new Int32Array(offsets.at(-1)!);
  for (const [i, { sequence, count }] of chunks.entries())
    ids.set(sequence.ids.slice(sequence.computed, sequence.computed + count), offsets[i]);
  return {
    ids,
    offsets,
    slots: Int32Array.from(chunks, ({ sequence }) => sequence.slot),
    starts: Int32Array.from(chunks, ({ sequence }) => sequence.computed),
  };
}
