import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCausalLM, readSafetensorsHeader } from '../../../src/index.ts';
import { memorySource } from '../../../src/platform/bytes.ts';
import { Random } from '../../../src/platform/random.ts';
import { directoryCheckpoints as browserCheckpoints } from '../../../src/train/checkpoints/browser-directory.ts';
import {
  type CheckpointStorage,
  causalLanguageModelling,
  MemoryCheckpoints,
  openCheckpoints,
  Trainer,
} from '../../../src/train/index.ts';
import { tinyDecoderConfig } from '../../helpers/tiny-decoders.ts';
import { AS_IT_IS, tinyTokenizer } from '../../helpers/tiny-encoders.ts';
import { someSequences, trainableDecoder, valuesOf } from '../../helpers/training.ts';

const folders: string[] = [];
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headwise-checkpoints-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const texts = someSequences(6).map(({ length }, i) => ({
  ids: Int32Array.from({ length }, (_, k) => 5 + i + k),
}));
const bytes = (...values: number[]) => Uint8Array.from(values);

describe.each([
  ['memory', () => new MemoryCheckpoints()],
  ['a directory', () => openCheckpoints(join(temporaryFolder(), 'runs', 'one'))],
  ['a directory by its URL', () => openCheckpoints(pathToFileURL(temporaryFolder()))],
] as const)('checkpoints in %s', (_, open) => {
  it('are listed, read and removed', async () => {
    const storage: CheckpointStorage = open();
    expect(await storage.list()).toEqual([]);
    await storage.write('checkpoint-1', new Map([['a', bytes(1, 2)]]));
    await storage.write('checkpoint-20', new Map([['b', bytes()]]));
    expect([...(await storage.list())].sort()).toEqual(['checkpoint-1', 'checkpoint-20']);
    expect(await storage.read('checkpoint-1', 'a')).toEqual(bytes(1, 2));
    expect(await storage.read('checkpoint-20', 'b')).toEqual(bytes());
    const missing = {
      code: 'ERR_LOAD',
      reason: 'not-found',
      message: 'checkpoint checkpoint-1 has no file b',
    };
    await expect(storage.read('checkpoint-1', 'b')).rejects.toMatchObject(missing);
    await storage.remove('checkpoint-1');
    expect(await storage.list()).toEqual(['checkpoint-20']);
    await expect(storage.read('checkpoint-1', 'a')).rejects.toMatchObject({ reason: 'not-found' });
  });
});

describe('checkpoints in a directory', () => {
  it('leave out what an interrupted write has left, and remove it with the next write', async () => {
    const folder = temporaryFolder();
    const storage = openCheckpoints(folder);
    await storage.write('checkpoint-1', new Map([['a', bytes(1)]]));
    const partial = join(folder, '.partial-checkpoint-2');
    await storage.write('checkpoint-2', new Map([['a', bytes(1)]]));
    const { renameSync } = await import('node:fs');
    renameSync(join(folder, 'checkpoint-2'), partial);
    writeFileSync(join(folder, 'notes.txt'), '');
    expect(await storage.list()).toEqual(['checkpoint-1']);
    await storage.write('checkpoint-2', new Map([['a', bytes(2)]]));
    expect(readdirSync(folder).sort()).toEqual(['checkpoint-1', 'checkpoint-2', 'notes.txt']);
  });

  it('cannot be opened by a path in browsers', () => {
    expect(() => browserCheckpoints('runs')).toThrow('"runs" is a path, which browsers cannot write to');
  });
});

