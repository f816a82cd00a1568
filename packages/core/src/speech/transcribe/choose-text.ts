import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { decoderOptions } from '../../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../../generate/scheduler/prefill.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import type { Random } from '../../platform/random.ts';
import { type BeamSettings, WindowBeams } from './beam-search.ts';
import { logSumExp } from './token-rules.ts';

/** How a text is searched for. */
export interface TextRequest {
  readonly prompt: readonly number[];
  /** The token that ends a text. */
  readonly end: number;
  /** Sets the logits of tokens that may not come next to −∞, in place. `ids` are the tokens so far. */
  readonly rules: (logits: Float32Array, ids: readonly number[]) => void;
  readonly temperature: number;
  /** At temperature 0: undefined for the likeliest token each time. */
  readonly beams: BeamSettings | undefined;
  readonly maxTokens: number;
  readonly random: Random;
  /** Called with all tokens so far after each. */
  readonly onIds: ((ids: readonly number[]) => void) | undefined;
  /** Whether hooks are called, and the signal. */
  readonly call: DecodeCallOptions;
}

/** A text with the sum of its log probabilities. */
export interface ScoredText {
  readonly ids: readonly number[];
  readonly sum: number;
}

/**
 * The tokens of the text that the first slot's source says, without prompt and end. Beams need a slot each.
 *
 * @param logits those after the prompt, if it was read already
 */
export async function chooseText(
  cached: CachedSession,
  request: TextRequest,
  logits?: Float32Array,
): Promise<ScoredText> {
  const { session, yielder } = cached;
  const { prompt, temperature, beams, call } = request;
  let first = logits;
  if (!first) {
    await yielder.yieldToEventLoop(call.signal);
    const read = await session.decode(chunkBatch(Int32Array.from(prompt), 0), decoderOptions(call));
    first = read.logits.data;
  }
  return temperature === 0 && beams
    ? searchBeams(cached, request, beams, first)
    : chooseTokens(cached, request, first);
}

/** One token after another: the likeliest, or sampled. */
async function chooseTokens(
  { session, yielder }: CachedSession,
  { prompt, end, rules, temperature, maxTokens, random, onIds, call }: TextRequest,
  logits: Float32Array,
): Promise<ScoredText> {
  const options = decoderOptions(call);
  const ids: number[] = [];
  for (let sum = 0; ; ) {
    rules(logits, ids);
    const id = temperature === 0 ? argmax(logits) : sample(logits, temperature, random);
    sum += logits[id]! - logSumExp(logits);
    if (id === end) return { ids, sum };
    ids.push(id);
    onIds?.(ids);
    if (ids.length === maxTokens) return { ids, sum };
    await yielder.yieldToEventLoop(call.signal);
    const position = prompt.length + ids.length - 1;
    logits = (await session.decode(chunkBatch(Int32Array.of(id), position), options)).logits.data;
  }
}

async function searchBeams(
  { session, yielder }: CachedSession,
  { prompt, end, rules, maxTokens, onIds, call }: TextRequest,
  settings: BeamSettings,
  logits: Float32Array,
): Promise<ScoredText> {
  const options = decoderOptions(call);
  const search = new WindowBeams(settings, end, maxTokens);
  let rows = [logits];
  for (let length = prompt.length; ; length++) {
    for (const [slot, ids] of search.beams.entries()) rules(rows[slot]!, ids);
    const step = search.advance(rows, length);
    if (!step) return search.best;
    onIds?.(search.beams[0]!);
    await yielder.yieldToEventLoop(call.signal);
    const { ids, copies } = step;
    const slots = Int32Array.from(ids.keys());
    const batch = {
      ids,
      offsets: Int32Array.from({ length: ids.length + 1 }, (_, i) => i),
      slots,
      starts: slots.map(() => length),
    };
    const { data, shape } = (await session.decode(batch, { ...options, copies })).logits;
    rows = Array.from(ids, (_, i) => data.subarray(i * shape[1]!, (i + 1) * shape[1]!));
  }
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** A token by its probability at a temperature. */
function sample(logits: Float32Array, temperature: number, random: Random): number {
  const scaled = logits.map((logit) => logit / temperature);
  const total = logSumExp(scaled);
  const target = random.next();
  let sum = 0;
  for (let i = 0; i < scaled.length; i++) {
    sum += Math.exp(scaled[i]! - total);
    if (sum > target) return i;
  }
  // The sum may be less than 1 by rounding.
  return argmax(logits);
}
