import { lineChart } from '../../figures/index.ts';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import { mean } from '../../lab/statistics.ts';
import { languages, type TextLanguage } from './corpus.ts';
import type { Bits, CharacterGptResult, GptResult } from './result.ts';

const words = {
  en: {
    model: 'model',
    english: 'English',
    korean: 'Korean',
    ngram: (order: number) => `n-grams, order ${order}`,
    gpt: (seeds: number) => (seeds > 1 ? `GPT, mean of ${seeds} seeds (least–most)` : 'GPT'),
    bits: 'Bits per character on the test texts, the end of each text included:',
    unitHead: ['Korean as', 'alphabet', 'units per character', 'best order', 'bits per character'],
    unit: { syllables: 'syllables', jamo: 'jamo (NFD)', bytes: 'bytes (UTF-8)' },
    samples: 'Samples of the model of the first seed, and test texts:',
    sampleHead: [
      'temperature',
      'bits per character under the model',
      'characters',
      'repeated 4-grams %',
      'real words %',
      'different texts %',
      'whole copies %',
      'longest copy: median',
      'most',
    ],
    heldOut: 'test texts',
    exampleHead: ['temperature', 'first samples'],
    continuedHead: ['beginning', 'most probable continuation'],
    lossTitle: 'Bits per character over training',
    lossSub: 'Dashed: the best n-gram model on the validation texts',
    steps: 'steps',
    validation: 'validation texts',
    training: 'trained on',
    bitsAxis: 'bits per character',
    orderTitle: 'GPT and n-grams',
    orderSub: 'Test texts; interpolated Kneser–Ney smoothing',
    order: 'order of the n-grams',
    temperatureTitle: 'What temperature changes',
    temperatureSub: 'Samples of each temperature; dashed: test texts',
    temperature: 'temperature',
    fraction: 'fraction',
    measures: {
      repetition: 'repeated 4-grams',
      realWords: 'real words',
      distinct: 'different texts',
      copies: 'whole copies',
    },
  },
  ko: {
    model: '모델',
    english: '영어',
    korean: '한국어',
    ngram: (order: number) => `n-gram, ${order}차`,
    gpt: (seeds: number) => (seeds > 1 ? `GPT, 시드 ${seeds}개의 평균 (최소–최대)` : 'GPT'),
    bits: '테스트 텍스트의 글자당 비트 수(각 텍스트의 끝 포함):',
    unitHead: ['한국어 단위', '단위의 종류', '글자당 단위 수', '가장 좋은 차수', '글자당 비트'],
    unit: { syllables: '음절', jamo: '자모 (NFD)', bytes: '바이트 (UTF-8)' },
    samples: '첫 시드의 모델이 생성한 텍스트와 테스트 텍스트:',
    sampleHead: [
      '온도',
      '모델이 본 글자당 비트',
      '글자 수',
      '반복된 4-gram %',
      '실제 단어 %',
      '서로 다른 텍스트 %',
      '통째로 복사 %',
      '가장 긴 복사: 중앙값',
      '최댓값',
    ],
    heldOut: '테스트 텍스트',
    exampleHead: ['온도', '처음 생성한 것들'],
    continuedHead: ['시작', '가장 확률 높은 글자로 이어 쓴 것'],
    lossTitle: '학습 중 글자당 비트',
    lossSub: '점선: 검증 텍스트에서 가장 좋은 n-gram 모델',
    steps: '스텝',
    validation: '검증 텍스트',
    training: '학습한 텍스트',
    bitsAxis: '글자당 비트',
    orderTitle: 'GPT와 n-gram',
    orderSub: '테스트 텍스트. 보간 Kneser–Ney 평활화',
    order: 'n-gram의 차수',
    temperatureTitle: '온도가 바꾸는 것',
    temperatureSub: '온도별 생성 텍스트. 점선: 테스트 텍스트',
    temperature: '온도',
    fraction: '비율',
    measures: {
      repetition: '반복된 4-gram',
      realWords: '실제 단어',
      distinct: '서로 다른 텍스트',
      copies: '통째로 복사',
    },
  },
} as const;

/** The order that predicts the validation texts of both languages best. */
export function bestOrder({
  ngrams,
}: Pick<CharacterGptResult, 'ngrams'>): CharacterGptResult['ngrams'][number] {
  const sum = ({ validation }: { validation: Bits }) => validation.en + validation.ko;
  return ngrams.reduce((best, one) => (sum(one) < sum(best) ? one : best));
}

