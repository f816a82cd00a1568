import { attributive, conjugate, connective, type Stem, type Tense } from '../../data/grammar/conjugate.ts';
import {
  adjectives,
  type NounClass,
  nouns,
  numbers,
  places,
  pronouns,
  times,
  verbs,
} from '../../data/grammar/lexicon.ts';
import type { Side, Vocabulary } from './vocabulary.ts';

/** A meaning, its class, and the words that say it in both languages, all of a vocabulary. */
export interface Lexeme extends Readonly<Record<Side, readonly string[]>> {
  readonly name: string;
  readonly class: string;
}

const PARTICLES = [
  '은',
  '는',
  '이',
  '가',
  '을',
  '를',
  '에',
  '에서',
  '에게',
  '의',
  '로',
  '으로',
  '와',
  '과',
  '도',
];
const COPULA = [
  '이야',
  '야',
  '이었어',
  '였어',
  '일',
  '이고',
  '고',
  '이지만',
  '지만',
  '이었고',
  '였고',
  '이었지만',
  '였지만',
];
const tenses: readonly Tense[] = ['present', 'past', 'future'];

const withEndings = (stem: string, endings: readonly string[]) => [
  stem,
  ...endings.map((ending) => stem + ending),
];

/** First words of an inflected verb or adjective, in the casual style: 먹어, 먹었어, 먹을 (거야), 먹지 (않아), 먹고, 먹지만. */
function inflected(stem: Stem): string[] {
  const forms = tenses.flatMap((tense) => [
    conjugate(stem, { style: 'casual', tense }),
    conjugate(stem, { style: 'casual', tense, negative: true }),
    ...['고', '지만'].map((joint) => connective(stem, tense) + joint),
  ]);
  if (stem.adjective) forms.push(attributive(stem));
  return forms.map((form) => form.split(' ')[0]!);
}

const first = (phrase: string) => phrase.split(' ')[0]!;
const last = (phrase: string) => phrase.split(' ').at(-1)!;
const third = (verb: string) => [`${verb}s`, `${verb}es`, verb.replace(/y$/, 'ies')];

const nounClasses: Partial<Record<NounClass, string>> = {
  person: 'people',
  animal: 'animals',
  food: 'food and drink',
  drink: 'food and drink',
  text: 'things',
  thing: 'things',
};
const colours = ['red', 'blue', 'white'];

/** The words of the grammar with a class. */
function grammarEntries(): Lexeme[] {
  return [
    ...nouns.flatMap(({ en, ko, class: kind, plural }) => ({
      name: en,
      class: nounClasses[kind] ?? 'other',
      en: [last(en), plural === undefined ? `${en}s` : (plural ?? en)],
      ko: withEndings(ko, [...PARTICLES, ...COPULA]),
    })),
    ...verbs.map((verb) => ({
      name: verb.en,
      class: 'verbs',
      en: [first(verb.en), first(verb.past), ...third(first(verb.en))],
      ko: inflected(verb),
    })),
    ...adjectives.map((adjective) => ({
      name: adjective.en,
      class: colours.includes(adjective.en) ? 'colours' : 'adjectives',
      en: [adjective.en],
      ko: inflected(adjective),
    })),
    ...times.map(({ en, ko }) => ({ name: en, class: 'times', en: [last(en)], ko: [last(ko)] })),
    ...places.map(({ en, ko }) => ({
      name: last(en),
      class: 'places',
      en: [last(en).toLowerCase()],
      ko: withEndings(ko, PARTICLES),
    })),
    ...pronouns.map(({ en, me, ko }) => ({
      name: en,
      class: 'pronouns',
      en: [en.toLowerCase(), me],
      ko: withEndings(ko, PARTICLES),
    })),
    ...numbers.map(([en, ko]) => ({ name: en, class: 'numbers', en: [en], ko: [ko] })),
    // Words that Korean counts with: not said in English, but they are no other words' forms either.
    ...nouns.map(({ counter = '개' }) => ({
      name: counter,
      class: 'counters',
      en: [],
      ko: withEndings(counter, PARTICLES),
    })),
  ].map((entry) => ({ ...entry, en: entry.en.map((word) => word.toLowerCase()) }));
}

