import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BleuOptions, bleu, type ChrfOptions, chrf, type TerOptions, ter } from '../../src/metrics.ts';

interface Fixture {
  readonly cases: readonly {
    readonly hypotheses: readonly string[];
    readonly references: readonly (readonly string[])[];
    readonly bleu: Readonly<Record<string, number>>;
    readonly chrf: Readonly<Record<string, number>>;
    readonly ter: Readonly<Record<string, number>>;
  }[];
  readonly longTexts: readonly {
    readonly hypothesis: string;
    readonly reference: string;
    readonly edits: number;
    readonly score: number;
  }[];
}

// Scores of sacreBLEU 2.6.0: fixtures/make/metrics.py.
const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/metrics.json', import.meta.url), 'utf8'),
) as Fixture;

const bleuOptions: Readonly<Record<string, BleuOptions>> = {
  '13a': {},
  intl: { tokenize: 'intl' },
  char: { tokenize: 'char' },
  none: { tokenize: 'none' },
  'smooth:exp': { smoothing: 'exp' },
  'smooth:floor': { smoothing: 'floor' },
  'smooth:add-k': { smoothing: 'add-k' },
  'smooth:none': { smoothing: 'none' },
  lowercase: { lowercase: true },
  effective: { effectiveOrder: true },
  'order:2': { maxNgramOrder: 2 },
};
const chrfOptions: Readonly<Record<string, ChrfOptions>> = {
  chrf: {},
  'chrf++': { wordOrder: 2 },
  lowercase: { lowercase: true },
  whitespace: { whitespace: true },
  beta1: { beta: 1, charOrder: 4 },
};
const terOptions: Readonly<Record<string, TerOptions>> = {
  ter: {},
  normalized: { normalized: true },
  noPunctuation: { noPunctuation: true },
  caseSensitive: { caseSensitive: true },
};

describe.each(fixture.cases.map((corpus, i) => ({ i, ...corpus })))(
  'corpus $i of the fixture',
  ({ hypotheses, references, ...scores }) => {
    it('has the BLEU scores of sacreBLEU with every option', () => {
      expect(Object.keys(scores.bleu)).toEqual(Object.keys(bleuOptions));
      for (const [name, score] of Object.entries(scores.bleu)) {
        const own = bleu(hypotheses, references, bleuOptions[name]).score;
        expect(Math.abs(own - score), name).toBeLessThan(1e-9);
      }
    });

    it('has the chrF scores of sacreBLEU with every option', () => {
      expect(Object.keys(scores.chrf)).toEqual(Object.keys(chrfOptions));
      for (const [name, score] of Object.entries(scores.chrf)) {
        const own = chrf(hypotheses, references, chrfOptions[name]).score;
        expect(Math.abs(own - score), name).toBeLessThan(1e-9);
      }
    });

    it('has the TER scores of sacreBLEU with every option', () => {
      expect(Object.keys(scores.ter)).toEqual(Object.keys(terOptions));
      for (const [name, score] of Object.entries(scores.ter)) {
        const own = ter(hypotheses, references, terOptions[name]).score;
        expect(Math.abs(own - score), name).toBeLessThan(1e-9);
      }
    });
  },
);

describe('the fixture', () => {
  it('has 960 scores of 48 corpora', () => {
    const counts = fixture.cases.map(
      (corpus) => [corpus.bleu, corpus.chrf, corpus.ter].flatMap(Object.keys).length,
    );
    expect(counts.length).toBe(48);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(960);
  });
});

describe('ter of long texts', () => {
  it.each(fixture.longTexts)('has $edits edits, as sacreBLEU', ({ hypothesis, reference, edits, score }) => {
    const own = ter([hypothesis], [reference]);
    expect(own.edits).toBe(edits);
    expect(own.score).toBeCloseTo(score, 9);
  });
});
