import type { Irregular, Stem, Tense } from './conjugate.ts';

/** What verbs and adjectives can be said of. */
export type NounClass =
  | 'person'
  | 'animal'
  | 'food'
  | 'drink'
  | 'text'
  | 'sound'
  | 'study'
  | 'thing'
  | 'money'
  | 'words'
  | 'body'
  | 'weather';

export interface Noun {
  readonly en: string;
  readonly ko: string;
  readonly class: NounClass;
  /** English plural. Default: with s. Null for nouns without one (milk). */
  readonly plural?: string | null;
  /** Word that Korean counts with: 사과 두 개. Default 개. */
  readonly counter?: string;
  /** Verbs that decide between two meanings of the word. The noun is used with these alone. */
  readonly only?: readonly string[];
}

const nounsOf = (
  kind: NounClass,
  words: readonly (readonly [en: string, ko: string, more?: Partial<Noun>])[],
  shared: Partial<Noun> = {},
): Noun[] => words.map(([en, ko, more]) => ({ en, ko, class: kind, ...shared, ...more }));

const mass = { plural: null };

export const nouns: readonly Noun[] = [
  ...nounsOf(
    'person',
    [
      ['teacher', '선생님'],
      ['student', '학생'],
      ['doctor', '의사'],
      ['friend', '친구'],
      ['child', '아이', { plural: 'children' }],
      ['singer', '가수'],
      ['farmer', '농부'],
      ['cook', '요리사'],
    ],
    { counter: '명' },
  ),
  ...nounsOf(
    'animal',
    [
      ['cat', '고양이'],
      ['dog', '개'],
      ['bird', '새'],
      ['rabbit', '토끼'],
      ['bear', '곰'],
      ['horse', '말', { only: ['ride', 'run'] }],
    ],
    { counter: '마리' },
  ),
  ...nounsOf('food', [
    ['apple', '사과'],
    ['banana', '바나나'],
    ['tomato', '토마토', { plural: 'tomatoes' }],
    ['egg', '달걀'],
    ['cake', '케이크'],
    ['pear', '배', { only: ['eat', 'wash'] }],
    ['bread', '빵', mass],
    ['rice', '밥', mass],
    ['meat', '고기', mass],
  ]),
  ...nounsOf(
    'drink',
    [
      ['coffee', '커피'],
      ['water', '물'],
      ['milk', '우유'],
      ['juice', '주스'],
    ],
    mass,
  ),
  ...nounsOf('text', [
    ['book', '책', { counter: '권' }],
    ['letter', '편지', { counter: '통' }],
    ['newspaper', '신문', { counter: '부' }],
    ['poem', '시', { counter: '편' }],
  ]),
  ...nounsOf('sound', [
    ['song', '노래', { counter: '곡' }],
    ['story', '이야기', { plural: 'stories' }],
    ['music', '음악', mass],
  ]),
  ...nounsOf(
    'study',
    [
      ['English', '영어'],
      ['Korean', '한국어'],
      ['math', '수학'],
    ],
    mass,
  ),
  ...nounsOf('thing', [
    ['door', '문'],
    ['window', '창문'],
    ['box', '상자', { plural: 'boxes' }],
    ['bag', '가방'],
    ['chair', '의자'],
    ['hat', '모자'],
    ['flower', '꽃', { counter: '송이' }],
    ['picture', '그림', { counter: '장' }],
    ['house', '집', { counter: '채' }],
    ['computer', '컴퓨터', { counter: '대' }],
    ['bicycle', '자전거', { counter: '대' }],
    ['car', '자동차', { counter: '대' }],
    ['ship', '배', { counter: '척', only: ['ride'] }],
  ]),
  ...nounsOf('money', [['money', '돈', mass]]),
  ...nounsOf('words', [['the words', '말', { plural: null, only: ['believe', 'listen to'] }]]),
  ...nounsOf('body', [
    ['stomach', '배', { only: ['hurt'] }],
    ['eye', '눈', { only: ['hurt'] }],
    ['hand', '손', { only: ['hurt'] }],
  ]),
  ...nounsOf('weather', [
    ['snow', '눈', { plural: null, only: ['fall'] }],
    ['rain', '비', { plural: null, only: ['fall'] }],
  ]),
];

/** A place: `en` with its preposition for what is done there, `to` as a destination. */
export interface Place {
  readonly en: string;
  readonly to: string;
  readonly ko: string;
  readonly only?: readonly string[];
}

export const places: readonly Place[] = [
  { en: 'at school', to: 'to school', ko: '학교' },
  { en: 'in Seoul', to: 'to Seoul', ko: '서울' },
  ...(
    [
      ['park', '공원'],
      ['library', '도서관'],
      ['market', '시장'],
      ['hospital', '병원'],
      ['office', '사무실'],
    ] as const
  ).map(([en, ko]) => ({ en: `at the ${en}`, to: `to the ${en}`, ko })),
  { en: 'at the bank', to: 'to the bank', ko: '은행', only: ['work', 'borrow'] },
  { en: 'at the bank', to: 'to the bank', ko: '강둑', only: ['swim', 'lie down', 'walk'] },
];

