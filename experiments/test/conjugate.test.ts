import { describe, expect, test } from 'vitest';
import {
  attributive,
  conjugate,
  connective,
  copula,
  type Form,
  type Irregular,
  infinitive,
  type Stem,
} from '../src/data/grammar/conjugate.ts';
import { object, subject, topic } from '../src/data/grammar/hangul.ts';

const verb = (stem: string, irregular?: Irregular): Stem => ({ stem, ...(irregular && { irregular }) });
const adjective = (stem: string, irregular?: Irregular): Stem => ({
  ...verb(stem, irregular),
  adjective: true,
});
const present = (style: Form['style'], more: Partial<Form> = {}): Form => ({
  style,
  tense: 'present',
  ...more,
});

// Written by hand: stem, 해체, past, future, 해라체, 해라체 question, 합쇼체.
test.each([
  [verb('먹'), '먹어', '먹었다', '먹을 것이다', '먹는다', '먹니', '먹습니다'],
  [verb('마시'), '마셔', '마셨다', '마실 것이다', '마신다', '마시니', '마십니다'],
  [verb('사랑하'), '사랑해', '사랑했다', '사랑할 것이다', '사랑한다', '사랑하니', '사랑합니다'],
  [verb('가'), '가', '갔다', '갈 것이다', '간다', '가니', '갑니다'],
  [verb('오'), '와', '왔다', '올 것이다', '온다', '오니', '옵니다'],
  [verb('보'), '봐', '봤다', '볼 것이다', '본다', '보니', '봅니다'],
  [verb('배우'), '배워', '배웠다', '배울 것이다', '배운다', '배우니', '배웁니다'],
  [verb('쉬'), '쉬어', '쉬었다', '쉴 것이다', '쉰다', '쉬니', '쉽니다'],
  [verb('보내'), '보내', '보냈다', '보낼 것이다', '보낸다', '보내니', '보냅니다'],
  [verb('듣', 'ㄷ'), '들어', '들었다', '들을 것이다', '듣는다', '듣니', '듣습니다'],
  [verb('닫'), '닫아', '닫았다', '닫을 것이다', '닫는다', '닫니', '닫습니다'],
  [verb('돕', 'ㅂ'), '도와', '도왔다', '도울 것이다', '돕는다', '돕니', '돕습니다'],
  [verb('눕', 'ㅂ'), '누워', '누웠다', '누울 것이다', '눕는다', '눕니', '눕습니다'],
  [verb('짓', 'ㅅ'), '지어', '지었다', '지을 것이다', '짓는다', '짓니', '짓습니다'],
  [verb('웃'), '웃어', '웃었다', '웃을 것이다', '웃는다', '웃니', '웃습니다'],
  [verb('쓰'), '써', '썼다', '쓸 것이다', '쓴다', '쓰니', '씁니다'],
  [verb('부르'), '불러', '불렀다', '부를 것이다', '부른다', '부르니', '부릅니다'],
  [verb('고르'), '골라', '골랐다', '고를 것이다', '고른다', '고르니', '고릅니다'],
  [verb('만들'), '만들어', '만들었다', '만들 것이다', '만든다', '만드니', '만듭니다'],
  [verb('살'), '살아', '살았다', '살 것이다', '산다', '사니', '삽니다'],
  [adjective('크'), '커', '컸다', '클 것이다', '크다', '크니', '큽니다'],
  [adjective('바쁘'), '바빠', '바빴다', '바쁠 것이다', '바쁘다', '바쁘니', '바쁩니다'],
  [adjective('빨갛', 'ㅎ'), '빨개', '빨갰다', '빨갈 것이다', '빨갛다', '빨갛니', '빨갛습니다'],
  [adjective('하얗', 'ㅎ'), '하얘', '하얬다', '하얄 것이다', '하얗다', '하얗니', '하얗습니다'],
  [adjective('뜨겁', 'ㅂ'), '뜨거워', '뜨거웠다', '뜨거울 것이다', '뜨겁다', '뜨겁니', '뜨겁습니다'],
  [adjective('길'), '길어', '길었다', '길 것이다', '길다', '기니', '깁니다'],
  [adjective('맛있'), '맛있어', '맛있었다', '맛있을 것이다', '맛있다', '맛있니', '맛있습니다'],
])('$0.stem다 is conjugated right', (stem, casual, past, future, plain, asked, formal) => {
  expect(infinitive(stem)).toBe(casual);
  expect(conjugate(stem, present('casual'))).toBe(casual);
  expect(conjugate(stem, present('polite'))).toBe(`${casual}요`);
  expect(conjugate(stem, { style: 'plain', tense: 'past' })).toBe(past);
  expect(conjugate(stem, { style: 'plain', tense: 'future' })).toBe(future);
  expect(conjugate(stem, present('plain'))).toBe(plain);
  expect(conjugate(stem, present('plain', { question: true }))).toBe(asked);
  expect(conjugate(stem, present('formal'))).toBe(formal);
});

