import type { Kernel } from '@headwise/kernel';
import type { TrainingExports } from '@headwise/kernel/training';
import { WasmTensor } from '../../../backend/wasm/tensor.ts';
import { ConfigError } from '../../../errors.ts';
import type { SavedValue } from '../../tape/saved.ts';

/** A kernel, and the training module on its memory. */
export interface TrainingKernel {
  readonly kernel: Kernel;
  readonly training: TrainingExports;
}

/** The tensor in linear memory that has a saved value. */
export function savedTensor(x: SavedValue): WasmTensor {
  const tensor = x.tensor();
  if (tensor instanceof WasmTensor) return tensor;
  throw new ConfigError('training: this value is not in the memory of a kernel');
}

/** Runs `call` with the address of scratch memory that is freed afterwards, 0 for no bytes. */
export function withScratch(kernel: Kernel, bytes: number, call: (scratch: number) => void): void {
  const mark = kernel.stack.mark();
  try {
    call(bytes > 0 ? kernel.stack.push(bytes) : 0);
  } finally {
    kernel.stack.release(mark);
  }
}
