// Replaces src/main.ts of an app that `npm create vite` generated; the rest of the app is unchanged.
import { loadEncoder } from '@headwise/core';
import { loadEncoder as loadParallelModel } from '@headwise/worker';

declare global {
  interface Window {
    embed(texts: string[], weightsFile: string, workers: number): Promise<number[][]>;
  }
}

window.embed = async (texts, weightsFile, workers) => {
  const source = new URL('/weights/', location.href);
  const model =
    workers === 0
      ? await loadEncoder(source, { weightsFile })
      : await loadParallelModel(source, { weightsFile, workers });
  const embeddings = await model.embed(texts, { normalize: true });
  await model.dispose();
  return embeddings.map((embedding) => [...embedding]);
};
