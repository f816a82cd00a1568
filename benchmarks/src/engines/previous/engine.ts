import { createFloatBackend, WasmBackend } from '@headwise/core/internal';
import type { Engine } from '../engine.ts';
import { prepareOurs } from '../ours.ts';
import type { Platform } from '../platform.ts';
import { deflated } from './kernel.ts';

/** The relaxed-SIMD backend with the functions for quantised weights of an earlier version, which the current ones are compared with. */
export async function previousKernel(platform: Platform): Promise<Engine> {
  const backend = await createFloatBackend('wasm-relaxed-simd');
  if (!(backend instanceof WasmBackend)) throw new TypeError(`expected a WasmBackend, got ${backend.name}`);
  const { kernel } = backend;
  const bytes = Uint8Array.from(atob(deflated), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const module = await WebAssembly.compile(await new Response(inflated).arrayBuffer());
  const instance = await WebAssembly.instantiate(module, { env: { memory: kernel.exports.memory } });
  kernel.exports = { ...kernel.exports, ...instance.exports };
  return { name: 'previous-kernel', threads: 1, prepare: (work) => prepareOurs(platform, backend, work) };
}
