import { HeadwiseError } from '../errors.ts';
import { type AlignedToken, alignTokens } from './align-model.ts';
import { alignNormalize, alignReplace, alignStrip, alignTransform } from './align-normalizer.ts';
import { alignPreTokenize } from './align-pre-tokenizer.ts';
import { AlignedText } from './aligned-text.ts';
import type { HfTokenizer } from './huggingface-tokenizers.ts';

/**
 * The offsets of a text's tokens: `[start, end)` in UTF-16 code units of the original text, so that `text.slice(start, end)` is the part
 * that a token was produced from, before lower-casing, accent stripping, decomposition or byte-level encoding. All tokens of one character
 * (bytes of an emoji, jamo of a Hangul syllable) have the range of that character. Whitespace at the ends of a range is excluded unless
 * the range is only whitespace.
 *
 * `@huggingface/tokenizers` returns no offsets. This function runs its normalizer, pre-tokenizer and model again, one step at a time, and
 * tracks the alignment.
 *
 * Throws `HeadwiseError` with code `ERR_OFFSETS` if the resulting tokens differ from `expected`.
 */
export function computeOffsets(
  tokenizer: HfTokenizer,
  text: string,
  expected: readonly string[],
): AlignedToken[] {
  const tokens = splitAddedTokens(
    tokenizer,
    AlignedText.identity(text),
    tokenizer.splitter_unnormalized,
  ).flatMap(({ section, added }, index) =>
    added === undefined ? alignSection(tokenizer, section, index) : alignAddedToken(added, section),
  );
  if (tokens.length !== expected.length || tokens.some(({ token }, i) => token !== expected[i])) {
    throw new HeadwiseError(
      'ERR_OFFSETS',
      `tokenizer: cannot compute offsets of ${JSON.stringify(text.slice(0, 80))}: the aligned tokens differ from the encoded ones`,
    );
  }
  return tokens.map((token) => trimWhitespace(text, token));
}

function alignSection(tokenizer: HfTokenizer, section: AlignedText, index: number): AlignedToken[] {
  const { normalizer, pre_tokenizer: preTokenizer, model } = tokenizer;
  if (section.text === '') return [];
  let text = section;
  if (tokenizer.remove_space === true) text = alignReplace(/\s+/g, ' ', alignStrip(text, true, true));
  if (tokenizer.do_lowercase_and_remove_accent) {
    text = alignTransform((cluster) => cluster.toLowerCase().replace(/\p{M}/gu, ''), text);
  }
  if (normalizer) text = alignNormalize(normalizer, text);
  return splitAddedTokens(tokenizer, text, tokenizer.splitter_normalized).flatMap(
    ({ section: part, added }) => {
      if (part.text === '') return [];
      if (added !== undefined) return alignAddedToken(added, part);
      return alignTokens(model, preTokenizer ? alignPreTokenize(preTokenizer, part, index) : [part]);
    },
  );
}

interface Section {
  section: AlignedText;
  /** The added token, if the section is one; else undefined. */
  added: string | undefined;
}

/**
 * Splits a text into added tokens and the sections between them. Added tokens with `lstrip` or `rstrip` remove the whitespace next to
 * them, so sections may be empty.
 */
function splitAddedTokens(
  tokenizer: HfTokenizer,
  text: AlignedText,
  splitter: HfTokenizer['splitter_normalized'],
): Section[] {
  let offset = 0;
  const sections = splitter.split(text.text).map((part): Section => {
    const section = text.slice(offset, offset + part.length);
    offset += part.length;
    return { section, added: tokenizer.added_tokens_map.has(part) ? part : undefined };
  });
  for (const [i, { added }] of sections.entries()) {
    const token = added === undefined ? undefined : tokenizer.added_tokens_map.get(added);
    const [before, after] = [sections[i - 1], sections[i + 1]];
    if (token?.lstrip && before) before.section = alignStrip(before.section, false, true);
    if (token?.rstrip && after) after.section = alignStrip(after.section, true, false);
  }
  return sections;
}

function alignAddedToken(token: string, section: AlignedText): AlignedToken[] {
  const [start, end] = section.originalRange(0, section.text.length);
  return [{ token, start, end }];
}

function trimWhitespace(text: string, { token, start, end }: AlignedToken): AlignedToken {
  const part = text.slice(start, end);
  const trimmed = part.trim();
  if (trimmed === '') return { token, start, end };
  const from = start + part.length - part.trimStart().length;
  return { token, start: from, end: from + trimmed.length };
}
