import { HeadwiseError } from '../errors.ts';
import { type AlignedToken, alignTokens } from './align-model.ts';
import { alignNormalize, alignReplace, alignTransform, alignTrim } from './align-normalizer.ts';
import { alignPreTokenize } from './align-pre-tokenizer.ts';
import { AlignedText } from './aligned-text.ts';
import type { LibraryTokenizer } from './library.ts';

/**
 * The ranges of a text that its tokens stand for: `[start, end)` in UTF-16 units, so that `text.slice(start, end)` is what a token
 * was made of, before it was lower-cased, stripped of accents, decomposed or spelt in bytes. Tokens of one character (bytes of an
 * emoji, letters of a Hangul syllable) all have the range of that character; white space at the ends of a range is left out, unless
 * there is nothing else.
 *
 * The library tells no offsets. This goes through its steps once more, step by step with its own parts, and checks at the end that
 * the tokens are the same.
 */
export function alignText(
  tokenizer: LibraryTokenizer,
  text: string,
  expected: readonly string[],
): AlignedToken[] {
  const tokens = splitAdded(tokenizer, AlignedText.of(text), tokenizer.splitter_unnormalized).flatMap(
    ({ section, added }, index) =>
      added === undefined ? alignSection(tokenizer, section, index) : whole(added, section),
  );
  if (tokens.length !== expected.length || tokens.some(({ token }, i) => token !== expected[i])) {
    throw new HeadwiseError(
      'ERR_OFFSETS',
      `tokenizer: cannot tell which tokens stand for what in ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return tokens.map((token) => trimRange(text, token));
}

function alignSection(tokenizer: LibraryTokenizer, section: AlignedText, index: number): AlignedToken[] {
  const { normalizer, pre_tokenizer: preTokenizer, model } = tokenizer;
  if (section.text === '') return [];
  let text = section;
  if (tokenizer.remove_space === true) text = alignReplace(/\s+/g, ' ', alignTrim(text, true, true));
  if (tokenizer.do_lowercase_and_remove_accent) {
    text = alignTransform((cluster) => cluster.toLowerCase().replace(/\p{M}/gu, ''), text);
  }
  if (normalizer) text = alignNormalize(normalizer, text);
  return splitAdded(tokenizer, text, tokenizer.splitter_normalized).flatMap(({ section: part, added }) => {
    if (part.text === '') return [];
    if (added !== undefined) return whole(added, part);
    return alignTokens(model, preTokenizer ? alignPreTokenize(preTokenizer, part, index) : [part]);
  });
}

interface Section {
  section: AlignedText;
  /** The added token that the section is. */
  added: string | undefined;
}

/** Sections between added tokens, and these; some are empty once added tokens have taken the white space beside them. */
function splitAdded(
  tokenizer: LibraryTokenizer,
  text: AlignedText,
  splitter: LibraryTokenizer['splitter_normalized'],
): Section[] {
  let at = 0;
  const sections = splitter.split(text.text).map((part): Section => {
    const section = text.slice(at, at + part.length);
    at += part.length;
    return { section, added: tokenizer.added_tokens_map.has(part) ? part : undefined };
  });
  for (const [i, { added }] of sections.entries()) {
    const token = added === undefined ? undefined : tokenizer.added_tokens_map.get(added);
    const [before, after] = [sections[i - 1], sections[i + 1]];
    if (token?.lstrip && before) before.section = alignTrim(before.section, false, true);
    if (token?.rstrip && after) after.section = alignTrim(after.section, true, false);
  }
  return sections;
}

function whole(token: string, section: AlignedText): AlignedToken[] {
  const [start, end] = section.range(0, section.text.length);
  return [{ token, start, end }];
}

function trimRange(text: string, { token, start, end }: AlignedToken): AlignedToken {
  const part = text.slice(start, end);
  const trimmed = part.trim();
  if (trimmed === '') return { token, start, end };
  const from = start + part.length - part.trimStart().length;
  return { token, start: from, end: from + trimmed.length };
}
