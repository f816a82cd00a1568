import { bitsPerCharacter, type TextBits } from './model.ts';
import { NGrams } from './ngrams.ts';

/** What Korean text can be divided into. */
export const units = ['syllables', 'jamo', 'bytes'] as const;
export type Unit = (typeof units)[number];

/** The units of a text as numbers from 2: code points, those of the decomposed text (NFD), or the bytes of UTF-8. */
export function unitsOf(text: string, unit: Unit): number[] {
  if (unit === 'bytes') return [...new TextEncoder().encode(text)].map((byte) => byte + 2);
  const form = text.normalize(unit === 'jamo' ? 'NFD' : 'NFC');
  return [...form].map((character) => character.codePointAt(0)! + 2);
}

export interface UnitScore {
  readonly unit: Unit;
  /** Different units in the training texts. */
  readonly alphabet: number;
  /** Units of a character. */
  readonly perCharacter: number;
  /** The order of the n-gram model that is best on the validation texts, and its bits per character, not per unit, on the test texts. */
  readonly order: number;
  readonly test: number;
}

const BEGIN = 0;
const END = 1;

/** How well n-gram models of a unit predict texts. Units that are not in the training texts cost as much as one of 11,172 syllables. */
export function scoreUnit(
  unit: Unit,
  texts: { readonly [side in 'train' | 'validation' | 'test']: readonly string[] },
  maxOrder: number,
): UnitScore {
  const numbers = new Map<number, number>();
  const known = (text: string) => unitsOf(text, unit).map((value) => numbers.get(value) ?? unknown);
  for (const text of texts.train)
    for (const value of unitsOf(text, unit)) if (!numbers.has(value)) numbers.set(value, numbers.size + 2);
  const unknown = numbers.size + 2;
  const ids = (text: string) => [BEGIN, ...known(text), END];
  const model = new NGrams(texts.train.map(ids), maxOrder, numbers.size + 2);
  const score = (side: 'validation' | 'test', order: number) =>
    bitsPerCharacter(
      texts[side].map((text): TextBits => {
        const sequence = ids(text);
        let bits = 0;
        for (let i = 1; i < sequence.length; i++) {
          bits -= Math.log2(model.probability(sequence, i, order));
          if (sequence[i] === unknown) bits += Math.log2(11_172);
        }
        return { bits, characters: [...text].length + 1 };
      }),
    );
  const orders = Array.from({ length: maxOrder }, (_, i) => ({
    order: i + 1,
    bits: score('validation', i + 1),
  }));
  const { order } = orders.reduce((best, one) => (one.bits < best.bits ? one : best));
  const joined = texts.train.join('');
  return {
    unit,
    alphabet: numbers.size,
    perCharacter: unitsOf(joined, unit).length / [...joined].length,
    order,
    test: score('test', order),
  };
}
