import { heatmap, type LinePoint, lineChart } from '../../figures/index.ts';
import { markdownTable, percent } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import { mean } from '../../lab/statistics.ts';
import type { Pattern } from './profile.ts';
import type { HeadMap } from './profiles.ts';
import type { PruningPoint, Site } from './pruning.ts';
import type { HeadsModel, HeadsResult } from './result.ts';
import { exemplars, searched } from './roles.ts';

const texts = {
  en: {
    heads: 'heads',
    width: 'width of a head',
    parameters: 'parameters',
    loss: 'loss',
    exact: 'exact match, %',
    scores: (pairs: string, steps: string) =>
      `On ${pairs} dates of the test, after ${steps} steps. Loss: cross entropy of a character, in nats.`,
    roles: (dates: number) =>
      `The largest mean weight of any head on a pattern, in %, over ${dates} dates of the test. Chance: equal weights.`,
    attention: 'attention',
    pattern: 'pattern',
    chance: 'chance',
    withHeads: (heads: number) => (heads === 1 ? '1 head' : `${heads} heads`),
    sites: { encoder: 'encoder', decoder: 'decoder', cross: 'cross' } as Record<Site, string>,
    patterns: {
      encoder: {
        previous: 'previous character',
        same: 'the character itself',
        next: 'next character',
        first: 'first character',
        last: '`</s>`',
      },
      decoder: {
        same: 'last character written',
        previous: 'the one before that',
        first: '`<s>`',
      },
      cross: { aligned: 'same part of the date', last: '`</s>`' },
    } as Record<Site, Partial<Record<Pattern, string>>>,
    pruning: (heads: number, total: number, pairs: number) =>
      `Exact match in % when some of the ${total} heads of the model with ${heads} in each attention are removed, on ${pairs} dates of the test.`,
    removed: 'removed',
    gradient: 'by gradient',
    ablation: 'by ablation',
    random: 'random order, mean',
    pruningTitle: 'Exact match as heads are removed',
    pruningSubtitle: 'The least important heads first; random: mean, least and greatest of three orders',
    removedShare: 'heads removed',
    lossTitle: 'Loss over the training, by heads in each attention',
    lossSubtitle: 'Each point is the mean of a twentieth of the steps; equal width and number of parameters',
    steps: 'steps',
    nats: 'nats per character',
    encoderTitle: (heads: number) => `Encoder heads of the model with ${heads}`,
    crossTitle: (heads: number) => `Cross-attention of the model with ${heads} heads`,
    mapSubtitle: 'Of each pattern the head with the most weight on it. Rows: queries; columns: keys',
    crossSubtitle:
      'The heads with the most weight on the same part of the date, and on </s>. Rows: characters written',
    query: 'query',
    key: 'key',
    place: (layer: number, head: number) => `layer ${layer + 1}, head ${head + 1}`,
    weight: 'weight',
  },
  ko: {
    heads: '헤드',
    width: '헤드 너비',
    parameters: '매개변수',
    loss: '손실',
    exact: '완전 일치(%)',
    scores: (pairs: string, steps: string) =>
      `테스트 날짜 ${pairs}개, ${steps} 단계 후. 손실은 글자당 교차 엔트로피(nat).`,
    roles: (dates: number) =>
      `패턴별로 가중치가 가장 큰 헤드의 평균 가중치(%), 테스트 날짜 ${dates}개. 우연은 모든 키의 가중치가 같을 때.`,
    attention: '어텐션',
    pattern: '패턴',
    chance: '우연',
    withHeads: (heads: number) => `헤드 ${heads}개`,
    sites: { encoder: '인코더', decoder: '디코더', cross: '교차' } as Record<Site, string>,
    patterns: {
      encoder: {
        previous: '앞 글자',
        same: '자기 글자',
        next: '다음 글자',
        first: '첫 글자',
        last: '`</s>`',
      },
      decoder: { same: '마지막으로 쓴 글자', previous: '그 앞 글자', first: '`<s>`' },
      cross: { aligned: '날짜의 같은 부분', last: '`</s>`' },
    } as Record<Site, Partial<Record<Pattern, string>>>,
    pruning: (heads: number, total: number, pairs: number) =>
      `어텐션마다 헤드가 ${heads}개인 모델의 헤드 ${total}개 중 일부를 제거했을 때의 완전 일치(%), 테스트 날짜 ${pairs}개.`,
    removed: '제거한 수',
    gradient: '그래디언트 순',
    ablation: '절제 순',
    random: '무작위 순, 평균',
    pruningTitle: '헤드를 제거할 때의 완전 일치',
    pruningSubtitle: '덜 중요한 헤드부터. 무작위: 세 순서의 평균, 최소, 최대',
    removedShare: '제거한 헤드',
    lossTitle: '학습 중 손실, 어텐션당 헤드 수별',
    lossSubtitle: '점마다 전체 단계의 20분의 1 평균. 너비와 매개변수 수는 같다',
    steps: '단계',
    nats: '글자당 nat',
    encoderTitle: (heads: number) => `헤드 ${heads}개인 모델의 인코더 헤드`,
    crossTitle: (heads: number) => `헤드 ${heads}개인 모델의 교차 어텐션`,
    mapSubtitle: '패턴별로 가중치가 가장 큰 헤드. 행은 쿼리, 열은 키',
    crossSubtitle: '날짜의 같은 부분과 </s>에 가중치가 가장 큰 헤드. 행은 출력 글자',
    query: '쿼리',
    key: '키',
    place: (layer: number, head: number) => `층 ${layer + 1}, 헤드 ${head + 1}`,
    weight: '가중치',
  },
} as const;

