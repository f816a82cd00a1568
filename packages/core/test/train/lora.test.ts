import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, createBackend, parseSafetensors } from '../../src/index.ts';
import {
  AdamW,
  clipGradNorm,
  crossEntropy,
  type LoraAdapter,
  type LoraOptions,
  loadAdapter,
  loadTrainable,
  RecordingBackend,
  type Trainable,
} from '../../src/train/index.ts';
import { backendNames, difference, fixtureCases, floats, type StoredArray } from '../helpers/fixture.ts';
import { randomValues } from '../helpers/gradients.ts';
import { type Forward, type LabelledSequence, packed, tinyModels } from '../helpers/trained-models.ts';

type Name = keyof typeof tinyModels;

interface LoraCase {
  readonly name: 'bert' | 'gpt2' | 'llama';
  readonly learningRate: number;
  readonly maxNorm: number;
  readonly layers: readonly string[];
  readonly saved: readonly string[];
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  /** Of the first sequence, before training. */
  readonly logits: StoredArray;
  readonly sequences: readonly LabelledSequence[];
}

const cases = fixtureCases<LoraCase>('lora');

const fileOf = (name: string, file: string) =>
  readFileSync(new URL(`../fixtures/lora/${name}/${file}`, import.meta.url));
const filesOf = (name: string) => ({
  'adapter_config.json': fileOf(name, 'adapter_config.json').toString(),
  'adapter_model.safetensors': new Uint8Array(fileOf(name, 'adapter_model.safetensors')),
});

async function load(
  name: Name,
  lora: LoraOptions | LoraAdapter,
  backendName: (typeof backendNames)[number] = 'reference',
): Promise<Trainable<Forward>> {
  const { checkpoint, load: loadModel } = tinyModels[name];
  return loadTrainable(await createBackend(backendName), await checkpoint, loadModel, { lora });
}

/** The loss of sequences, and its gradients in the parameters. */
function lossOf({ model, parameters, backend }: Trainable<Forward>, sequences: readonly LabelledSequence[]) {
  const { ids, labels, offsets } = packed(sequences);
  parameters.zeroGradients();
  return backend.record((tape) => {
    const loss = crossEntropy(backend, model(backend, ids, offsets), labels);
    tape.backward(loss);
    return backend.read(loss)[0]!;
  });
}

function logitsOf({ model, backend }: Pick<Trainable<Forward>, 'model' | 'backend'>, ids: readonly number[]) {
  return backend.record(() =>
    backend.read(model(backend, Int32Array.from(ids), Int32Array.of(0, ids.length))),
  );
}

/** A model without adapters and parameters. */
async function plainModel(name: Name, checkpoint: Checkpoint, backendName: (typeof backendNames)[number]) {
  const backend = new RecordingBackend(await createBackend(backendName));
  return { backend, model: await tinyModels[name].load(checkpoint, backend) };
}

/** Copies of the bytes of all tensors. */
function bytesOf(checkpoint: Checkpoint): Promise<Uint8Array[]> {
  return Promise.all(checkpoint.names.map(async (name) => (await checkpoint.read(name)).bytes.slice()));
}

const targets: Readonly<Record<Name, readonly string[]>> = {
  bert: ['query', 'value', 'intermediate.dense'],
  gpt2: ['c_attn', 'c_proj'],
  llama: ['q_proj', 'v_proj', 'gate_proj', 'down_proj'],
  t5: ['q', 'v', 'wi'],
};

const names = Object.keys(targets) as Name[];

const sequences: readonly LabelledSequence[] = [
  { ids: [7, 12, 9, 30, 6], labels: [12, 9, 30, 6, -100] },
  { ids: [21, 8, 15], labels: [8, 15, -100] },
];