/** The mean over the seeds, with the least and the most. */
function spread(gpts: readonly GptResult[], language: TextLanguage): string {
  const values = gpts.map(({ test }) => test[language]);
  const middle = mean(values).toFixed(3);
  if (values.length === 1) return middle;
  return `${middle} (${Math.min(...values).toFixed(3)}–${Math.max(...values).toFixed(3)})`;
}

export function tables(result: CharacterGptResult, language: Language): string {
  const text = words[language];
  const { ngrams, gpts, units, temperatures, heldOut } = result;
  const scores = markdownTable(
    [text.model, text.english, text.korean],
    [
      ...ngrams.map(({ order, test }) => [text.ngram(order), test.en.toFixed(3), test.ko.toFixed(3)]),
      [text.gpt(gpts.length), spread(gpts, 'en'), spread(gpts, 'ko')],
    ],
  );
  const divided = markdownTable(
    text.unitHead,
    units.map(({ unit, alphabet, perCharacter, order, test }) => [
      text.unit[unit],
      alphabet.toLocaleString('en'),
      perCharacter.toFixed(2),
      order,
      test.toFixed(3),
    ]),
  );
  const row = (name: string | number, measures: (typeof temperatures)[number] | typeof heldOut) => [
    name,
    measures.logProbability === null ? '–' : (-measures.logProbability).toFixed(2),
    measures.length.toFixed(0),
    percent(measures.repetition),
    percent(measures.realWords),
    percent(measures.distinct),
    percent(measures.copies),
    measures.longestCopy.median,
    measures.longestCopy.most,
  ];
  const sampled = markdownTable(text.sampleHead, [
    ...temperatures.map((one) => row(one.temperature, one)),
    row(text.heldOut, heldOut),
  ]);
  const examples = markdownTable(
    text.exampleHead,
    temperatures.map(({ temperature, examples }) => [
      temperature,
      examples.slice(0, 4).map(asCode).join('<br>'),
    ]),
  );
  const continued = markdownTable(
    text.continuedHead,
    result.continuations.map((one) => [asCode(one.prompt), asCode(one.text)]),
  );
  return [text.bits, scores, divided, text.samples, sampled, examples, continued].join('\n\n');
}

/** A text in a cell of a table. */
const asCode = (text: string) => `\`${text.replaceAll('`', "'").replaceAll('|', '\\|') || ' '}\``;

export function figures(result: CharacterGptResult, language: Language): Record<string, string> {
  const text = words[language];
  const names: Record<TextLanguage, string> = { en: text.english, ko: text.korean };
  const best = bestOrder(result);
  const [first] = result.gpts;
  const rules = (of: 'validation' | 'test') =>
    languages.map((one) => ({ y: best[of][one], label: `${names[one]}: ${text.ngram(best.order)}` }));
  return {
    loss: lineChart({
      title: text.lossTitle,
      subtitle: text.lossSub,
      x: { label: text.steps },
      y: { label: text.bitsAxis, domain: [1, 6] },
      series: languages.flatMap((one) => [
        {
          name: `${names[one]}: ${text.validation}`,
          points: first!.curve.map(({ step, validation }) => ({ x: step, y: validation[one] })),
        },
        {
          name: `${names[one]}: ${text.training}`,
          points: first!.curve.map(({ step, training }) => ({ x: step, y: training[one] })),
        },
      ]),
      rules: rules('validation'),
    }),
    ngrams: lineChart({
      title: text.orderTitle,
      subtitle: text.orderSub,
      x: { label: text.order, scale: 'point' },
      y: { label: text.bitsAxis },
      series: languages.map((one) => ({
        name: `${names[one]}, n-gram`,
        points: result.ngrams.map(({ order, test }) => ({ x: `${order}`, y: test[one] })),
      })),
      rules: languages.map((one) => ({
        y: mean(result.gpts.map(({ test }) => test[one])),
        label: `${names[one]}, GPT`,
      })),
    }),
    temperature: lineChart({
      title: text.temperatureTitle,
      subtitle: text.temperatureSub,
      x: { label: text.temperature },
      y: { label: text.fraction, format: '.0%', domain: [0, 1] },
      columns: 2,
      facets: (['realWords', 'distinct', 'repetition', 'copies'] as const).map((measure) => ({
        title: text.measures[measure],
        series: [
          {
            name: 'GPT',
            points: result.temperatures.map((one) => ({ x: one.temperature, y: one[measure] })),
          },
        ],
        rules: [{ y: result.heldOut[measure], label: text.heldOut }],
      })),
    }),
  };
}
