import type { Language } from '../../lab/experiment.ts';

interface Texts {
  readonly beam: string;
  readonly greedy: string;
  readonly model: string;
  readonly nearest: string;
  readonly copy: string;
  readonly domain: string;
  readonly similarity: string;
  readonly systemHead: readonly string[];
  readonly groupHead: readonly string[];
  readonly curveHead: readonly string[];
  readonly exampleHead: readonly string[];
  readonly domains: FigureTexts;
  readonly similarities: FigureTexts;
  readonly training: FigureTexts;
  /** Name of the model of a number of pairs. */
  readonly pairs: (count: string) => string;
}

interface FigureTexts {
  readonly title: string;
  readonly subtitle: string;
  readonly x: string;
  readonly y: string;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    beam: 'transformer, beam search',
    greedy: 'transformer, greedy',
    model: 'transformer',
    nearest: 'nearest neighbour',
    copy: 'copy',
    domain: 'domain',
    similarity: 'similarity',
    systemHead: ['', 'chrF', 'BLEU of characters', 'BLEU of words', 'equal to the reference, %'],
    groupHead: ['pairs', 'transformer', 'nearest neighbour', 'copy', 'transformer − nearest neighbour'],
    curveHead: [
      'training pairs',
      'epochs',
      'steps',
      'validation loss',
      'transformer, greedy',
      'nearest neighbour',
    ],
    exampleHead: ['domain', 'percentile', 'chrF', 'source', 'output', 'reference', 'nearest neighbour'],
    domains: {
      title: 'chrF by domain',
      subtitle: 'Held-out pairs; 95 % intervals by resampling the test pairs',
      x: 'chrF',
      y: 'domain',
    },
    similarities: {
      title: 'chrF by the similarity of the nearest training source',
      subtitle: 'Cosine of TF-IDF vectors of character n-grams; 95 % intervals',
      x: 'similarity',
      y: 'chrF',
    },
    training: {
      title: 'Loss on the validation pairs',
      subtitle: 'With label smoothing of 0.1; one mark for each epoch',
      x: 'step',
      y: 'loss',
    },
    pairs: (count) => `${count} pairs`,
  },
  ko: {
    beam: '트랜스포머, 빔 탐색',
    greedy: '트랜스포머, 탐욕',
    model: '트랜스포머',
    nearest: '최근접 이웃',
    copy: '복사',
    domain: '영역',
    similarity: '유사도',
    systemHead: ['', 'chrF', '글자 BLEU', '단어 BLEU', '참조와 같음, %'],
    groupHead: ['쌍', '트랜스포머', '최근접 이웃', '복사', '트랜스포머 − 최근접 이웃'],
    curveHead: ['학습 쌍', '에폭', '단계', '검증 손실', '트랜스포머, 탐욕', '최근접 이웃'],
    exampleHead: ['영역', '백분위', 'chrF', '원문', '출력', '참조', '최근접 이웃'],
    domains: {
      title: '영역에 따른 chrF',
      subtitle: '학습에 쓰지 않은 쌍. 시험 쌍을 다시 뽑아 구한 95 % 구간',
      x: 'chrF',
      y: '영역',
    },
    similarities: {
      title: '가장 가까운 학습 원문과의 유사도에 따른 chrF',
      subtitle: '글자 n-gram의 TF-IDF 벡터의 코사인. 95 % 구간',
      x: '유사도',
      y: 'chrF',
    },
    training: {
      title: '검증 쌍의 손실',
      subtitle: '레이블 스무딩 0.1 포함. 점은 에폭마다 하나',
      x: '단계',
      y: '손실',
    },
    pairs: (count) => `${count}쌍`,
  },
};
