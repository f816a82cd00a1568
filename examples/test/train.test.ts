import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  classify,
  loadCausalLM,
  loadEncoder,
  loadSeq2SeqLM,
  SafetensorsCheckpoint,
  type TensorData,
  writeSafetensors,
} from '@headwise/core';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyTokenizer } from '../../packages/core/test/helpers/tiny-encoders.ts';
import { readTrainConfig } from '../train/config.ts';
import { ProgressOutput, progressLine } from '../train/progress.ts';
import { trainByConfig } from '../train/run.ts';

const script = fileURLToPath(new URL('../train/main.ts', import.meta.url));
const example = (name: string) =>
  JSON.parse(readFileSync(new URL(`../train/${name}`, import.meta.url), 'utf8'));
const folders: string[] = [];
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headwise-train-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes a configuration and data files. Returns the path of the configuration. */
function project(
  config: object,
  files: Readonly<Record<string, string>> = {},
): { folder: string; path: string } {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify(config));
  return { folder, path };
}

const jsonLines = (records: readonly object[]) => records.map((record) => JSON.stringify(record)).join('\n');

/** Collects the lines of a run. */
function output() {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (text: string) => lines.push(text.trimEnd()) };
  return { lines, progress: new ProgressOutput(stream as unknown as NodeJS.WriteStream) };
}

const story =
  'The cat sat on the mat. The dog sat on the log. The cat saw the dog, and the dog saw the cat.\n'.repeat(8);

/** The example, made small. */
function tinyGpt(training: object = {}) {
  const config = example('gpt-docs.json');
  return {
    ...config,
    model: { config: { ...config.model.config, n_layer: 1, n_embd: 16, n_head: 2 }, seed: 1 },
    tokenizer: { algorithm: 'bpe', vocabSize: 300 },
    data: { train: ['story.txt'], evalFraction: 0.2, blockSize: 16 },
    training: { ...config.training, epochs: 2, batchSize: 4, ...training },
    output: 'out',
  };
}

describe('npm run train', () => {
  it('trains a GPT from a text file, and writes a model that generates', async () => {
    const { folder, path } = project(tinyGpt(), { 'story.txt': story });
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, path]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^gpt2 · causalLM · \d+ parameters · \d+ examples · (\d+) steps\nstep 1\/\1 · epoch/,
    );
    expect(stdout).toMatch(/evaluation after step \d+: accuracy 0\.\d+ · loss \d\.\d+/);
    expect(stdout).toMatch(/completed after step \d+ with loss/);
    const names = readdirSync(join(folder, 'out')).filter((name) => !name.startsWith('checkpoint-'));
    expect(names.sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const config = JSON.parse(readFileSync(join(folder, 'out', 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      architectures: ['GPT2LMHeadModel'],
      vocab_size: expect.any(Number),
      eos_token_id: 0,
    });
    const model = await loadCausalLM(join(folder, 'out'));
    expect((await model.generate('The cat', { maxNewTokens: 4 })).tokens.length).toBeGreaterThan(0);
    model.dispose();

    const again = await promisify(execFile)(process.execPath, [script, path]);
    expect(again.stdout).toMatch(/continued after step (\d+)\ncompleted after step \1 /);
  });

  it.skipIf(process.platform === 'win32')(
    'ends with a checkpoint when it is interrupted, and continues',
    async () => {
      const { folder, path } = project(tinyGpt({ epochs: 200 }), { 'story.txt': story });
      const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      let stdout = '';
      child.stdout.on('data', (chunk) => {
        const isFirst = !stdout.includes('step 1/');
        stdout += chunk;
        if (isFirst && stdout.includes('step 1/')) child.kill('SIGINT');
      });
      const ending = await new Promise((resolve) => child.on('close', (...args) => resolve(args)));
      expect(ending, stdout).toEqual([0, null]);
      const [, step] = /stopped after step (\d+)/.exec(stdout) ?? [];
      expect(readdirSync(join(folder, 'out'))).toEqual([`checkpoint-${step}`]);
      const { lines, progress } = output();
      const rest = trainByConfig(path, progress);
      while (!lines.some((line) => line.startsWith('continued')))
        await new Promise((resolve) => setTimeout(resolve, 20));
      process.emit('SIGINT');
      await rest;
      expect(lines).toContain(`continued after step ${step}`);
    },
  );

  it('says what is wrong with a configuration', async () => {
    const { path } = project({ ...tinyGpt(), task: 'chat' });
    const run = promisify(execFile)(process.execPath, [script, path]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^headwise: train: task must be one of causalLM, .*, got "chat" \(ERR_CONFIG\)\n$/,
      ),
    });
    await expect(promisify(execFile)(process.execPath, [script])).rejects.toMatchObject({ code: 2 });
  });
});

