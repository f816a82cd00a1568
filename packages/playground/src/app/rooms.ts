import type { Room, RoomId } from './room.ts';

/** The code of each room, fetched when it is opened. */
export const ROOMS: Readonly<Record<RoomId, () => Promise<Room>>> = {
  learn: async () => (await import('../rooms/learn/index.ts')).learn,
  explore: async () => (await import('../rooms/explore/index.ts')).explore,
  generate: async () => (await import('../rooms/generate/index.ts')).generate,
  train: async () => (await import('../rooms/train/index.ts')).train,
  search: async () => (await import('../rooms/search/index.ts')).search,
  benchmark: async () => (await import('../rooms/benchmark/index.ts')).benchmark,
};
