// What Train shows is what core computes, and what it says of its experiments is so.
import { createBackend, loadModel, loadSeq2SeqLM, type ModelSource } from '@headwise/core';
import {
  createModel,
  recurrentSeq2SeqModelling,
  type TrainableRecurrentSeq2Seq,
  Trainer,
} from '@headwise/core/train';
import { expect, test, vi } from 'vitest';
import { context, store } from '../../../test/helpers/models.ts';
import { Host, type JobMessage, type JobRequest } from '../../engine/host.ts';
import { run as read } from '../../engine/jobs/read.ts';
import { run as advance, type TrainProgress } from '../../engine/jobs/train-advance.ts';
import { run as explore } from '../../engine/jobs/train-explore.ts';
import { run as filesOf } from '../../engine/jobs/train-files.ts';
import { run as open } from '../../engine/jobs/train-open.ts';
import { run as pause } from '../../engine/jobs/train-pause.ts';
import { ModelCache } from '../../engine/model-cache.ts';
import { dataOf } from '../../engine/train/data.ts';
import {
  EXPERIMENT_IDS,
  EXPERIMENTS,
  type ExperimentId,
  LOOKS,
  type RunSettings,
  stepsBetweenLooks,
} from '../../engine/train/experiments.ts';
import { binsOf, type Look } from '../../engine/train/look.ts';
import { TrainingRun } from '../../engine/train/run.ts';
import { formatLoss, formatRate, totalOf } from './format.ts';
import { experimentOf, schema, settingsOf } from './state.ts';

const settings = (experiment: ExperimentId, change: Partial<RunSettings> = {}): RunSettings => ({
  ...settingsOf(experiment, {
    ...{ seed: 1, rate: undefined, width: 32, heads: 4, cell: 'gru', at: 0 },
  }),
  ...change,
});

/** Trains as the room does, and collects what it is sent. */
async function trainUntil(id: number, until: number) {
  const losses: number[] = [];
  const looks: Look[] = [];
  const progress = (sent: TrainProgress): void => {
    losses.push(...sent.losses);
    if (sent.look) looks.push(sent.look);
  };
  const end = await advance(store, { run: id, until }, { ...context, progress });
  return { end, losses, looks };
}

const json = (files: ReadonlyMap<string, Uint8Array>, name: string): unknown =>
  JSON.parse(new TextDecoder().decode(files.get(name)));

test('losses are those of core’s Trainer, bit for bit, and a run that is interrupted has the same', async () => {
  const wanted = settings('dates-attention');
  const info = await open(store, wanted, context);
  expect(info).toMatchObject({ heldOut: 64, settings: wanted });
  expect(info.seconds).toBeGreaterThan(0);
  const { files: initial } = await filesOf(store, { run: info.run }, context);

  const config = json(initial, 'config.json');
  const trainable = (await createModel(config, { seed: 1 })) as TrainableRecurrentSeq2Seq;
  expect(info.parameters).toBe(trainable.parameters.values.length);
  const { tokenizer } = (await loadModel(initial as ModelSource)) as {
    tokenizer: { encode(text: string): { ids: Int32Array } };
  };
  const ids = (text: string) => [...tokenizer.encode(text).ids];
  const { train } = await dataOf(EXPERIMENTS['dates-attention'], 1);
  expect(info.examples).toBe(train.length);
  expect(info.preview).toEqual(train.slice(0, 6));
  const expected: number[] = [];
  await new Trainer({
    trainable,
    objective: recurrentSeq2SeqModelling(),
    trainExamples: train.map(({ source, target }) => ({ ids: ids(source), labels: ids(target) })),
    batchSize: 16,
    maxSteps: 12,
    learningRate: 0.01,
    schedule: 'constant',
    seed: 1,
    onStep: ({ loss }) => expected.push(loss),
  }).train();

  const first = await trainUntil(info.run, 4);
  const one = await trainUntil(info.run, 5);
  const rest = await trainUntil(info.run, 12);
  expect([first, one, rest].map(({ end }) => end.kind)).toEqual(['stopped', 'stopped', 'stopped']);
  expect([...first.losses, ...one.losses, ...rest.losses]).toEqual(expected);
  // Where it stops it is looked at, besides the looks of all runs.
  const looks = [first, one, rest].flatMap((part) => part.looks);
  expect(looks.map(({ step }) => step)).toEqual([4, 5, 10, 12]);
  expect(info.look.step).toBe(0);
  expect(looks[2]!.loss).toBeCloseTo(expected.slice(5, 10).reduce((a, b) => a + b) / 5, 12);
  trainable.model.dispose();
  trainable.dispose();
});

