// Attention weights: which tokens a head reads for each token. Every row is a query token and sums to 1.
import { loadEncoder } from '@headwise/core';

const [layer, head] = [3, 1];
const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2');
const { tokens, attention } = await model.trace('The dog slept because it was tired.');
console.log(`[layers, heads, queries, keys] = [${attention.shape.join(', ')}]`);

const weights = attention.map(layer, head); // [queries, keys]
console.log(['', ...tokens].map((token) => token.padStart(8)).join(''));
for (const [query, token] of tokens.entries()) {
  const row = weights.subarray(query * tokens.length, (query + 1) * tokens.length);
  const cells = Array.from(row, (weight) => (weight < 0.005 ? '-' : weight.toFixed(2)).padStart(8));
  console.log(`${token.padStart(8)}${cells.join('')}`);
}

await model.dispose();

// Prints:
// [layers, heads, queries, keys] = [6, 12, 10, 10]
//            [CLS]     the     dog   slept because      it     was   tired       .   [SEP]
//    [CLS]    0.99       -       -       -       -       -       -       -       -       -
//      the    0.37    0.18    0.37    0.05    0.01    0.01       -       -       -       -
//      dog    0.86    0.10    0.02    0.01       -    0.01       -       -       -       -
//    slept    0.79    0.06    0.01    0.09       -    0.03       -    0.01       -    0.01
//  because    0.21    0.17    0.03    0.22    0.03    0.01    0.03    0.28    0.02    0.01
//       it    0.31    0.07    0.33    0.15    0.01    0.04       -    0.04    0.01    0.03
//      was    0.52    0.09    0.04    0.09    0.01    0.05    0.01    0.17    0.01    0.02
//    tired    0.91    0.01    0.01    0.02       -    0.02       -    0.02       -    0.01
//        .    0.12    0.49    0.12    0.22    0.01    0.01       -    0.02    0.01       -
//    [SEP]    0.18    0.37    0.17    0.24       -    0.02       -    0.01       -       -
