import { platform } from '#platform';
import { serveShard } from './shard/serve.ts';

// The script that runs in each worker. Its first message brings the ports; it listens to nothing else.
platform.onStart(serveShard);
