// Edit distance with shifts as in Tercom (Snover et al. 2006), with the limits and tie-breaking rules of sacreBLEU 2.

/** Words in the longest sequence that is shifted. */
const MAX_SHIFT_SIZE = 10;
/** Words between the positions of a sequence in hypothesis and reference, at most. */
const MAX_SHIFT_DISTANCE = 50;
/** Columns computed on either side of the diagonal. */
const BAND_WIDTH = 25;
/** Shifts evaluated for one pair of texts, at most. */
const MAX_CANDIDATES = 1000;

/** Edits that turn a hypothesis into a reference: the shifts that reduce the edit distance most, one at a time, and the remaining distance. */
export function editsWithShifts(hypothesis: readonly string[], reference: readonly string[]): number {
  if (reference.length === 0) return hypothesis.length;
  let alignment = align(hypothesis, reference);
  let shifts = 0;
  let evaluated = 0;
  for (;;) {
    const { best, candidates } = bestShift(alignment, reference, evaluated);
    evaluated = candidates;
    // At the limit the last search is incomplete, and its result is dropped.
    if (evaluated >= MAX_CANDIDATES || !best || best.gain <= 0) break;
    shifts++;
    alignment = best.alignment;
  }
  return shifts + alignment.distance;
}

interface Shift {
  /** Edits saved. */
  readonly gain: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
  /** Alignment of the shifted words. */
  readonly alignment: Alignment;
}

/** The best shift of a word sequence to where the reference has it. `candidates` counts the shifts evaluated, from `evaluated` on. */
function bestShift(
  alignment: Alignment,
  reference: readonly string[],
  evaluated: number,
): { best: Shift | undefined; candidates: number } {
  const { words } = alignment;
  const { positions, referenceErrors, hypothesisErrors } = readPath(alignment, reference.length);
  const hasError = (errors: readonly boolean[], from: number, length: number) =>
    errors.slice(from, from + length).includes(true);
  let best: Shift | undefined;
  let candidates = evaluated;
  for (const [from, at, length] of commonSequences(words, reference)) {
    if (!hasError(hypothesisErrors, from, length) || !hasError(referenceErrors, at, length)) continue;
    const aligned = positions[at]!;
    if (from <= aligned && aligned < from + length) continue;
    let previousTarget = -1;
    for (let offset = -1; offset < length; offset++) {
      const column = at + offset;
      if (column >= positions.length) break;
      const to = column === -1 ? 0 : positions[column]! + 1;
      if (to === previousTarget) continue;
      previousTarget = to;
      const shifted = align(shiftWords(words, from, length, to), reference, alignment, Math.min(from, to));
      const shift = { gain: alignment.distance - shifted.distance, length, from, to, alignment: shifted };
      candidates++;
      if (!best || isBetter(shift, best)) best = shift;
    }
    if (candidates >= MAX_CANDIDATES) break;
  }
  return { best, candidates };
}

/** More edits saved, or else the longer sequence, or else the earlier one, or else the earlier target. */
function isBetter(a: Shift, b: Shift): boolean {
  if (a.gain !== b.gain) return a.gain > b.gain;
  if (a.length !== b.length) return a.length > b.length;
  if (a.from !== b.from) return a.from < b.from;
  return a.to < b.to;
}

/** Moves `length` words at `from` before the word at `to`; a target within the sequence moves it by as many words. */
function shiftWords(words: readonly string[], from: number, length: number, to: number): string[] {
  const others = [...words.slice(0, from), ...words.slice(from + length)];
  const at = to < from ? to : to > from + length ? to - length : to;
  return [...others.slice(0, at), ...words.slice(from, from + length), ...others.slice(at)];
}

/** Word sequences that hypothesis and reference have in common, by position in the hypothesis, in the reference, and by length. */
function* commonSequences(
  words: readonly string[],
  reference: readonly string[],
): Generator<readonly [from: number, at: number, length: number]> {
  for (let from = 0; from < words.length; from++) {
    for (let at = 0; at < reference.length; at++) {
      if (Math.abs(at - from) > MAX_SHIFT_DISTANCE) continue;
      const longest = Math.min(MAX_SHIFT_SIZE, words.length - from, reference.length - at);
      for (let length = 1; length <= longest; length++) {
        if (words[from + length - 1] !== reference[at + length - 1]) break;
        yield [from, at, length];
      }
    }
  }
}

const MATCH = 0;
const SUBSTITUTE = 1;
const DELETE = 2;
const INSERT = 3;

/** An edit distance matrix, one row for each word of the hypothesis and one before them. */
interface Alignment {
  readonly words: readonly string[];
  readonly distance: number;
  /** Distances from the first i words of the hypothesis to the first j words of the reference. */
  readonly costs: readonly Float64Array[];
  /** Last edit of each. */
  readonly operations: readonly Uint8Array[];
}

/**
 * Edit distance within a band around the diagonal. The first `sharedWords` words are those of `base`, an alignment of as many words whose
 * rows are reused.
 */
function align(
  words: readonly string[],
  reference: readonly string[],
  base?: Alignment,
  sharedWords = 0,
): Alignment {
  const width = reference.length + 1;
  const ratio = words.length > 0 ? reference.length / words.length : 1;
  // Wide enough that the bands of consecutive rows overlap.
  const band = BAND_WIDTH < ratio / 2 ? Math.ceil(ratio / 2 + BAND_WIDTH) : BAND_WIDTH;
  const costs = base?.costs.slice(0, sharedWords + 1) ?? [Float64Array.from({ length: width }, (_, j) => j)];
  const operations = base?.operations.slice(0, sharedWords + 1) ?? [new Uint8Array(width).fill(INSERT)];
  for (let i = costs.length; i <= words.length; i++) {
    const above = costs[i - 1]!;
    const cost = new Float64Array(width).fill(Infinity);
    const operation = new Uint8Array(width);
    const diagonal = Math.floor(i * ratio);
    const end = i === words.length ? width : Math.min(width, diagonal + band);
    for (let j = Math.max(0, diagonal - band); j < end; j++) {
      // Of equal costs the first in this order: match or substitution, deletion, insertion.
      const isMatch = j > 0 && words[i - 1] === reference[j - 1];
      let least = j > 0 ? above[j - 1]! + (isMatch ? 0 : 1) : Infinity;
      let edit = isMatch ? MATCH : SUBSTITUTE;
      if (above[j]! + 1 < least) [least, edit] = [above[j]! + 1, DELETE];
      if (j > 0 && cost[j - 1]! + 1 < least) [least, edit] = [cost[j - 1]! + 1, INSERT];
      cost[j] = least;
      operation[j] = edit;
    }
    costs.push(cost);
    operations.push(operation);
  }
  return { words, distance: costs[words.length]![reference.length]!, costs, operations };
}

/** For each word of the reference its position in the hypothesis, and for the words of both whether they are not matched. */
function readPath({ words, operations }: Alignment, referenceLength: number) {
  const edits: number[] = [];
  let [i, j] = [words.length, referenceLength];
  while (i > 0 || j > 0) {
    const edit = operations[i]![j]!;
    edits.push(edit);
    if (edit !== INSERT) i--;
    if (edit !== DELETE) j--;
  }
  const positions: number[] = [];
  const referenceErrors: boolean[] = [];
  const hypothesisErrors: boolean[] = [];
  for (const edit of edits.reverse()) {
    if (edit !== INSERT) hypothesisErrors.push(edit !== MATCH);
    if (edit === DELETE) continue;
    positions.push(hypothesisErrors.length - 1);
    referenceErrors.push(edit !== MATCH);
  }
  return { positions, referenceErrors, hypothesisErrors };
}
