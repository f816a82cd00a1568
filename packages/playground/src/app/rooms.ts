import { loadTexts } from '../rooms/learn/texts.svelte.ts';
import type { Language } from './i18n/index.ts';
import type { Room, RoomId } from './room.ts';

/** The code of each room, fetched when it is opened, and what it needs to be shown in a language. */
export const ROOMS: Readonly<Record<RoomId, (language: Language) => Promise<Room>>> = {
  learn: async (language) => {
    const [{ learn }] = await Promise.all([import('../rooms/learn/index.ts'), loadTexts(language)]);
    return learn;
  },
  explore: async () => (await import('../rooms/explore/index.ts')).explore,
  generate: async () => (await import('../rooms/generate/index.ts')).generate,
  train: async () => (await import('../rooms/train/index.ts')).train,
  search: async () => (await import('../rooms/search/index.ts')).search,
  listen: async () => (await import('../rooms/listen/index.ts')).listen,
  benchmark: async () => (await import('../rooms/benchmark/index.ts')).benchmark,
};
