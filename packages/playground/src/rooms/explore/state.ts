import { choiceField, type Field, flagField, textField } from '../../app/url-schema.ts';
import type { UrlState } from '../../app/url-state.svelte.ts';
import type { ReadableId } from '../../engine/passes.ts';
import type { LocalId, ModelIdOf } from '../../engine/registry.ts';
import { HEAD_LABELS } from '../../lib/head-labels.ts';
import { type HeadEdit, type HeadId, MAX_FACTOR, SIDES, type SideEdit } from '../../lib/heads.ts';
import { PATCHES } from '../../lib/patches.ts';
import { EXAMPLE_PAIRS, EXAMPLE_SENTENCES } from './examples.ts';

/** The models that the room offers. */
export const READABLE = [
  'minilm',
  'bert-mini',
  'ko-student',
  'gpt-mini',
  'stories15m',
] as const satisfies ReadableId[];

/** Encoder–decoders that the room offers: their attention has a source and a target. */
export const PAIRED = [
  'dates-transformer',
  't5-mini',
  'en-ko-messages',
] as const satisfies ModelIdOf<'seq2seqLM'>[];

export const MODELS_OFFERED = [...READABLE, ...PAIRED] as const;
export type OfferedId = (typeof MODELS_OFFERED)[number];

export const isPaired = (model: OfferedId | LocalId): model is (typeof PAIRED)[number] | 'local-pair' =>
  model === 'local-pair' || PAIRED.some((id) => id === model);

/** What the grid shows: the text, the second text, or how the second differs. */
export const GRIDS = ['a', 'b', 'difference'] as const;
export type GridChoice = (typeof GRIDS)[number];

export const SORTS = ['place', 'kind', 'effect', 'change'] as const;
export type Sort = (typeof SORTS)[number];

const HEAD = /^(\d{1,3})\.(\d{1,3})$/;

/** `3.1` for layer 3, head 1. */
function headField(key: string, initial: HeadId): Field<HeadId> {
  return { key, default: initial, parse: parseHead, print: printHead };
}

/** A list of edits, with commas between them. */
function listField<E>(
  key: string,
  parseOne: (text: string) => E | undefined,
  printOne: (edit: E) => string,
): Field<readonly E[]> {
  return {
    key,
    default: [],
    parse(text) {
      const edits = text === '' ? [] : text.split(',').map(parseOne);
      return edits.includes(undefined) ? undefined : (edits as E[]);
    },
    print: (edits) => edits.map(printOne).join(','),
  };
}

/** `5.11:0,3.1:2,4.0:a`: factors, `a` for the layer's average. `5.11` is silenced too. */
const editsField = listField('x', parseEdit, printEdit);

/** `cross.1.2:0,encoder.0.1:2`: the same with the kind of attention before it. */
const sideEditsField = listField<SideEdit>(
  'y',
  (text) => {
    const side = SIDES.find((one) => text.startsWith(`${one}.`));
    const edit = side && parseEdit(text.slice(side.length + 1));
    return edit && { ...edit, side: side! };
  },
  (edit) => `${edit.side}.${printEdit(edit)}`,
);

function parseEdit(text: string): HeadEdit | undefined {
  const [, place = '', edit = '0'] = /^(\d+\.\d+)(?::(a|\d(?:\.\d{1,2})?))?$/.exec(text) ?? [];
  const head = parseHead(place);
  if (!head) return undefined;
  if (edit === 'a') return { ...head, edit: 'average' };
  return Number(edit) <= MAX_FACTOR ? { ...head, edit: Number(edit) } : undefined;
}

function printEdit(edit: HeadEdit): string {
  return `${printHead(edit)}:${edit.edit === 'average' ? 'a' : edit.edit}`;
}

function parseHead(text: string): HeadId | undefined {
  const [, layer, head] = HEAD.exec(text) ?? [];
  return layer === undefined ? undefined : { layer: Number(layer), head: Number(head) };
}

function printHead({ layer, head }: HeadId): string {
  return `${layer}.${head}`;
}

/** A weight whose origin is open: query and key of the selected head, and a number of the query. */
export interface WhyChoice {
  readonly query: number;
  readonly key: number;
  readonly feature: number | undefined;
}

/** `9.2` for the weight of token 9 to token 2; `9.2.17` with number 17 of the query. */
const whyField: Field<WhyChoice | undefined> = {
  key: 'why',
  default: undefined,
  parse(text) {
    const [, query, key, feature] = /^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?$/.exec(text) ?? [];
    if (query === undefined) return undefined;
    return {
      query: Number(query),
      key: Number(key),
      feature: feature === undefined ? undefined : Number(feature),
    };
  },
  print: (why) => (why ? [why.query, why.key, why.feature].filter((n) => n !== undefined).join('.') : ''),
  push: true,
};

/** Panels below the grid, which are fetched when they are opened. */
export const PANELS = ['stream', 'patch'] as const;

/** What the address of Explore holds. */
export const schema = {
  model: choiceField('m', MODELS_OFFERED, 'minilm', { push: true }),
  text: textField('t', EXAMPLE_SENTENCES[0] ?? ''),
  /** The second text; '' for none. */
  other: textField('t2', ''),
  /** In the first example, "it" attends to "animal" in this head. */
  selected: headField('h', { layer: 3, head: 1 }),
  scope: choiceField('v', ['head', 'layer'], 'head'),
  unit: choiceField('u', ['tokens', 'words'], 'tokens'),
  hideSpecial: flagField('hide'),
  edits: editsField,
  side: choiceField('s', SIDES, 'cross'),
  /** Of encoder–decoders. */
  sideEdits: sideEditsField,
  grid: choiceField('g', GRIDS, 'a'),
  filter: choiceField('f', ['all', ...HEAD_LABELS], 'all'),
  sort: choiceField('o', SORTS, 'place'),
  fadeSinks: flagField('fade', true),
  why: whyField,
  panel: choiceField('p', ['none', ...PANELS], 'none'),
  patch: choiceField('k', PATCHES, 'residual'),
  first: textField('a', EXAMPLE_PAIRS[0]?.[0] ?? ''),
  second: textField('b', EXAMPLE_PAIRS[0]?.[1] ?? ''),
};

export type ExploreUrl = UrlState<typeof schema>;
