import { describe, expect, it } from 'vitest';
import { HookRunner } from '../../src/hooks/hook-runner.ts';
import { createBackend } from '../../src/index.ts';
import { loadSelfAttention, torchAttentionLayers } from '../../src/nn/attention/load-attention.ts';
import { WeightLoader } from '../../src/nn/load/weight-loader.ts';
import { runForward } from '../../src/nn/run/run-forward.ts';
import { arraySupport, loadTrainable, RecordingBackend, trainingSupport } from '../../src/train/index.ts';
import { backendNames, difference } from '../helpers/fixture.ts';
import { randomValues } from '../helpers/gradients.ts';

const recording = async (name: (typeof backendNames)[number] = 'reference') => {
  const wrapped = await createBackend(name);
  return new RecordingBackend(wrapped, await trainingSupport(wrapped));
};

describe('Tape', () => {
  it('records nothing that does not depend on parameters or watched tensors', async () => {
    const backend = await recording();
    backend.record((tape) => {
      const x = backend.tensor(Float32Array.of(1, 2), [1, 2]);
      backend.activate(backend.add(x, x), 'tanh');
      expect(tape.length).toBe(0);
      tape.watch(x);
      backend.activate(backend.add(x, x), 'tanh');
      expect(tape.length).toBe(2);
    });
  });

  it('multiplies gradients by the seed of the loss', async () => {
    const backend = await recording();
    backend.record((tape) => {
      const x = backend.tensor(Float32Array.of(3), [1, 1]);
      tape.watch(x);
      tape.backward(backend.scale(x, 2), 0.5);
      expect([...tape.gradientOf(x)]).toEqual([1]);
    });
  });

  it('throws when it is run backwards twice, or from a tensor of several values', async () => {
    const backend = await recording();
    backend.record((tape) => {
      const x = backend.tensor(Float32Array.of(1, 2), [1, 2]);
      tape.watch(x);
      expect(() => tape.backward(x)).toThrow('the loss must have one value, got shape [1, 2]');
      expect(() => tape.backwardFrom(x, [1])).toThrow('the gradient must have 2 values, got 1');
      tape.backwardFrom(x, [1, 1]);
      expect(() => tape.backwardFrom(x, [1, 1])).toThrow('the tape has been run backwards');
    });
  });
});

for (const name of backendNames) {
  describe(`RecordingBackend over ${name}`, () => {
    it('keeps activations of inner scopes while recording', async () => {
      const backend = await recording(name);
      backend.record((tape) => {
        const x = backend.tensor(Float32Array.of(0.5, -1), [1, 2]);
        tape.watch(x);
        const close = backend.openScope();
        const inner = backend.activate(x, 'tanh');
        close();
        backend.tensor(new Float32Array(64).fill(9), [8, 8]);
        const y = backend.activate(inner, 'exp');
        tape.backwardFrom(y, [1, 1]);
        const expected = [0.5, -1].map((value) => Math.exp(Math.tanh(value)) * (1 - Math.tanh(value) ** 2));
        expect(difference(tape.gradientOf(x), expected)).toBeLessThan(1e-6);
      });
    });

    it('computes without recording outside of record', async () => {
      const backend = await recording(name);
      const close = backend.openScope();
      const x = backend.tensor(Float32Array.of(1, 2), [1, 2]);
      expect([...backend.read(backend.scale(x, 3))]).toEqual([3, 6]);
      close();
    });

    it('frees released weights after the recording', async () => {
      const backend = await recording(name);
      const gain = backend.constant(Float32Array.of(2, 3), [2]);
      backend.record((tape) => {
        const x = backend.tensor(Float32Array.of(1, 2), [1, 2]);
        tape.watch(x);
        const y = backend.rmsNorm(x, gain, 0);
        backend.release(gain);
        backend.constant(Float32Array.of(9, 9), [2]);
        tape.backwardFrom(y, [1, 0]);
        // d/dx of 2 · x₀ / r with r² = 2.5: 2 (1 − x₀² / 5) / r and −2 x₀ x₁ / 5 / r.
        expect(difference(tape.gradientOf(x), [1.6 / Math.sqrt(2.5), -0.8 / Math.sqrt(2.5)])).toBeLessThan(
          1e-6,
        );
      });
      expect(backend.weightBytes).toBe(8);
    });
  });
}

describe('RecordingBackend', () => {
  it('throws ConfigError for tensors and weights of another backend and for quantised weights', async () => {
    const [backend, other] = [await recording(), await recording()];
    const foreign = other.tensor(Float32Array.of(1), [1, 1]);
    expect(() => backend.scale(foreign, 2)).toThrow('this tensor belongs to another backend');
    const weights = other.linearWeights(Float32Array.of(1), undefined, 1);
    const x = backend.tensor(Float32Array.of(1), [1, 1]);
    expect(() => backend.linear(x, weights)).toThrow('these weights belong to another backend');
    expect(() => backend.linearWeights(Float32Array.of(1), undefined, 1, 'q8')).toThrow('must be f32');
    expect(() => backend.embeddingTable(Float32Array.of(1), 1, 'f16')).toThrow('must be f32');
  });

  it('throws when record is called while recording, and records again after an error', async () => {
    const backend = await recording();
    expect(() => backend.record(() => backend.record(() => 1))).toThrow('record cannot be called');
    expect(backend.record(() => 2)).toBe(2);
  });

  it('uses the gradient of a kernel in place of its own', async () => {
    const calls: string[] = [];
    const { gradients } = arraySupport;
    const backend = new RecordingBackend(await createBackend('reference'), {
      ...arraySupport,
      gradients: {
        ...gradients,
        softmax: (args) => {
          calls.push('softmax');
          gradients.softmax(args);
        },
      },
    });
    backend.record((tape) => {
      const x = backend.tensor(Float32Array.of(1, 2), [1, 2]);
      tape.watch(x);
      tape.backwardFrom(backend.softmax(x), [1, 0]);
    });
    expect(calls).toEqual(['softmax']);
  });

  it('has the same gradients when hooks record scores and weights', async () => {
    const sizes = { hiddenSize: 8, heads: 2 };
    const { model, parameters, backend } = await loadTrainable(
      await createBackend('reference'),
      {
        in_proj_weight: { shape: [24, 8], data: randomValues(192, 1) },
        in_proj_bias: { shape: [24], data: randomValues(24, 2) },
        'out_proj.weight': { shape: [8, 8], data: randomValues(64, 3) },
        'out_proj.bias': { shape: [8], data: randomValues(8, 4) },
      },
      (checkpoint, own) =>
        loadSelfAttention(new WeightLoader(checkpoint, own), 'a', torchAttentionLayers('', sizes), sizes),
    );
    const gradientsWith = (hooks: HookRunner | undefined) => {
      parameters.zeroGradients();
      backend.record((tape) => {
        const x = backend.tensor(randomValues(40, 5), [5, 8]);
        const y = runForward(backend, Int32Array.of(0, 2, 5), hooks, (ctx) =>
          model.forward(ctx, { query: x }),
        );
        tape.backwardFrom(y, randomValues(40, 6));
      });
      return parameters.gradients.slice();
    };
    const plain = gradientsWith(undefined);
    expect(Math.max(...plain)).toBeGreaterThan(0.1);
    expect(difference(gradientsWith(new HookRunner({}, ['a.weights'])), plain)).toBeLessThan(1e-6);
    expect(difference(gradientsWith(new HookRunner({}, ['a.heads.1.scores'])), plain)).toBeLessThan(1e-6);
  });
});
