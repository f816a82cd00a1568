import { barChart, heatmap } from '../../figures/index.ts';
import { percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { MetricsResult } from './result.ts';
import { metricName, texts } from './texts.ts';

const captions = {
  en: {
    below: 'How often a wrong translation scores below a right one',
    belowSubtitle: (sentences: number) =>
      `Constructed translations of ${sentences} sentences, in percent. 50 is chance; right ones differ in order, words, ending or spaces`,
    key: 'share of comparisons, ties as half',
    scores: 'Scores of translations that are right or wrong in a known way',
    scoresSubtitle: 'Means, from 0 (worst) to 1 (best). The first four are right',
    scoreKey: 'score',
    correlations: 'Do the metrics agree on which outputs are better?',
    correlationsSubtitle: (count: string) =>
      `Spearman's rank correlation over ${count} outputs of the English–Korean model`,
    judges: 'How much metrics agree with judges, by what counts as a token',
    judgesSubtitle: (texts: string) =>
      `Over ${texts} judged translations of English news into Korean; scores published by Kim & Kim (2022)`,
    correlation: "Spearman's correlation with adequacy",
  },
  ko: {
    below: '틀린 번역이 맞는 번역보다 낮은 점수를 받는 비율',
    belowSubtitle: (sentences: number) =>
      `문장 ${sentences}개로 만든 번역, %. 50은 우연입니다. 맞는 번역은 어순, 낱말, 높임, 띄어쓰기가 다릅니다`,
    key: '비교의 비율, 동점은 절반',
    scores: '어디가 맞고 틀렸는지 아는 번역의 점수',
    scoresSubtitle: '평균, 0(가장 나쁨)~1(가장 좋음). 처음 넷은 맞는 번역입니다',
    scoreKey: '점수',
    correlations: '어느 출력이 나은지 지표들의 의견이 같을까?',
    correlationsSubtitle: (count: string) => `영한 모델의 출력 ${count}개에 대한 스피어만 순위 상관`,
    judges: '토큰이 무엇인지에 따라 지표는 평가자와 얼마나 일치하는가',
    judgesSubtitle: (texts: string) =>
      `사람이 평가한 영어 뉴스의 한국어 번역 ${texts}개, Kim & Kim(2022)이 발표한 점수`,
    correlation: '충실성과의 스피어만 상관',
  },
} as const;

export function figures(result: MetricsResult, language: Language): Record<string, string> {
  const caption = captions[language];
  const { phenomena, tokens: tokenNames } = texts[language];
  const names = result.metrics.map((name) => metricName(name, language));
  const wrong = result.constructed.filter(({ below }) => below !== null);
  const { segments } = result.published;
  const drawn: Record<string, string> = {
    scores: heatmap({
      title: caption.scores,
      subtitle: caption.scoresSubtitle,
      x: { label: '', names },
      y: { label: '', names: result.constructed.map(({ phenomenon }) => phenomena[phenomenon]) },
      values: result.constructed.map(({ qualities }) => qualities),
      key: caption.scoreKey,
    }),
    below: heatmap({
      title: caption.below,
      subtitle: caption.belowSubtitle(result.sentences),
      x: { label: '', names },
      y: { label: '', names: wrong.map(({ phenomenon }) => phenomena[phenomenon]) },
      values: wrong.map(({ below }) => below!),
      format: (value) => percent(value, 0),
      key: caption.key,
    }),
    judges: barChart({
      title: caption.judges,
      subtitle: caption.judgesSubtitle(segments.rated.toLocaleString('en')),
      value: { label: caption.correlation, format: '.2f' },
      categories: segments.correlations.map(({ tokens }) => tokenNames[tokens]!),
      series: [
        { name: 'BLEU', values: segments.correlations.map(({ bleu }) => bleu.adequacy) },
        { name: 'chrF', values: segments.correlations.map(({ chrf }) => chrf.adequacy) },
        { name: '−TER', values: segments.correlations.map(({ ter }) => -ter.adequacy) },
      ],
    }),
  };
  if (result.outputs)
    drawn.correlations = heatmap({
      title: caption.correlations,
      subtitle: caption.correlationsSubtitle(result.outputs.count.toLocaleString('en')),
      x: { label: '', names },
      y: { label: '', names },
      // A metric with the same score for all outputs has no correlation.
      values: result.outputs.correlations,
      domain: [0, 1],
      key: "Spearman's ρ",
    });
  return drawn;
}
