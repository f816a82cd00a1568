import { lineChart, scatterPlot } from '../../figures/index.ts';
import { markdownTable } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { CorpusResult, EmbeddingsResult, SnapshotResult } from './result.ts';
import { languages, type Side } from './vocabulary.ts';

const words = {
  en: {
    corpus: { grammar: 'grammar', messages: 'real messages' },
    names: { en: 'English', ko: 'Korean' },
    head: [
      'steps',
      'loss',
      'within − between: English',
      'Korean',
      'rank of a translation: English → Korean',
      'Korean → English',
      'rank after a rotation: English → Korean',
      'Korean → English',
    ],
    size: (r: CorpusResult) =>
      `${r.pairs.toLocaleString('en')} pairs, ${r.vocabulary.en} English and ${r.vocabulary.ko} Korean words; ${r.lexemes} meanings in ${r.classes.length} classes`,
    neighbourHead: [
      'word',
      'before training',
      'after a quarter of the steps',
      'at the end',
      'in the other language, at the end',
    ],
    inflectionHead: ['steps', 'same noun, other particle', 'other noun, same particle', 'both other'],
    inflection: 'Mean cosines of Korean nouns with particles, in the grammar:',
    placesTitle: (corpus: string) => `Words find their places: ${corpus}`,
    placesSub:
      'Principal components of the last step, of vectors of length 1; a word of each meaning in each language',
    step: (step: number) => `step ${step.toLocaleString('en')}`,
    classesTitle: 'Words of a class come together',
    classesSub: 'Mean cosine of words of the same class minus that of words of different classes',
    difference: 'difference of cosines',
    steps: 'steps',
    ranksTitle: 'Translations, before and after a rotation',
    ranksSub: 'Median over the words of the rank of a translation among all words of the other language',
    rank: 'rank, 1 is nearest',
    direction: { en: 'English → Korean', ko: 'Korean → English' },
    translations: (direction: string) => direction,
    rotated: (direction: string) => `${direction}, rotated`,
  },
  ko: {
    corpus: { grammar: '문법', messages: '실제 메시지' },
    names: { en: '영어', ko: '한국어' },
    head: [
      '스텝',
      '손실',
      '같은 부류 − 다른 부류: 영어',
      '한국어',
      '번역어의 순위: 영어 → 한국어',
      '한국어 → 영어',
      '회전한 뒤의 순위: 영어 → 한국어',
      '한국어 → 영어',
    ],
    size: (r: CorpusResult) =>
      `${r.pairs.toLocaleString('en')}쌍, 영어 단어 ${r.vocabulary.en}개와 한국어 단어 ${r.vocabulary.ko}개, 의미 ${r.lexemes}개를 ${r.classes.length}개 부류로`,
    neighbourHead: ['단어', '학습 전', '스텝의 4분의 1 뒤', '끝', '끝, 다른 언어'],
    inflectionHead: ['스텝', '같은 명사, 다른 조사', '다른 명사, 같은 조사', '둘 다 다름'],
    inflection: '문법에서 조사가 붙은 명사들의 평균 코사인:',
    placesTitle: (corpus: string) => `단어가 자리를 찾다: ${corpus}`,
    placesSub: '길이 1인 벡터들의, 마지막 스텝의 주성분. 의미마다 언어별로 한 단어',
    step: (step: number) => `${step.toLocaleString('en')}스텝`,
    classesTitle: '같은 부류의 단어가 모인다',
    classesSub: '같은 부류인 단어들의 평균 코사인에서 다른 부류인 단어들의 평균 코사인을 뺀 값',
    difference: '코사인의 차',
    steps: '스텝',
    ranksTitle: '번역어, 회전 전과 후',
    ranksSub: '다른 언어의 모든 단어 가운데 번역어의 순위, 단어들의 중앙값',
    rank: '순위 (1이 가장 가까움)',
    direction: { en: '영어 → 한국어', ko: '한국어 → 영어' },
    translations: (direction: string) => direction,
    rotated: (direction: string) => `${direction}, 회전`,
  },
} as const;

const corpora = ['grammar', 'messages'] as const;
const differenceOf = ({ separation }: SnapshotResult, side: Side) =>
  separation[side].within - separation[side].between;