describe('conjugate', () => {
  test('negates verbs like verbs and adjectives like adjectives', () => {
    const no = { negative: true };
    expect(conjugate(verb('먹'), present('plain', no))).toBe('먹지 않는다');
    expect(conjugate(adjective('크'), present('plain', no))).toBe('크지 않다');
    expect(conjugate(verb('듣', 'ㄷ'), { style: 'polite', tense: 'past', ...no })).toBe('듣지 않았어요');
    expect(conjugate(verb('가'), { style: 'casual', tense: 'future', ...no })).toBe('가지 않을 거야');
  });

  test('asks in every style', () => {
    const asked = (style: Form['style'], tense: Form['tense']) =>
      conjugate(verb('마시'), { style, tense, question: true });
    expect(asked('plain', 'past')).toBe('마셨니');
    expect(asked('formal', 'present')).toBe('마십니까');
    expect(asked('formal', 'past')).toBe('마셨습니까');
    expect(asked('formal', 'future')).toBe('마실 것입니까');
    expect(asked('plain', 'future')).toBe('마실 거니');
  });
});

test('copula follows the final consonant of the noun', () => {
  expect(copula('학생', present('plain'))).toBe('학생이다');
  expect(copula('의사', present('plain'))).toBe('의사다');
  expect(copula('학생', present('casual'))).toBe('학생이야');
  expect(copula('의사', present('casual'))).toBe('의사야');
  expect(copula('학생', present('polite'))).toBe('학생이에요');
  expect(copula('의사', present('polite'))).toBe('의사예요');
  expect(copula('의사', present('formal'))).toBe('의사입니다');
  expect(copula('의사', { style: 'plain', tense: 'past' })).toBe('의사였다');
  expect(copula('학생', { style: 'plain', tense: 'past' })).toBe('학생이었다');
  expect(copula('의사', present('polite', { negative: true }))).toBe('의사가 아니에요');
  expect(copula('학생', { style: 'plain', tense: 'past', negative: true })).toBe('학생이 아니었다');
  expect(copula('학생', present('formal', { negative: true, question: true }))).toBe('학생이 아닙니까');
});

test('attributive has the forms before a noun', () => {
  expect(attributive(adjective('크'))).toBe('큰');
  expect(attributive(adjective('작'))).toBe('작은');
  expect(attributive(adjective('빨갛', 'ㅎ'))).toBe('빨간');
  expect(attributive(adjective('어렵', 'ㅂ'))).toBe('어려운');
  expect(attributive(adjective('길'))).toBe('긴');
  expect(attributive(adjective('맛있'))).toBe('맛있는');
});

test('connective keeps tense and negation', () => {
  expect(connective(verb('듣', 'ㄷ'), 'present')).toBe('듣');
  expect(connective(verb('듣', 'ㄷ'), 'past')).toBe('들었');
  expect(connective(verb('만들'), 'future')).toBe('만들 거');
  expect(connective(verb('먹'), 'past', true)).toBe('먹지 않았');
});

test('particles follow the final consonant of the word', () => {
  expect([topic('나'), topic('학생'), topic('선생님')]).toEqual(['나는', '학생은', '선생님은']);
  expect([object('사과'), object('책'), object('물')]).toEqual(['사과를', '책을', '물을']);
  expect([subject('고양이'), subject('곰'), subject('나'), subject('저'), subject('너')]).toEqual([
    '고양이가',
    '곰이',
    '내가',
    '제가',
    '네가',
  ]);
});

test('hangul refuses a character that is not a syllable', () => {
  expect(() => topic('a')).toThrow('expected a syllable, got "a"');
});
