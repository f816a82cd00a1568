import { lineChart } from '../../figures/index.ts';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import { type Method, methods, type TransferResult } from './compare.ts';
import type { BertTransferResult } from './result.ts';
import type { SenseResult } from './senses.ts';
import { corpora } from './texts.ts';
import type { Estimate } from './transfer.ts';

const words = {
  en: {
    corpora: { grammar: 'grammar', messages: 'messages' },
    tasks: { 'domains-ko': 'domains of Korean texts', 'domains-en': 'domains of English texts' },
    methods: {
      'pre-trained': 'pre-trained, fine-tuned',
      scratch: 'from scratch',
      probe: 'pre-trained, frozen, linear probe',
      'untrained probe': 'random, frozen, linear probe',
      'naive Bayes': 'naive Bayes',
    },
    corpus: 'test texts',
    pairs: 'masked words, next sentences',
    masked: 'masked words',
    unigram: 'most frequent token',
    trigram: 'by both neighbours',
    next: 'next sentences',
    examples: 'examples',
    difference: 'pre-trained − scratch',
    word: 'word',
    meanings: 'meanings',
    frequent: 'most frequent meaning',
    embeddings: 'embeddings',
    layer: (layer: number) => `layer ${layer}`,
    all: 'all',
    untrained: 'all, untrained model',
    accuracy: 'accuracy',
    step: 'steps',
    preTraining: 'Masked words and next sentences over pre-training',
    preTrainingNote: 'Accuracy on the validation parts; a guess is right in half of the next sentences.',
    transfer: 'Accuracy by number of labelled examples',
    transferNote: 'Mean of five seeds with 95 % confidence intervals; test parts.',
    senses: 'Meanings of ambiguous words by layer',
    sensesNote:
      'Nearest centroid of the word’s vectors; test sentences. Rule: always the most frequent meaning.',
    trained: 'pre-trained',
    random: 'untrained',
    layers: 'layer (0: embeddings)',
  },
  ko: {
    corpora: { grammar: '문법', messages: '메시지' },
    tasks: { 'domains-ko': '한국어 글의 출처', 'domains-en': '영어 글의 출처' },
    methods: {
      'pre-trained': '사전 훈련 후 미세 조정',
      scratch: '처음부터 훈련',
      probe: '사전 훈련, 고정, 선형 분류기',
      'untrained probe': '무작위, 고정, 선형 분류기',
      'naive Bayes': '나이브 베이즈',
    },
    corpus: '시험 글',
    pairs: '가려진 단어, 다음 문장',
    masked: '가려진 단어',
    unigram: '가장 흔한 토큰',
    trigram: '양옆 토큰으로',
    next: '다음 문장',
    examples: '예제 수',
    difference: '사전 훈련 − 처음부터',
    word: '단어',
    meanings: '뜻',
    frequent: '가장 흔한 뜻',
    embeddings: '임베딩',
    layer: (layer: number) => `${layer}층`,
    all: '전체',
    untrained: '전체, 훈련 전 모델',
    accuracy: '정확도',
    step: '단계',
    preTraining: '사전 훈련 중의 가려진 단어와 다음 문장',
    preTrainingNote: '검증 부분의 정확도. 다음 문장은 찍어도 절반을 맞힌다.',
    transfer: '레이블이 있는 예제 수에 따른 정확도',
    transferNote: '시드 다섯 개의 평균과 95 % 신뢰 구간. 시험 부분.',
    senses: '중의적인 단어의 뜻을 층별로 구별하기',
    sensesNote: '단어 벡터에서 가장 가까운 중심. 시험 문장. 가로선: 언제나 가장 흔한 뜻.',
    trained: '사전 훈련',
    random: '훈련 전',
    layers: '층 (0: 임베딩)',
  },
} as const;

type Words = (typeof words)[Language];

/** A mean with its interval, in percent: `84.1 (80.2–88.0)`. */
const interval = ({ mean, low, high }: Estimate) => `${percent(mean)} (${percent(low)} – ${percent(high)})`;

const points = ({ mean, low, high }: Estimate) =>
  [mean, low, high].map((value) => `${value < 0 ? '−' : '+'}${percent(Math.abs(value))}`);

export function tables(result: BertTransferResult, language: Language): string {
  const text = words[language];
  return [
    preTrainingTable(result, text),
    ...result.transfer.map((task) => transferTable(task, text)),
    sensesTable(result, text),
  ].join('\n\n');
}

function preTrainingTable({ preTraining: { test, baselines } }: BertTransferResult, text: Words): string {
  return markdownTable(
    [text.corpus, text.masked, text.unigram, text.trigram, text.next],
    corpora.map((corpus) => [
      text.corpora[corpus],
      percent(test[corpus].masked),
      percent(baselines[corpus].unigram),
      percent(baselines[corpus].trigram),
      percent(test[corpus].nextSentence),
    ]),
  );
}

