import { describe, expect, test } from 'vitest';
import { problemsOf } from '../src/data/check.ts';
import { english } from '../src/data/grammar/english.ts';
import { ambiguous, grammar, taskNames, tasks } from '../src/data/grammar/index.ts';
import { korean } from '../src/data/grammar/korean.ts';
import { adjectives, nouns, places, pronouns, times, verbs } from '../src/data/grammar/lexicon.ts';
import type { Pair } from '../src/data/split.ts';
import { adjective, existence, hurt, noun, sentence, thing, verb } from './lib/meanings.ts';

const I = thing('I');
const you = thing('you');
const apple = thing('apple');
const past = { tense: 'past' } as const;
const future = { tense: 'future' } as const;
const sizes = { train: 8000, validation: 300, test: 300 };
const shown = ({ source, target }: Pair) => ({ key: source, rest: target });

describe('sentences written by hand', () => {
  test('have the same meaning in both languages', () => {
    const expected = [
      [sentence(I, verb('love', { object: you })), 'I love you', '나는 너를 사랑해'],
      [sentence(I, verb('eat', { object: apple })), 'I eat an apple', '나는 사과를 먹어'],
      [
        sentence(I, verb('eat', { object: apple }), { ...past, time: 'this morning' }),
        'I ate an apple this morning',
        '나는 오늘 아침에 사과를 먹었어',
      ],
      [
        sentence(thing('she'), verb('listen to', { object: thing('music'), place: '도서관' })),
        'She listens to music at the library',
        '그녀는 도서관에서 음악을 들어',
      ],
      [
        sentence(thing('they'), verb('help', { object: thing('farmer') }), { ...past, negative: true }),
        'They did not help the farmer',
        '그들은 농부를 돕지 않았어',
      ],
      [
        sentence(
          thing('teacher'),
          verb('give', { object: thing('book', { count: 3 }), recipient: thing('child') }),
          future,
        ),
        'The teacher will give three books to the child',
        '선생님은 아이에게 책 세 권을 줄 거야',
      ],
      [
        sentence(I, verb('like', { object: thing('tomato', { adjective: 'red' }) })),
        'I like red tomatoes',
        '나는 빨간 토마토를 좋아해',
      ],
      [
        sentence(you, verb('go', { place: '학교' }), { question: 'yes-no' }),
        'Do you go to school?',
        '너는 학교에 가?',
      ],
      [
        sentence(you, verb('eat', { object: apple }), { ...past, question: 'what' }),
        'What did you eat?',
        '너는 무엇을 먹었어?',
      ],
      [
        sentence(I, verb('eat', { object: apple }), { question: 'who' }),
        'Who eats an apple?',
        '누가 사과를 먹어?',
      ],
      [
        sentence(thing('cat'), verb('sleep', { place: '공원' }), { question: 'where' }),
        'Where does the cat sleep?',
        '고양이는 어디에서 자?',
      ],
      [sentence(thing('flower'), adjective('white')), 'The flower is white', '꽃은 하얘'],
      [
        sentence(thing('he'), noun('student'), { negative: true }),
        'He is not a student',
        '그는 학생이 아니야',
      ],
      [
        sentence(thing('egg', { count: 2 }), existence('시장'), past),
        'There were two eggs at the market',
        '시장에 달걀 두 개가 있었어',
      ],
      [
        sentence(thing('bear'), existence('학교'), { negative: true }),
        'There is no bear at school',
        '학교에 곰이 없어',
      ],
      [sentence(thing('child'), hurt('stomach'), past), "The child's stomach hurt", '아이는 배가 아팠어'],
      [sentence(I, hurt('eye')), 'My eye hurts', '나는 눈이 아파'],
      [
        sentence(thing('student'), verb('study', { object: thing('Korean') }), {
          time: 'every day',
          timeFirst: true,
        }),
        'Every day the student studies Korean',
        '매일 학생은 한국어를 공부해',
      ],
    ] as const;
    expect(expected.map(([meaning]) => english(meaning))).toEqual(expected.map(([, text]) => text));
    expect(expected.map(([meaning]) => korean(meaning))).toEqual(expected.map(([, , text]) => text));
  });

  test('are said in every style, order and negation', () => {
    const drank = sentence(I, verb('drink', { object: thing('coffee') }), past);
    expect(korean(drank, { style: 'plain' })).toBe('나는 커피를 마셨다');
    expect(korean(drank, { style: 'polite' })).toBe('저는 커피를 마셨어요');
    expect(korean(drank, { style: 'formal' })).toBe('저는 커피를 마셨습니다');
    const eats = sentence(I, verb('eat', { object: apple }));
    expect(korean(eats, { style: 'plain' })).toBe('나는 사과를 먹는다');
    expect(korean(eats, { style: 'plain', objectFirst: true })).toBe('사과를 나는 먹는다');
    const not = sentence(I, verb('eat', { object: apple }), { negative: true });
    expect(korean(not, { style: 'plain', shortNegation: true })).toBe('나는 사과를 안 먹는다');
    const love = sentence(I, verb('love', { object: you }), { negative: true });
    expect(korean(love, { style: 'polite', shortNegation: true })).toBe('저는 당신을 사랑하지 않아요');
  });

  test('are joined, and say a shared subject once', () => {
    const eats = sentence(I, verb('eat', { object: apple }));
    const drinks = sentence(I, verb('drink', { object: thing('milk') }));
    const doctor = sentence(thing('he'), noun('doctor'));
    const joined = (...meanings: (typeof eats)[]) => ({
      ...eats,
      tense: 'past' as const,
      clauses: meanings.flatMap(({ clauses }) => clauses),
      joints: meanings.slice(1).map((_, i) => (i === 0 ? ('and' as const) : ('but' as const))),
    });
    const long = joined(eats, drinks, doctor);
    expect(english(long)).toBe('I ate an apple and drank milk but he was a doctor');
    expect(korean(long)).toBe('나는 사과를 먹었고 우유를 마셨지만 그는 의사였어');
    expect(korean(joined(doctor, eats))).toBe('그는 의사였고 나는 사과를 먹었어');
  });
});

