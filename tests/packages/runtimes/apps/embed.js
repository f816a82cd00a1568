// Embeds texts on the calling thread. Prints the results as JSON.
import { loadEncoder } from '@headwise/core';

const { source, texts, options } = JSON.parse(process.argv[2]);
const model = await loadEncoder(source, options);
const embeddings = await model.embed(texts, { normalize: true });
const { attention } = await model.trace(texts[0]);
await model.dispose();
const rejected = await loadEncoder(`${source}/nowhere`, options).catch(({ name, reason }) => ({
  name,
  reason,
}));
console.log(
  JSON.stringify({
    backend: model.backend,
    embeddings: embeddings.map((embedding) => [...embedding]),
    attention: attention.shape,
    rejected,
  }),
);
