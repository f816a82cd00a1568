import type { PeerName, Platform, WeightsName } from '../engines/platform.ts';

/** Paths of ONNX files on the benchmark's server, see `serveBenchmark`. */
const weightFiles: Readonly<Record<WeightsName, string>> = {
  'minilm-onnx': '/minilm-onnx/model.onnx',
  'minilm-onnx-int8': '/minilm-onnx-int8/model_quantized.onnx',
};

type PeerModules = Readonly<Partial<Record<PeerName, () => Promise<unknown>>>>;

/** A page of the benchmark's server. */
export const browserPlatform: Platform = {
  kind: 'browser',
  async peer(name) {
    // An alias of the bundler: types are checked without the peers installed.
    const modules = (await import('#peers')) as PeerModules;
    const start = modules[name];
    if (!start) throw new Error(`${name} does not run in browsers`);
    return start();
  },
  weights: (name) => bytes(weightFiles[name]),
  async minilm() {
    const [config, tokenizer, weights] = await Promise.all([
      bytes('/minilm/config.json'),
      bytes('/minilm/tokenizer.json'),
      bytes('/minilm/model.fp16.safetensors'),
    ]);
    return new Map([
      ['config.json', config],
      ['tokenizer.json', tokenizer],
      ['model.safetensors', weights],
    ]);
  },
  stories15m: () => bytes('/stories15m/llama2.data'),
  tokenizer: () => Promise.reject(new Error('tokenizers are measured in Node')),
  messages: () => Promise.reject(new Error('tokenizers are measured in Node')),
};

async function bytes(path: string): Promise<Uint8Array> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