export function tables(result: EmbeddingsResult, language: Language): string {
  const text = words[language];
  const parts = corpora.flatMap((corpus) => {
    const of = result[corpus];
    const measures = markdownTable(
      text.head,
      of.snapshots.map((one) => [
        one.step,
        one.loss === null ? '–' : one.loss.toFixed(2),
        differenceOf(one, 'en').toFixed(2),
        differenceOf(one, 'ko').toFixed(2),
        ...languages.map((side) => one.translations[side].medianRank),
        ...languages.map((side) => one.rotated[side].medianRank),
      ]),
    );
    const quarter = of.snapshots.find(({ step }) => step >= of.steps / 4)!;
    const [begin, end] = [of.snapshots[0]!, of.snapshots.at(-1)!];
    const neighbours = markdownTable(
      text.neighbourHead,
      begin.neighbours.map(({ word, own }, i) => [
        word,
        own.join(', '),
        quarter.neighbours[i]!.own.join(', '),
        end.neighbours[i]!.own.join(', '),
        end.neighbours[i]!.other.join(', '),
      ]),
    );
    return [`**${text.corpus[corpus]}** (${text.size(of)})`, measures, neighbours];
  });
  const inflected = markdownTable(
    text.inflectionHead,
    result.inflection.map(({ step, sameStem, sameEnding, neither }) => [
      step,
      sameStem.toFixed(2),
      sameEnding.toFixed(2),
      neither.toFixed(2),
    ]),
  );
  return [...parts, text.inflection, inflected].join('\n\n');
}

/** Names of the classes in Korean. */
const koreanClasses: Readonly<Record<string, string>> = {
  people: '사람',
  animals: '동물',
  'food and drink': '음식',
  things: '사물',
  verbs: '동사',
  adjectives: '형용사',
  colours: '색',
  times: '시간',
  places: '장소',
  pronouns: '대명사',
  numbers: '수',
  'on the screen': '화면',
  code: '코드',
  actions: '동작',
  body: '몸',
  accounts: '계정',
  directions: '방향',
};

/** The snapshots that are drawn: at the beginning, after some parts of the steps, and at the end. */
const drawnParts = [0, 1 / 32, 1 / 8, 1 / 4, 1 / 2, 1];

function places(corpus: CorpusResult, name: string, language: Language, labelled: readonly string[]): string {
  const text = words[language];
  const snapshots = drawnParts.map(
    (part) => corpus.snapshots.find(({ step }) => step >= Math.round(part * corpus.steps))!,
  );
  const classes = [...new Set(corpus.words.map((word) => word.class))];
  return scatterPlot({
    title: text.placesTitle(name),
    subtitle: text.placesSub,
    x: { label: '' },
    y: { label: '' },
    columns: 2,
    height: 300,
    facets: snapshots.map(({ step, points }, i) => ({
      title: text.step(step),
      groups: classes.map((kind) => ({
        name: language === 'ko' ? (koreanClasses[kind] ?? kind) : kind,
        points: corpus.words.flatMap((word, j) => {
          if (word.class !== kind) return [];
          const [x, y] = points[j]!;
          const isLabelled = i >= 3 && labelled.includes(word.meaning);
          return [{ x, y, ...(isLabelled && { label: word.word }) }];
        }),
      })),
    })),
  });
}

export function figures(result: EmbeddingsResult, language: Language): Record<string, string> {
  const text = words[language];
  const lines = (value: (snapshot: SnapshotResult, side: Side) => number, names: Record<Side, string>) =>
    corpora.map((corpus) => ({
      title: text.corpus[corpus],
      series: languages.map((side) => ({
        name: names[side],
        points: result[corpus].snapshots.map((one) => ({ x: one.step, y: value(one, side) })),
      })),
    }));
  return {
    grammar: places(result.grammar, text.corpus.grammar, language, [
      'eat',
      'coffee',
      'yesterday',
      'red',
      'teacher',
      'school',
      'cat',
    ]),
    messages: places(result.messages, text.corpus.messages, language, [
      'file',
      'delete',
      'function',
      'woman',
      'hand',
      'password',
      'left',
    ]),
    classes: lineChart({
      title: text.classesTitle,
      subtitle: text.classesSub,
      x: { label: text.steps },
      y: { label: text.difference },
      facets: lines(differenceOf, text.names),
    }),
    translations: lineChart({
      title: text.ranksTitle,
      subtitle: text.ranksSub,
      x: { label: text.steps },
      y: { label: text.rank, scale: 'log' },
      facets: corpora.map((corpus) => ({
        title: text.corpus[corpus],
        series: (['translations', 'rotated'] as const).flatMap((kind) =>
          languages.map((side) => ({
            name: text[kind](text.direction[side]),
            points: result[corpus].snapshots.map((one) => ({ x: one.step, y: one[kind][side].medianRank })),
          })),
        ),
      })),
    }),
  };
}