/**
 * The meanings of the grammar that have words in both languages. Words with several meanings (배, bank, 살: of 사다 and of 살다) are left out, and
 * classes with a single meaning.
 */
export const grammarLexemes = (vocabulary: Vocabulary): Lexeme[] => unambiguous(grammarEntries(), vocabulary);

/** Words of the messages: class, and pairs of an English word and a Korean stem. */
const MESSAGES: Readonly<Record<string, string>> = {
  'on the screen':
    'file 파일, folder 폴더, editor 편집기, terminal 터미널, project 프로젝트, icon 아이콘, menu 메뉴, panel 패널, cell 셀, window 창, button 단추, tab 탭, cursor 커서, document 문서, link 링크, list 목록, widget 위젯',
  code: 'class 클래스, function 함수, variable 변수, property 속성, type 형식, value 값, string 문자열, number 숫자, array 배열, object 개체, method 메서드, module 모듈, declaration 선언, error 오류, code 코드, symbol 기호, interface 인터페이스, constructor 생성자, member 멤버, index 인덱스, identifier 식별자, parameter 매개, expression 식, comment 주석',
  actions:
    'add 추가, remove 제거, delete 삭제, select 선택, search 검색, copy 복사, move 이동, save 저장, open 열기, close 닫기, import 가져오기, export 내보내기, install 설치, edit 편집, run 실행, update 업데이트, change 변경, use 사용, show 표시, hide 숨기기, replace 바꾸기, insert 삽입, convert 변환, return 반환, create 만들기, debug 디버그',
  people:
    'woman 여자, man 남자, person 사람, child 아이, family 가족, women 여자들, people 사람들, couple 연인, baby 아기',
  body: 'hand 손, face 얼굴, hair 머리, ears 귀, heart 하트',
  accounts:
    'email 이메일, password 비밀번호, account 계정, user 사용자, organization 조직, language 언어, name 이름, session 세션',
  directions:
    'left 왼쪽, right 오른쪽, next 다음, previous 이전, first 첫, last 마지막, up 위쪽, down 아래쪽',
};

/** Some words of the real messages, with Korean nouns in all their forms. */
export const messageLexemes = (vocabulary: Vocabulary): Lexeme[] =>
  unambiguous(
    Object.entries(MESSAGES).flatMap(([kind, pairs]) =>
      pairs.split(', ').map((pair) => {
        const [en = '', ko = ''] = pair.split(' ');
        return { name: en, class: kind, en: [en], ko: withEndings(ko, PARTICLES) };
      }),
    ),
    vocabulary,
  );

/** Entries with the words that the vocabulary has and no other meaning shares, where both languages have one. */
export function unambiguous(entries: readonly Lexeme[], vocabulary: Pick<Vocabulary, 'has'>): Lexeme[] {
  const distinct = new Map(entries.map((entry) => [`${entry.class} ${entry.name} ${entry.ko[0]}`, entry]));
  const owners = new Map<string, Set<string>>();
  for (const [key, { en, ko }] of distinct)
    for (const word of [...en, ...ko]) owners.set(word, (owners.get(word) ?? new Set()).add(key));
  const own = (words: readonly string[]) =>
    [...new Set(words)].filter((word) => vocabulary.has(word) && owners.get(word)!.size === 1);
  return [...distinct.values()]
    .map((entry) => ({ ...entry, en: own(entry.en), ko: own(entry.ko) }))
    .filter(({ en, ko }) => en.length > 0 && ko.length > 0);
}

/** The particle with which a Korean form ends, if it is a noun's form: 사과를 of 사과 → 를. */
export const particleOf = (form: string, stem: string): string | undefined =>
  PARTICLES.find((particle) => form === stem + particle);

/** Korean nouns of the grammar by their English names. */
export const koreanNouns: ReadonlyMap<string, string> = new Map(nouns.map(({ en, ko }) => [en, ko]));