describe('checkpoints of a run', () => {
  const train = async (checkpoints: {
    storage: CheckpointStorage;
    every?: number;
    keep?: number;
    files?: object;
  }) => {
    const trainable = await trainableDecoder('gpt2');
    const trainer = new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples: texts,
      batchSize: 2,
      maxSteps: 7,
      learningRate: 0.01,
      checkpoints: checkpoints as never,
    });
    await trainer.train();
    return trainable;
  };

  it('are written at intervals and at the end, and the last ones are kept', async () => {
    const storage = new MemoryCheckpoints();
    await train({ storage, every: 3, keep: 2 });
    expect(await storage.list()).toEqual(['checkpoint-6', 'checkpoint-7']);
    const perEpoch = new MemoryCheckpoints();
    await train({ storage: perEpoch, keep: 9 });
    expect(await perEpoch.list()).toEqual(['checkpoint-3', 'checkpoint-6', 'checkpoint-7']);
  });

  it('keep that of the best evaluation, too', async () => {
    const storage = new MemoryCheckpoints();
    const trainable = await trainableDecoder('gpt2');
    let evaluations = 0;
    await new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples: texts,
      maxSteps: 6,
      evaluateEvery: 1,
      evaluate: () => ({ score: ++evaluations === 2 ? 1 : 0 }),
      earlyStopping: { patience: 9, metric: 'score' },
      checkpoints: { storage, every: 1, keep: 1 },
    }).train();
    expect(await storage.list()).toEqual(['checkpoint-2', 'checkpoint-6']);
  });

  it('are models that load, with Hugging Face’s names and metadata', async () => {
    const folder = temporaryFolder();
    const files = {
      'config.json': tinyDecoderConfig('gpt2'),
      'tokenizer.json': tinyTokenizer(),
      'tokenizer_config.json': JSON.parse(AS_IT_IS),
    };
    const trainable = await train({ storage: openCheckpoints(folder), files });
    const checkpoint = join(folder, 'checkpoint-7');
    const names = [
      'config.json',
      'model.safetensors',
      'optimizer.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'trainer_state.json',
    ];
    expect(readdirSync(checkpoint).sort()).toEqual(names);
    const weights = readFileSync(join(checkpoint, 'model.safetensors'));
    const header = await readSafetensorsHeader(memorySource(weights));
    expect(header.metadata.get('format')).toBe('pt');
    expect([...header.tensors.keys()]).toEqual(trainable.parameters.all.map(({ name }) => name));
    const model = await loadCausalLM(checkpoint, { backend: 'wasm-simd' });
    expect((await model.generate('the river', { maxNewTokens: 3 })).text).toBeTypeOf('string');
    model.dispose();
    const states = readFileSync(join(checkpoint, 'optimizer.safetensors'));
    const [first] = trainable.parameters.all;
    const moments = [...(await readSafetensorsHeader(memorySource(states))).tensors.keys()];
    expect(moments.slice(0, 3)).toEqual(
      ['step', 'exp_avg', 'exp_avg_sq'].map((name) => `${first!.name}.${name}`),
    );
  });

  it('are refused by a model with other parameters', async () => {
    const storage = new MemoryCheckpoints();
    await train({ storage });
    const trainable = await trainableDecoder('llama');
    const before = valuesOf(trainable);
    const trainer = new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples: texts,
      batchSize: 2,
      maxSteps: 7,
      learningRate: 0.01,
      checkpoints: { storage },
    });
    await expect(trainer.resume()).rejects.toMatchObject({ code: 'ERR_SHAPE' });
    expect(valuesOf(trainable)).toEqual(before);
  });
});

/** Runs the script, and kills it `delay` ms after it has begun its `writes`th checkpoint. Resolves to whether it came to its end. */
function runScript(
  directory: string,
  steps: number,
  kill?: { writes: number; delay: number },
): Promise<boolean> {
  const script = fileURLToPath(new URL('./train-until-killed.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, directory, String(steps)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [output, errors, isKilling] = ['', '', false];
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (!kill || isKilling || output.split('writing').length - 1 < kill.writes) return;
    isKilling = true;
    setTimeout(() => child.kill('SIGKILL'), kill.delay);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(true);
      else if (signal === 'SIGKILL' && isKilling) resolve(false);
      else reject(new Error(`the script ended with ${code ?? signal}: ${errors}`));
    });
  });
}

describe('a process that is killed while it writes checkpoints', () => {
  it('leaves whole checkpoints, and goes on to the bits of a run that was not', async () => {
    // More than six runs come to, also on a fast machine, before they are killed.
    const [steps, maxKills] = [64, 6];
    const [killed, whole] = [temporaryFolder(), temporaryFolder()];
    expect(await runScript(whole, steps)).toBe(true);
    const random = new Random(20);
    let kills = 0;
    for (;;) {
      const kill = { writes: 1 + Math.floor(random.next() * 3), delay: random.next() * 12 };
      const isDone = await runScript(killed, steps, kills < maxKills ? kill : undefined);
      for (const name of await openCheckpoints(killed).list()) {
        for (const file of ['model.safetensors', 'optimizer.safetensors']) {
          await readSafetensorsHeader(memorySource(readFileSync(join(killed, name, file))));
        }
        JSON.parse(readFileSync(join(killed, name, 'trainer_state.json'), 'utf8'));
      }
      if (isDone) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(4);
    for (const file of ['model.safetensors', 'optimizer.safetensors', 'trainer_state.json', 'config.json']) {
      const read = (folder: string) => readFileSync(join(folder, `checkpoint-${steps}`, file));
      expect(read(killed).equals(read(whole)), file).toBe(true);
    }
  });
});
