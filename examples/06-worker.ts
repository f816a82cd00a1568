// Workers: the heads of one model sharded over two threads. The interface is that of the model in one thread, the calling thread stays
// free, and results agree within 1e-5. In a page this needs no special server headers.
import * as core from '@headwise/core';
import * as worker from '@headwise/worker';

const id = 'sentence-transformers/all-MiniLM-L6-v2';
const local = await core.loadEncoder(id);
const sharded = await worker.loadEncoder(id, { workers: 2 });

const text = 'The animal did not cross the street because it was too tired.';
const [a, b] = await Promise.all([local.embed(text), sharded.embed(text)]);
const difference = Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
console.log(`${b.length} features; difference below 1e-5: ${difference < 1e-5}`);

const { attention } = await sharded.trace(text); // hooks and traces work as in one thread
console.log(`attention of all heads: [${attention.shape.join(', ')}]`);

await Promise.all([local.dispose(), sharded.dispose()]);

// Prints:
// 384 features; difference below 1e-5: true
// attention of all heads: [6, 12, 15, 15]
