// A training run as a configuration file says.

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Tokenizer } from '@headwise/core';
import {
  type CheckpointStorage,
  dropoutRates,
  openCheckpoints,
  Trainer,
  type TrainerOptions,
  type TrainingBatch,
} from '@headwise/core/train';
import { architectureOf } from './architectures.ts';
import { readTrainConfig, type TrainConfig } from './config.ts';
import { openModel, openTokenizer, readJson, readModelConfig, withTokenizer } from './model.ts';
import { evaluationLine, type ProgressOutput } from './progress.ts';
import { type DataRecord, readRecords } from './records.ts';
import { sizesOf, type TaskContext, tasks } from './tasks.ts';

/**
 * Trains the model of a configuration file, or continues its run from the last checkpoint. Rejects with `ConfigError`, `LoadError`, `FormatError` or
 * `TrainingError`.
 */
export async function trainByConfig(path: string, output: ProgressOutput): Promise<void> {
  const config = readTrainConfig(await readJson(path));
  const directory = dirname(resolve(path));
  const { context, examples, evalExamples, files, heads } = await prepare(config, directory);
  const task = tasks[config.task];
  const trainable = await openModel(
    config.model,
    directory,
    context.configJson,
    heads,
    config.backend,
    (names) => output.line(`new weights: ${names.join(', ')}`),
  );
  const { labelSmoothing: _, dropout = true, ...options } = config.training;
  const storage = openCheckpoints(resolve(directory, config.output));
  const trainer = new Trainer({
    ...options,
    trainable,
    objective: task.objective(context, trainable),
    trainExamples: examples,
    ...(evalExamples.length > 0 && { evalExamples }),
    dropout: dropout === true ? dropoutRates(context.configJson, heads[0]) : dropout || {},
    checkpoints: {
      storage,
      files,
      ...(config.checkpointEvery !== undefined && { every: config.checkpointEvery }),
      ...(config.keepCheckpoints !== undefined && { keep: config.keepCheckpoints }),
    },
    onStep: (report) => output.step(report),
    onEvaluate: (result) => output.line(evaluationLine(result)),
  } as TrainerOptions<unknown, unknown, TrainingBatch>);
  const parameters = trainable.parameters.all.reduce((sum, { size }) => sum + size, 0);
  output.line(
    `${context.configJson.model_type} · ${config.task} · ${parameters} parameters · ${examples.length} examples · ${trainer.totalSteps} steps`,
  );
  if (await trainer.resume()) output.line(`continued after step ${trainer.step}`);
  const interrupt = () => {
    output.line('interrupted: the run ends after the current step');
    trainer.stop();
  };
  process.once('SIGINT', interrupt);
  const { reason, step, loss } = await trainer.train();
  process.off('SIGINT', interrupt);
  output.line(`${reason} after step ${step} with loss ${loss.toFixed(4)}`);
  if (reason === 'stopped') return;
  const target = resolve(directory, config.output);
  await writeModel(storage, `checkpoint-${step}`, ['model.safetensors', ...Object.keys(files)], target);
  output.line(`model in ${target}`);
}

/** The data, the tokenizer, and the files that are written beside the weights. */
async function prepare(config: TrainConfig, directory: string) {
  const read = async (paths: readonly string[] = []) =>
    (await Promise.all(paths.map((path) => readRecords(resolve(directory, path))))).flat();
  const [records, evalRecords] = [await read(config.data.train), await read(config.data.eval)];
  const task = tasks[config.task];
  const tokenizerConfig = config.tokenizer ?? { source: 'source' in config.model ? config.model.source : '' };
  const tokenizerFiles = await openTokenizer(tokenizerConfig, directory, () => textsIn(records));
  const tokenizer = Tokenizer.fromFiles(tokenizerFiles);
  const modelConfig = await readModelConfig(config.model, directory);
  const known = 'config' in config.model ? withTokenizer(modelConfig, tokenizer) : modelConfig;
  const labels = task.labels?.(records) ?? [];
  const configJson = {
    ...known,
    architectures: [architectureOf(known, task.classSuffix)],
    ...(labels.length > 0 && {
      id2label: Object.fromEntries(labels.entries()),
      label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    }),
    ...(config.task === 'multiLabelClassification' && { problem_type: 'multi_label_classification' }),
    ...(config.task === 'regression' && { problem_type: 'regression' }),
  };
  const context: TaskContext = {
    tokenizer,
    configJson,
    labels,
    labelSmoothing: config.training.labelSmoothing ?? 0,
    ...sizesOf(config.data, tokenizer),
  };
  const all = task.examples(records, context);
  // Evenly spread, since files may be sorted.
  const share = config.data.evalFraction ?? 0;
  const isApart = (i: number) => Math.floor((i + 1) * share) > Math.floor(i * share);
  return {
    context,
    heads: task.heads,
    examples: all.filter((_, i) => !isApart(i)),
    evalExamples: [...all.filter((_, i) => isApart(i)), ...task.examples(evalRecords, context)],
    files: {
      'config.json': configJson,
      'tokenizer.json': tokenizerFiles.tokenizerJson,
      ...(tokenizerFiles.tokenizerConfigJson !== undefined && {
        'tokenizer_config.json': tokenizerFiles.tokenizerConfigJson,
      }),
    },
  };
}

/** All strings of the records, to train a tokenizer on. */
function textsIn(records: readonly DataRecord[]): readonly string[] {
  return records.flatMap(({ values }) => Object.values(values).filter((value) => typeof value === 'string'));
}

/** Copies the files of the last checkpoint; each is replaced at once. */
async function writeModel(
  storage: CheckpointStorage,
  checkpoint: string,
  names: readonly string[],
  directory: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of names) {
    const partial = join(directory, `.partial-${name}`);
    await writeFile(partial, await storage.read(checkpoint, name));
    await rename(partial, join(directory, name));
  }
}
