// The progress line of `npm run train`.

import type { EvaluationResult, StepReport } from '@headwise/core/train';

/** One line for a step: `step 120/300 · epoch 1.2 · loss 3.214 · learning rate 0.00085 · norm 0.81 · 5210 tokens/s · 1:20 left`. */
export function progressLine(report: StepReport): string {
  const { step, totalSteps, epoch, loss, learningRate, gradientNorm, tokensPerSecond, secondsLeft } = report;
  return [
    `step ${step}/${totalSteps}`,
    `epoch ${epoch.toFixed(1)}`,
    `loss ${loss.toFixed(4)}`,
    `learning rate ${Number(learningRate.toPrecision(3))}`,
    `norm ${gradientNorm.toFixed(2)}`,
    `${Math.round(tokensPerSecond)} tokens/s`,
    `${clock(secondsLeft)} left`,
  ].join(' · ');
}

export function evaluationLine({ step, metrics }: EvaluationResult): string {
  const values = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return `evaluation after step ${step}: ${values.join(' · ')}`;
}

/** Hours, minutes and seconds. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Writes lines to a terminal, where each progress line replaces the one before, or to a file, where one is written every ten seconds. */
export class ProgressOutput {
  readonly #stream: NodeJS.WriteStream;
  #last = Number.NEGATIVE_INFINITY;
  #isOpen = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  step(report: StepReport): void {
    const line = progressLine(report);
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[2K${line.slice(0, this.#stream.columns - 1)}`);
      this.#isOpen = true;
      return;
    }
    const isLast = report.step === report.totalSteps;
    if (!isLast && performance.now() - this.#last < 10_000) return;
    this.#last = performance.now();
    this.#stream.write(`${line}\n`);
  }

  line(text: string): void {
    if (this.#isOpen) this.#stream.write('\n');
    this.#isOpen = false;
    this.#stream.write(`${text}\n`);
  }
}
