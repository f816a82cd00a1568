// Sentence embeddings: each text becomes a vector of length 1, so that the dot product of two vectors is their cosine similarity.
import { cosineSimilarity, loadEncoder } from '@headwise/core';

const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2');

const texts = ['I drank coffee.', 'She sipped a cup of tea.', 'The train was late.'];
const vectors = await model.embed(texts);
console.log(`${vectors.length} vectors of ${vectors[0]?.length} features`);

for (const [i, vector] of vectors.entries()) {
  const similarities = vectors.map((other) => cosineSimilarity(vector, other).toFixed(2).padStart(6));
  console.log(`${texts[i]?.padEnd(26)}${similarities.join('')}`);
}

await model.dispose();

// Prints:
// 3 vectors of 384 features
// I drank coffee.             1.00  0.51  0.28
// She sipped a cup of tea.    0.51  1.00  0.19
// The train was late.         0.28  0.19  1.00