/** The model whose heads are shown and pruned in the tables: that with the most heads. */
const most = ({ models }: HeadsResult): HeadsModel => models.at(-1)!;

/** Exact match of random orders at one number of removed heads. */
const randomAt = (random: readonly (readonly PruningPoint[])[], i: number) =>
  random.map((points) => points[i]!.exact);

export function tables(result: HeadsResult, language: Language): string {
  const text = texts[language];
  const { models, width, steps, testPairs, profiledDates, prunedPairs } = result;
  const scores = models.map(({ heads, parameters, test }) => [
    heads,
    width / heads,
    parameters.toLocaleString('en'),
    test.loss.toFixed(3),
    percent(test.exact),
  ]);
  const best = models.map(({ profiles }) => exemplars(profiles));
  const roles = searched.map(({ site, pattern }, i) => [
    text.sites[site],
    text.patterns[site][pattern]!,
    percent(best[0]![i]!.chance, 0),
    ...best.map((of) => percent(of[i]!.weight, 0)),
  ]);
  const { heads, profiles, pruning } = most(result);
  const points = pruning.gradient.map(({ removed, exact }, i) => [
    removed,
    percent(exact, 0),
    percent(pruning.ablation[i]!.exact, 0),
    percent(mean(randomAt(pruning.random, i)), 0),
  ]);
  return [
    text.scores(testPairs.toLocaleString('en'), steps.toLocaleString('en')),
    markdownTable([text.heads, text.width, text.parameters, text.loss, text.exact], scores),
    text.roles(profiledDates),
    markdownTable(
      [text.attention, text.pattern, text.chance, ...models.map((model) => text.withHeads(model.heads))],
      roles,
    ),
    text.pruning(heads, profiles.length, prunedPairs),
    markdownTable([text.removed, text.gradient, text.ablation, text.random], points),
  ].join('\n\n');
}

export function figures(result: HeadsResult, language: Language): Record<string, string> {
  const text = texts[language];
  const { models } = result;
  const pruned = models.filter(({ heads }) => heads >= 4 || heads === most(result).heads);
  const curve = (points: readonly PruningPoint[]): LinePoint[] =>
    points.map(({ removed, exact }) => ({ x: removed, y: exact }));
  return {
    loss: lineChart({
      title: text.lossTitle,
      subtitle: text.lossSubtitle,
      x: { label: text.steps },
      y: { label: text.nats, scale: 'log' },
      series: models.map(({ heads, losses }) => ({
        name: text.withHeads(heads),
        points: losses.map(({ step, loss }) => ({ x: step, y: loss })),
      })),
    }),
    pruning: lineChart({
      title: text.pruningTitle,
      subtitle: text.pruningSubtitle,
      x: { label: text.removedShare },
      y: { label: text.exact.replace(/[,(].*/, ''), domain: [0, 1], format: '.0%' },
      facets: pruned.map(({ heads, pruning: { gradient, ablation, random } }) => ({
        title: text.withHeads(heads),
        series: [
          { name: text.gradient, points: curve(gradient) },
          { name: text.ablation, points: curve(ablation) },
          {
            name: text.random,
            quiet: true,
            points: gradient.map(({ removed }, i): LinePoint => {
              const values = randomAt(random, i);
              return { x: removed, y: mean(values), low: Math.min(...values), high: Math.max(...values) };
            }),
          },
        ],
      })),
    }),
    ...mapFigures(most(result), language),
  };
}

/** Heatmaps of heads over one date, in the encoder and between decoder and encoder. */
function mapFigures({ heads, maps, profiles }: HeadsModel, language: Language): Record<string, string> {
  const text = texts[language];
  const facetsOf = (site: Site, patterns: readonly Pattern[]) =>
    exemplars(profiles)
      .filter((exemplar) => exemplar.site === site && patterns.includes(exemplar.pattern))
      .map(({ pattern, head }) => ({
        title: `${text.patterns[site][pattern]!.replaceAll('`', '')}: ${text.place(head.layer, head.head)}`,
        values: mapOf(maps.heads, head).weights,
      }));
  const { sourceTokens, targetTokens } = maps;
  return {
    encoder: heatmap({
      title: text.encoderTitle(heads),
      subtitle: text.mapSubtitle,
      x: { label: text.key, names: shown(sourceTokens) },
      y: { label: text.query, names: shown(sourceTokens) },
      facets: facetsOf('encoder', ['previous', 'same', 'next']),
      key: text.weight,
      columns: 3,
    }),
    cross: heatmap({
      title: text.crossTitle(heads),
      subtitle: text.crossSubtitle,
      x: { label: text.key, names: shown(sourceTokens) },
      y: { label: text.query, names: shown(targetTokens) },
      facets: facetsOf('cross', ['aligned', 'last']),
      key: text.weight,
      columns: 2,
    }),
  };
}

/** Characters as they are shown on an axis: a space as `␣`. */
const shown = (tokens: readonly string[]) => tokens.map((token) => (token === ' ' ? '␣' : token));

function mapOf(maps: readonly HeadMap[], { site, layer, head }: Omit<HeadMap, 'weights'>): HeadMap {
  const found = maps.find((map) => map.site === site && map.layer === layer && map.head === head);
  if (!found) throw new Error(`heads: there is no map of ${site} ${layer}.${head}`);
  return found;
}
