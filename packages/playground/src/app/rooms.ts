import type { Room, RoomId } from './room.ts';

/** The import of each room's code. Nothing but the shell imports this file: the rooms import the shell's context. */
export const ROOMS = {
  learn: async () => (await import('../rooms/learn/index.ts')).learn,
  explore: async () => (await import('../rooms/explore/index.ts')).explore,
} as const satisfies Readonly<Record<RoomId, () => Promise<Room>>>;
