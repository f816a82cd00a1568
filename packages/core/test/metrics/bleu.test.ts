import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../../src/errors.ts';
import { type BleuOptions, bleu, sentenceBleu } from '../../src/metrics.ts';
import { readmeHypotheses, readmeReferences } from './readme-example.ts';

describe('bleu', () => {
  it('has the scores of the example in sacreBLEU README', () => {
    const result = bleu(readmeHypotheses, readmeReferences);
    expect(result.score).toBeCloseTo(48.530827, 6);
    expect(result.precisions.map((precision) => precision.toFixed(1))).toEqual([
      '82.4',
      '50.0',
      '45.5',
      '37.5',
    ]);
    expect(result.brevityPenalty).toBeCloseTo(0.943, 3);
    expect(result.hypothesisLength).toBe(17);
    expect(result.referenceLength).toBe(18);
    expect(result.signature).toBe('nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp');
  });

  // test_bleu.py of sacreBLEU.
  it.each<[BleuOptions, number]>([
    [{ tokenize: 'none' }, 49.1919566],
    [{ tokenize: '13a' }, 48.530827],
    [{ tokenize: 'intl' }, 43.91623493],
    [{ smoothing: 'none' }, 48.530827],
  ])('has the score of sacreBLEU with %o', (options, score) => {
    expect(bleu(readmeHypotheses, readmeReferences, options).score).toBeCloseTo(score, 6);
  });

  it('is 0 for empty hypotheses, which count as segments', () => {
    expect(bleu(['', '', ''], readmeReferences)).toMatchObject({
      score: 0,
      brevityPenalty: 0,
      hypothesisLength: 0,
    });
    expect(bleu([''], [''])).toMatchObject({ score: 0, brevityPenalty: 1 });
  });

  it('has the score of the example in NLTK and Papineni et al. (2002)', () => {
    const references = [
      'It is a guide to action that ensures that the military will forever heed Party commands',
      'It is the guiding principle which guarantees the military forces always being under the command of the Party',
      'It is the practical guide for the army always to heed the directions of the party',
    ];
    const first =
      'It is a guide to action which ensures that the military always obeys the commands of the party';
    const second = 'It is to insure the troops forever hearing the activity guidebook that party direct';
    expect(bleu([first], [references], { tokenize: 'none' }).score / 100).toBeCloseTo(0.5045666840058485, 12);
    const { precisions } = bleu([second], [references], {
      tokenize: 'none',
      lowercase: true,
      smoothing: 'none',
    });
    // Table 1 of the paper: 8 of 14 unigrams, 1 of 13 bigrams.
    expect(precisions[0]).toBeCloseTo(800 / 14, 10);
    expect(precisions[1]).toBeCloseTo(100 / 13, 10);
  });

  it('counts a word at most as often as the reference that has it most often (Papineni et al. 2002, section 2.1)', () => {
    const references = ['The cat is on the mat.', 'There is a cat on the mat.'];
    const { precisions } = bleu(['the the the the the the the.'], [references], {
      lowercase: true,
      maxNgramOrder: 1,
    });
    // Two of seven, and the period.
    expect(precisions[0]).toBeCloseTo((100 * 3) / 8, 10);
  });

  it('uses the reference length that is closest, the shorter of two', () => {
    const lengthFor = (...references: string[]) => bleu(['a b c d'], [references]).referenceLength;
    expect(lengthFor('a b', 'a b c d e')).toBe(5);
    expect(lengthFor('a b c d e', 'a b c')).toBe(3);
    expect(lengthFor('a b c', 'a b c d e')).toBe(3);
  });

  it('scores Korean by characters', () => {
    const score = (tokenize: 'char' | '13a') =>
      bleu(['나는 커피를 마셨다.'], ['나는 커피를 마셨습니다.'], { tokenize }).score;
    expect(score('char')).toBeCloseTo(64.33351856152976, 9);
    expect(score('13a')).toBeCloseTo(35.35533905932737, 9);
  });

  it('splits at the white space of Python', () => {
    const score = (text: string) => bleu([text], ['a b c d e'], { tokenize: 'none', maxNgramOrder: 1 }).score;
    expect(score('a\x1cb c')).toBeCloseTo(51.341711903259224, 9);
    expect(score('a\x85b c d e')).toBeCloseTo(100, 9);
    expect(score('a\u200bb c')).toBeCloseTo(11.15650800742149, 9);
    expect(score('a\ufeffb c d')).toBeCloseTo(34.22780793550614, 9);
  });

  it.each<[BleuOptions, string]>([
    [{ lowercase: true }, 'nrefs:2|case:lc|eff:no|tok:13a|smooth:exp'],
    [{ smoothing: 'floor' }, 'nrefs:2|case:mixed|eff:no|tok:13a|smooth:floor[0.10]'],
    [{ smoothing: 'add-k', smoothingValue: 2 }, 'nrefs:2|case:mixed|eff:no|tok:13a|smooth:add-k[2.00]'],
    [
      { smoothing: 'none', effectiveOrder: true, tokenize: 'char' },
      'nrefs:2|case:mixed|eff:yes|tok:char|smooth:none',
    ],
    [{ maxNgramOrder: 2 }, 'nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|order:2'],
  ])('has the signature of sacreBLEU with %o', (options, signature) => {
    expect(bleu(readmeHypotheses, readmeReferences, options).signature).toBe(signature);
  });

  it('states numbers of references that vary', () => {
    expect(bleu(['a', 'b'], ['a', ['b', 'c']]).signature).toMatch(/^nrefs:var\|/);
  });

  it('takes an option that is undefined as its default', () => {
    const options = {
      tokenize: undefined,
      smoothing: undefined,
      maxNgramOrder: undefined,
    } as unknown as BleuOptions;
    expect(bleu(readmeHypotheses, readmeReferences, options)).toEqual(
      bleu(readmeHypotheses, readmeReferences),
    );
    const effective = { effectiveOrder: undefined } as unknown as BleuOptions;
    expect(sentenceBleu('a test', 'a test', effective).score).toBeCloseTo(100, 10);
  });

  it('throws ShapeError for lists that do not fit', () => {
    expect(() => bleu(['a', 'b'], ['a'])).toThrow(ShapeError);
    expect(() => bleu(['a', 'b'], ['a'])).toThrow(
      'bleu: expected the references of each hypothesis, references[i] for hypotheses[i]; got 2 hypotheses and 1 references',
    );
    expect(() => bleu([], [])).toThrow('bleu: expected at least one hypothesis, got none');
    expect(() => bleu(['a'], [[]])).toThrow(
      'bleu: expected at least one reference for hypothesis[0], got none',
    );
    expect(() => bleu('a' as unknown as string[], ['a'])).toThrow(ShapeError);
  });

  it('throws ConfigError for options and texts that are invalid', () => {
    const fails = (options: object, message: string) => {
      expect(() => bleu(['a'], ['a'], options as BleuOptions)).toThrow(ConfigError);
      expect(() => bleu(['a'], ['a'], options as BleuOptions)).toThrow(message);
    };
    fails({ tokenize: 'zh' }, 'bleu: tokenize must be one of 13a, intl, char, none, got "zh"');
    fails(
      { smoothing: 'exponential' },
      'bleu: smoothing must be one of exp, floor, add-k, none, got "exponential"',
    );
    fails({ maxNgramOrder: 0 }, 'bleu: maxNgramOrder must be an integer from 1 to 100, got 0');
    fails({ smoothingValue: -1 }, 'bleu: smoothingValue must be a finite number of at least 0, got -1');
    expect(() => bleu(['a', null as unknown as string], ['a', 'b'])).toThrow(
      'bleu: hypothesis[1] must be a string, got null',
    );
    expect(() => bleu(['a'], [[7 as unknown as string]])).toThrow(
      'bleu: reference[0] must be a string, got number',
    );
  });
});

