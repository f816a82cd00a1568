import type { Language } from '../../lab/experiment.ts';
import type { Phenomenon } from './constructed.ts';
import type { System } from './result.ts';

interface Texts {
  readonly phenomena: Readonly<Record<Phenomenon, string>>;
  readonly metrics: Readonly<Record<string, string>>;
  readonly systems: Readonly<Record<System, string>>;
  readonly tokens: Readonly<Record<string, string>>;
}

export const texts: Readonly<Record<Language, Texts>> = {
  en: {
    phenomena: {
      order: 'other word order',
      synonyms: 'synonyms',
      politeness: 'polite ending',
      spacing: 'other spacing',
      particles: 'particles of the wrong form',
      negation: 'negation dropped or added',
      entity: 'one wrong noun',
      roles: 'roles exchanged',
      repetition: 'last two words three times',
      padding: 'a sentence added',
      half: 'first half only',
      backwards: 'words backwards',
      unrelated: 'another sentence',
      source: 'the English source',
      empty: 'empty',
    },
    metrics: {},
    systems: {
      model: 'model, beam search',
      greedy: 'model, greedy',
      nearest: 'nearest training pair',
      source: 'the English source',
    },
    tokens: {
      Word: 'words',
      Character: 'characters',
      Subword: 'subwords',
      Mecab: 'morphemes (Mecab)',
      Komoran: 'morphemes (Komoran)',
      Kiwi: 'morphemes (Kiwi)',
    },
  },
  ko: {
    phenomena: {
      order: '다른 어순',
      synonyms: '동의어',
      politeness: '높임말',
      spacing: '다른 띄어쓰기',
      particles: '형태가 틀린 조사',
      negation: '부정을 빼거나 더함',
      entity: '틀린 명사 하나',
      roles: '주체와 객체가 바뀜',
      repetition: '끝 두 어절을 세 번',
      padding: '문장 하나를 더함',
      half: '앞 절반만',
      backwards: '어절을 거꾸로',
      unrelated: '다른 문장',
      source: '영어 원문',
      empty: '빈 출력',
    },
    metrics: {
      'BLEU of characters': '글자 BLEU',
      'METEOR, exact': 'METEOR(일치)',
      'ROUGE-L, Unicode': 'ROUGE-L(유니코드)',
      'ROUGE-L, ASCII': 'ROUGE-L(ASCII)',
      'exact match': '완전 일치',
    },
    systems: {
      model: '모델, 빔 탐색',
      greedy: '모델, 탐욕 탐색',
      nearest: '가장 가까운 학습 쌍',
      source: '영어 원문',
    },
    tokens: {
      Word: '어절',
      Character: '글자',
      Subword: '서브워드',
      Mecab: '형태소(Mecab)',
      Komoran: '형태소(Komoran)',
      Kiwi: '형태소(Kiwi)',
    },
  },
};

export const metricName = (name: string, language: Language): string => texts[language].metrics[name] ?? name;
