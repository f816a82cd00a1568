export {
  type AblationOptions,
  ablateHeads,
  type HeadImportance,
  type HeadScore,
  type HeadSites,
} from './ablate-heads.ts';
export {
  activationPatching,
  type DecoderPatchingOptions,
  type PatchingOptions,
  type PatchingScore,
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
  type DecoderHeadImportanceOptions,
  type HeadImportanceOptions,
  headImportance,
} from './head-importance.ts';
export type { Activation, Held, Hook, HookFunction, Hooks, Part } from './hooks.ts';
export { matches, matchesAny } from './hooks.ts';
export type { InspectableDecoder, InspectCall, RecordableModel } from './inspectable.ts';
export { patch } from './patch.ts';
export { Watch } from './watch.ts';