describe('sentenceBleu', () => {
  // test_sentence_bleu.py of sacreBLEU.
  const hypothesis = 'Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;';
  const reference = 'producţia de zahăr brut se exprimă în zahăr alb;';

  it.each<[BleuOptions, number]>([
    [{}, 8.493098745313148],
    [{ smoothing: 'none' }, 0],
    [{ smoothing: 'floor' }, 4.516881220954753],
    [{ smoothing: 'floor', smoothingValue: 0.5 }, 10.100053456347073],
    [{ smoothing: 'add-k' }, 14.882560178972215],
    [{ smoothing: 'add-k', smoothingValue: 2 }, 21.389460275371086],
    [{ tokenize: 'none' }, 7.347053125977879],
    [{ tokenize: 'intl' }, 8.493098745313148],
    [{ tokenize: 'char' }, 40.875973647629166],
    [{ tokenize: 'char', lowercase: true }, 42.02678206410298],
  ])('has the score of sacreBLEU with %o', (options, score) => {
    expect(sentenceBleu(hypothesis, reference, options).score).toBeCloseTo(score, 9);
  });

  it.each<[string, string, number]>([
    ['test', 'a test', 0.3678794411714425],
    ['a test', 'a test', 1],
    ['a little test', 'a test', 0.03218297948685433],
  ])('has the score of sacreBLEU for %j given %j', (text, expected, score) => {
    const options: BleuOptions = { smoothing: 'floor', smoothingValue: 0.01 };
    expect(sentenceBleu(text, expected, options).score / 100).toBeCloseTo(score, 8);
  });

  it.each(['exp', 'none', 'floor', 'add-k'] as const)(
    'is 0 without a common word, with smoothing %s',
    (smoothing) => {
      expect(sentenceBleu('this is a cat', 'okay thanks', { smoothing }).score).toBe(0);
    },
  );

  it('names itself in errors', () => {
    expect(() => sentenceBleu('a', [])).toThrow(
      'sentenceBleu: expected at least one reference for hypothesis, got none',
    );
  });
});
