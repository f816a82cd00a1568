// The peers that run in browsers, with the places that the benchmark's server has their WebAssembly at.

export { jax } from './engines.js';

export const onnxruntimeWeb = async () => {
  // The entry without WebGPU: its WebAssembly is the smallest of theirs, and the same operators.
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.wasmPaths = '/onnxruntime-web/';
  return ort;
};

export const litert = async () => {
  const litert = await import('@litertjs/core');
  await litert.loadLiteRt('/litert/');
  return litert;
};

export const wllama = () => import('@wllama/wllama');

export const tfjs = async () => {
  const [core, wasm] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-backend-wasm'),
    // Registers the operations' gradients.
    import('@tensorflow/tfjs-layers'),
  ]);
  wasm.setWasmPaths('/tfjs-wasm/');
  return core;
};
