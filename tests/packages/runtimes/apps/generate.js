// Generates with a small decoder, on the calling thread and over workers. Prints the token ids as JSON.
import { loadCausalLM } from '@headwise/core';
import { loadCausalLM as loadParallel } from '@headwise/worker';

const { source, prompt, maxNewTokens, options } = JSON.parse(process.argv[2]);
const ids = Int32Array.from(prompt);
const outputs = [];
for (const model of [await loadCausalLM(source), await loadParallel(source, options)]) {
  const generation = await model.generate(ids, { maxNewTokens });
  const streamed = [];
  for await (const { tokens } of model.stream(ids, { maxNewTokens }))
    streamed.push(...tokens.map(({ id }) => id));
  outputs.push([...generation.ids], streamed);
  await model.dispose();
}
console.log(JSON.stringify(outputs));
