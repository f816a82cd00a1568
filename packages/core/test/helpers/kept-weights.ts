import { createHash } from 'node:crypto';
import type { Backend, LinearWeights, Tensor } from '../../src/backend/backend.ts';
import { WasmBackend } from '../../src/backend/wasm/wasm.ts';
import { linearFormats, WasmLinear, WasmTable } from '../../src/backend/wasm/weights.ts';
import type { WeightWriter } from '../../src/backend/weight-writer.ts';
import { type BackendName, createBackend } from '../../src/index.ts';

/** A backend, and the digests of all weights that were created in it, in order: the same digests mean the same bits. */
export async function watchedBackend(
  name: BackendName,
): Promise<{ backend: Backend; kept: string[]; rounded: string[] }> {
  const backend = await createBackend(name);
  const kept: string[] = [];
  /** Types with integers that were given floats. */
  const rounded: string[] = [];
  const note = <W extends Tensor | LinearWeights>(weights: W): W => {
    kept.push(digestOf(backend, weights));
    return weights;
  };
  const { constant, linearWriter, tableWriter } = backend;
  backend.constant = (...of) => note(constant.apply(backend, of));
  const watched = <W extends Tensor | LinearWeights>(
    writer: WeightWriter<W>,
    dtype: string,
  ): WeightWriter<W> => ({
    write(rows) {
      if (rows instanceof Float32Array && /^q/.test(dtype)) rounded.push(dtype);
      writer.write(rows);
    },
    discard: () => writer.discard(),
    finish: (bias) => note(writer.finish(bias)),
  });
  backend.linearWriter = (...of) => watched(linearWriter!.apply(backend, of), of[2]);
  backend.tableWriter = (...of) => watched(tableWriter!.apply(backend, of), of[2]);
  return { backend, kept, rounded };
}

function digestOf(backend: Backend, weights: Tensor | LinearWeights): string {
  const hash = createHash('sha256');
  if (backend instanceof WasmBackend && weights instanceof WasmLinear) {
    const { inFeatures, outFeatures, dtype } = weights;
    const { memory } = backend.kernel;
    hash.update(memory.u8(weights.packed, linearFormats[dtype].bytes(inFeatures, outFeatures)));
    if (weights.bias) hash.update(memory.u8(weights.bias, outFeatures * 4));
    return `${dtype} ${outFeatures} ${inFeatures} ${hash.digest('hex').slice(0, 16)}`;
  }
  if (backend instanceof WasmBackend && weights instanceof WasmTable) {
    hash.update(backend.kernel.memory.u8(weights.address, weights.bytes));
    return `table ${weights.bits} ${weights.shape} ${hash.digest('hex').slice(0, 16)}`;
  }
  const values = 'shape' in weights ? backend.read(weights) : new Float32Array(0);
  hash.update(new Uint8Array(values.slice().buffer));
  return hash.digest('hex').slice(0, 16);
}
