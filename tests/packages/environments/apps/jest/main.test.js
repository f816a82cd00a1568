// Runs a task in a test of Jest, which loads CommonJS. The result is written to a file.
const { writeFileSync } = require('node:fs');
const core = require('@headwise/core');
const worker = require('@headwise/worker');

const { task, models, texts, weightsFile, prompt, maxNewTokens, options } = JSON.parse(process.env.INPUT);
const { loadEncoder, loadCausalLM } = task.endsWith('Workers') ? worker : core;
const given = { cache: false, ...options, ...(task.endsWith('Workers') && { workers: 2 }) };

test(task, async () => {
  if (task.startsWith('embed')) {
    const model = await loadEncoder(`${models}weights/`, { weightsFile, ...given });
    const embeddings = await model.embed(texts, { normalize: true });
    writeFileSync('result.json', JSON.stringify(embeddings.map((embedding) => [...embedding])));
    await model.dispose();
  } else {
    const model = await loadCausalLM(`${models}llama/`, given);
    const { ids } = await model.generate(Int32Array.from(prompt), { maxNewTokens });
    writeFileSync('result.json', JSON.stringify([...ids]));
    await model.dispose();
  }
}, 300_000);
