/**
 * What is put from the run of the second text into that of the first: the stream after a layer or the output of a feed-forward network, for one token
 * at a time; what heads output, for all tokens at once, or for one token at a time in one layer.
 */
export const PATCHES = ['residual', 'feedForward', 'heads', 'layerHeads'] as const;
export type PatchKind = (typeof PATCHES)[number];
