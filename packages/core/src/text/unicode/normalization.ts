import { CodePointSet } from './ranges.ts';

export type NormalizationForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/**
 * Characters with a decomposition or a combining class since Unicode 10. The library's tables are those of Unicode 9, so to it they are
 * characters that neither decompose nor combine.
 */
export const NEWER = new CodePointSet(
  '1kt 49+8 16+9 8a fx 72+1 al 1ne q1+u 2+b lm+4 45g n3l+3 1j n0 hun q bg+4 1+15 1+8 12h+3 1t+4 8t+1 25+1 1+2 ' +
    '1y+a 1d+3 6i ju 1z 1 8 2 1f 1+1 5+2 3x re+1 71 4+1 4 4c 2b i 29 iw 1+1 29 bt+1 d0e+7 6 2ew+2 hx+1 ick+z ' +
    '3sm+1p x 4g+6 af 1p+3 e4+3 72+1 6r 2 7+1 5 22e 22r+9',
);

/** A combining class of 240, the highest of any character. Characters with a lower one other than 0 go before it. */
const IOTA_SUBSCRIPT = 0x345;

const nonStarters = new Map<number, boolean>();

/** Whether a character has a combining class other than 0. */
export function isNonStarter(code: number): boolean {
  if (code < 0x300) return false;
  let found = nonStarters.get(code);
  if (found === undefined) {
    const character = String.fromCodePoint(code);
    found =
      code === IOTA_SUBSCRIPT ||
      (!NEWER.has(code) && `\u0345${character}`.normalize('NFD') !== `\u0345${character.normalize('NFD')}`);
    nonStarters.set(code, found);
  }
  return found;
}

/** The decomposition of a character. */
export function decompose(code: number, compatible: boolean): string {
  const character = String.fromCodePoint(code);
  return code < 0x80 || NEWER.has(code) ? character : character.normalize(compatible ? 'NFKD' : 'NFD');
}

/** A character of each combining class that was met, in the order of the classes. */
const representatives: number[] = [];
const classes = new Map<number, number>();

/** The combining class of a non-starter that does not decompose, as one of its characters. */
export function classOf(code: number): number {
  let found = classes.get(code);
  if (found === undefined) {
    // The first class that is not below that of the character.
    let [low, high] = [0, representatives.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (goesBefore(representatives[middle]!, code)) low = middle + 1;
      else high = middle;
    }
    const next = representatives[low];
    if (next !== undefined && !goesBefore(code, next)) found = next;
    else {
      found = code;
      representatives.splice(low, 0, code);
    }
    classes.set(code, found);
  }
  return found;
}

export const classesInOrder = (): readonly number[] => representatives;

/** Whether the combining class of `a` is lower than that of `b`. */
function goesBefore(a: number, b: number): boolean {
  const swapped = String.fromCodePoint(b, a);
  return swapped.normalize('NFD') !== swapped;
}

/** Whether two non-starters in canonical order have the same combining class. */
export function isSameClass(a: number, b: number): boolean {
  const swapped = String.fromCodePoint(b, a);
  return a === b || swapped.normalize('NFD') === swapped;
}

/** The character that two compose to; undefined if they do not. */
export function compose(a: number, b: number): number | undefined {
  if (NEWER.has(a) || NEWER.has(b)) return undefined;
  const composed = String.fromCodePoint(a, b).normalize('NFC');
  const code = composed.codePointAt(0)!;
  return composed.length === (code > 0xffff ? 2 : 1) && !NEWER.has(code) ? code : undefined;
}
