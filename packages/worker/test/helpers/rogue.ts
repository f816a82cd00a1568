import { parentPort } from 'node:worker_threads';
import { serveShard } from '@headwise/worker/shard';

// A worker that is a proper shard until it is told how to end, by a message of the process that started it.
parentPort!.once('message', (start) => {
  serveShard(start);
  parentPort!.on('message', (end: 'throw' | 'exit' | 'memory') => {
    if (end === 'throw') throw new Error('thrown where nobody catches');
    if (end === 'exit') process.exit(3);
    const hoard: number[][] = [];
    for (;;) hoard.push(Array.from({ length: 1 << 16 }, (_, i) => i / 3));
  });
});
