// `@headwise/benchmarks/page-peers`: the peers' engines for the playground, apart as they are large. The peers themselves come from `Platform.peer`.
export { onnxruntimeWeb } from './engines/onnx/onnxruntime.ts';
export { tfjsWasm } from './engines/tfjs.ts';
