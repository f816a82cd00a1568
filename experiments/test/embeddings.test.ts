import { describe, expect, test } from 'vitest';
import { grammarLexemes, messageLexemes, unambiguous } from '../src/experiments/embeddings/lexemes.ts';
import { inflection, separation, translations, WordVectors } from '../src/experiments/embeddings/measures.ts';
import { pca, symmetricEigen } from '../src/experiments/embeddings/pca.ts';
import { rotatedTranslations, rotationBetween } from '../src/experiments/embeddings/rotation.ts';
import { special, Vocabulary, wordsOf } from '../src/experiments/embeddings/vocabulary.ts';

describe('symmetricEigen', () => {
  test('finds the eigenvalues of a matrix computed by hand', () => {
    // Eigenvalues 3 and 1 of [[2, 1], [1, 2]], and 5 apart from them.
    const { values, vectors } = symmetricEigen([
      [2, 0, 1],
      [0, 5, 0],
      [1, 0, 2],
    ]);
    [5, 3, 1].forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 12);
    });
    expect(Math.abs(vectors[1]![0]!)).toBeCloseTo(Math.SQRT1_2, 12);
    expect(vectors[1]![0]! * vectors[1]![2]!).toBeCloseTo(0.5, 12);
  });

  test('its vectors are orthonormal and give the matrix back', () => {
    const matrix = Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) => Math.sin(1 + i * j) + Math.sin(1 + j * i) + (i === j ? i : 0)),
    );
    const { values, vectors } = symmetricEigen(matrix);
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < 8; j++) {
        const product = vectors[i]!.reduce((sum, value, k) => sum + value * vectors[j]![k]!, 0);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 10);
        const entry = values.reduce((sum, value, k) => sum + value * vectors[k]![i]! * vectors[k]![j]!, 0);
        expect(entry).toBeCloseTo(matrix[i]![j]!, 10);
      }
  });
});

test('pca projects points of a line on their distances along it', () => {
  const { explained, project } = pca(
    [-2, -1, 0, 1, 2].map((t) => [1 + 3 * t, 2 + 4 * t, 7]),
    2,
  );
  expect(explained[0]).toBeCloseTo(1, 12);
  expect(project([4, 6, 7])[0]).toBeCloseTo(5, 10);
});

const meaning = (name: string, kind: string, en: string[], ko: string[]) => ({ name, class: kind, en, ko });

describe('measures', () => {
  const vectors: Record<string, number[]> = {
    eat: [1, 0, 0],
    drink: [1, 0, 0],
    apple: [0, 2, 0],
    먹어: [3, 0, 1],
    사과를: [0, 1, 1],
    사과는: [0, 1, 0.5],
    물을: [0, 0, 1],
  };
  const words = new WordVectors(Object.keys(vectors), (word) => vectors[word]!);
  const lexemes = [
    meaning('eat', 'verbs', ['eat'], ['먹어']),
    meaning('drink', 'verbs', ['drink'], []),
    meaning('apple', 'food', ['apple'], ['사과를', '사과는']),
  ];

  test('separation compares words of a class with words of different classes', () => {
    expect(separation(words, lexemes, 'en')).toEqual({ within: 1, between: 0 });
  });

  test('translations ranks the best translation among all words of the other language', () => {
    const korean = ['먹어', '사과를', '사과는', '물을'];
    const asked = lexemes.filter(({ name }) => name !== 'drink');
    expect(translations(words, asked, 'en', korean)).toEqual({
      medianRank: 1,
      first: 1,
      words: 2,
      candidates: 4,
    });
    // 먹어 alone is nearer to eat than 물을 is.
    const wrong = [meaning('eat', 'verbs', ['eat'], ['물을'])];
    expect(translations(words, wrong, 'en', korean).medianRank).toBe(2);
  });

  test('inflection compares the same stem, the same ending and neither', () => {
    const forms = [
      { word: '사과를', stem: '사과', ending: '을' },
      { word: '사과는', stem: '사과', ending: '은' },
      { word: '물을', stem: '물', ending: '을' },
    ];
    const { sameStem, sameEnding, neither } = inflection(words, forms);
    expect(sameStem).toBeCloseTo(1.5 / Math.sqrt(2 * 1.25), 12);
    expect(sameEnding).toBeCloseTo(Math.SQRT1_2, 12);
    expect(neither).toBeCloseTo(0.5 / Math.sqrt(1.25), 12);
  });

  test('nearest leaves the word itself out', () => {
    expect(words.nearest('eat', ['eat', 'drink', 'apple'], 1)).toEqual(['drink']);
  });
});

