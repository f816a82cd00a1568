// Entry of an app that webpack bundles without a configuration.
import { loadModel } from '@headwise/core';
import { loadModel as loadParallelModel } from '@headwise/worker';

window.embed = async (texts, weightsFile, workers) => {
  const source = new URL('/weights/', location.href);
  const model =
    workers === 0
      ? await loadModel(source, { weightsFile })
      : await loadParallelModel(source, { weightsFile, workers });
  const embeddings = await model.embed(texts);
  await model.dispose();
  return embeddings.map((embedding) => [...embedding]);
};
