// Embeds texts over workers and does not dispose of the model: the process must still exit. Prints the results as JSON.
import { loadEncoder } from '@headwise/worker';

const { source, texts, options } = JSON.parse(process.argv[2]);
const model = await loadEncoder(source, options);
const embeddings = await model.embed(texts, { normalize: true });
const { attention } = await model.trace(texts[0]);
const hookShapes = [];
const hooks = {
  'blocks.2.attention.heads.4.context': ({ shape, data }) => {
    hookShapes.push(shape);
    return data.fill(0);
  },
};
const silenced = await model.embed(texts[0], { normalize: true, hooks });
const thrown = await model.embed(texts[0], { hooks: { output: () => ({}) } }).catch(({ name }) => name);
console.log(
  JSON.stringify({
    backend: model.backend,
    embeddings: embeddings.map((embedding) => [...embedding]),
    attention: attention.shape,
    hookShapes,
    changed: silenced.some((value, i) => value !== embeddings[0][i]),
    thrown,
  }),
);
