export {
  activationPatching,
  type PatchingOptions,
  type PatchingScore,
  patch,
} from './activation-patching.ts';
export { type AttentionRollout, attentionRollout, type RolloutOptions } from './attention-rollout.ts';
export {
  type ContextualOptions,
  type ContextualVectors,
  contextualSimilarity,
  contextualVectors,
} from './contextual-vectors.ts';
export { type Edit, replaceWith, scale, silence } from './edits.ts';
export {
  type HeadImportance,
  type HeadImportanceOptions,
  type HeadScore,
  headImportance,
} from './head-importance.ts';
export type { Activation, Held, Hook, HookFunction, Hooks, Part } from './hooks.ts';
export { matches, matchesAny } from './hooks.ts';
export { Watch } from './watch.ts';