describe('rotations', () => {
  const turn = ([x = 0, y = 0, z = 0]: number[]) => [-y, x, z];
  const points = [
    [1, 0, 0],
    [0, 2, 0],
    [1, 1, 1],
    [3, 0, 1],
  ];

  test('rotationBetween finds the rotation between two sets of points', () => {
    const rotation = rotationBetween(points, points.map(turn));
    const expected = [
      [0, 1, 0],
      [-1, 0, 0],
      [0, 0, 1],
    ];
    rotation.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(expected.flat()[i]!, 10);
    });
  });

  test('rotatedTranslations finds translations that only a rotation keeps apart', () => {
    const names = Array.from({ length: 24 }, (_, i) => `word${i}`);
    const place = (i: number) => [Math.sin(7 * i), Math.cos(5 * i), Math.sin(3 * i + 1)];
    const words = { en: names, ko: names.map((name) => `${name}는`) };
    const all = new Map(names.map((name, i) => [name, place(i)]));
    const vectors = new WordVectors([...words.en, ...words.ko], (word) => {
      const vector = all.get(word.replace('는', ''))!;
      return word.endsWith('는') ? turn(vector) : vector;
    });
    const asked = names.map((name) => meaning(name, 'words', [name], [`${name}는`]));
    expect(translations(vectors, asked, 'en', words.ko).first).toBeLessThan(0.3);
    const { en, ko } = rotatedTranslations(vectors, asked, words);
    expect([en.first, ko.first]).toEqual([1, 1]);
    expect(en.words).toBeLessThan(names.length);
  });
});

describe('Vocabulary', () => {
  const pairs = [
    { source: 'I eat an apple', target: '나는 사과를 먹어' },
    { source: 'I eat', target: '나는 먹어' },
  ];

  test('encodes a pair with either language first, and unknown words where they are rare', () => {
    const vocabulary = new Vocabulary(pairs, 2);
    const ids = vocabulary.encode(pairs[0]!, 'en');
    const [i, eat, na, meogeo] = ['i', 'eat', '나는', '먹어'].map((word) => vocabulary.idOf(word));
    const { unknown, begin, separator, end } = special;
    expect(ids).toEqual([begin, i, eat, unknown, unknown, separator, na, unknown, meogeo, end]);
    expect(vocabulary.encode(pairs[1]!, 'ko')).toEqual([begin, na, meogeo, separator, i, eat, end]);
    expect([vocabulary.of('en'), vocabulary.of('ko')]).toEqual([
      ['i', 'eat'],
      ['나는', '먹어'],
    ]);
  });

  test('words are letters in small letters, numbers and single punctuation marks', () => {
    expect(wordsOf("The child's {0} 사과를?")).toEqual(['the', "child's", '{', '0', '}', '사과를', '?']);
  });
});

describe('lexemes', () => {
  const all = { has: () => true };

  test('words that two meanings share belong to neither', () => {
    const entries = [
      meaning('pear', 'food', ['pear'], ['배', '배를']),
      meaning('ship', 'things', ['ship'], ['배', '척']),
    ];
    expect(unambiguous(entries, all)).toEqual([
      meaning('pear', 'food', ['pear'], ['배를']),
      meaning('ship', 'things', ['ship'], ['척']),
    ]);
  });

  test('the grammar has inflected words of both languages, without words of several meanings', () => {
    const pairs = [
      { source: 'eat ate eats bank apple sunday', target: '먹었어 먹지 사과를 일요일에 살 배를 사과' },
    ];
    const lexemes = grammarLexemes(new Vocabulary(pairs, 1));
    expect(lexemes.map(({ name, class: kind, en, ko }) => [name, kind, en, ko])).toEqual([
      ['apple', 'food and drink', ['apple'], ['사과', '사과를']],
      ['eat', 'verbs', ['eat', 'ate', 'eats'], ['먹지', '먹었어']],
      ['on Sunday', 'times', ['sunday'], ['일요일에']],
    ]);
  });

  test('the messages have nouns with particles', () => {
    const lexemes = messageLexemes(new Vocabulary([{ source: 'file', target: '파일을 파일로 파일럿' }], 1));
    expect(lexemes).toEqual([meaning('file', 'on the screen', ['file'], ['파일을', '파일로'])]);
  });
});
