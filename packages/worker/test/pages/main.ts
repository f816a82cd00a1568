import { type EncoderModel, loadEncoder } from '@headwise/core';
import {
  loadCausalLM,
  loadEncoder as loadParallel,
  loadSeq2SeqLM,
  type ParallelEncoderOptions,
  type ParallelGeneratorOptions,
} from '@headwise/worker';
import { startTraining, type TrainingRun } from '@headwise/worker/train';
import { tinyBert } from '../helpers/tiny-bert.ts';
import type { TrainWorkerData } from '../helpers/train-worker.ts';

declare global {
  /** Files of a model in a form that `page.evaluate` can pass. */
  type TestFiles = Readonly<Record<string, string | { readonly base64: string }>>;

  interface Window {
    /** The ids that a decoder generates in workers. */
    generate(
      files: TestFiles,
      prompt: number[],
      count: number,
      options: ParallelGeneratorOptions,
    ): Promise<number[]>;
    /** The ids that an encoder–decoder generates in workers. */
    translate(files: TestFiles, text: string, options: ParallelGeneratorOptions): Promise<number[]>;
    /** Largest differences of embeddings and attention between workers and the page's own thread. */
    compare(
      options: ParallelEncoderOptions,
    ): Promise<{ embeddings: number; attention: number; backend: string }>;
    /** Loads the model that `embed` and `dispose` use. */
    load(options: ParallelEncoderOptions): Promise<void>;
    /** Embeds with the loaded model: the largest difference from the correct result, or the error's code, and the time taken. */
    embed(): Promise<{ difference?: number; code?: string; ms: number }>;
    dispose(): Promise<void>;
    /** Trains the model of train-worker.ts. `frames`: callbacks of a timer in the page meanwhile. */
    train(workers: number, data: TrainWorkerData): Promise<{ losses: number[]; frames: number }>;
    /** Trains the transformer of train-dates-worker.ts. `accuracy`: of held-out dates. */
    trainDates(steps: number): Promise<{ accuracy: number | undefined; frames: number }>;
  }
}

const TEXTS = ['attention', '', 'is all you need'];
const files = tinyBert();
const single = await loadEncoder(files);
let model: EncoderModel;

function maxDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

window.compare = async (options) => {
  const parallel = await loadParallel(files, options);
  const [expected, actual] = [await single.embed(TEXTS), await parallel.embed(TEXTS)];
  const [one, other] = [await single.trace(TEXTS[2]!), await parallel.trace(TEXTS[2]!)];
  const { backend } = parallel;
  await parallel.dispose();
  return {
    embeddings: Math.max(...expected.map((embedding, i) => maxDifference(actual[i]!, embedding))),
    attention: maxDifference(other.attention.data, one.attention.data),
    backend,
  };
};

window.load = async (options) => {
  model = await loadParallel(files, options);
};

window.embed = async () => {
  const expected = await single.embed(TEXTS[2]!);
  const started = performance.now();
  try {
    const embedding = await model.embed(TEXTS[2]!);
    return { difference: maxDifference(embedding, expected), ms: performance.now() - started };
  } catch (error) {
    return { code: (error as { code: string }).code, ms: performance.now() - started };
  }
};

window.dispose = () => model.dispose();

const bytesOf = (files: TestFiles) =>
  Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === 'string'
        ? content
        : Uint8Array.from(atob(content.base64), (character) => character.charCodeAt(0)),
    ]),
  );

window.generate = async (files, prompt, maxNewTokens, options) => {
  const decoder = await loadCausalLM(bytesOf(files), options);
  const ids: number[] = [];
  for await (const piece of decoder.stream(Int32Array.from(prompt), { maxNewTokens }))
    ids.push(...piece.tokens.map(({ id }) => id));
  const whole = await decoder.generate(Int32Array.from(prompt), { maxNewTokens });
  await decoder.dispose();
  if (ids.join() !== [...whole.ids].join())
    throw new Error(`stream gives ${ids}, generate gives ${whole.ids}`);
  return ids;
};

window.translate = async (files, text, options) => {
  const model = await loadSeq2SeqLM(bytesOf(files), options);
  const { ids } = await model.generate(text, { maxNewTokens: 12, numBeams: 2 });
  await model.dispose();
  return [...ids];
};

/** Runs a training while a timer in the page counts. */
async function whileCounting(start: () => Promise<TrainingRun>): Promise<number> {
  let frames = 0;
  const timer = setInterval(() => frames++, 4);
  const run = await start();
  await run.result;
  clearInterval(timer);
  return frames;
}

window.train = async (workers, data) => {
  const losses: number[] = [];
  const frames = await whileCounting(() =>
    startTraining({
      workers,
      data,
      spawn: () => new Worker(new URL('../helpers/train-worker.ts', import.meta.url), { type: 'module' }),
      onStep: ({ loss }) => losses.push(loss),
    }),
  );
  return { losses, frames };
};

window.trainDates = async (steps) => {
  let accuracy: number | undefined;
  const frames = await whileCounting(() =>
    startTraining({
      data: { steps },
      spawn: () =>
        new Worker(new URL('../helpers/train-dates-worker.ts', import.meta.url), { type: 'module' }),
      snapshotEvery: steps,
      onEvaluate: ({ metrics }) => {
        accuracy = metrics.accuracy;
      },
    }),
  );
  return { accuracy, frames };
};
