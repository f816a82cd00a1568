import type { Activation, Hook, Hooks } from '@headwise/core';
import type { SpeechModel, TranscriptSegment } from '@headwise/core/speech';
import type { HeadId } from '../../lib/heads.ts';

/** Seconds of a position of the encoder. */
export const POSITION = 0.02;

/** A word, where it is in the sound, and which rows of its window's maps are its tokens'. */
export interface HeardWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly probability: number;
  readonly window: number;
  readonly rows: readonly [from: number, to: number];
}

/** A stretch of at most 30 seconds that the model read at once. Its maps have a row for each token and a column for each 20 ms of sound. */
export interface HeardWindow {
  readonly start: number;
  readonly tokens: readonly string[];
  readonly positions: number;
}

/** The cross-attention of one layer: `weights` [heads, all queries, keys], `queries` [all queries, hidden], `keys` [keys, hidden]. */
interface Layer {
  weights: Activation;
  queries: Activation;
  keys: Activation;
}

/** What a window's maps are computed from. */
interface Captured {
  readonly layers: readonly Layer[];
  /** The first query that predicts a token of the text. */
  readonly first: number;
}

/** A sound as the model heard it. */
export interface Hearing {
  readonly text: string;
  readonly language: string;
  readonly words: readonly HeardWord[];
  readonly windows: readonly HeardWindow[];
  readonly captured: readonly Captured[];
  readonly layers: number;
  readonly heads: number;
  /** The heads that words are timed by. */
  readonly alignment: readonly HeadId[];
}

export interface HearOptions {
  readonly language: string;
  readonly silenced: readonly HeadId[];
  readonly signal: AbortSignal;
  /** Called with the text of the window that is being written. */
  readonly onText: (text: string) => void;
}

/** Tokens before the text of the pass that words are timed by: fewer queries are steps of the writing. */
const MOST_PROMPT = 4;

/** Writes down a sound, and keeps the cross-attention of the pass that times the words. */
export async function hear(
  model: SpeechModel,
  samples: Float32Array,
  { language, silenced, signal, onText }: HearOptions,
): Promise<Hearing> {
  const { numLayers: layers, numAttentionHeads: heads } = model.config.decoder;
  const windows: HeardWindow[] = [];
  const captured: Captured[] = [];
  const words: HeardWord[] = [];
  let before = '';
  let start = 0;
  let pending: TranscriptSegment[] = [];
  function endWindow(): void {
    if (pending.length === 0) return;
    const tokens = pending.flatMap(({ ids }) => labelsOf(model, ids));
    const seconds = Math.min(samples.length / 16_000 - start, 30);
    const window = recorder.take(tokens.length);
    const keys = window.layers[0]?.keys.shape[0] ?? 0;
    words.push(...wordsOf(model, pending, windows.length));
    windows.push({ start, tokens, positions: Math.min(keys, Math.ceil(seconds / POSITION)) });
    captured.push(window);
    before += pending.map(({ text }) => text).join('');
    pending = [];
  }
  const recorder = new Recorder(layers, endWindow);
  const stream = model.stream(samples, {
    language,
    timestamps: 'word',
    signal,
    hooks: { ...silenceHooks(silenced), ...recorder.hooks },
    onText: (partial) => {
      start = partial.start;
      onText(`${before}${partial.text}`.trim());
    },
  });
  for await (const segment of stream) pending.push(segment);
  endWindow();
  const alignment = model.alignmentHeads.map(({ layer, head }) => ({ layer, head }));
  return { text: before.trim(), language, words, windows, captured, layers, heads, alignment };
}

/** Hooks that silence heads of the decoder's cross-attention. */
function silenceHooks(silenced: readonly HeadId[]): Hooks {
  const zeros: Hook = ({ data }) => new Float32Array(data.length);
  return Object.fromEntries(
    silenced.map(({ layer, head }) => [
      `decoder.blocks.${layer}.crossAttention.heads.${head}.context`,
      zeros,
    ]),
  );
}

/** Keeps the activations of the last pass that timed words. */
class Recorder {
  readonly hooks: Hooks;
  readonly #layers: Array<Partial<Layer>>;

  /** `onWindow` is called when another window begins: before anything of it is kept. */
  constructor(layers: number, onWindow: () => void) {
    this.#layers = Array.from({ length: layers }, () => ({}));
    const keep =
      (part: keyof Layer) =>
      (activation: Activation): undefined => {
        const [, layer] = /^decoder\.blocks\.(\d+)\./.exec(activation.name) ?? [];
        // The keys of a window are computed once, before its tokens.
        if (part === 'keys' && layer === '0') onWindow();
        const queries = part === 'keys' ? Infinity : (activation.shape.at(-2) ?? 0);
        if (queries > MOST_PROMPT) this.#layers[Number(layer)]![part] = activation;
      };
    this.hooks = {
      'decoder.blocks.*.crossAttention.keys': keep('keys'),
      'decoder.blocks.*.crossAttention.queries': keep('queries'),
      'decoder.blocks.*.crossAttention.weights': keep('weights'),
    };
  }

  /** What was kept of a window with `tokens` tokens: after them comes the end, before them what says which language and task it is. */
  take(tokens: number): Captured {
    const layers = this.#layers.map((layer) => ({ ...layer })) as Layer[];
    const queries = layers[0]?.queries.shape[0] ?? 0;
    return { layers, first: queries - tokens - 2 };
  }
}

/** A token's text; of a character whose bytes are in several tokens, the last one has it. */
function labelsOf(model: SpeechModel, ids: readonly number[]): string[] {
  let before = '';
  return ids.map((_, i) => {
    const text = wholeText(model, ids.slice(0, i + 1));
    const label = text.slice(before.length);
    before = text;
    return label;
  });
}

/** The text of tokens without a character whose bytes are not all there. */
const wholeText = (model: SpeechModel, ids: readonly number[]): string =>
  model.tokenizer.decode(ids).replace(/\uFFFD+$/, '');

/** The words of a window's segments, with the rows of their tokens: those whose text begins within the word. */
function wordsOf(model: SpeechModel, segments: readonly TranscriptSegment[], window: number): HeardWord[] {
  const words: HeardWord[] = [];
  let row = 0;
  for (const { ids, words: timed = [] } of segments) {
    const end = row + ids.length;
    let characters = 0;
    let token = 0;
    timed.forEach(({ text, start, end: until, probability }, i) => {
      const from = token;
      characters += text.length;
      const isLast = i === timed.length - 1;
      while (token < ids.length && (isLast || wholeText(model, ids.slice(0, token + 1)).length <= characters))
        token += 1;
      const rows = [row + from, row + token] as const;
      words.push({ text, start, end: until, probability, window, rows });
    });
    row = end;
  }
  return words;
}
