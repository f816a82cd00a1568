import type { Matrix } from './raster.ts';
import { displayToken, toCompatibilityJamo } from './tokens.ts';

/** What a row and a column of a map stand for: a token, or the tokens of a word. */
export interface Unit {
  readonly label: string;
  /** The tokens `from` to `to`, exclusive. */
  readonly from: number;
  readonly to: number;
  /** A token that the tokenizer added to the text. */
  readonly special: boolean;
  /** A token that continues the word of the one before. */
  readonly continues: boolean;
}

export type UnitKind = 'tokens' | 'words';

/** A tokenized text: `offsets` are the start and end of each token in the text, and `special` marks tokens that are not of the text. */
export interface TokenizedText {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly offsets: ArrayLike<number>;
  readonly special: readonly boolean[];
}

/** Units of a text: its tokens; or its words, which are what stands between spaces (in Korean 어절), by the tokens' offsets. */
export function unitsOf(tokenized: TokenizedText, kind: UnitKind): readonly Unit[] {
  return kind === 'tokens' ? tokenUnits(tokenized) : wordUnits(tokenized);
}

function tokenUnits({ tokens, special }: TokenizedText): Unit[] {
  return tokens.map((token, at) => {
    const { label, continues } = displayToken(token);
    return { label, from: at, to: at + 1, special: special[at] ?? false, continues };
  });
}

function wordUnits({ text, tokens, offsets, special }: TokenizedText): Unit[] {
  const units: Unit[] = [];
  let end = -1;
  tokens.forEach((token, at) => {
    const isSpecial = special[at] ?? false;
    const [from = 0, to = 0] = [offsets[2 * at], offsets[2 * at + 1]];
    // Offsets may begin with the white space before a word, and a token may be nothing else: it belongs to the word after it.
    const blank = /^\s*/.exec(text.slice(from, to))?.[0].length ?? 0;
    const start = from + blank;
    const isBlank = !isSpecial && start === to;
    const last = units.at(-1);
    const isInside = last !== undefined && !last.special && !isSpecial && !isBlank && start < end;
    const isAfterBlank = last?.label === BLANK && !isSpecial;
    if (isInside && last) units[units.length - 1] = { ...last, to: at + 1 };
    else {
      const word = isSpecial ? token : isBlank ? BLANK : (/^\S+/.exec(text.slice(start))?.[0] ?? token);
      end = isSpecial || isBlank ? -1 : start + word.length;
      const unit = {
        label: toCompatibilityJamo(word),
        from: at,
        to: at + 1,
        special: isSpecial,
        continues: false,
      };
      if (isAfterBlank && last) units[units.length - 1] = { ...unit, from: last.from };
      else units.push(unit);
    }
  });
  return units;
}

/** The label of white space that no word follows. */
const BLANK = '␣';

/** The map of units: weights from a word are the mean over its tokens, weights to a word their sum. Rows that sum to 1 still do. */
export function mergeUnits(map: Matrix, units: readonly Unit[]): Matrix {
  if (units.length === map.rows) return map;
  const size = units.length;
  const data = new Float32Array(size * size);
  units.forEach((query, row) => {
    units.forEach((key, column) => {
      let sum = 0;
      for (let from = query.from; from < query.to; from += 1) {
        for (let to = key.from; to < key.to; to += 1) sum += map.data[from * map.columns + to] ?? 0;
      }
      data[row * size + column] = sum / (query.to - query.from);
    });
  });
  return { rows: size, columns: size, data };
}