describe.each(['en-ko', 'ko-en'] as const)('grammar %s', (direction) => {
  const data = grammar({ direction, sizes, longer: 50 });

  test('is the same for the same seed, and another for another', () => {
    expect(grammar({ direction, sizes, longer: 50 })).toEqual(data);
    expect(grammar({ direction, sizes, seed: 1 }).train).not.toEqual(data.train);
  });

  test('has no text on two sides, those of other seeds included', () => {
    const other = grammar({ direction, sizes, seed: 7 });
    const mixed = { train: data.train, validation: other.validation, test: other.test };
    for (const set of [data, mixed])
      expect(
        problemsOf(
          { train: set.train.map(shown), validation: set.validation.map(shown), test: set.test.map(shown) },
          4000,
        ),
      ).toEqual([]);
  });

  test('has one target for a source', () => {
    const targets = new Map<string, string>();
    for (const { source, target } of [...data.train, ...data.test, ...data.longer])
      expect((targets.get(source) ?? targets.set(source, target).get(source)) === target).toBe(true);
  });

  test('tests no English word that it does not train', () => {
    const english = ({ source, target }: Pair) => (direction === 'en-ko' ? source : target);
    const wordsOf = (pairs: readonly Pair[]) =>
      new Set(pairs.flatMap((pair) => english(pair).toLowerCase().split(/[ ?]+/)));
    const trained = wordsOf(data.train);
    expect([...wordsOf(data.test)].filter((word) => !trained.has(word))).toEqual([]);
  });

  test('has longer sentences of three clauses and more', () => {
    const joints = direction === 'en-ko' ? / (?:and|but) /g : /(?:고|지만) /g;
    for (const { source } of data.longer) expect(source.match(joints)!.length).toBeGreaterThanOrEqual(2);
  });
});

test('English and casual Korean have one translation each', () => {
  const sources = new Map<string, string>();
  for (const { source, target } of grammar({
    direction: 'en-ko',
    sizes: { train: 15_000, validation: 1, test: 1 },
  }).train) {
    expect(sources.get(target) ?? source).toBe(source);
    sources.set(target, source);
  }
});

test('the lexicon has about 150 words', () => {
  const words = [nouns, verbs, adjectives, places, times, pronouns].map(({ length }) => length);
  expect(words.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(145);
});

describe('tasks', () => {
  const data = tasks({ sizes });

  test('has every task on every side, and no text on two', () => {
    for (const side of ['train', 'validation', 'test'] as const)
      expect(new Set(data[side].map(({ task }) => task))).toEqual(new Set(taskNames));
    const { train, validation, test: held } = data;
    expect(
      problemsOf({ train: train.map(shown), validation: validation.map(shown), test: held.map(shown) }, 8000),
    ).toEqual([]);
  });

  test('changes only what the prefix says', () => {
    for (const { task, source, target } of data.train) {
      const text = source.slice(task.length + 2);
      if (task === 'question') expect(target.endsWith('?')).toBe(!text.endsWith('?'));
      if (task === 'polite') expect(target).toMatch(/요\??$/);
      if (task === 'negate') expect(target).toMatch(/ not | no |지 않|아니|아닙|아닐|없/);
      if (task === 'casual') expect(text).not.toBe(target);
    }
  });
});

test('ambiguous words have every meaning on every side, and are told apart by their translation', () => {
  const data = ambiguous();
  const meanings = ['강둑', '은행', 'eye', 'horse', 'pear', 'ship', 'snow', 'stomach', 'words'].sort();
  for (const side of ['train', 'validation', 'test'] as const)
    expect([...new Set(data[side].map(({ meaning }) => meaning))].sort()).toEqual(meanings);
  for (const { text, word, meaning, translation } of data.train) {
    expect(text).toContain(word);
    expect(translation.toLowerCase()).toContain(meaning);
  }
});
