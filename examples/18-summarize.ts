// An extractive summary by embeddings: the sentences that are nearest to the mean of all, and not near to one that was chosen already (maximal
// marginal relevance, Carbonell & Goldstein 1998), in the order of the text.
import { cosineSimilarity, loadEncoder } from '@headwise/core';

const text = `Bees live in colonies of many thousand insects. A colony has a single queen, who lays all of its eggs.
The workers gather nectar and pollen from flowers. They tell each other by a dance where flowers are.
The dance shows the direction of the flowers and their distance. In winter the bees keep each other warm.
Many crops bear fruit only after bees have visited their flowers. Without bees there would be few apples and almonds.
Bees are threatened by poisons and by the loss of meadows. Gardeners can help them with flowers that bloom late in the year.`;

const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2');
const sentences = text.match(/[^.]+\./g)!.map((sentence) => sentence.trim());
const vectors = await model.embed(sentences, { normalize: true });
const mean = vectors[0]!.map((_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0) / vectors.length);

const chosen: number[] = [];
while (chosen.length < 3) {
  const values = vectors.map((vector, i) => {
    if (chosen.includes(i)) return -Infinity;
    const nearest = Math.max(0, ...chosen.map((other) => cosineSimilarity(vector, vectors[other]!)));
    return 0.7 * cosineSimilarity(vector, mean) - 0.3 * nearest;
  });
  chosen.push(values.indexOf(Math.max(...values)));
}
for (const i of chosen.sort((a, b) => a - b)) console.log(sentences[i]);
await model.dispose();

// Prints:
// The workers gather nectar and pollen from flowers.
// In winter the bees keep each other warm.
// Many crops bear fruit only after bees have visited their flowers.
