import { loadModel } from '@headwise/worker';
import { encoderFiles } from './encoder-files.ts';
import type { Engine } from './engine.ts';
import type { Platform } from './platform.ts';

/** Headwise's encoders with their heads in several workers. */
export function workers(platform: Platform, threads: number): Engine {
  return {
    name: 'workers',
    threads,
    async prepare(work) {
      if (work.kind !== 'encoder' || work.dtype !== 'f32') return undefined;
      const model = await loadModel(await encoderFiles(platform, work), { workers: threads });
      return { run: () => model.embed(work.text), dispose: () => model.dispose() };
    },
  };
}
