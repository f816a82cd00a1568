import type { Language } from '../../lab/experiment.ts';

interface Texts {
  readonly taskHead: readonly string[];
  readonly total: string;
  readonly prefixHead: readonly string[];
  readonly none: string;
  readonly languages: Readonly<Record<'en' | 'ko', string>>;
  readonly fewHead: readonly string[];
  readonly exampleHead: readonly string[];
  readonly errorHead: readonly string[];
  readonly all: string;
  readonly single: string;
  readonly tasks: { readonly title: string; readonly subtitle: string; readonly x: string };
  readonly prefixes: {
    readonly title: string;
    readonly subtitle: string;
    readonly x: string;
    readonly y: string;
  };
  readonly few: { readonly title: string; readonly subtitle: string; readonly x: string; readonly y: string };
  readonly alone: string;
  readonly withOthers: string;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    taskHead: [
      'task',
      'training examples',
      'test',
      'one model, all tasks',
      'a model per task, its share of the steps',
    ],
    total: 'all',
    prefixHead: [
      'prefix',
      'sentence in',
      'output in Korean, %',
      'repeats the sentence, %',
      'is its translation, %',
      'first sentence',
      'output',
    ],
    none: '(none)',
    languages: { en: 'English', ko: 'Korean' },
    fewHead: ['examples', 'alone', 'with the other six tasks', 'the other six, afterwards'],
    exampleHead: ['source', 'output'],
    errorHead: ['source', 'output', 'target'],
    all: 'one model, all tasks',
    single: 'a model per task, its share of the steps',
    tasks: {
      title: 'Right outputs by task',
      subtitle: 'Test sentences with combinations of words that are not trained on; one seed',
      x: 'equal to the target, %',
    },
    prefixes: {
      title: 'What each prefix does to a sentence of each language',
      subtitle: 'Shares of the outputs in %, of the model of all tasks',
      x: 'output',
      y: 'prefix',
    },
    few: {
      title: 'A task with few examples',
      subtitle: 'Right outputs of the task, alone and with the other six tasks',
      x: 'examples of the task',
      y: 'equal to the target, %',
    },
    alone: 'alone',
    withOthers: 'with the other tasks',
  },
  ko: {
    taskHead: ['과제', '학습 예', '시험', '모든 과제를 한 모델로', '과제마다 한 모델, 단계를 나누어'],
    total: '전체',
    prefixHead: [
      '접두어',
      '문장의 언어',
      '한국어 출력, %',
      '문장을 되풀이, %',
      '문장의 번역, %',
      '첫 문장',
      '출력',
    ],
    none: '(없음)',
    languages: { en: '영어', ko: '한국어' },
    fewHead: ['예', '따로', '다른 여섯 과제와 함께', '그 뒤의 다른 여섯 과제'],
    exampleHead: ['원문', '출력'],
    errorHead: ['원문', '출력', '정답'],
    all: '모든 과제를 한 모델로',
    single: '과제마다 한 모델, 단계를 나누어',
    tasks: {
      title: '과제에 따른 맞은 출력',
      subtitle: '단어의 조합을 학습하지 않은 시험 문장. 시드 하나',
      x: '정답과 같음, %',
    },
    prefixes: {
      title: '접두어가 각 언어의 문장에 하는 일',
      subtitle: '모든 과제를 배운 모델의 출력 비율, %',
      x: '출력',
      y: '접두어',
    },
    few: {
      title: '예가 적은 과제',
      subtitle: '따로 배울 때와 다른 여섯 과제와 함께 배울 때 그 과제의 맞은 출력',
      x: '과제의 예',
      y: '정답과 같음, %',
    },
    alone: '따로',
    withOthers: '다른 과제와 함께',
  },
};
