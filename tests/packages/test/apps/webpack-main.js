// Entry of an app that webpack bundles without a configuration.
import { loadEncoder } from '@headwise/core';
import { loadEncoder as loadParallelModel } from '@headwise/worker';

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
