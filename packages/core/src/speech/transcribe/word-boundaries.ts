import type { Tokenizer } from '../../text/tokenizer.ts';

/** A word of a text and its tokens. */
export interface WordTokens {
  readonly text: string;
  readonly ids: readonly number[];
}

/** Languages that are written without spaces. */
const WITHOUT_SPACES: readonly string[] = ['zh', 'ja', 'th', 'lo', 'my', 'yue'];
/** Marks that belong to the word after them, and to that before. */
const OPENING = /^\s+["'“¿([{-]+$/;
const CLOSING = /^["'.。,，!！?？:：”)\]}、]+$/;

/**
 * Divides the tokens of a text into words: at spaces, or for languages without them into the shortest runs of tokens that are whole characters.
 * Punctuation belongs to its word.
 */
export function splitWords(
  tokenizer: Tokenizer,
  ids: readonly number[],
  language: string,
): readonly WordTokens[] {
  const characters = wholeCharacters(tokenizer, ids);
  if (WITHOUT_SPACES.includes(language)) return withPunctuation(characters);
  const words: WordTokens[] = [];
  for (const part of characters) {
    const last = words.at(-1);
    const begins = /^\s/.test(part.text) || /^[!-/:-@[-`{-~]+$/.test(part.text.trim());
    if (last && (!begins || last.text.trim() === '')) words[words.length - 1] = joined(last, part);
    else words.push(part);
  }
  return withPunctuation(words);
}

/** The shortest runs of tokens that are whole characters. */
function wholeCharacters(tokenizer: Tokenizer, ids: readonly number[]): WordTokens[] {
  const runs: WordTokens[] = [];
  let from = 0;
  for (let to = 1; to <= ids.length; to++) {
    const run = ids.slice(from, to);
    const text = tokenizer.decode(run);
    if (text.includes('\uFFFD') && to < ids.length) continue;
    runs.push({ text, ids: run });
    from = to;
  }
  return runs;
}

function withPunctuation(words: readonly WordTokens[]): readonly WordTokens[] {
  const merged: WordTokens[] = [];
  let isOpen = false;
  for (const word of words) {
    const last = merged.at(-1);
    if (last && (isOpen || CLOSING.test(word.text))) merged[merged.length - 1] = joined(last, word);
    else merged.push(word);
    isOpen = OPENING.test(word.text);
  }
  return merged;
}

function joined(a: WordTokens, b: WordTokens): WordTokens {
  return { text: a.text + b.text, ids: [...a.ids, ...b.ids] };
}
