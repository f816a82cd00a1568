import { importSource } from './sources.ts';
import { type DataSet, splitBy } from './split.ts';

/** A spelling and its pronunciations, each a list of phonemes of ARPAbet without stress: cat → K AE T. */
export interface Word {
  readonly spelling: string;
  /** All that the dictionary has, without repetitions. The first is the most common. */
  readonly pronunciations: readonly (readonly string[])[];
}

/**
 * The words of the CMU Pronouncing Dictionary (package cmu-pronouncing-dictionary, ISC; data BSD-2-Clause): spellings of letters and apostrophes,
 * with a letter at least. The sides are divided by the hash of the spelling, so variants stay together. The test is
 * fixed: the same for every seed.
 */
export async function phonemes(): Promise<DataSet<Word>> {
  const { dictionary } = await importSource('cmu-pronouncing-dictionary', 'index.js');
  return splitBy(words(dictionary as Record<string, string>), ({ spelling }) => spelling);
}

/** The words of a dictionary whose keys are spellings, `live(1)` for a second pronunciation, and whose values are phonemes with stress. */
export function words(dictionary: Readonly<Record<string, string>>): Word[] {
  const found = new Map<string, Set<string>>();
  for (const [entry, pronunciation] of Object.entries(dictionary)) {
    const spelling = entry.replace(/\(\d+\)$/, '').toLowerCase();
    if (!/^[a-z']*[a-z][a-z']*$/.test(spelling)) continue;
    const variants = found.get(spelling) ?? new Set();
    // A comment may follow: "D IY2 EH1 F # abbrev".
    found.set(
      spelling,
      variants.add(
        pronunciation
          .replace(/\s*#.*$/, '')
          .replace(/\d/g, '')
          .trim(),
      ),
    );
  }
  return [...found].map(([spelling, variants]) => ({
    spelling,
    pronunciations: [...variants].map((variant) => variant.split(/\s+/)),
  }));
}
