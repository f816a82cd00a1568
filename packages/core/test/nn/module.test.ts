import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import {
  Dropout,
  Embedding,
  type FloatArray,
  GRU,
  LayerNorm,
  Linear,
  Module,
  Sequential,
  Tanh,
  type Tensor,
} from '../../src/nn.ts';
import {
  AdamW,
  binaryCrossEntropyWithLogits,
  clipGradNorm,
  crossEntropy,
  RecordingBackend,
  SGD,
} from '../../src/train.ts';
import { backendNames, difference } from '../helpers/fixture.ts';

/** Class of a list of ids, by the mean of their embeddings. */
class Classifier extends Module {
  embedding = new Embedding(20, 8);
  blocks = [new Linear(8, 16), new Linear(16, 8)];
  dropout = new Dropout(0.1);
  output = new Linear(8, 2);

  forward(ids: Int32Array, offsets: Int32Array): Tensor {
    const { backend } = this;
    let x = backend.meanPool(this.embedding.forward(ids), offsets);
    for (const block of this.blocks) x = backend.activate(block.forward(x), 'relu');
    return this.output.forward(this.dropout.forward(x));
  }
}

const mlp = () => new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
const inputs: FloatArray = { data: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), shape: [4, 2] };

describe.each(backendNames)('modules on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it('learn exclusive or', async () => {
    const recording = await RecordingBackend.create(backend);
    const model = await mlp().to(recording, { seed: 1 });
    const parameters = model.parameters();
    const optimizer = new AdamW(parameters, { learningRate: 0.05 });
    let loss = 1;
    for (let step = 0; step < 200; step++) {
      parameters.zeroGradients();
      loss = recording.record((tape) => {
        const logits = model.forward(recording.tensor(inputs.data, inputs.shape));
        const mean = binaryCrossEntropyWithLogits(recording, logits, Float32Array.of(0, 1, 1, 0));
        tape.backward(mean);
        return recording.read(mean)[0]!;
      });
      clipGradNorm(parameters, 10);
      optimizer.step();
    }
    expect(loss).toBeLessThan(0.05);

    // The same weights infer on a plain backend.
    const trained = model.stateDict();
    const plain = mlp();
    await plain.loadStateDict(trained);
    await plain.to(backend);
    const [a, b] = [plain.forward(inputs), model.forward(inputs)];
    expect(difference(a.data, b.data)).toBeLessThan(1e-5);
    expect([...a.data].map((x) => x > 0)).toEqual([false, true, true, false]);
    plain.dispose();
    model.dispose();
    expect(backend.weightBytes).toBe(0);
  });

  it('composed of others learn with dropout, to the same bits for the same seed', async () => {
    const sentences = [
      [1, 2, 3],
      [4, 5],
      [1, 3, 3, 2],
      [5, 5, 4],
    ];
    const offsets = Int32Array.of(0, 3, 5, 9, 12);
    const ids = Int32Array.from(sentences.flat());
    const train = async (seed: number) => {
      const recording = await RecordingBackend.create(backend);
      const model = await new Classifier().to(recording, { seed });
      const optimizer = new AdamW(model.parameters(), { learningRate: 0.02 });
      const losses: number[] = [];
      for (let step = 0; step < 40; step++) {
        model.parameters().zeroGradients();
        losses.push(
          recording.record((tape) => {
            const mean = crossEntropy(recording, model.forward(ids, offsets), Int32Array.of(0, 1, 0, 1));
            tape.backward(mean);
            return recording.read(mean)[0]!;
          }),
        );
        optimizer.step();
      }
      const logits = model.predict(ids, offsets);
      expect(model.training).toBe(true);
      model.dispose();
      return { losses, logits };
    };
    const [first, again, other] = [await train(3), await train(3), await train(4)];
    expect(first.losses.at(-1)).toBeLessThan(0.2);
    expect(first.logits.shape).toEqual([4, 2]);
    expect(again).toEqual(first);
    expect(other.losses).not.toEqual(first.losses);
  });
});