test('a look is what the saved model does: its texts, right answers and alignment', async () => {
  const info = await open(store, settings('dates-transformer', { rate: 0.01 }), context);
  const { looks } = await trainUntil(info.run, 10);
  const { step, files } = await filesOf(store, { run: info.run }, context);
  const look = looks.at(-1)!;
  expect([step, look.step]).toEqual([10, 10]);
  const model = await loadSeq2SeqLM(files as ModelSource);
  const { heldOut, samples, aligned } = await dataOf(EXPERIMENTS['dates-transformer'], 1);
  const longest = Math.max(
    ...[...heldOut, ...samples].map(({ target }) => model.tokenizer.encode(target).ids.length),
  );
  const pairs = [...samples, ...heldOut];
  const written = await model.generate(
    pairs.map(({ source }) => source),
    { maxNewTokens: longest + 2, doSample: false },
  );
  const texts = written.map(({ text }) => text);
  expect(look.texts).toEqual(texts.slice(0, 3));
  const right = pairs.filter(({ target }, i) => i >= 3 && texts[i] === target).length;
  expect(totalOf(look.scores)).toEqual({ right, count: 64 });
  const { attention } = await model.alignments(aligned.source, aligned.target);
  const [layers, heads, rows, columns] = attention.shape;
  const mean = (row: number, column: number) =>
    Array.from(
      { length: heads },
      (_, head) => attention.data[(((layers - 1) * heads + head) * rows + row) * columns + column]!,
    ).reduce((a, b) => a + b) / heads;
  // 수요일 is two tokens that read the one token Wednesday and its comma.
  expect(look.alignment!.rows).toEqual(['2029년', '11월', '28일', '수요일']);
  expect(look.alignment!.columns).toEqual(['Wednesday,', 'November', '28,', '2029', '</s>']);
  expect(look.alignment!.weights[3]![0]).toBeCloseTo(mean(rows - 2, 0) + mean(rows - 2, 1), 5);
  for (const row of look.alignment!.weights) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  await model.dispose();
});

test('a loss that is no number ends the run with the layer and the step, and keeps the last look', async () => {
  const run = async (experiment: ExperimentId, rate: number, until = 6) => {
    const trained = await TrainingRun.open(settings(experiment, { rate }));
    const looks: number[] = [];
    const end = await trained.advance(until, {
      ...context,
      onStep: () => undefined,
      onLook: ({ step }) => looks.push(step),
    });
    const { step } = await trained.files();
    if (end.kind === 'notFinite')
      await expect(trained.advance(until, {} as never)).rejects.toThrow('not finite');
    await trained.dispose();
    return { end, looks, step };
  };
  const absurd = await run('dates-transformer', 1e20);
  expect(absurd.end).toEqual({
    kind: 'notFinite',
    step: 2,
    loss: Number.NaN,
    activation: 'encoder.blocks.0.attention.queries',
    parameter: undefined,
  });
  expect(absurd).toMatchObject({ looks: [], step: 0 });
  const large = await run('dates-transformer', 1000);
  expect(large.end).toMatchObject({
    kind: 'notFinite',
    activation: undefined,
    parameter: 'model.shared.weight',
  });
  expect(Number.isFinite((large.end as { loss: number }).loss)).toBe(true);
  expect((await run('characters', 1e20)).end.kind).toBe('notFinite');
  // The cells of recurrent models keep their numbers between −1 and 1.
  expect((await run('dates-attention', 1)).end.kind).toBe('stopped');
});

test('a decoder is opened in Explore as the model that it was at the last look', async () => {
  const info = await open(store, settings('characters'), context);
  await trainUntil(info.run, 2);
  const { signal } = new AbortController();
  const { store: models } = new ModelCache({ locate: () => '/nowhere/' }).lease(signal);
  expect(await explore(models, { run: info.run }, context)).toMatchObject({
    id: 'local-decoder',
    origin: 'trained',
  });
  const first = await models.load('local-decoder');
  expect(await models.load('local-decoder')).toBe(first);
  const params = {
    model: 'local-decoder',
    text: info.aligned,
    edits: [],
    lens: { unit: 'tokens', hideSpecial: false },
    opened: { layer: 1, head: 3, mean: false },
  } as const;
  const reading = await read(models, params, context);
  expect(reading).toMatchObject({ layers: 2, heads: 4, causal: true });
  const { attention } = await first.trace(info.aligned);
  expect([...reading.map.data]).toEqual([...attention.data.slice(-reading.map.data.length)]);

  const { looks } = await trainUntil(info.run, 4);
  await explore(models, { run: info.run }, context);
  const second = await models.load('local-decoder');
  expect(second).not.toBe(first);
  // The picture of the room is the mean over the heads of the last block.
  const map = looks.at(-1)!.alignment!;
  const trace = await second.trace(info.aligned);
  const size = map.columns.length ** 2;
  const mean = Array.from({ length: size }, (_, i) =>
    [0, 1, 2, 3].reduce((sum, head) => sum + trace.attention.data[(4 + head) * size + i]! / 4, 0),
  );
  for (const [i, weight] of map.weights.flat().entries()) expect(weight).toBeCloseTo(mean[i]!, 5);
  await second.dispose();
});