/** A directory with a tiny encoder of core's tests. */
function tinyBert(): string {
  const folder = temporaryFolder();
  const fixture = fileURLToPath(new URL('../../packages/core/test/fixtures/encoders/bert', import.meta.url));
  cpSync(fixture, folder, { recursive: true });
  const { id2label: _, ...config } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tinyTokenizer()));
  return folder;
}

async function openWeights(path: string): Promise<SafetensorsCheckpoint> {
  const bytes = new Uint8Array(readFileSync(path));
  return SafetensorsCheckpoint.open({
    size: bytes.length,
    read: async (from, to) => bytes.subarray(from, to),
  });
}

const sentences = [
  'the river bank',
  'cash at the bank',
  'paris is the capital of france',
  'she sat by the river',
];

describe('a task', () => {
  it.each([
    [
      'sequenceClassification',
      sentences.map((text, i) => ({ text, label: i % 2 ? 'money' : 'river' })),
      ['money', 'river'],
    ],
    ['sequenceClassification', sentences.map((text) => ({ text, pair: text, label: 'same' })), ['same']],
    [
      'multiLabelClassification',
      sentences.map((text) => ({ text, labels: text.split(' ').slice(0, 2) })),
      undefined,
    ],
    ['regression', sentences.map((text) => ({ text, label: text.length })), ['LABEL_0']],
    [
      'tokenClassification',
      sentences.map((text) => ({
        words: text.split(' '),
        tags: text.split(' ').map((word) => (word === 'paris' ? 'B' : 'O')),
      })),
      ['B', 'O'],
    ],
    ['maskedLM', sentences.map((text) => ({ text })), undefined],
  ])('%s fine-tunes an encoder from JSON lines', async (task, records, labels) => {
    const { folder, path } = project(
      {
        model: { source: tinyBert() },
        task,
        data: { train: ['data.jsonl'], eval: ['data.jsonl'], maxLength: 16 },
        training: { maxSteps: 3, learningRate: 0.01 },
        output: 'out',
      },
      { 'data.jsonl': jsonLines([...records, ...records]) },
    );
    const { lines, progress } = output();
    await trainByConfig(path, progress);
    expect(lines.some((line) => line.startsWith('evaluation after step 3'))).toBe(true);
    const config = JSON.parse(readFileSync(join(folder, 'out', 'config.json'), 'utf8'));
    if (labels) expect(Object.values(config.id2label)).toEqual(labels);
    const model = await loadEncoder(join(folder, 'out'));
    expect((await model.embed('the river')).length).toBe(24);
    model.dispose();
  });

  it('names the new weights of a head that the checkpoint does not have', async () => {
    const source = tinyBert();
    const whole = await openWeights(join(source, 'model.safetensors'));
    const tensors: [string, TensorData][] = [];
    for (const name of whole.names) {
      // An encoder alone, as sentence-transformers saves it.
      if (name.startsWith('bert.') && !name.includes('pooler'))
        tensors.push([name.slice(5), await whole.read(name)]);
    }
    writeFileSync(join(source, 'model.safetensors'), writeSafetensors(tensors));
    const data = jsonLines(sentences.map((text, i) => ({ text, label: 'abcd'[i] })));
    const config = {
      model: { source },
      task: 'sequenceClassification',
      data: { train: ['data.jsonl'] },
      training: { maxSteps: 1 },
      output: 'out',
    };
    const { folder, path } = project(config, { 'data.jsonl': data });
    const { lines, progress } = output();
    await trainByConfig(path, progress);
    const created = 'bert.pooler.dense.weight, bert.pooler.dense.bias, classifier.weight, classifier.bias';
    expect(lines[0]).toBe(`new weights: ${created}`);
    const model = await loadEncoder(join(folder, 'out'));
    const [best] = await classify(model, 'the river bank');
    expect(['a', 'b', 'c', 'd']).toContain(best?.label);
    model.dispose();

    writeFileSync(join(source, 'model.safetensors'), writeSafetensors(tensors.slice(1)));
    await expect(trainByConfig(project(config, { 'data.jsonl': data }).path, progress)).rejects.toThrow(
      `train: the checkpoint has no tensor bert.${tensors[0]![0]}`,
    );
  });

  it('seq2SeqLM trains a new encoder–decoder with a tokenizer of its own', async () => {
    const pairs = sentences.map((source) => ({ source, target: source.split(' ').reverse().join(' ') }));
    const config = {
      model_type: 't5',
      d_model: 16,
      d_kv: 8,
      d_ff: 32,
      num_layers: 1,
      num_heads: 2,
      decoder_start_token_id: 0,
    };
    const { folder, path } = project(
      {
        model: { config },
        tokenizer: { algorithm: 'unigram', vocabSize: 60 },
        task: 'seq2SeqLM',
        data: { train: ['data.jsonl'] },
        training: { maxSteps: 2, batchSize: 2 },
        output: 'out',
      },
      { 'data.jsonl': jsonLines(pairs) },
    );
    await trainByConfig(path, output().progress);
    const model = await loadSeq2SeqLM(join(folder, 'out'));
    expect((await model.generate('the river', { maxNewTokens: 3 })).text).toBeTypeOf('string');
    model.dispose();
  });
});

