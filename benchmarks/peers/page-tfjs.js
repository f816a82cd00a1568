// TensorFlow.js as the playground measures it: its operations, and where its WebAssembly is.

export { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
export * from '@tensorflow/tfjs-core';