function transferTable({ task, rows }: TransferResult, text: Words): string {
  const title = `**${text.tasks[task as keyof Words['tasks']]}**`;
  const table = markdownTable(
    [text.examples, ...methods.map((method) => text.methods[method]), text.difference],
    rows.map(({ examples, accuracy, difference }) => {
      const [mean, low, high] = points(difference);
      return [
        examples.toLocaleString('en'),
        ...methods.map((method) => interval(accuracy[method])),
        `${mean} (${low} – ${high})`,
      ];
    }),
  );
  return `${title}\n\n${table}`;
}

function sensesTable({ senses: { preTrained, untrained } }: BertTransferResult, text: Words): string {
  const depth = preTrained.layers.length;
  const row = (
    name: string,
    meanings: string,
    { majority, layers }: Pick<SenseResult, 'majority' | 'layers'>,
  ) => [name, meanings, percent(majority), ...layers.map((accuracy) => percent(accuracy))];
  return markdownTable(
    [
      text.word,
      text.meanings,
      text.frequent,
      text.embeddings,
      ...Array.from({ length: depth - 1 }, (_, i) => text.layer(i + 1)),
    ],
    [
      ...preTrained.words.map((word) => row(word.word, word.meanings.join(', '), word)),
      row(text.all, '', preTrained),
      row(text.untrained, '', untrained),
    ],
  );
}

export function figures(result: BertTransferResult, language: Language): Record<string, string> {
  const text = words[language];
  const { curve } = result.preTraining;
  const scoreLine = (title: string, score: 'masked' | 'nextSentence') => ({
    title,
    series: corpora.map((corpus) => ({
      name: text.corpora[corpus],
      points: curve.map(({ step, scores }) => ({ x: step, y: scores[corpus][score] })),
    })),
  });
  const { preTrained, untrained } = result.senses;
  const percents = { format: '.0%' } as const;
  return {
    'pre-training': lineChart({
      title: text.preTraining,
      subtitle: text.preTrainingNote,
      x: { label: text.step },
      y: { label: text.accuracy, domain: [0, 1], ...percents },
      facets: [scoreLine(text.masked, 'masked'), scoreLine(text.next, 'nextSentence')],
    }),
    transfer: lineChart({
      title: text.transfer,
      subtitle: text.transferNote,
      x: {
        label: text.examples,
        scale: 'log',
        ticks: result.transfer[0]!.rows.map(({ examples }) => examples),
        format: 'd',
      },
      y: { label: text.accuracy, ...percents },
      intervals: 'bands',
      facets: result.transfer.map(({ task, rows }) => ({
        title: text.tasks[task as keyof Words['tasks']],
        series: (['pre-trained', 'scratch', 'probe', 'naive Bayes'] as const).map((method: Method) => ({
          name: text.methods[method],
          quiet: method === 'naive Bayes',
          points: rows.map(({ examples, accuracy }) => {
            const { mean, low, high } = accuracy[method];
            const isMain = method === 'pre-trained' || method === 'scratch';
            return { x: examples, y: mean, ...(isMain && { low, high }) };
          }),
        })),
      })),
    }),
    senses: lineChart({
      title: text.senses,
      subtitle: text.sensesNote,
      x: { label: text.layers, ticks: preTrained.layers.map((_, layer) => layer), format: 'd' },
      y: { label: text.accuracy, ...percents },
      rules: [{ y: preTrained.majority, label: text.frequent }],
      series: [
        { name: text.trained, points: preTrained.layers.map((y, x) => ({ x, y })) },
        { name: text.random, points: untrained.layers.map((y, x) => ({ x, y })) },
      ],
    }),
  };
}

/** A mean of the comparison in percent, for texts: `84.1 %`. */
export function transferAt(
  { transfer }: BertTransferResult,
  task: string,
  count: number,
  method: Method,
): string {
  const row = transfer.find((one) => one.task === task)!.rows.find(({ examples }) => examples === count)!;
  return `${percent(row.accuracy[method].mean)} %`;
}

/** The figures of the model card. */
export function cardTable(result: BertTransferResult): string {
  const text = words.en;
  const transfer = markdownTable(
    ['100 examples, accuracy', text.methods['pre-trained'], text.methods.scratch],
    result.transfer.map(({ task }) => [
      text.tasks[task as keyof Words['tasks']],
      transferAt(result, task, 100, 'pre-trained'),
      transferAt(result, task, 100, 'scratch'),
    ]),
  );
  return `Percent of the test parts.\n\n${preTrainingTable(result, text)}\n\n${transfer}`;
}