describe('Module', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend();
  });

  it('names weights by fields, in order', async () => {
    const model = await new Classifier().to(backend, { seed: 1 });
    const names = [
      'embedding.weight',
      'blocks.0.weight',
      'blocks.0.bias',
      'blocks.1.weight',
      'blocks.1.bias',
      'output.weight',
      'output.bias',
    ];
    expect([...model.stateDict().keys()]).toEqual(names);
    expect(model.parameters().all.map((parameter) => parameter.name)).toEqual(names);
    expect([...model.blocks[1]!.stateDict().keys()]).toEqual(['weight', 'bias']);
    expect(model.output.parameters().all.map((parameter) => parameter.name)).toEqual([
      'output.weight',
      'output.bias',
    ]);
    expect(model.parameters().get('blocks.1.weight').shape).toEqual([8, 16]);
    expect([...(await mlp().to(backend)).stateDict().keys()]).toEqual([
      '0.weight',
      '0.bias',
      '2.weight',
      '2.bias',
    ]);
    model.dispose();
  });

  it('moves its weights to another backend, and the modules that it is made of with it', async () => {
    const inner = await new Linear(2, 2).to(backend, { seed: 5 });
    const weights = inner.stateDict();
    const outer = await new Sequential(inner).to(await RecordingBackend.create(backend));
    expect(outer.stateDict().get('0.weight')).toEqual(weights.get('weight'));
    const reference = await createBackend('reference');
    await outer.to(reference);
    expect(outer.stateDict().get('0.bias')).toEqual(weights.get('bias'));
    expect(inner.backend).toBe(reference);
    await expect(inner.to(backend)).rejects.toThrow('Linear: it is part of Sequential; move that one');
    expect(() => inner.dispose()).toThrow('Linear: it is part of Sequential; dispose of that one');
    outer.dispose();
    expect(() => inner.backend).toThrow('it was disposed of');
  });

  it('loads a state dict whole or not at all', async () => {
    const reference = await createBackend('reference');
    for (const on of [backend, await RecordingBackend.create(backend), reference, undefined]) {
      const model = mlp();
      if (on) await model.to(on, { seed: 1 });
      else await model.loadStateDict((await mlp().to(reference, { seed: 1 })).stateDict());
      const before = model.stateDict();
      const changed = (await mlp().to(reference, { seed: 2 })).stateDict();
      const missing = new Map(changed);
      missing.delete('2.bias');
      await expect(model.loadStateDict(missing)).rejects.toThrow('state dict has no tensor "2.bias"');
      const unknown = new Map(changed).set('3.weight', { data: new Float32Array(1), shape: [1] });
      await expect(model.loadStateDict(unknown)).rejects.toThrow('Sequential has no weights named 3.weight');
      const shaped = new Map(changed).set('2.weight', { data: new Float32Array(8), shape: [8] });
      await expect(model.loadStateDict(shaped)).rejects.toThrow(
        '2.weight must be [1, 8] by the configuration, is [8]',
      );
      expect(model.stateDict()).toEqual(before);
      await model.loadStateDict(changed);
      expect(model.stateDict()).toEqual(changed);
      // Not a view of the caller's arrays.
      changed.get('2.bias')!.data[0] = 7;
      expect(model.stateDict().get('2.bias')!.data[0]).not.toBe(7);
      if (on) {
        const twin = await mlp().to(reference);
        await twin.loadStateDict(model.stateDict());
        expect(difference(model.forward(inputs).data, twin.forward(inputs).data)).toBeLessThan(1e-6);
      }
    }
  });

  it('takes a state dict for a part of it', async () => {
    const recording = await RecordingBackend.create(backend);
    for (const on of [backend, recording]) {
      const model = await mlp().to(on, { seed: 1 });
      const { data } = model.forward(inputs);
      const part = model.modules[2]!;
      await part.loadStateDict({
        weight: { data: new Float32Array(8), shape: [1, 8] },
        bias: { data: Float32Array.of(3), shape: [1] },
      });
      expect([...model.forward(inputs).data]).toEqual([3, 3, 3, 3]);
      expect(data).not.toContain(3);
    }
  });

  it('trains a part of its parameters', async () => {
    const recording = await RecordingBackend.create(backend);
    const model = await mlp().to(recording, { seed: 1 });
    const before = model.stateDict();
    const head = model.modules[2]!;
    const optimizer = new SGD(head.parameters(), { learningRate: 0.1 });
    recording.record((tape) => {
      const logits = model.forward(recording.tensor(inputs.data, inputs.shape));
      tape.backward(binaryCrossEntropyWithLogits(recording, logits, Float32Array.of(0, 1, 1, 0)));
    });
    optimizer.step();
    const after = model.stateDict();
    expect(after.get('0.weight')).toEqual(before.get('0.weight'));
    expect(after.get('2.weight')).not.toEqual(before.get('2.weight'));
    head.parameters().zeroGradients();
    expect(head.parameters().all).toHaveLength(2);
  });

  it('throws without weights, and for parameters that are not trained', async () => {
    const model = mlp();
    expect(() => model.backend).toThrow('it is on no backend; call `await module.to(backend)` first');
    expect(() => model.stateDict()).toThrow('it has no weights');
    await model.to(backend);
    expect(() => new AdamW(model.parameters())).toThrow('move it to a RecordingBackend to train it');
    expect(() => model.parameters().zeroGradients()).toThrow('this backend computes no gradients');
    expect(() => new Linear(0, 2)).toThrow('Linear: inFeatures must be a whole number of at least 1, got 0');
    expect(() => new Sequential(new Linear(2, 2), undefined as never)).toThrow('argument 1 is not a module');
    expect(() => model.forward({ data: new Float32Array(6), shape: [2, 3] })).toThrow(
      'Linear: the last axis of the input must be 2, got [2, 3]',
    );
  });

  it('initialises weights by seed as PyTorch does', async () => {
    const model = new Sequential(new Linear(64, 400), new LayerNorm(400));
    const weights = (await model.to(backend, { seed: 1 })).stateDict();
    const values = weights.get('0.weight')!.data;
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    expect(Math.max(...values)).toBeLessThanOrEqual(1 / 8);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1 / 8);
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(Math.abs(variance - 1 / (3 * 64))).toBeLessThan(1e-4);
    expect(new Set(weights.get('1.weight')!.data)).toEqual(new Set([1]));
    const again = new Sequential(new Linear(64, 400), new LayerNorm(400));
    expect((await again.to(backend, { seed: 1 })).stateDict()).toEqual(weights);
    const table = (await new Embedding(100, 50).to(backend, { seed: 2 })).stateDict().get('weight')!.data;
    const second = table.reduce((sum, x) => sum + x * x, 0) / table.length;
    expect(Math.abs(second - 1)).toBeLessThan(0.05);
    const gru = (await new GRU({ inputSize: 3, hiddenSize: 4 }).to(backend)).stateDict();
    expect([...gru.keys()]).toEqual(['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0']);
    expect(Math.max(...gru.get('weight_hh_l0')!.data)).toBeLessThanOrEqual(0.5);
  });
});

describe('Dropout', () => {
  it('zeroes values with probability p and scales the others, repeatably', async () => {
    const backend = await createBackend();
    const layer = await new Dropout(0.25).to(backend, { seed: 9 });
    const x = { data: new Float32Array(40_000).fill(2), shape: [4, 100, 100] };
    const y = layer.forward(x);
    expect(y.shape).toEqual(x.shape);
    expect(new Set(y.data)).toEqual(new Set([0, Math.fround(Math.fround(1 / 0.75) * 2)]));
    const zeros = y.data.filter((value) => value === 0).length / y.data.length;
    expect(Math.abs(zeros - 0.25)).toBeLessThan(0.01);
    expect(layer.forward(x).data).not.toEqual(y.data);
    layer.manualSeed(9);
    expect(layer.forward(x).data).toEqual(y.data);
    expect(layer.predict(x).data).toEqual(x.data);
    layer.eval();
    expect(layer.forward(x).data).toEqual(x.data);
    expect([
      ...(await new Dropout(1).to(backend)).forward({ data: Float32Array.of(3), shape: [1] }).data,
    ]).toEqual([0]);
    expect(() => new Dropout(1.5)).toThrow('Dropout: p must lie in 0 … 1, got 1.5');
  });
});
