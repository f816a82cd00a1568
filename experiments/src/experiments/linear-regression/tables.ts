import { markdownTable } from '../../lab/blocks.ts';
import type { Language } from '../../lab/experiment.ts';
import type { Form, LinearRegression, Run } from './result.ts';

const texts = {
  en: {
    rates: [
      'learning rate',
      'as a multiple of 2/λ_max',
      'steps to 1 % above the least loss',
      'loss above the least after the last step',
      'factor per step',
      'predicted',
    ],
    lengths: 'Lengths as they are',
    standardised: 'Lengths centred and scaled',
    best: (multiple: string) => `${multiple} (best)`,
    never: 'never',
    diverged: (steps: number) => `diverged, stopped after ${steps} steps`,
    summary: ['', 'λ_max', 'λ_min', 'condition number', 'limit of the learning rate, 2/λ_max'],
    line: ['', 'slope', 'intercept', 'error on the test pairs'],
    lines: ['closed form', 'gradient descent', 'the mean length for every pair'],
    batches: ['learning rate as a multiple of 2/λ_max', 'constant rate', 'falling rate'],
  },
  ko: {
    rates: [
      '학습률',
      '2/λ_max의 배수',
      '최소 손실의 1 % 안까지 걸린 단계',
      '마지막 단계 뒤 최소보다 큰 손실',
      '한 단계의 배율',
      '예측',
    ],
    lengths: '길이 그대로',
    standardised: '평균을 빼고 표준편차로 나눈 길이',
    best: (multiple: string) => `${multiple} (최적)`,
    never: '도달하지 못함',
    diverged: (steps: number) => `발산, ${steps}단계 뒤 중단`,
    summary: ['', 'λ_max', 'λ_min', '조건수', '학습률의 한계 2/λ_max'],
    line: ['', '기울기', '절편', '테스트 쌍에서의 오차'],
    lines: ['닫힌 해', '경사 하강법', '모든 쌍에 평균 길이'],
    batches: ['2/λ_max의 배수로 나타낸 학습률', '일정한 학습률', '줄어드는 학습률'],
  },
} as const;

const scientific = (value: number): string => {
  const [digits, power] = value.toExponential(1).split('e') as [string, string];
  if (Math.abs(Number(power)) < 3) return String(Number(value.toPrecision(2)));
  const superscript = [...power.slice(1)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('');
  return `${digits}·10${power.startsWith('-') ? '⁻' : ''}${superscript}`;
};

function rateRow(form: Form, run: Run, language: Language): string[] {
  const text = texts[language];
  const multiple = (run.rate / form.limit).toFixed(2);
  return [
    run.rate.toFixed(4),
    run.multiple === null ? text.best(multiple) : multiple,
    run.stepsToPercent === null ? text.never : String(run.stepsToPercent),
    run.reason === 'diverged' ? text.diverged(run.steps) : scientific(run.finalExcess),
    run.factor.toFixed(4),
    run.predictedFactor.toFixed(4),
  ];
}

const sorted = (runs: readonly Run[]) => [...runs].sort((a, b) => a.rate - b.rate);

export function tables(result: LinearRegression, language: Language): string {
  const text = texts[language];
  const { closedForm, descent, mean } = result.testError;
  const best = result.forms[0]!.runs.find(({ multiple }) => multiple === null)!.end;
  const errors = [closedForm, descent, mean].map((error) => error.toFixed(2));
  const batch = (schedule: string, multiple: number) =>
    result.batches
      .find((one) => one.schedule === schedule && one.multiple === multiple)!
      .excess.map(scientific)
      .join(', ');
  return [
    markdownTable(text.line, [
      [text.lines[0], result.w.toFixed(4), result.b.toFixed(2), errors[0]!],
      [text.lines[1], best[0].toFixed(4), (100 * best[1]).toFixed(2), errors[1]!],
      [text.lines[2], '', '', errors[2]!],
    ]),
    markdownTable(
      text.summary,
      result.forms.map(({ name, quadratic, condition, limit }) => [
        text[name],
        quadratic.eigenvalues[0].toFixed(3),
        quadratic.eigenvalues[1].toFixed(3),
        condition.toFixed(1),
        limit.toFixed(4),
      ]),
    ),
    ...result.forms.flatMap((form) => [
      `${text[form.name]}:`,
      markdownTable(
        text.rates,
        sorted(form.runs).map((run) => rateRow(form, run, language)),
      ),
    ]),
    markdownTable(
      text.batches,
      [...new Set(result.batches.map(({ multiple }) => multiple))].map((multiple) => [
        String(multiple),
        batch('constant', multiple),
        batch('linear', multiple),
      ]),
    ),
  ].join('\n\n');
}
