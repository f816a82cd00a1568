import { lineChart, scatterPlot } from '../../figures/index.ts';
import type { Language } from '../../lab/experiment.ts';
import type { Quadratic } from './line.ts';
import type { Form, LinearRegression, Run } from './result.ts';

const texts = {
  en: {
    line: 'Length of a message in Korean against its length in English',
    lineSubtitle: 'Messages of TypeScript; one in several is drawn',
    english: 'characters in English',
    korean: 'characters in Korean',
    pairs: 'pairs',
    fit: 'closed form',
    loss: 'Loss above the least against steps, by learning rate',
    lossSubtitle:
      'Multiples of the limit 2/λ_max; all points in each step. At the bottom, single precision ends',
    excess: 'loss − least loss',
    step: 'step',
    lengths: 'lengths as they are',
    standardised: 'lengths centred and scaled',
    best: 'best',
    path: 'Slope and intercept, step by step from (0, 0)',
    pathSubtitle:
      'The first 40 steps. Learning rates as multiples of the limit 2/λ_max; ellipses: equal loss',
    slope: 'slope',
    intercept: 'intercept, in hundreds of characters',
    route: 'path',
    minimum: 'least loss',
  },
  ko: {
    line: '영어 메시지 길이에 따른 한국어 메시지 길이',
    lineSubtitle: 'TypeScript의 메시지. 일부만 그렸습니다',
    english: '영어 글자 수',
    korean: '한국어 글자 수',
    pairs: '쌍',
    fit: '닫힌 해',
    loss: '학습률에 따른 손실과 최소 손실의 차이',
    lossSubtitle: '한계 2/λ_max의 배수. 매 단계에 모든 점을 씁니다. 맨 아래는 단정밀도의 한계입니다',
    excess: '손실 − 최소 손실',
    step: '단계',
    lengths: '길이 그대로',
    standardised: '평균을 빼고 표준편차로 나눈 길이',
    best: '최적',
    path: '(0, 0)에서 한 단계씩 움직이는 기울기와 절편',
    pathSubtitle: '처음 40단계. 학습률은 한계 2/λ_max의 배수, 타원은 손실이 같은 선',
    slope: '기울기',
    intercept: '절편(백 글자)',
    route: '경로',
    minimum: '최소 손실',
  },
} as const;

/** The ellipses on which the loss is by `levels` above the least. */
function contours({ minimum, hessian: [ww, wb, bb] }: Quadratic, levels: readonly number[]) {
  // With H = L Lᵀ (Cholesky), p = p* + √(2 · level) · L⁻ᵀ u for the points u of the unit circle.
  const [l11, l21] = [Math.sqrt(ww), wb / Math.sqrt(ww)];
  const l22 = Math.sqrt(bb - l21 * l21);
  return levels.map((level) => ({
    name: `contour ${level}`,
    line: true,
    dots: false,
    quiet: true,
    points: Array.from({ length: 61 }, (_, i) => {
      const radius = Math.sqrt(2 * level);
      const db = (radius * Math.sin((i * Math.PI) / 30)) / l22;
      const dw = (radius * Math.cos((i * Math.PI) / 30) - l21 * db) / l11;
      return { x: minimum[0] + dw, y: minimum[1] + db };
    }),
  }));
}

function named(form: Form, run: Run, best: string): string {
  const multiple = (run.rate / form.limit).toFixed(2);
  return run.multiple === null ? `${multiple} (${best})` : multiple;
}

export function figures(result: LinearRegression, language: Language): Record<string, string> {
  const text = texts[language];
  const [form] = result.forms as [Form, ...Form[]];
  const longest = Math.max(...result.shown.map(({ x }) => x));
  const predicted = [0, longest].map((x) => ({ x, y: result.w * x + result.b }));
  const runs = (one: Form) => [...one.runs].sort((a, b) => a.rate - b.rate);
  return {
    line: scatterPlot({
      title: text.line,
      subtitle: text.lineSubtitle,
      x: { label: text.english },
      y: { label: text.korean },
      radius: 2.5,
      height: 320,
      groups: [
        { name: text.pairs, points: result.shown },
        { name: text.fit, points: predicted, line: true, dots: false },
      ],
    }),
    loss: lineChart({
      title: text.loss,
      subtitle: text.lossSubtitle,
      x: { label: text.step, domain: [0, 200] },
      y: { label: text.excess, scale: 'log', domain: [1e-16, 10] },
      facets: result.forms.map((one) => ({
        title: text[one.name],
        // The rates that are best differ between the two.
        series: runs(one)
          .filter(({ multiple }) => multiple !== null)
          .map((run) => ({
            name: named(one, run, text.best),
            points: run.excess.slice(0, 201).map((y, x) => ({ x, y: Math.max(y, 1e-18) })),
          })),
      })),
      marks: false,
      height: 280,
    }),
    path: scatterPlot({
      title: text.path,
      subtitle: text.pathSubtitle,
      x: { label: text.slope, domain: [-0.2, 1.2], grid: true },
      y: { label: text.intercept, domain: [-0.4, 0.8] },
      columns: 2,
      height: 290,
      facets: runs(form)
        .filter(({ multiple }) => multiple === null || [0.01, 0.5, 1.02].includes(multiple))
        .map((run) => ({
          title: named(form, run, text.best),
          groups: [
            ...contours(form.quadratic, [0.005, 0.02, 0.05, 0.1, 0.2, 0.4]),
            {
              name: text.route,
              line: true,
              dots: true,
              points: run.path.slice(0, 41).map(([x, y]) => ({ x, y })),
            },
            { name: text.minimum, points: [{ x: form.quadratic.minimum[0], y: form.quadratic.minimum[1] }] },
          ],
        })),
    }),
  };
}
