import type { Piece } from '../pieces/alignment.ts';
import { Transformer } from '../pieces/transform.ts';
import {
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

function isNormal(run: string, form: NormalizationForm): boolean {
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

/** Puts the characters from `start` on into canonical order. Equal ones keep their order, and with it their changes. */
function sortNonStarters(changes: Change[], start: number): void {
  const pending = changes.splice(start);
  const starter = pending[0] && !isNonStarter(pending[0][0]) ? pending.shift() : undefined;
  if (starter) changes.push(starter);
  for (const character of String.fromCodePoint(...pending.map(([code]) => code)).normalize('NFD')) {
    const code = character.codePointAt(0)!;
    changes.push(...pending.splice(pending.findIndex(([other]) => other === code), 1));
  }
}

/** Composes what can be composed. A composed character replaces those of its parts that were in the text. */
function composeRun(decomposed: readonly Change[]): Change[] {
  const done: Change[] = [];
  let composee: Change | undefined;
  let buffer: Change[] = [];
  const flush = () => {
    if (composee) done.push(composee);
    done.push(...buffer);
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
