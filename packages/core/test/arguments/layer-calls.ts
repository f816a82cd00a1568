import * as nn from '../../src/nn.ts';
import { c } from './call.ts';
import type { Call } from './wrong-arguments.ts';

const backend = await nn.createBackend('wasm-simd');
const heads = { data: new Float32Array(8), shape: [1, 1, 2, 4] };
const sizes = { inChannels: 2, outChannels: 2, kernelSize: 3 };
const weight = new Float32Array(12);
const pack = (values: Float32Array, bias: Float32Array | undefined, inFeatures: number) =>
  backend.linearWeights(values, bias, inFeatures);

/** The functions of the entry `@headwise/core/nn`, and what its layers check first. A backend is not among what is tried. */
export const layerCalls: readonly Call[] = [
  c('alibiSlopes', [4], nn.alibiSlopes),
  c('rotaryFrequencies', [8, 10_000, { ropeType: 'linear', factor: 2 }], nn.rotaryFrequencies),
  c('sinusoidalPositions', [4, 8, 0], nn.sinusoidalPositions),
  c('conv1dLength', [4, 3, { stride: 1, padding: 1, dilation: 1 }], nn.conv1dLength),
  c('conv1dWeights', [pack, weight, undefined, sizes], nn.conv1dWeights),
  c('conv1d', [nn.conv1dWeights(pack, weight, undefined, sizes), { padding: 1 }], (weights, options) =>
    nn.conv1d(backend, backend.tensor(new Float32Array(8), [4, 2]), weights, options),
  ),
  c('scaledDotProductAttention', [heads, heads, heads, { isCausal: true }], (query, key, value, options) =>
    nn.scaledDotProductAttention(backend, query, key, value, options),
  ),
  c(
    'Linear',
    [4, 2, { bias: true }],
    (inFeatures, outFeatures, options) => new nn.Linear(inFeatures, outFeatures, options),
  ),
  c('Embedding', [4, 2], (numEmbeddings, embeddingDim) => new nn.Embedding(numEmbeddings, embeddingDim)),
  c('LayerNorm', [4, { eps: 1e-5 }], (features, options) => new nn.LayerNorm(features, options)),
  c('RMSNorm', [4, { eps: 1e-5 }], (features, options) => new nn.RMSNorm(features, options)),
  c('Dropout', [0.1], (p) => new nn.Dropout(p)),
];
