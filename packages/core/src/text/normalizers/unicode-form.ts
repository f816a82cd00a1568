import type { Piece } from '../pieces/alignment.ts';
import { Transformer } from '../pieces/transform.ts';
import {
  classesInOrder,
  classOf,
  compose,
  decompose,
  isNonStarter,
  isSameClass,
  NEWER,
  type NormalizationForm,
} from '../unicode/normalization.ts';

/** A character and its change: 0 if it replaces one of the text, 1 if it was added. */
type Change = [code: number, change: number];

/** A run of other characters, with the ASCII character that it may combine with. */
const NOT_ASCII = /[\0-\x7f]?[^\0-\x7f]+/g;

/** Normalizes to a form of Unicode 9, as the library does. */
export function normalizeForm(piece: Piece, form: NormalizationForm): Piece {
  const { text } = piece;
  let transformer: Transformer | undefined;
  for (const { 0: run, index } of text.matchAll(NOT_ASCII)) {
    if (isNormal(run, form)) continue;
    transformer ??= new Transformer(piece);
    transformer.keep(index);
    const decomposed = decomposeRun(run, form.length === 4);
    for (const [code, change] of form.endsWith('C') ? composeRun(decomposed) : decomposed)
      transformer.push(code, change);
  }
  if (!transformer) return piece;
  transformer.keep(text.length);
  return transformer.finish();
}

/** Marks in a row that JavaScript's `normalize` is not asked about: it takes time in proportion to the square of their number. */
const MANY_MARKS = /\p{M}{256}/u;

function isNormal(run: string, form: NormalizationForm): boolean {
  if (run.length >= 256 && MANY_MARKS.test(run)) return false;
  if (run.normalize(form) !== run) return false;
  for (const character of run) if (NEWER.has(character.codePointAt(0)!)) return false;
  return true;
}

/** Decomposes all characters and puts non-starters in canonical order. */
function decomposeRun(run: string, compatible: boolean): Change[] {
  const changes: Change[] = [];
  let sorted = 0;
  const sort = () => {
    if (changes.length - sorted > 1) sortNonStarters(changes, sorted);
    sorted = changes.length;
  };
  for (const character of run) {
    let change = 0;
    for (const part of decompose(character.codePointAt(0)!, compatible)) {
      const code = part.codePointAt(0)!;
      if (!isNonStarter(code)) sort();
      changes.push([code, change]);
      change = 1;
    }
  }
  sort();
  return changes;
}

/** Puts the characters from `start` on into canonical order: by combining class, equal ones in the order that they have. */
function sortNonStarters(changes: Change[], start: number): void {
  const first = isNonStarter(changes[start]![0]) ? start : start + 1;
  const byClass = new Map<number, Change[]>();
  for (let i = first; i < changes.length; i++) {
    const change = changes[i]!;
    const representative = classOf(change[0]);
    const same = byClass.get(representative);
    if (same) same.push(change);
    else byClass.set(representative, [change]);
  }
  if (byClass.size < 2) return;
  let at = first;
  for (const representative of classesInOrder())
    for (const change of byClass.get(representative) ?? []) changes[at++] = change;
}

/** Composes what can be composed. A composed character replaces those of its parts that were in the text. */
function composeRun(decomposed: readonly Change[]): Change[] {
  const done: Change[] = [];
  let composee: Change | undefined;
  let buffer: Change[] = [];
  const flush = () => {
    if (composee) done.push(composee);
    for (const change of buffer) done.push(change);
    buffer = [];
  };
  for (const [code, change] of decomposed) {
    const starter = !isNonStarter(code);
    if (!composee) {
      if (starter) composee = [code, change];
      else done.push([code, change]);
      continue;
    }
    const last = buffer.at(-1);
    const blocked = last !== undefined && (starter || isSameClass(last[0], code));
    const composed: number | undefined = blocked ? undefined : compose(composee[0], code);
    if (composed !== undefined) composee = [composed, composee[1] + change - 1];
    else if (starter) {
      flush();
      composee = [code, change];
    } else buffer.push([code, change]);
  }
  flush();
  return done;
}
