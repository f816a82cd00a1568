// What every app under test does, whatever loads the model: embed with MiniLM and generate with a small Llama.

/** `models` is the URL of the models' folders; `options` are those that the environment needs. */
export async function embed(load, { models, texts, weightsFile, options }, workers = {}) {
  const source = new URL('weights/', models);
  const model = await load(source, { weightsFile, cache: false, ...workers, ...options });
  const embeddings = await model.embed(texts, { normalize: true });
  await model.dispose();
  return embeddings.map((embedding) => [...embedding]);
}

export async function generate(load, { models, prompt, maxNewTokens, options }, workers = {}) {
  const model = await load(new URL('llama/', models), { cache: false, ...workers, ...options });
  const { ids } = await model.generate(Int32Array.from(prompt), { maxNewTokens });
  await model.dispose();
  return [...ids];
}
