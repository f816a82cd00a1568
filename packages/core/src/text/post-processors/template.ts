import { Component, show } from '../json/component.ts';
import type { PostProcessor } from './post-processor.ts';
import { type AddedSpecial, isId, specialTokens, type Tokens } from './tokens.ts';

/** Tokens that a template may add. */
const MAX_ADDED = 10_000;

/** A place in a template: a text, or special tokens. */
interface Place {
  /** The text: 0 or 1; undefined for special tokens. */
  readonly sequence?: number;
  readonly special: readonly AddedSpecial[];
  readonly typeId: number;
}

/** Puts texts and special tokens together as a template for one and one for two texts say. */
export function templateProcessing(component: Component): PostProcessor {
  const special = readSpecialTokens(component);
  const [single, pair] = ['single', 'pair'].map((name) =>
    component.components(name, (json, path) => readPlace(json, path, special)),
  ) as [Place[], Place[]];
  const added = (places: readonly Place[]) => places.reduce((sum, place) => sum + place.special.length, 0);
  for (const [name, places] of [
    ['single', single],
    ['pair', pair],
  ] as const)
    if (added(places) > MAX_ADDED)
      throw component.error(name, `must add at most ${MAX_ADDED} tokens, got ${added(places)}`);
  if (single.some(({ sequence }) => sequence === 1)) throw component.error('single', 'must have no text B');
  return {
    addedTokens: (isPair) => added(isPair ? pair : single),
    process: (sequences, addSpecialTokens) =>
      (sequences.length > 1 ? pair : single).flatMap(({ sequence, special: tokens, typeId }): Tokens[] => {
        if (sequence === undefined) return addSpecialTokens ? [specialTokens(tokens, typeId)] : [];
        const part = sequences[sequence]!;
        return [{ ...part, typeIds: new Array<number>(part.ids.length).fill(typeId) }];
      }),
  };
}

function readSpecialTokens(component: Component): Map<string, AddedSpecial[]> {
  return new Map(
    Object.entries(component.object('special_tokens')).map(([name, json]) => {
      const token = new Component(json, `${component.path}.special_tokens.${name}`);
      token.string('id', name);
      const ids = token.list('ids');
      const tokens = token.list('tokens');
      if (ids.length !== tokens.length) throw token.error('tokens', `must be as many as ids, ${ids.length}`);
      for (const id of ids) if (!isId(id)) throw token.error('ids', `must be ids, got ${show(id)}`);
      for (const text of tokens)
        if (typeof text !== 'string') throw token.error('tokens', `must be strings, got ${show(text)}`);
      token.end();
      return [name, ids.map((id, i) => [tokens[i] as string, id as number])];
    }),
  );
}

function readPlace(json: unknown, path: string, special: ReadonlyMap<string, AddedSpecial[]>): Place {
  const place = new Component(json, path);
  const isSequence = place.value('Sequence') !== undefined;
  const content = new Component(
    place.object(isSequence ? 'Sequence' : 'SpecialToken'),
    `${path}.${isSequence ? 'Sequence' : 'SpecialToken'}`,
  );
  place.end();
  const typeId = content.integer('type_id', 0);
  if (isSequence) {
    const sequence = content.choice('id', ['A', 'B']) === 'A' ? 0 : 1;
    content.end();
    return { sequence, special: [], typeId };
  }
  const added = special.get(content.string('id'));
  if (!added)
    throw content.error('id', `must be one of special_tokens, got ${JSON.stringify(content.string('id'))}`);
  content.end();
  return { special: added, typeId };
}
