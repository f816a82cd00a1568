import { type AlignedText, AlignedTextBuilder } from './aligned-text.ts';
import type { HfNormalizer } from './huggingface-tokenizers.ts';

/**
 * A character followed by the marks and Hangul jamo that may compose with it. Normalizing a cluster on its own gives the same result as
 * normalizing it within the text.
 */
const CLUSTER =
  /\P{M}[\p{M}\uff9e\uff9f\u1160-\u11ff\ud7b0-\ud7fb]*|[\p{M}\uff9e\uff9f\u1160-\u11ff\ud7b0-\ud7fb]+/gu;

/** Normalizes a text as `@huggingface/tokenizers` does and keeps its alignment. */
export function alignNormalize(normalizer: HfNormalizer, source: AlignedText): AlignedText {
  const { config } = normalizer;
  switch (config.type) {
    case 'Sequence':
      return (normalizer.normalizers ?? []).reduce(
        (text, step) => (step ? alignNormalize(step, text) : text),
        source,
      );
    case 'Strip':
      return alignStrip(source, config.strip_left === true, config.strip_right === true);
    case 'Prepend':
      return alignPrepend(String(config.prepend), source);
    case 'Replace':
      return normalizer.pattern
        ? alignReplace(normalizer.pattern, String(config.content ?? ''), source)
        : source;
    default:
      return alignTransform((text) => normalizer.normalize(text), source);
  }
}

/** Removes whitespace at the start, the end or both (`Strip`). */
export function alignStrip(source: AlignedText, left: boolean, right: boolean): AlignedText {
  const { text } = source;
  const from = left ? text.length - text.trimStart().length : 0;
  const to = right ? text.trimEnd().length : text.length;
  return source.slice(from, Math.max(from, to));
}

/** Prepends a string, which gets an empty range at the start of the text (`Prepend`). */
export function alignPrepend(prefix: string, source: AlignedText): AlignedText {
  const builder = new AlignedTextBuilder();
  builder.add(prefix, source.originalPosition(0), source.originalPosition(0));
  builder.copy(source, 0, source.text.length);
  return builder.build();
}

/** Replaces every match of a global pattern (`Replace`). */
export function alignReplace(pattern: RegExp, content: string, source: AlignedText): AlignedText {
  const builder = new AlignedTextBuilder();
  let copiedTo = 0;
  for (const match of source.text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    builder.copy(source, copiedTo, match.index);
    // `content` may contain the replacement patterns `$$`, `$&` and `$1` … `$9` of String.prototype.replace.
    const replacement = content.replace(/\$(\$|&|\d)/g, (reference, name: string) => {
      if (name === '$') return '$';
      return name === '&' ? match[0] : (match[Number(name)] ?? reference);
    });
    builder.add(replacement, ...source.originalRange(match.index, end));
    copiedTo = end;
  }
  builder.copy(source, copiedTo, source.text.length);
  return builder.build();
}

/**
 * Applies any other transformation. It is aligned cluster by cluster; where the transformation depends on more context than a cluster,
 * see {@link realign}.
 */
export function alignTransform(transform: (text: string) => string, source: AlignedText): AlignedText {
  const builder = new AlignedTextBuilder();
  for (const { 0: cluster, index } of source.text.matchAll(CLUSTER)) {
    appendTransformed(builder, transform, source.slice(index, index + cluster.length));
  }
  const byCluster = builder.build();
  const transformed = transform(source.text);
  return byCluster.text === transformed ? byCluster : realign(byCluster, transformed);
}

/** Aligns a cluster character by character where that gives the same text, else as one unit. */
function appendTransformed(
  builder: AlignedTextBuilder,
  transform: (text: string) => string,
  cluster: AlignedText,
): void {
  const transformed = transform(cluster.text);
  const characters = [...cluster.text];
  const parts = characters.map(transform);
  if (characters.length === 1 || parts.join('') !== transformed || parts.includes('')) {
    builder.add(transformed, ...cluster.originalRange(0, cluster.text.length));
    return;
  }
  let offset = 0;
  for (const [i, { length }] of characters.entries()) {
    builder.add(parts[i]!, ...cluster.originalRange(offset, offset + length));
    offset += length;
  }
}

/**
 * Aligns `text`, the correct result, by way of `source`, the result obtained cluster by cluster. They differ where a transformation
 * depends on context, such as the lower case of a Greek sigma at the end of a word. Texts of equal length are aligned unit by unit;
 * otherwise the part between the common prefix and the common suffix gets one range.
 */
function realign(source: AlignedText, text: string): AlignedText {
  const builder = new AlignedTextBuilder();
  const { length } = source.text;
  if (length === text.length) {
    for (let i = 0; i < length; i++) builder.add(text[i]!, ...source.originalRange(i, i + 1));
    return builder.build();
  }
  const shorter = Math.min(length, text.length);
  let head = 0;
  while (head < shorter && source.text[head] === text[head]) head++;
  let tail = 0;
  while (tail < shorter - head && source.text[length - 1 - tail] === text[text.length - 1 - tail]) tail++;
  builder.copy(source, 0, head);
  builder.add(text.slice(head, text.length - tail), ...source.originalRange(head, length - tail));
  builder.copy(source, length - tail, length);
  return builder.build();
}
