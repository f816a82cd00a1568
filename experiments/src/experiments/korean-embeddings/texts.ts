import type { Language } from '../../lab/experiment.ts';
import type { Method } from './result.ts';

interface Texts {
  readonly methods: Readonly<Record<Method, string>>;
  readonly losses: Readonly<Record<'mse' | 'ranking', string>>;
  readonly sets: Readonly<Record<'real' | 'grammar' | 'rights' | 'paraphrases' | 'translations', string>>;
  readonly agreement: Readonly<Record<'teacherOnKorean' | 'korean' | 'english', string>>;
  readonly contrasts: Readonly<Record<'negation' | 'day', string>>;
  readonly [label: string]: unknown;
}

const en = {
  methods: {
    chance: 'chance',
    ngrams: 'character n-grams',
    nearest: 'nearest training text by n-grams',
    teacher: 'MiniLM on Korean',
    mse: 'student: squared error',
    ranking: 'student: squared error + contrastive',
    leftOut: 'student: without four interfaces',
    shipped: 'ko-student',
    int8: 'ko-student in int8',
  },
  losses: { mse: 'squared error', ranking: 'squared error + contrastive' },
  sets: {
    real: 'real pairs',
    grammar: 'grammar',
    rights: 'Declaration of Human Rights',
    paraphrases: 'other style',
    translations: 'other translation',
  },
  agreement: {
    teacherOnKorean: 'MiniLM on Korean',
    korean: 'ko-student on Korean',
    english: 'ko-student on English',
  },
  contrasts: { negation: 'positive or negative', day: 'day of a date' },
  student: 'student',
  loss: 'loss',
  pairs: 'pairs',
  epochs: 'epochs',
  steps: 'steps',
  lastLoss: 'last loss',
  validation: 'validation, R@1',
  method: 'method',
  queries: 'queries',
  koreanToEnglish:
    'Korean queries for English texts; in parentheses how many texts are searched. R@1 and R@5 in percent.',
  leftOut: (queries: string, candidates: string) =>
    `The ${queries} test pairs of Node-RED, Blockly, Clerk and Payload among all ${candidates} English texts, with and without these four in training:`,
  koreanToKorean: 'Korean queries for Korean texts; in parentheses queries and texts that are searched:',
  agreementText:
    'Agreement with the teacher on the real pairs of the test: the cosine of a text’s vector and the teacher’s of its English, and the rank correlation of the similarities of random pairs of texts with the teacher’s. Below: how often a Korean sentence is nearer to its translation than to a sentence that differs in one thing (chance 50), and how similar these two are to the teacher.',
  cosine: 'mean cosine',
  spearman: 'Spearman',
  contrast: 'differs in',
  correct: 'correct, %',
  teacherSimilarity: 'teacher’s similarity of the two',
  partsText:
    'The real pairs by words of the query that are in no training text, by characters, and by origin (ko-student):',
  unseenWords: 'unseen words',
  characters: 'characters',
  domain: 'origin',
  missesText: 'The first queries, in the order of their hash, whose text is not among the first ten:',
  query: 'query',
  right: 'its text',
  found: 'found first',
  rank: 'rank',
  int8Text: (mean: string, least: string, weights: string, all: string) =>
    `Weights in int8: the cosine to the vectors in f32 is ${mean} on average and at least ${least}; model.safetensors has ${weights} MB, all files ${all} MB.`,
  recallTitle: 'Korean queries for English texts',
  recallSubtitle: 'Test pairs; the text that belongs to a query is the first, or among the first five',
  recallAxis: 'queries, %',
  partsTitle: 'Where ko-student fails',
  partsSubtitle:
    'Real pairs of the test by words of the query that are in no training text, and by its length',
} as const;

const ko = {
  methods: {
    chance: '무작위',
    ngrams: '문자 n-gram',
    nearest: 'n-gram으로 가장 가까운 학습 문장',
    teacher: 'MiniLM에 한국어 입력',
    mse: '학생: 제곱 오차',
    ranking: '학생: 제곱 오차 + 대조 손실',
    leftOut: '학생: 인터페이스 네 개 제외',
    shipped: 'ko-student',
    int8: 'ko-student, int8',
  },
  losses: { mse: '제곱 오차', ranking: '제곱 오차 + 대조 손실' },
  sets: {
    real: '실제 쌍',
    grammar: '문법',
    rights: '세계 인권 선언',
    paraphrases: '다른 문체',
    translations: '다른 번역',
  },
  agreement: {
    teacherOnKorean: 'MiniLM에 한국어 입력',
    korean: 'ko-student, 한국어',
    english: 'ko-student, 영어',
  },
  contrasts: { negation: '긍정과 부정', day: '날짜의 일' },
  student: '학생',
  loss: '손실',
  pairs: '쌍',
  epochs: '에폭',
  steps: '스텝',
  lastLoss: '마지막 손실',
  validation: '검증, R@1',
  method: '방법',
  queries: '질의',
  koreanToEnglish: '한국어 질의로 영어 문장 찾기. 괄호 안은 찾는 대상의 수이다. R@1과 R@5는 퍼센트이다.',
  leftOut: (queries: string, candidates: string) =>
    `Node-RED, Blockly, Clerk, Payload의 시험 쌍 ${queries}개를 영어 문장 ${candidates}개 전체에서 찾은 결과. 이 네 가지를 학습에 넣은 경우와 뺀 경우:`,
  koreanToKorean: '한국어 질의로 한국어 문장 찾기. 괄호 안은 질의의 수와 찾는 대상의 수이다.',
  agreementText:
    '시험 실제 쌍에서 교사와 일치하는 정도: 문장의 벡터와 그 영어 문장에 대한 교사 벡터의 코사인, 그리고 무작위로 뽑은 문장 쌍의 유사도가 교사의 유사도와 갖는 순위 상관. 아래 표는 한국어 문장이 한 가지만 다른 영어 문장보다 제 번역에 더 가까운 비율(무작위는 50)과, 교사가 보는 그 두 영어 문장의 유사도이다.',
  cosine: '평균 코사인',
  spearman: '스피어만',
  contrast: '다른 점',
  correct: '정답, %',
  teacherSimilarity: '두 문장에 대한 교사의 유사도',
  partsText: '학습 문장에 없는 단어의 수, 글자 수, 출처에 따라 나눈 실제 쌍(ko-student):',
  unseenWords: '처음 보는 단어',
  characters: '글자 수',
  domain: '출처',
  missesText: '제 문장이 상위 열 개에 들지 못한 질의. 해시 순서로 처음 몇 개:',
  query: '질의',
  right: '제 문장',
  found: '1위로 찾은 문장',
  rank: '순위',
  int8Text: (mean: string, least: string, weights: string, all: string) =>
    `int8 가중치: f32 벡터와의 코사인은 평균 ${mean}, 최소 ${least}이다. model.safetensors는 ${weights} MB, 모든 파일은 ${all} MB이다.`,
  recallTitle: '한국어 질의로 영어 문장 찾기',
  recallSubtitle: '시험 쌍. 질의에 맞는 문장이 1위인 비율과 상위 다섯 개에 드는 비율',
  recallAxis: '질의, %',
  partsTitle: 'ko-student가 실패하는 곳',
  partsSubtitle: '시험 실제 쌍. 학습 문장에 없는 단어의 수와 질의의 길이에 따라',
} as const satisfies Record<keyof typeof en, unknown>;

/** The words of tables and figures. */
export const texts = { en, ko } satisfies Record<Language, Texts>;
