import type { DecodeCallOptions, DecodeStepOptions } from '../../engine/decoder-engine.ts';
import type { EncodeOutput } from '../../engine/encoder-engine.ts';
import type { Activation } from '../../hooks/hooks.ts';
import { matchesAny } from '../../hooks/hooks.ts';
import type { DecodeBatch } from '../../models/decoders/decoder.ts';
import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import { alignmentOf } from '../alignment.ts';
import type { Generation } from '../result.ts';
import type { SearchRow } from '../search/search.ts';
import { decoderOptions, encodeSources } from './encode-sources.ts';
import type { GenerationRequest, Sequence, SequenceGroup } from './sequence.ts';
import type { CachedSession } from './session-cache.ts';
import { SlotAllocator } from './slot-allocator.ts';

/** Most tokens of prompts in one forward pass: more gain nothing, and an abort would have to wait for them. */
const PROMPT_TOKENS = 512;

export interface SchedulerOptions extends Readonly<DecodeCallOptions> {
  /** The names of the attention weights that make the alignments, if those are wanted. */
  readonly alignments?: string;
}

/**
 * Continues prompts until each search has come to its end: several at a time, as many as the session has slots for. Prompts are read in
 * parts beside the tokens of others. Gives the generations in the order of the jobs.
 *
 * Rejects with the signal's reason, before another forward pass, once it is aborted.
 */
export async function runScheduler(
  held: CachedSession,
  jobs: readonly GenerationRequest[],
  options: SchedulerOptions,
): Promise<Generation[]> {
  const { hooks, record } = options;
  // What is computed under hooks is not what later calls need; what was computed before is not seen by hooks and recordings.
  if (hooks || record) held.forget();
  try {
    return await new BatchScheduler(held, jobs, options).run();
  } finally {
    if (hooks) held.forget();
  }
}

/** A part of a sequence that goes into the next forward pass. */
interface Part {
  readonly group: SequenceGroup;
  readonly lane: Sequence;
  readonly take: number;
}

class BatchScheduler {
  readonly #held: CachedSession;
  readonly #jobs: readonly GenerationRequest[];
  readonly #options: SchedulerOptions;
  /** What of the options is about the decoder's own passes. */
  readonly #own: DecodeCallOptions;
  readonly #admission: SlotAllocator;
  readonly #results = new Map<GenerationRequest, Generation>();
  /** What the last pass made of sequences whose search has not yet chosen. */
  readonly #rows = new Map<Sequence, SearchRow>();
  #groups: SequenceGroup[] = [];

  constructor(held: CachedSession, jobs: readonly GenerationRequest[], options: SchedulerOptions) {
    this.#held = held;
    this.#jobs = jobs;
    this.#options = options;
    this.#own = jobs.some(({ source }) => source) ? decoderOptions(options) : options;
    this.#admission = new SlotAllocator(held, jobs);
  }

