import type { Kernel } from '@headwise/kernel';
import type { Backend, LinearWeights } from '../backend/backend.ts';
import { WasmBackend } from '../backend/wasm/wasm.ts';
import { ownedWeights, WasmLinear } from '../backend/wasm/weights.ts';
import { typescriptGradients } from './gradients/index.ts';
import { addressOf, WasmTrainingMemory } from './memory/wasm-memory.ts';
import { typescriptUpdates } from './optimizers/updates.ts';
import { arraySupport, type TrainingSupport } from './support.ts';

/** Training with the kernels of a backend; in TypeScript for the reference backend. */
export async function trainingSupport(backend: Backend): Promise<TrainingSupport> {
  return backend instanceof WasmBackend ? wasmSupport(backend.kernel) : arraySupport;
}

function wasmSupport(kernel: Kernel): TrainingSupport {
  return {
    memory: new WasmTrainingMemory(kernel),
    gradients: typescriptGradients,
    updates: typescriptUpdates,
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
