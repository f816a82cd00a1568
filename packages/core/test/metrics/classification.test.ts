import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { classificationScores, type Span, spanScores, tokenAccuracy } from '../../src/metrics.ts';

describe('classificationScores', () => {
  it('has the report of the example in scikit-learn (classification_report)', () => {
    const scores = classificationScores([0, 0, 2, 2, 1], [0, 1, 2, 2, 2]);
    const rounded = (values: object) =>
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, Number((value as number).toFixed(2))]),
      );
    expect(scores.accuracy).toBe(0.6);
    expect([...scores.labels].map(([label, values]) => [label, rounded(values)])).toEqual([
      [0, { precision: 0.5, recall: 1, f1: 0.67, support: 1 }],
      [1, { precision: 0, recall: 0, f1: 0, support: 1 }],
      [2, { precision: 1, recall: 0.67, f1: 0.8, support: 3 }],
    ]);
    expect(rounded(scores.macro)).toEqual({ precision: 0.5, recall: 0.56, f1: 0.49 });
    expect(rounded(scores.weighted)).toEqual({ precision: 0.7, recall: 0.6, f1: 0.61 });
  });

  it('has the means of the example in scikit-learn (precision_score, recall_score, f1_score)', () => {
    const { macro, weighted, accuracy } = classificationScores([0, 2, 1, 0, 0, 1], [0, 1, 2, 0, 1, 2]);
    expect(accuracy).toBeCloseTo(1 / 3, 12);
    expect(macro.precision).toBeCloseTo(2 / 9, 12);
    expect(macro.recall).toBeCloseTo(1 / 3, 12);
    expect(macro.f1).toBeCloseTo(0.8 / 3, 12);
    expect(weighted.f1).toBeCloseTo(0.8 / 3, 12);
  });

  it('includes labels that are only predicted in the macro mean', () => {
    const { labels, macro } = classificationScores(['a', 'c'], ['a', 'b']);
    expect([...labels.keys()]).toEqual(['a', 'b', 'c']);
    expect(labels.get('c')).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
    expect(macro.f1).toBeCloseTo(1 / 3, 12);
  });

  it('sorts numbers by value', () => {
    expect([...classificationScores([10, 9], [2, 10]).labels.keys()]).toEqual([2, 9, 10]);
  });

  it('throws ShapeError for lists that do not fit', () => {
    expect(() => classificationScores(['a'], [])).toThrow(ShapeError);
    expect(() => classificationScores([], [])).toThrow(
      'classificationScores: expected lists of at least 1, got 0',
    );
  });
});

describe('spanScores', () => {
  const span = (start: number, end: number, label: string): Span => ({ start, end, label });

  it('counts a span as right if ends and label are', () => {
    const expected = [[span(0, 2, 'PER'), span(4, 5, 'LOC')], [span(1, 3, 'ORG')], []];
    const predicted = [[span(0, 2, 'PER'), span(4, 6, 'LOC')], [span(1, 3, 'LOC')], [span(0, 1, 'PER')]];
    const { precision, recall, f1 } = spanScores(predicted, expected);
    expect(precision).toBe(1 / 4);
    expect(recall).toBe(1 / 3);
    expect(f1).toBeCloseTo(2 / 7, 12);
  });

  it('has the F1 of the example in the README of seqeval', () => {
    // O O O B-MISC I-MISC I-MISC O | B-PER I-PER O, predicted O O B-MISC I-MISC I-MISC I-MISC O | B-PER I-PER O.
    const expected = [[span(3, 6, 'MISC')], [span(0, 2, 'PER')]];
    const predicted = [[span(2, 6, 'MISC')], [span(0, 2, 'PER')]];
    expect(spanScores(predicted, expected).f1).toBe(0.5);
  });

  it('counts a span that is predicted twice once', () => {
    expect(spanScores([[span(0, 1, 'A'), span(0, 1, 'A')]], [[span(0, 1, 'A')]]).precision).toBe(1);
  });

  it('is 0 without spans', () => {
    expect(spanScores([[]], [[]])).toEqual({ precision: 0, recall: 0, f1: 0 });
  });

  it('throws ShapeError for lists that do not fit', () => {
    expect(() => spanScores([[]], [])).toThrow(ShapeError);
  });
});

describe('tokenAccuracy', () => {
  it('leaves out ignored labels', () => {
    expect(tokenAccuracy([1, 2, 3, 4], [1, -100, 4, 4])).toBeCloseTo(2 / 3, 12);
    expect(tokenAccuracy(Int32Array.of(1, 2), Int32Array.of(0, 2), { ignoreIndex: 0 })).toBe(1);
  });

  it('throws ShapeError if no label counts or the lists differ in length', () => {
    expect(() => tokenAccuracy([1], [-100])).toThrow(
      'tokenAccuracy: expected at least one label other than ignoreIndex -100, got none',
    );
    expect(() => tokenAccuracy([1], [1, 2])).toThrow(ShapeError);
  });
});