  async run(): Promise<Generation[]> {
    let copies: SlotCopy[] = [];
    while (this.#groups.length > 0 || !this.#admission.empty) {
      await this.#held.yielder.yieldToEventLoop(this.#options.signal);
      const begun = this.#admission.next(this.#groups, copies);
      this.#groups.push(...begun.groups);
      const sources = await encodeSources(this.#held.session, begun.groups, this.#options);
      await this.#step([...copies, ...begun.copies], sources);
      copies = this.#groups.flatMap((group) => (group.ready ? this.#choose(group) : []));
      this.#groups = this.#groups.filter(({ request }) => !this.#results.has(request));
    }
    return this.#jobs.map((job) => this.#results.get(job)!);
  }

  /** One forward pass. */
  async #step(copies: readonly SlotCopy[], sources: ReadonlyMap<string, Activation>): Promise<void> {
    const parts = this.#parts();
    const batch = batchOf(parts);
    const ends = parts.map((_, i) => batch.offsets[i + 1]! - 1);
    const complete = parts.flatMap(({ lane, take }, i) =>
      lane.computed + take === lane.ids.length ? [i] : [],
    );
    // Of parts of prompts nobody asks what follows, but something has to be asked for.
    const rows = complete.length > 0 ? complete.map((i) => ends[i]!) : ends.slice(-1);
    const record = this.#recordFor(complete.length > 0);
    const { hooks, signal } = this.#own;
    const options: DecodeStepOptions = {
      rows: Int32Array.from(rows),
      ...(copies.length > 0 && { copies }),
      ...(hooks && { hooks }),
      ...(record.length > 0 && { record }),
      ...(signal && { signal }),
    };
    const { logits, recorded } = await this.#held.session.decode(batch, options);
    for (const { lane, take } of parts) {
      lane.computed += take;
      this.#held.prefixes[lane.slot] = { ids: lane.ids, length: lane.computed };
    }
    for (const [row, i] of complete.entries()) {
      const { lane, take, group } = parts[i]!;
      const { alignments, record: asked } = this.#options;
      const sourceLength = group.request.source?.length ?? lane.computed;
      this.#rows.set(lane, {
        logits: rowOf(logits, row),
        ...(alignments !== undefined && {
          alignment: alignmentOf(recorded, alignments, i, take - 1, sourceLength),
        }),
        ...(asked && { activations: new Map([...sources, ...askedFor(recorded, asked)]) }),
      });
    }
  }

  /** Lets a search choose, and gives the copies of slots that it needs to go on; frees its slots if it has ended. */
  #choose(group: SequenceGroup): SlotCopy[] {
    const { search } = group.request;
    search.advance(group.sequences.map((lane) => this.#rows.get(lane)!));
    for (const lane of group.sequences) this.#rows.delete(lane);
    if (search.live.length > 0) return group.follow(this.#held);
    this.#results.set(group.request, search.result(group.cachedTokens));
    this.#admission.release(group);
    return [];
  }

  /** What goes into the next forward pass: the next token of every text, and as much of the prompts as there is room for. */
  #parts(): Part[] {
    const { hooks, record, alignments } = this.#options;
    // Whoever looks at a prompt wants to see it whole.
    let room = hooks || record ? Infinity : PROMPT_TOKENS;
    const waiting = this.#groups
      .flatMap((group) =>
        group.sequences.map((lane) => ({ group, lane, left: lane.ids.length - lane.computed })),
      )
      .sort((a, b) => Math.min(a.left, 2) - Math.min(b.left, 2));
    // All weights of a prompt would be many: its last token, whose weights alone are wanted, goes by itself.
    const apart = alignments !== undefined && !record && waiting.some(({ left }) => left > 1);
    const parts: Part[] = [];
    for (const { group, lane, left } of waiting) {
      const take = apart ? Math.min(left - 1, room) : left === 1 ? 1 : Math.min(left, room);
      if (take < 1) continue;
      room -= take;
      parts.push({ group, lane, take });
    }
    return parts;
  }

  #recordFor(completes: boolean): readonly string[] {
    const { record = [] } = this.#own;
    const { alignments } = this.#options;
    return completes && alignments !== undefined ? [...record, alignments] : record;
  }
}

function batchOf(parts: readonly Part[]): DecodeBatch {
  const offsets = new Int32Array(parts.length + 1);
  for (const [i, { take }] of parts.entries()) offsets[i + 1] = offsets[i]! + take;
  const ids = new Int32Array(offsets.at(-1)!);
  for (const [i, { lane, take }] of parts.entries())
    ids.set(lane.ids.slice(lane.computed, lane.computed + take), offsets[i]);
  return {
    ids,
    offsets,
    slots: Int32Array.from(parts, ({ lane }) => lane.slot),
    starts: Int32Array.from(parts, ({ lane }) => lane.computed),
  };
}

function rowOf({ data, shape }: EncodeOutput, row: number): Float32Array {
  const width = shape[1]!;
  return data.subarray(row * width, (row + 1) * width);
}

function askedFor(
  recorded: ReadonlyMap<string, Activation>,
  names: readonly string[],
): [string, Activation][] {
  return [...recorded].filter(([name]) => matchesAny(names, name));
}
