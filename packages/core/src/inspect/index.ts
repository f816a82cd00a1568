export { type Edit, replaceWith, scale, silence } from './edits.ts';
export type { Activation, Held, Hook, HookFunction, Hooks, Part } from './hooks.ts';
export { matches, matchesAny } from './hooks.ts';
export { Watch } from './watch.ts';