for (const backendName of backendNames) {
  describe(`LoRA over ${backendName}`, () => {
    for (const test of cases) {
      it(`${test.name} with PEFT's files has PyTorch's logits, and its losses and gradient norms in ten steps of AdamW`, async () => {
        const trainable = await load(test.name, await loadAdapter(filesOf(test.name)), backendName);
        const { parameters, lora } = trainable;
        expect(lora!.modules.map((name) => name.replace(/^transformer\./, ''))).toEqual(test.layers);
        expect(parameters.trainable.map(({ name }) => name).sort()).toEqual(
          [
            ...test.layers.flatMap((name) => [`${name}.lora_A.weight`, `${name}.lora_B.weight`]),
            ...test.saved,
          ].sort(),
        );
        const first = logitsOf(trainable, test.sequences[0]!.ids);
        expect(difference(first, floats(test.logits).data)).toBeLessThan(2e-4);
        const optimizer = new AdamW(parameters, { learningRate: test.learningRate });
        for (const [step, expected] of test.losses.entries()) {
          expect(Math.abs(lossOf(trainable, test.sequences) - expected), `loss ${step}`).toBeLessThan(1e-4);
          const norm = clipGradNorm(parameters, test.maxNorm);
          expect(Math.abs(norm - test.norms[step]!) / norm, `norm ${step}`).toBeLessThan(1e-3);
          optimizer.step();
        }
      });
    }

    for (const name of names) {
      it(`merges ${name} to the results of the adapters, and restores the bits of the base weights`, async () => {
        const lora = { r: 3, loraAlpha: 6, targetModules: targets[name], initLoraWeights: false, seed: 4 };
        const trainable = await load(name, lora, backendName);
        const plain = await plainModel(name, await tinyModels[name].checkpoint, backendName);
        const base = logitsOf(plain, [7, 12, 9]);
        const adapted = logitsOf(trainable, [7, 12, 9]);
        expect(difference(adapted, base)).toBeGreaterThan(1e-2);
        trainable.lora!.merge();
        expect(trainable.lora!.isMerged).toBe(true);
        const merged = logitsOf(trainable, [7, 12, 9]);
        expect(difference(merged, adapted)).toBeLessThan(1e-4);
        expect(trainable.parameters.trainable).toEqual([]);
        // Merged, the adapters are not computed with a second time when weights are packed again.
        trainable.parameters.changed();
        expect(difference(logitsOf(trainable, [7, 12, 9]), merged)).toBe(0);
        trainable.lora!.unmerge();
        expect(difference(logitsOf(trainable, [7, 12, 9]), adapted)).toBe(0);
        // Without adapters, the results have the bits of the base model.
        for (const parameter of trainable.parameters) parameter.values.fill(0);
        trainable.parameters.changed();
        expect(difference(logitsOf(trainable, [7, 12, 9]), base)).toBe(0);
      });
    }
  });
}

