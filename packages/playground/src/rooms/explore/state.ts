import { type Field, textField } from '../../app/url-schema.ts';
import type { HeadId } from '../../lib/heads.ts';
import { EXAMPLE_PAIRS, EXAMPLE_SENTENCES } from './examples.ts';

const HEAD = /^(\d{1,3})\.(\d{1,3})$/;

/** `3.1` for layer 3, head 1. */
function headField(key: string, initial: HeadId): Field<HeadId> {
  return { key, default: initial, parse: parseHead, print: printHead };
}

/** `3.1,5.11`. */
function headsField(key: string): Field<readonly HeadId[]> {
  return {
    key,
    default: [],
    parse(text) {
      const heads = text === '' ? [] : text.split(',').map(parseHead);
      return heads.includes(undefined) ? undefined : (heads as HeadId[]);
    },
    print: (heads) => heads.map(printHead).join(','),
  };
}

function parseHead(text: string): HeadId | undefined {
  const [, layer, head] = HEAD.exec(text) ?? [];
  return layer === undefined ? undefined : { layer: Number(layer), head: Number(head) };
}

const printHead = ({ layer, head }: HeadId): string => `${layer}.${head}`;

/** What the address of Explore holds. */
export const schema = {
  text: textField('t', EXAMPLE_SENTENCES[0] ?? ''),
  /** In the first example, "it" attends to "animal" in this head. */
  selected: headField('h', { layer: 3, head: 1 }),
  silenced: headsField('x'),
  first: textField('a', EXAMPLE_PAIRS[0]?.[0] ?? ''),
  second: textField('b', EXAMPLE_PAIRS[0]?.[1] ?? ''),
};
