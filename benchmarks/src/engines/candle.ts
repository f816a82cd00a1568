import type { Engine } from './engine.ts';
import type { Platform } from './platform.ts';

/** The used part of @lat.md/embed: candle compiled to WebAssembly, with MiniLM. */
type Candle = (maxTokens: number) => Promise<{ embed(texts: string[]): Promise<number[][]> }>;

/** candle on WebAssembly: MiniLM in f32 only. Its runs include tokenization, about 1 % of the time. */
export async function candle(platform: Platform): Promise<Engine> {
  const create = (await platform.peer('candle')) as Candle;
  const embedder = await create(512);
  return {
    name: 'candle',
    threads: 1,
    prepare(work) {
      if (work.kind !== 'encoder' || work.model !== 'MiniLM' || work.dtype !== 'f32') return undefined;
      const run = async () => Float32Array.from((await embedder.embed([work.text]))[0]!);
      return { run, dispose: () => {} };
    },
  };
}
