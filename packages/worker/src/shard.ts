export { serveShard } from './shard/serve.ts';
