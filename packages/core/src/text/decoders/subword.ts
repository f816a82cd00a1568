import type { Component } from '../json/component.ts';
import { checkGrowth } from '../pieces/limits.ts';
import { readPattern } from '../pieces/pattern.ts';
import { decodeByteFallback } from './byte-fallback.ts';
import { decodeByteLevel } from './byte-level.ts';
import type { Decoder } from './decoder.ts';
import { decodeMetaspace } from './metaspace.ts';
import { cleanUp } from './word-piece.ts';

/** Decoders of other tokenizers than BERT's. */
export const SUBWORD_DECODERS: Readonly<Record<string, (component: Component) => Decoder>> = {
  BPEDecoder: (component) => {
    const suffix = component.string('suffix');
    return (tokens) =>
      limited(tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' ')));
  },
  ByteFallback: () => decodeByteFallback,
  ByteLevel: (component) => {
    for (const name of ['add_prefix_space', 'trim_offsets', 'use_regex']) component.boolean(name, true);
    return decodeByteLevel;
  },
  CTC: (component) => {
    const pad = component.string('pad_token');
    const delimiter = component.string('word_delimiter_token');
    const cleanup = component.boolean('cleanup');
    return (tokens) =>
      tokens
        .filter((token, i) => token !== tokens[i - 1])
        .map((token) => token.replaceAll(pad, ''))
        .map((token) => (cleanup ? cleanUp(token).replaceAll(delimiter, () => ' ') : token))
        .filter((token) => token !== '');
  },
  Fuse: () => (tokens) => [tokens.join('')],
  Metaspace: decodeMetaspace,
  Replace: (component) => {
    const matcher = readPattern(component);
    const content = component.string('content');
    return (tokens) => {
      let length = 0;
      return tokens.map((token) => {
        const matches = matcher(token);
        length += token.length + (matches.length / 2) * content.length;
        checkGrowth(length, 'the decoder');
        return replaceAll(token, matches, content);
      });
    };
  },
  Strip: (component) => {
    const content = component.character('content');
    const [start, stop] = [component.integer('start', 0), component.integer('stop', 0)];
    return (tokens) => tokens.map((token) => strip(token, content, start, stop));
  },
};

function limited(tokens: string[]): string[] {
  checkGrowth(
    tokens.reduce((length, token) => length + token.length, 0),
    'the decoder',
  );
  return tokens;
}

function replaceAll(token: string, matches: readonly number[], content: string): string {
  let text = '';
  let done = 0;
  for (let i = 0; i < matches.length; i += 2) {
    text += token.slice(done, matches[i]) + content;
    done = matches[i + 1]!;
  }
  return text + token.slice(done);
}

/** Removes up to `start` times a character at the start, and up to `stop` times at the end. */
function strip(token: string, content: string, start: number, stop: number): string {
  let from = 0;
  for (let i = 0; i < start && token.startsWith(content, from); i++) from += content.length;
  let to = token.length;
  for (
    let i = 0;
    i < stop && to > from && token.endsWith(content) && token.slice(0, to).endsWith(content);
    i++
  )
    to -= content.length;
  return token.slice(from, to);
}
