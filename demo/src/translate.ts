import { ConfigError, ContextLengthError, type Generation, loadModel, type Tokenizer } from '@headwise/core';
import { modelSource } from '@headwise/models';
import { type TranslateOptions, UsageError } from './arguments.ts';
import type { Translation } from './report.ts';

/** What a model was given or has written: tokens with the word that each belongs to, −1 for special tokens. */
interface Words {
  readonly texts: readonly string[];
  readonly ofTokens: readonly number[];
}

/**
 * Translates a text with an encoder–decoder of `@headwise/models` or of a directory, recurrent or transformer.
 *
 * @throws UsageError when there is no such model, when it is no encoder–decoder, and for a text that it cannot read.
 */
export async function translate({ text, model: name }: TranslateOptions): Promise<Translation> {
  const isDirectory = /[\\/]/.test(name);
  const source = isDirectory ? name : await modelSource(name).catch(usage);
  const model = await loadModel(source);
  try {
    if (model.kind !== 'seq2seqLM' && model.kind !== 'recurrentSeq2Seq') {
      throw new UsageError(`--model: ${name} is no encoder–decoder; its kind is ${model.kind}`);
    }
    const { tokenizer } = model;
    const attends = model.kind === 'seq2seqLM' || model.config.attention !== undefined;
    const generation = await model.generate(text, { alignments: attends }).catch(usage);
    const sourceWords = wordsOfSource(tokenizer, text);
    const targetWords = wordsOfTarget(generation);
    const [first] = generation.tokens;
    const [layers = 0, heads = 0] = first?.alignment?.shape ?? [];
    return {
      model: name,
      backend: model.backend,
      text,
      translation: generation.text,
      complete: generation.finishReason === 'stop',
      unknown: unknownParts(tokenizer, text),
      sourceTokens: tokensOf(tokenizer, generation.promptIds),
      targetTokens: generation.tokens.map(({ token }) => token),
      alignment: attends
        ? { layers, heads, ...alignWords(tokenizer, generation, sourceWords, targetWords) }
        : undefined,
    };
  } finally {
    await model.dispose();
  }
}

/** Errors of options and texts are shown without a stack trace. */
function usage(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof ContextLengthError;
  throw expected ? new UsageError(`--translate: ${error.message}`) : error;
}

function tokensOf(tokenizer: Tokenizer, ids: Int32Array): string[] {
  return Array.from(ids, (id) => tokenizer.idToToken(id) ?? '');
}

/** The words of a text, separated by white space, and the word at the start of each token. */
function wordsOfSource(tokenizer: Tokenizer, text: string): Words {
  const words = [...text.matchAll(/\S+/g)];
  const { offsets, sequenceIds, ids } = tokenizer.encode(text, { offsets: true });
  const ofTokens = Array.from(ids, (_, token) => {
    if (sequenceIds[token]! < 0) return -1;
    return words.findLastIndex(({ index }) => index <= offsets[2 * token]!);
  });
  return { texts: words.map(([word]) => word), ofTokens };
}

/** The words of a generated text, and the word that each token is in. */
function wordsOfTarget({ tokens }: Generation): Words {
  const texts: string[] = [];
  let isOpen = false;
  const ofTokens = tokens.map(({ text }) => {
    let word = -1;
    for (const part of text.split(/(\s+)/)) {
      if (part === '') continue;
      if (/^\s/.test(part)) {
        isOpen = false;
        continue;
      }
      if (isOpen) texts[texts.length - 1] += part;
      else texts.push(part);
      isOpen = true;
      word = texts.length - 1;
    }
    return word;
  });
  return { texts, ofTokens };
}

/**
 * The alignment of words: of the tokens of a target word the mean, over those of a source word the sum, over layers and heads the mean. Special tokens of
 * the source have columns of their own, so that each row sums to 1.
 */
function alignWords(
  tokenizer: Tokenizer,
  { tokens, promptIds }: Generation,
  source: Words,
  target: Words,
): { sourceWords: string[]; targetWords: string[]; weights: number[][] } {
  const sourceWords = [...source.texts];
  const columns = Array.from(promptIds, (id, token) => {
    const word = source.ofTokens[token] ?? -1;
    return word >= 0 ? word : sourceWords.push(tokenizer.idToToken(id) ?? '') - 1;
  });
  const weights = target.texts.map((_, word) => {
    const rows = tokens.filter((_, token) => target.ofTokens[token] === word);
    const row = new Array<number>(sourceWords.length).fill(0);
    for (const { alignment } of rows) {
      const [layers, heads, length] = alignment!.shape;
      for (const [i, weight] of alignment!.data.entries()) {
        row[columns[i % length]!]! += weight / (layers * heads * rows.length);
      }
    }
    return row;
  });
  return { sourceWords, targetWords: [...target.texts], weights };
}

/** The parts of a text that the vocabulary does not have. */
function unknownParts(tokenizer: Tokenizer, text: string): string[] {
  const { unk } = tokenizer.specialTokens;
  const { ids, offsets } = tokenizer.encode(text, { offsets: true });
  const parts = Array.from(ids, (id, token) =>
    id === unk ? text.slice(offsets[2 * token], offsets[2 * token + 1]) : '',
  );
  return [...new Set(parts.filter((part) => part !== ''))];
}
