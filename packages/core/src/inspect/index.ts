export { type Edit, replaceWith, scale, silence } from './edits.ts';
export type { Activation, Hook, HookFunction, Hooks, Part } from './hooks.ts';
export { Watch } from './watch.ts';
