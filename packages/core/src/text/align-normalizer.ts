import { type AlignedText, AlignedTextBuilder } from './aligned-text.ts';
import type { LibraryNormalizer } from './library.ts';

/**
 * What normalisation takes together: a character and the marks and Hangul letters after it that may merge with it. Normalised by
 * itself, such a cluster gives what it gives within the text.
 */
const CLUSTER =
  /\P{M}[\p{M}\uff9e\uff9f\u1160-\u11ff\ud7b0-\ud7fb]*|[\p{M}\uff9e\uff9f\u1160-\u11ff\ud7b0-\ud7fb]+/gu;

/** Normalises a text as the library does, and keeps track of where everything came from. */
export function alignNormalize(normalizer: LibraryNormalizer, source: AlignedText): AlignedText {
  const { config } = normalizer;
  switch (config.type) {
    case 'Sequence':
      return (normalizer.normalizers ?? []).reduce(
        (text, step) => (step ? alignNormalize(step, text) : text),
        source,
      );
    case 'Strip':
      return alignTrim(source, config.strip_left === true, config.strip_right === true);
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

/** Leaves out white space at the ends. */
export function alignTrim(source: AlignedText, left: boolean, right: boolean): AlignedText {
  const { text } = source;
  const from = left ? text.length - text.trimStart().length : 0;
  const to = right ? text.trimEnd().length : text.length;
  return source.slice(from, Math.max(from, to));
}

/** Puts something before the text. */
export function alignPrepend(prefix: string, source: AlignedText): AlignedText {
  const builder = new AlignedTextBuilder();
  builder.add(prefix, source.at(0), source.at(0));
  builder.keep(source, 0, source.text.length);
  return builder.build();
}

/** Replaces every match of a global pattern. */
export function alignReplace(pattern: RegExp, content: string, source: AlignedText): AlignedText {
  const builder = new AlignedTextBuilder();
  let kept = 0;
  for (const match of source.text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    builder.keep(source, kept, match.index);
    // The content may refer to the match and its groups, `$&` and so on.
    const replacement = content.replace(/\$(\$|&|\d)/g, (reference, what: string) => {
      if (what === '$') return '$';
      return what === '&' ? match[0] : (match[Number(what)] ?? reference);
    });
    builder.add(replacement, ...source.range(match.index, end));
    kept = end;
  }
  builder.keep(source, kept, source.text.length);
  return builder.build();
}

/** Any other change of a text that works on one cluster of characters at a time, as far as it does so. */
export function alignTransform(transform: (text: string) => string, source: AlignedText): AlignedText {
  const builder = new AlignedTextBuilder();
  for (const { 0: cluster, index } of source.text.matchAll(CLUSTER)) {
    addTransformed(builder, transform, source.slice(index, index + cluster.length));
  }
  const byCluster = builder.build();
  const whole = transform(source.text);
  return byCluster.text === whole ? byCluster : realign(byCluster, whole);
}

/** Character by character where that gives the same, else the cluster as one. */
function addTransformed(
  builder: AlignedTextBuilder,
  transform: (text: string) => string,
  cluster: AlignedText,
): void {
  const whole = transform(cluster.text);
  const characters = [...cluster.text];
  const parts = characters.map(transform);
  if (characters.length === 1 || parts.join('') !== whole || parts.includes('')) {
    builder.add(whole, ...cluster.range(0, cluster.text.length));
    return;
  }
  let at = 0;
  for (const [i, { length }] of characters.entries()) {
    builder.add(parts[i]!, ...cluster.range(at, at + length));
    at += length;
  }
}

/**
 * For what depends on more than a cluster, such as the Greek sigma whose lower case is another one at the end of a word. Texts of one
 * length correspond unit by unit; of others, the part between their common beginning and end is taken as one.
 */
function realign(source: AlignedText, text: string): AlignedText {
  const builder = new AlignedTextBuilder();
  const { length } = source.text;
  if (length === text.length) {
    for (let i = 0; i < length; i++) builder.add(text[i]!, ...source.range(i, i + 1));
    return builder.build();
  }
  const shorter = Math.min(length, text.length);
  let head = 0;
  while (head < shorter && source.text[head] === text[head]) head++;
  let tail = 0;
  while (tail < shorter - head && source.text[length - 1 - tail] === text[text.length - 1 - tail]) tail++;
  builder.keep(source, 0, head);
  builder.add(text.slice(head, text.length - tail), ...source.range(head, length - tail));
  builder.keep(source, length - tail, length);
  return builder.build();
}