describe('LoRA', () => {
  for (const name of names) {
    it(`gives A and B of ${name} the gradient of the full weight, projected: dB = s · dW · Aᵀ, dA = s · Bᵀ · dW`, async () => {
      const lora = { r: 2, loraAlpha: 5, targetModules: targets[name], initLoraWeights: false, seed: 9 };
      const trainable = await load(name, lora);
      const loss = lossOf(trainable, sequences);
      // The same model with the adapters merged into the checkpoint, all weights trained.
      const { checkpoint, load: loadModel } = tinyModels[name];
      const adapter = trainable.lora!.adapter();
      const full = await loadTrainable(
        await createBackend('reference'),
        adapter.mergeInto(await checkpoint),
        loadModel,
      );
      expect(lossOf(full, sequences)).toBeCloseTo(loss, 5);
      expect(adapter.layers.size).toBeGreaterThan(3);
      for (const [module, { a, b, scale }] of adapter.layers) {
        const { gradient, shape } = full.parameters.get(`${module}.weight`);
        const [rank, inFeatures] = [a.shape[0]!, a.shape[1]!];
        const outFeatures = b.shape[0]!;
        const transposed = name === 'gpt2';
        expect(shape).toEqual(transposed ? [inFeatures, outFeatures] : [outFeatures, inFeatures]);
        const dW = (out: number, i: number) =>
          gradient[transposed ? i * outFeatures + out : out * inFeatures + i]!;
        const dA = new Float64Array(rank * inFeatures);
        const dB = new Float64Array(outFeatures * rank);
        for (let out = 0; out < outFeatures; out++) {
          for (let i = 0; i < inFeatures; i++) {
            for (let k = 0; k < rank; k++) {
              dA[k * inFeatures + i]! += scale * b.data[out * rank + k]! * dW(out, i);
              dB[out * rank + k]! += scale * dW(out, i) * a.data[k * inFeatures + i]!;
            }
          }
        }
        const largest = Math.max(...[...dA, ...dB].map(Math.abs));
        expect(largest).toBeGreaterThan(1e-5);
        const own = trainable.parameters;
        expect(difference(own.get(`${module}.lora_A.weight`).gradient, dA) / largest).toBeLessThan(1e-4);
        expect(difference(own.get(`${module}.lora_B.weight`).gradient, dB) / largest).toBeLessThan(1e-4);
      }
    });
  }

  it('has gradients of A and B that agree with central differences', async () => {
    const trainable = await load('bert', {
      r: 2,
      targetModules: ['query', 'dense'],
      initLoraWeights: false,
      seed: 2,
    });
    const { parameters } = trainable;
    lossOf(trainable, sequences);
    const gradients = parameters.gradients.slice();
    const largest = Math.max(...gradients.map(Math.abs));
    const step = 2e-3;
    for (const index of [0, 3, 50, 77, 200, 305, parameters.values.length - 1]) {
      const losses = [step, -step].map((change) => {
        parameters.values[index]! += change;
        parameters.changed();
        const loss = lossOf(trainable, sequences);
        parameters.values[index]! -= change;
        return loss;
      });
      const difference = (losses[0]! - losses[1]!) / (2 * step);
      expect(Math.abs(difference - gradients[index]!) / largest).toBeLessThan(2e-3);
    }
  });

  it('begins with the results of the base model, and with A and B of a seed as PEFT initialises them', async () => {
    const options = { r: 4, targetModules: ['query', 'value'], seed: 3 };
    const trainable = await load('bert', options);
    const plain = await plainModel('bert', await tinyModels.bert.checkpoint, 'reference');
    const base = logitsOf(plain, [7, 12, 9]);
    expect(difference(logitsOf(trainable, [7, 12, 9]), base)).toBe(0);
    const { layers } = trainable.lora!.adapter();
    const again = (await load('bert', options)).lora!.adapter().layers;
    const other = (await load('bert', { ...options, seed: 5 })).lora!.adapter().layers;
    for (const [name, { a, b }] of layers) {
      expect(b.data.every((value) => value === 0)).toBe(true);
      const bound = 1 / Math.sqrt(a.shape[1]!);
      expect(a.data.every((value) => Math.abs(value) <= bound)).toBe(true);
      const variance = a.data.reduce((sum, value) => sum + value ** 2, 0) / a.data.length;
      expect(variance / (bound ** 2 / 3)).toBeGreaterThan(0.6);
      expect(variance / (bound ** 2 / 3)).toBeLessThan(1.4);
      expect(again.get(name)!.a.data).toEqual(a.data);
      expect(other.get(name)!.a.data).not.toEqual(a.data);
    }
    const gaussian = (await load('bert', { ...options, r: 8, initLoraWeights: 'gaussian' })).lora!.adapter();
    const values = [...gaussian.layers.values()].flatMap(({ a }) => [...a.data]);
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    expect(deviation * 8).toBeGreaterThan(0.9);
    expect(deviation * 8).toBeLessThan(1.1);
  });

  it('trains only A, B, modules to save and the biases of the option bias, and leaves the base checkpoint as it was', async () => {
    const names = async (options: Partial<LoraOptions>) => {
      const trainable = await load('bert', { targetModules: ['query'], r: 1, ...options });
      return trainable.parameters.trainable.map(({ name }) => name);
    };
    const layer = (i: number) => `bert.encoder.layer.${i}.attention.self.query`;
    const factors = [0, 1].flatMap((i) => [`${layer(i)}.lora_A.weight`, `${layer(i)}.lora_B.weight`]);
    expect(await names({})).toEqual(factors);
    expect(await names({ bias: 'lora_only' })).toEqual([`${layer(0)}.bias`, `${layer(1)}.bias`, ...factors]);
    const all = await names({ bias: 'all' });
    expect(all.length).toBeGreaterThan(factors.length + 15);
    expect(all.filter((name) => !name.includes('lora_')).every((name) => name.endsWith('.bias'))).toBe(true);
    expect(await names({ modulesToSave: ['transform.dense'] })).toEqual([
      'cls.predictions.transform.dense.weight',
      'cls.predictions.transform.dense.bias',
      ...factors,
    ]);

    const checkpoint = await tinyModels.bert.checkpoint;
    const before = await bytesOf(checkpoint);
    const trainable = await load('bert', { targetModules: ['query', 'value'], r: 2, bias: 'lora_only' });
    const frozen = trainable.parameters.all.filter((parameter) => !parameter.trainable);
    const values = frozen.map((parameter) => parameter.values.slice());
    const optimizer = new AdamW(trainable.parameters, { learningRate: 0.05 });
    for (let step = 0; step < 3; step++) {
      lossOf(trainable, sequences);
      optimizer.step();
    }
    expect(frozen.map((parameter) => parameter.values)).toEqual(values);
    expect(await bytesOf(checkpoint)).toEqual(before);
  });

  it('writes files that PEFT and loadAdapter read, with the same results after loading', async () => {
    const trainable = await load('gpt2', {
      r: 3,
      loraAlpha: 7,
      targetModules: ['c_attn', 'mlp.c_proj'],
      modulesToSave: ['ln_f'],
      bias: 'lora_only',
      rankPattern: { 'h.0.attn.c_attn': 2 },
      useRslora: true,
      taskType: 'CAUSAL_LM',
      moduleName: (name) => `transformer.${name}`,
      seed: 1,
    });
    const { parameters } = trainable;
    for (const [i, { values }] of parameters.trainable.entries()) {
      values.set(randomValues(values.length, i).map((value) => value * 0.2));
    }
    parameters.changed();
    const files = trainable.lora!.adapter().files();
    expect(JSON.parse(files['adapter_config.json'])).toEqual({
      alpha_pattern: {},
      auto_mapping: null,
      base_model_name_or_path: null,
      bias: 'lora_only',
      fan_in_fan_out: true,
      inference_mode: true,
      init_lora_weights: true,
      layers_pattern: null,
      layers_to_transform: null,
      lora_alpha: 7,
      lora_dropout: 0,
      modules_to_save: ['ln_f'],
      peft_type: 'LORA',
      r: 3,
      rank_pattern: { 'h.0.attn.c_attn': 2 },
      revision: null,
      target_modules: ['c_attn', 'mlp.c_proj'],
      task_type: 'CAUSAL_LM',
      use_rslora: true,
    });
    const { tensors, metadata } = parseSafetensors(files['adapter_model.safetensors']);
    expect([...metadata]).toEqual([['format', 'pt']]);
    expect([...tensors].map(([name, { shape }]) => `${name} ${shape}`).sort()).toEqual(
      [
        ...[0, 1].flatMap((i) => {
          const prefix = `base_model.model.transformer.h.${i}`;
          const rank = i === 0 ? 2 : 3;
          return [
            `${prefix}.attn.c_attn.lora_A.weight ${rank},24`,
            `${prefix}.attn.c_attn.lora_B.weight 72,${rank}`,
            `${prefix}.attn.c_attn.base_layer.bias 72`,
            `${prefix}.mlp.c_proj.lora_A.weight 3,96`,
            `${prefix}.mlp.c_proj.lora_B.weight 24,3`,
            `${prefix}.mlp.c_proj.base_layer.bias 24`,
          ];
        }),
        'base_model.model.transformer.ln_f.weight 24',
        'base_model.model.transformer.ln_f.bias 24',
      ].sort(),
    );

    const adapter = await loadAdapter(files);
    const logits = logitsOf(trainable, [7, 12, 9]);
    const continued = await load('gpt2', adapter);
    expect(difference(logitsOf(continued, [7, 12, 9]), logits)).toBe(0);
    expect(lossOf(continued, sequences)).toBe(lossOf(trainable, sequences));
    expect(continued.lora!.adapter().files()).toEqual(files);
    // For inference: merged while loading, on any backend.
    const merged = adapter.mergeInto(await tinyModels.gpt2.checkpoint);
    const plain = await plainModel('gpt2', merged, 'wasm-simd');
    expect(difference(logitsOf(plain, [7, 12, 9]), logits)).toBeLessThan(1e-4);
  });

  it('throws ConfigError for targets that are not linear layers of the model, and for invalid options', async () => {
    const message = async (options: Partial<LoraOptions>) =>
      load('bert', { targetModules: ['query'], ...options }).then(
        () => 'no error',
        (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
      );
    expect(await message({ targetModules: ['q_proj'] })).toBe(
      'ConfigError: LoRA: no layer of the model matches targetModules ["q_proj"]',
    );
    expect(await message({ targetModules: ['word_embeddings'] })).toBe(
      'ConfigError: LoRA: bert.embeddings.word_embeddings.weight is not the weight of a linear layer',
    );
    expect(await message({ modulesToSave: ['classifier'] })).toBe(
      'ConfigError: LoRA: no layer of the model matches "classifier" of modulesToSave',
    );
    expect(await message({ r: 0 })).toBe(
      'ConfigError: LoRA: r must be a whole number from 1 to 65536, got 0',
    );
    expect(await message({ targetModules: '(' })).toBe(
      'ConfigError: LoRA: targetModules is not a regular expression that is supported: ^(?:()$',
    );
    expect(await message({ targetModules: '.*query', layersToTransform: [1] })).toBe(
      'ConfigError: LoRA: layersToTransform must be absent where targetModules is a string, got [1]',
    );
  });
});