test('other jobs come first while a model is trained, and a pause sends what was done', async () => {
  const host = new Host({ locate: () => '/nowhere/' });
  const messages: JobMessage[] = [];
  const start = (request: JobRequest) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => messages.push(data);
    return host.run(request, port2);
  };
  const info = await open(store, settings('dates-fixed'), context);
  const order: string[] = [];
  const training = start({
    kind: 'trainAdvance',
    params: { run: info.run, until: 400 },
    priority: 'background',
  });
  void training.then(() => order.push('training'));
  await vi.waitFor(() => expect(messages.length).toBeGreaterThan(1), 20_000);
  const files = await start({ kind: 'trainPause', params: { run: info.run }, priority: 'now' });
  order.push('pause');
  expect(files).toBeUndefined();
  expect(await training).toEqual({ kind: 'stopped' });
  expect(order).toEqual(['pause', 'training']);
  await vi.waitFor(() => expect(messages.filter(({ type }) => type === 'end')).toHaveLength(2));
  const sent = messages.flatMap((message) =>
    message.type === 'progress' ? [message.value as TrainProgress] : [],
  );
  const steps = sent.flatMap(({ losses }) => losses).length;
  expect(sent.flatMap(({ look }) => (look ? [look.step] : [])).at(-1)).toBe(steps);
  expect(steps).toBeLessThan(400);
  await pause(store, { run: info.run }, context);
  // Another run takes its place.
  await open(store, settings('dates-fixed', { seed: 2 }), context);
  await expect(trainUntil(info.run, 400)).rejects.toThrow('no longer kept');
});

test.each(EXPERIMENT_IDS)('%s: nothing that is looked at was trained on', async (id) => {
  const experiment = EXPERIMENTS[id];
  const { train, heldOut, samples } = await dataOf(experiment, 1);
  const seen = new Set(train.map(({ source, target }) => source + target));
  expect([...heldOut, ...samples].filter(({ source, target }) => seen.has(source + target))).toEqual([]);
  expect(samples).toHaveLength(3);
  expect(experiment.steps / stepsBetweenLooks(experiment)).toBe(LOOKS);
});

test('bins have about equal counts, and every length is in one', () => {
  const lengths = [8, 8, 9, 9, 9, 10, 11, 12, 15, 17, 17, 18];
  const bins = binsOf(lengths);
  expect(bins).toEqual([
    [8, 8],
    [9, 9],
    [10, 10],
    [11, 12],
    [13, 17],
    [18, 18],
  ]);
  for (const length of lengths)
    expect(bins.filter(([from, to]) => from <= length && length <= to)).toHaveLength(1);
});

test('numbers and addresses', () => {
  expect([2.3456, 0.00012, 4.4e7, Number.NaN, Infinity, 0].map(formatLoss)).toEqual([
    '2.346',
    '1.2e-4',
    '4.4e+7',
    'NaN',
    '∞',
    '0.000',
  ]);
  expect([0.0003, 1000, 1e20].map(formatRate)).toEqual(['0.0003', '1000', '1e+20']);
  expect(['', 'dates-fixed', 'dates'].map(experimentOf)).toEqual([
    'dates-attention',
    'dates-fixed',
    undefined,
  ]);
  expect(['0.01', '1e20', '0', '-1', 'x', 'Infinity'].map((text) => schema.rate.parse(text))).toEqual([
    0.01,
    1e20,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(['64', '65', ''].map((text) => schema.width.parse(text))).toEqual([64, undefined, undefined]);
  // A setting that an architecture does not have makes no other run.
  const values = { seed: 1, rate: undefined, width: undefined, heads: 2, cell: 'lstm', at: 5 } as const;
  expect(settingsOf('sentences', values)).toEqual({
    experiment: 'sentences',
    seed: 1,
    rate: 0.005,
    width: 96,
    heads: 4,
    cell: 'lstm',
  });
  expect(settingsOf('characters', values)).toEqual({
    experiment: 'characters',
    seed: 1,
    rate: 0.003,
    width: 64,
    heads: 2,
    cell: 'gru',
  });
});

test('the backend is the fastest one', async () => {
  const run = await TrainingRun.open(settings('characters'));
  expect(run.backend).toBe((await createBackend()).name);
  await run.dispose();
});
