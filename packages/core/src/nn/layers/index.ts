export { GELU, type GELUOptions, ReLU, Sigmoid, SiLU, Softmax, Tanh } from './activations.ts';
export { Conv1d, type Conv1dOptions } from './conv1d.ts';
export {
  type ConvolutionOptions,
  type ConvolutionSizes,
  type ConvolutionSteps,
  type ConvolutionWeights,
  conv1d,
  conv1dLength,
  conv1dWeights,
} from './convolution.ts';
export { Dropout } from './dropout.ts';
export { Embedding } from './embedding.ts';
export { FeedForward, type FeedForwardLayerOptions } from './feed-forward.ts';
export { Linear, type LinearLayerOptions } from './linear.ts';
export { LayerNorm, type NormOptions, RMSNorm } from './norms.ts';
export { Sequential, type UnaryModule } from './sequential.ts';
