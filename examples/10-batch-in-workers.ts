// Many texts at once: `split: 'batch'` gives each worker whole texts instead of heads. Nothing is exchanged between workers, so the
// throughput of long lists grows with their number; each worker holds a copy of all weights, and one text is no faster.
import { cosineSimilarity } from '@headwise/core';
import { loadEncoder } from '@headwise/worker';

const subjects = ['The cat', 'My sister', 'A stranger', 'The new teacher'];
const actions = [
  'slept on the sofa',
  'bought a red car',
  'sang in the rain',
  'ate two apples',
  'went home early',
];
const texts = subjects.flatMap((subject) => actions.map((action) => `${subject} ${action}.`));

const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2', { workers: 2, split: 'batch' });
const vectors = await model.embed(texts); // in the order of the texts
console.log(`${vectors.length} vectors of ${vectors[0]?.length} features`);

const query = await model.embed('Someone took a nap.');
const ranked = vectors
  .map((vector, i) => ({ text: texts[i], score: cosineSimilarity(query, vector) }))
  .sort((a, b) => b.score - a.score);
for (const { text, score } of ranked.slice(0, 3)) console.log(`${score.toFixed(2)} ${text}`);

await model.dispose();

// Prints:
// 20 vectors of 384 features
// 0.46 My sister slept on the sofa.
// 0.44 A stranger slept on the sofa.
// 0.43 The new teacher slept on the sofa.