export interface Verb extends Stem {
  readonly en: string;
  readonly past: string;
  /** What it takes: classes, or single nouns. None for verbs without an object. */
  readonly objects?: readonly string[];
  /** Takes me, you, him, …. */
  readonly pronouns?: boolean;
  /** Takes somebody to whom. */
  readonly recipient?: boolean;
  /** Speaks of a kind: I like apples. */
  readonly generic?: boolean;
  /** Particle of its place: 에서 where something is done, 에 where somebody goes or lies. Default 에서. */
  readonly place?: '에' | '에서';
  /** The place is where the way leads. */
  readonly motion?: boolean;
  /** Classes of subjects beside people. */
  readonly subjects?: readonly NounClass[];
}

type Extra = Partial<Omit<Verb, 'en' | 'past' | 'stem'>>;
const verb = (
  en: string,
  past: string,
  stem: string,
  objects?: readonly string[],
  extra: Extra = {},
): Verb => ({
  en,
  past,
  stem,
  ...(objects && { objects }),
  ...extra,
});
const irregular = (irregular: Irregular) => ({ irregular });

export const verbs: readonly Verb[] = [
  verb('eat', 'ate', '먹', ['food'], { subjects: ['animal'] }),
  verb('drink', 'drank', '마시', ['drink']),
  verb('love', 'loved', '사랑하', ['person'], { pronouns: true }),
  verb('like', 'liked', '좋아하', ['food', 'drink', 'text', 'sound', 'animal'], { generic: true }),
  verb('see', 'saw', '보', ['person', 'animal', 'thing'], { pronouns: true }),
  verb('read', 'read', '읽', ['text']),
  verb('write', 'wrote', '쓰', ['text', 'story']),
  verb('use', 'used', '쓰', ['computer', 'money']),
  verb('wear', 'wore', '쓰', ['hat']),
  verb('buy', 'bought', '사', ['food', 'drink', 'text', 'thing']),
  verb('sell', 'sold', '팔', ['food', 'drink', 'text', 'thing']),
  verb('make', 'made', '만들', ['cake', 'bread', 'juice', 'box', 'bag', 'chair', 'hat', 'bicycle']),
  verb('find', 'found', '찾', ['animal', 'text', 'thing', 'money']),
  verb('choose', 'chose', '고르', ['food', 'text', 'thing']),
  verb('wash', 'washed', '씻', ['apple', 'tomato', 'pear', 'banana']),
  verb('listen to', 'listened to', '듣', ['sound', 'words'], irregular('ㄷ')),
  verb('believe', 'believed', '믿', ['story', 'words', 'person'], { pronouns: true }),
  verb('sing', 'sang', '부르', ['song']),
  verb('call', 'called', '부르', ['person', 'cat', 'dog'], { pronouns: true }),
  verb('help', 'helped', '돕', ['person'], { pronouns: true, ...irregular('ㅂ') }),
  verb('wait for', 'waited for', '기다리', ['person'], { pronouns: true }),
  verb('meet', 'met', '만나', ['person'], { pronouns: true }),
  verb('teach', 'taught', '가르치', ['study']),
  verb('learn', 'learned', '배우', ['study', 'song']),
  verb('study', 'studied', '공부하', ['study']),
  verb('draw', 'drew', '그리', ['animal', 'flower', 'house', 'picture', 'bicycle', 'apple']),
  verb('open', 'opened', '열', ['door', 'window', 'box', 'bag']),
  verb('close', 'closed', '닫', ['door', 'window', 'box']),
  verb('build', 'built', '짓', ['house'], irregular('ㅅ')),
  verb('ride', 'rode', '타', ['horse', 'ship', 'bicycle', 'car']),
  verb('borrow', 'borrowed', '빌리', ['money', 'book', 'bicycle', 'car']),
  verb('give', 'gave', '주', ['food', 'drink', 'text', 'thing'], { recipient: true }),
  verb('send', 'sent', '보내', ['letter', 'book', 'picture', 'box', 'money'], { recipient: true }),
  verb('show', 'showed', '보여 주', ['text', 'picture', 'house', 'bag'], { recipient: true }),
  verb('sleep', 'slept', '자', undefined, { subjects: ['animal'] }),
  verb('run', 'ran', '달리', undefined, { subjects: ['animal'] }),
  verb('walk', 'walked', '걷', undefined, irregular('ㄷ')),
  verb('laugh', 'laughed', '웃'),
  verb('cry', 'cried', '울'),
  verb('rest', 'rested', '쉬', undefined, { subjects: ['animal'] }),
  verb('work', 'worked', '일하'),
  verb('swim', 'swam', '수영하'),
  verb('dance', 'danced', '춤추'),
  verb('live', 'lived', '살', undefined, { place: '에', subjects: ['animal'] }),
  verb('lie down', 'lay down', '눕', undefined, { place: '에', ...irregular('ㅂ') }),
  verb('go', 'went', '가', undefined, { place: '에', motion: true }),
  verb('come', 'came', '오', undefined, { place: '에', motion: true, subjects: ['animal'] }),
];

