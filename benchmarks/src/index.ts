// What the verification scripts share with the benchmarks.
export { decoderConfigs, decoderShapes, randomDecoderWeights } from './cases/decoders.ts';
export { encoderWork } from './cases/make.ts';
export { encoderFiles } from './engines/encoder-files.ts';
export { transpose } from './engines/layout.ts';
export { elementTypes } from './engines/onnx/graph.ts';
export { inlineBranch } from './engines/onnx/inline-branch.ts';
export { Int8Onnx } from './engines/onnx/int8-onnx.ts';
export { ModelProto } from './engines/onnx/model-proto.ts';
export { safetensorsOfMoonshine, safetensorsOfWhisper } from './engines/onnx/speech-weights.ts';
export { safetensors } from './engines/safetensors.ts';
export { nodePlatform } from './node/platform.ts';
export { markdownTable } from './report/format.ts';
