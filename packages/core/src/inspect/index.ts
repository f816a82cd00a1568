export { type Edit, replaceWith, scale, silence } from '../hooks/edits.ts';
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
export {
  type DecoderHeadImportanceOptions,
  type HeadImportanceOptions,
  headImportance,
} from './head-importance.ts';
export type { InspectableDecoder, InspectCall, RecordableModel } from './inspectable.ts';
export { patch } from './patch.ts';
