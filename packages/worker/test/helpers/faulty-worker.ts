import { parentPort } from 'node:worker_threads';
import { serveShard } from '@headwise/worker/shard';

// A worker that runs a shard until a message from its parent tells it how to fail.
parentPort!.once('message', (start) => {
  serveShard(start);
  parentPort!.on('message', (end: 'throw' | 'exit' | 'memory') => {
    if (end === 'throw') throw new Error('uncaught');
    if (end === 'exit') process.exit(3);
    const leaked: number[][] = [];
    for (;;) leaked.push(Array.from({ length: 1 << 16 }, (_, i) => i / 3));
  });
});