describe('readTrainConfig', () => {
  const valid = { model: { source: 'a/b' }, task: 'maskedLM', data: { train: ['a.txt'] }, output: 'out' };

  it('accepts the examples', () => {
    expect(readTrainConfig(valid)).toEqual({ ...valid, training: {} });
    expect(readTrainConfig(example('gpt-docs.json'))).toEqual(example('gpt-docs.json'));
  });

  it.each([
    [[], 'the configuration must be an object, got []'],
    [{ ...valid, models: {} }, 'there is no models; expected one of model, tokenizer, task'],
    [{ ...valid, output: undefined }, 'output must be a string that is not empty, got nothing'],
    [{ model: valid.model, task: 'maskedLM', data: valid.data }, 'output is missing'],
    [{ ...valid, data: { train: [] } }, 'data.train must be a list of at least one path, got []'],
    [
      { ...valid, data: { train: ['a'], evalFraction: 1 } },
      'data.evalFraction must be a number above 0 and below 1, got 1',
    ],
    [{ ...valid, model: {} }, 'model must have either config or source, got {}'],
    [{ ...valid, model: { source: 'a', config: {} } }, 'model must have either config or source'],
    [{ ...valid, model: { config: {} } }, 'tokenizer is missing; a model that is created needs one'],
    [{ ...valid, tokenizer: { algorithm: 'bpe' } }, 'tokenizer.vocabSize is missing'],
    [
      { ...valid, training: { learning_rate: 1 } },
      'there is no training.learning_rate; expected one of epochs,',
    ],
    [{ ...valid, training: { learningRate: '1e-3' } }, 'training.learningRate must be a number, got "1e-3"'],
    [{ ...valid, training: { earlyStopping: {} } }, 'training.earlyStopping.patience is missing'],
    [{ ...valid, backend: 'webgpu' }, 'backend must be one of'],
  ])('throws ConfigError for %j', (config, message) => {
    expect(() => readTrainConfig(config)).toThrow(`train: ${message}`);
  });
});

describe('the progress line', () => {
  it('has step, epoch, loss, learning rate, norm, tokens per second and the time left', () => {
    const report = {
      step: 120,
      totalSteps: 300,
      epoch: 1.23,
      loss: 3.21439,
      learningRate: 0.000852,
      gradientNorm: 0.8123,
      tokens: 512,
      tokensPerSecond: 5210.4,
      secondsLeft: 79.2,
    };
    expect(progressLine(report)).toBe(
      'step 120/300 · epoch 1.2 · loss 3.2144 · learning rate 0.000852 · norm 0.81 · 5210 tokens/s · 1:20 left',
    );
    expect(progressLine({ ...report, secondsLeft: 3725 })).toContain('1:02:05 left');
  });
});
