import { ConfigError } from '../errors.ts';
import { checkOptions, type OptionNames } from '../options.ts';
import { requireModel, requireText, requireTexts } from '../tasks/inputs.ts';
import { cosineSimilarity } from '../tasks/similarity.ts';
import type { RecordableModel } from './inspectable.ts';

export interface ContextualOptions {
  /** Which of several occurrences of the word, from 0. Default: the first. */
  occurrence?: number;
  signal?: AbortSignal;
}

/** A word's vectors as a model's layers make them of its neighbours. */
export interface ContextualVectors {
  /** The word as the text spells it. */
  readonly word: string;
  /** The tokens that it consists of. */
  readonly tokens: readonly string[];
  /** Indices of these tokens. */
  readonly indices: readonly number[];
  /** `[hiddenSize]` each, the mean of its tokens': first the embeddings, then the residual stream after each block. */
  readonly layers: readonly Float32Array[];
}

/**
 * The vectors of one word of a text, layer by layer. The word is looked for without regard to case, and not within other words. A decoder's
 * are made of what stands before the word alone.
 *
 * Throws `ConfigError` if the text has no such word, or not within the tokens that the model reads.
 */
export async function contextualVectors(
  model: RecordableModel,
  text: string,
  word: string,
  options: ContextualOptions = {},
): Promise<ContextualVectors> {
  checkOptions('contextualVectors', options, {
    occurrence: 'whole',
    signal: 'signal',
  } satisfies OptionNames<ContextualOptions>);
  requireModel('contextualVectors', model, 'encoder', 'causalLM');
  requireText('contextualVectors', 'the text', text);
  requireText('contextualVectors', 'the word', word);
  const { occurrence = 0, signal } = options;
  const [start, end] = findWord(text, word, occurrence);
  const recorded = await model.record(
    text,
    ['embeddings', 'blocks.*.residual.after'],
    signal ? { signal } : {},
  );
  const { activations, offsets, sequenceIds, tokens } = recorded;
  const indices = tokens.flatMap((_, i) => {
    const [from, to] = [offsets[2 * i]!, offsets[2 * i + 1]!];
    return sequenceIds[i] === 0 && from < end && to > start ? [i] : [];
  });
  if (indices.length === 0) {
    throw new ConfigError(
      `contextualVectors: ${JSON.stringify(word)} is not among the ${tokens.length} tokens that the model reads`,
    );
  }
  const { numHiddenLayers, hiddenSize } = model.config;
  const names = [
    'embeddings',
    ...Array.from({ length: numHiddenLayers }, (_, i) => `blocks.${i}.residual.after`),
  ];
  const layers = names.map((name) => meanRows(activations.get(name)!.data, indices, hiddenSize));
  return { word: text.slice(start, end), tokens: indices.map((i) => tokens[i]!), indices, layers };
}

/**
 * How alike a word's vectors are in two texts, layer by layer: `[layers + 1]` cosine similarities, the embeddings' first. A word that means
 * the same in both stays alike; "bank" of a river and "bank" with cash drift apart.
 */
export async function contextualSimilarity(
  model: RecordableModel,
  word: string,
  texts: readonly [string, string],
  options: ContextualOptions = {},
): Promise<Float32Array> {
  requireTexts('contextualSimilarity', 'the texts', texts);
  const first = await contextualVectors(model, texts[0], word, options);
  const second = await contextualVectors(model, texts[1], word, options);
  return Float32Array.from(first.layers, (vector, i) => cosineSimilarity(vector, second.layers[i]!));
}

function findWord(text: string, word: string, occurrence: number): [start: number, end: number] {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'giu');
  const matches = word === '' ? [] : [...text.matchAll(pattern)];
  const match = matches[occurrence];
  if (match) return [match.index, match.index + match[0].length];
  throw new ConfigError(
    `contextualVectors: occurrence ${occurrence} of ${JSON.stringify(word)} is not in the text, which has ${matches.length}`,
  );
}

function meanRows(data: Float32Array, rows: readonly number[], width: number): Float32Array {
  return Float32Array.from({ length: width }, (_, column) => {
    const sum = rows.reduce((total, row) => total + data[row * width + column]!, 0);
    return sum / rows.length;
  });
}
