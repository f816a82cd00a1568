import { defineRoom } from '../../app/room.ts';
import Room from './Room.svelte';
import { schema } from './state.ts';

export const listen = defineRoom(Room, schema);
