// Streaming: text is printed while it is generated. stories15M continues stories and has no chat template; with an instruction-tuned
// model, `model.streamChat([{ role: 'user', content: '…' }])` gives the pieces of the answer in the same way.
import { loadCausalLM } from '@headwise/core';

const model = await loadCausalLM('https://example.com/stories15M.bin');
const prompt = 'Once upon a time';
process.stdout.write(prompt);

let tokenCount = 0;
for await (const { text, tokens } of model.stream(prompt, { maxNewTokens: 40 })) {
  process.stdout.write(text);
  tokenCount += tokens.length;
}
console.log(`\n${tokenCount} tokens`);

// Drawn at random by probability; the same seed gives the same tokens.
const sampling = { doSample: true, temperature: 0.8, topP: 0.95, seed: 1, maxNewTokens: 12 };
const first = await model.generate(prompt, sampling);
const second = await model.generate(prompt, sampling);
console.log(`same text with the same seed: ${first.text === second.text}`);

await model.dispose();

// Prints:
// Once upon a time, there was a little girl named Lily. She loved to play outside in the sunshine. One day, she saw a big, red ball in the sky. It was the sun!
// 40 tokens
// same text with the same seed: true