/** 눈이 내린다, 비가 내린다. */
export const fall: Verb = verb('fall', 'fell', '내리');
/** 나는 배가 아프다: in Korean an adjective. */
export const hurt: Verb = verb('hurt', 'hurt', '아프', undefined, { adjective: true });

export interface Adjective extends Stem {
  readonly en: string;
  readonly of: readonly string[];
}

const adjective = (en: string, stem: string, of: readonly string[], irregular?: Irregular): Adjective => ({
  en,
  stem,
  of,
  adjective: true,
  ...(irregular && { irregular }),
});

export const adjectives: readonly Adjective[] = [
  adjective('big', '크', ['animal', 'thing', 'apple', 'tomato', 'egg', 'cake']),
  adjective('small', '작', ['animal', 'thing', 'apple', 'tomato', 'egg', 'cake']),
  adjective('pretty', '예쁘', ['animal', 'thing', 'child', 'singer']),
  adjective('good', '좋', ['text', 'sound', 'drink', 'friend', 'teacher']),
  adjective('red', '빨갛', ['apple', 'tomato', 'flower', 'hat', 'bag', 'car'], 'ㅎ'),
  adjective('blue', '파랗', ['door', 'hat', 'bag', 'car', 'bird', 'bicycle'], 'ㅎ'),
  adjective('white', '하얗', ['animal', 'flower', 'egg', 'hat', 'chair'], 'ㅎ'),
  adjective('hot', '뜨겁', ['drink', 'bread', 'meat'], 'ㅂ'),
  adjective('cold', '차갑', ['drink', 'meat'], 'ㅂ'),
  adjective('heavy', '무겁', ['box', 'bag', 'chair', 'book', 'computer'], 'ㅂ'),
  adjective('difficult', '어렵', ['book', 'poem', 'song', 'study'], 'ㅂ'),
  adjective('easy', '쉽', ['book', 'song', 'study'], 'ㅂ'),
  adjective('long', '길', ['text', 'sound']),
  adjective('expensive', '비싸', ['thing', 'meat', 'coffee']),
  adjective('cheap', '싸', ['thing', 'food', 'coffee']),
  adjective('delicious', '맛있', ['food', 'drink']),
  adjective('fast', '빠르', ['car', 'bicycle', 'rabbit', 'dog']),
  adjective('sad', '슬프', ['person', 'sound', 'poem']),
  adjective('busy', '바쁘', ['person']),
];

export interface Time {
  readonly en: string;
  readonly ko: string;
  readonly tenses: readonly Tense[];
}

export const times: readonly Time[] = [
  { en: 'yesterday', ko: '어제', tenses: ['past'] },
  { en: 'last week', ko: '지난주에', tenses: ['past'] },
  { en: 'this morning', ko: '오늘 아침에', tenses: ['past'] },
  { en: 'today', ko: '오늘', tenses: ['past', 'future'] },
  { en: 'on Sunday', ko: '일요일에', tenses: ['past', 'future'] },
  { en: 'tomorrow', ko: '내일', tenses: ['future'] },
  { en: 'next week', ko: '다음 주에', tenses: ['future'] },
  { en: 'every day', ko: '매일', tenses: ['present', 'past', 'future'] },
];

export interface Pronoun {
  readonly en: string;
  /** English form as an object, and the one of an owner. */
  readonly me: string;
  readonly my: string;
  readonly ko: string;
  /** Korean form in the polite and the formal style. */
  readonly humble: string;
  readonly third?: boolean;
}

export const pronouns: readonly Pronoun[] = [
  { en: 'I', me: 'me', my: 'my', ko: '나', humble: '저' },
  { en: 'you', me: 'you', my: 'your', ko: '너', humble: '당신' },
  { en: 'he', me: 'him', my: 'his', ko: '그', humble: '그', third: true },
  { en: 'she', me: 'her', my: 'her', ko: '그녀', humble: '그녀', third: true },
  { en: 'we', me: 'us', my: 'our', ko: '우리', humble: '우리' },
  { en: 'they', me: 'them', my: 'their', ko: '그들', humble: '그들' },
];

/** Numbers before the words that are counted. */
export const numbers: readonly (readonly [en: string, ko: string])[] = [
  ['two', '두'],
  ['three', '세'],
  ['four', '네'],
  ['five', '다섯'],
];

/** Whether a list of classes and single words names a noun. */
export const names = (list: readonly string[], noun: Noun): boolean =>
  list.includes(noun.en) || list.includes(noun.class);
