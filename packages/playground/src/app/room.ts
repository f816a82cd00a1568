import type { Component } from 'svelte';
import type { Schema } from './url-schema.ts';
import type { UrlState } from './url-state.svelte.ts';

/** The rooms in the order of the bar. The first one is where the page opens. A name is `rooms.<id>` of the shell's messages. */
export const ROOM_IDS = ['learn', 'explore', 'generate', 'train', 'search', 'listen', 'benchmark'] as const;

export type RoomId = (typeof ROOM_IDS)[number];

export function isRoom(id: string): id is RoomId {
  return ROOM_IDS.some((known) => known === id);
}

/** What a room's component is given. */
export interface RoomProps<S extends Schema = Schema> {
  /** The part of the room: a chapter, an experiment; '' if the address names none. */
  readonly part: string;
  readonly url: UrlState<S>;
}

/** A room as its module exports it. */
export interface Room<S extends Schema = Schema> {
  readonly component: Component<RoomProps<S>>;
  readonly schema: S;
}

/** Declares a room; checks that the component takes the values of the schema. */
export function defineRoom<S extends Schema>(component: Component<RoomProps<S>>, schema: S): Room {
  // The shell makes the state of a room from the room's own schema.
  return { component, schema } as unknown as Room;
}
