export { findRedis } from './find-redis.ts';
export { RedisServer } from './redis-server.ts';
