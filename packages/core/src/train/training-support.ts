import type { Kernel } from '@headwise/kernel';
import { loadTrainingKernel } from '@headwise/kernel/training';
import type { Backend, LinearWeights } from '../backend/backend.ts';
import { WasmBackend } from '../backend/wasm/wasm.ts';
import { ownedWeights, WasmLinear } from '../backend/wasm/weights.ts';
import { wasmDropout } from './dropout/wasm.ts';
import { wasmGradients } from './gradients/wasm/index.ts';
import { wasmLosses } from './losses/wasm.ts';
import { addressOf, WasmTrainingMemory } from './memory/wasm-memory.ts';
import { wasmUpdates } from './optimizers/wasm-updates.ts';
import { arraySupport, type TrainingSupport } from './support.ts';

/** Training with the kernels of a backend; in TypeScript for the reference backend. */
export async function trainingSupport(backend: Backend): Promise<TrainingSupport> {
  return backend instanceof WasmBackend ? wasmSupport(backend.kernel) : arraySupport;
}

async function wasmSupport(kernel: Kernel): Promise<TrainingSupport> {
  const kernels = { kernel, training: await loadTrainingKernel(kernel) };
  return {
    memory: new WasmTrainingMemory(kernel),
    gradients: wasmGradients(kernels),
    losses: wasmLosses(kernels),
    dropout: wasmDropout(kernels),
    updates: wasmUpdates(kernels),
    packLinear: (backend, packed, weight, bias) => {
      const linear = ownedWeights(backend, packed, WasmLinear);
      const { inFeatures, outFeatures } = linear;
      linear.format.pack(
        kernel.exports,
        addressOf(weight),
        inFeatures,
        outFeatures,
        0,
        outFeatures,
        linear.packed,
      );
      if (bias) kernel.memory.setF32(linear.bias, bias.data as Float32Array);
      return linear satisfies LinearWeights;
    },
  };
}
