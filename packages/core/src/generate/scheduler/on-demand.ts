// Imported by `Generator` for sampling, beams and encoder–decoders. It must not import modules that `@headwise/core` exports values of: bundlers
// would put these into the script of every app.
export { sampleRow } from '../logits/sample-row.ts';
export { BeamSearch } from '../search/beam-search.ts';
export { decoderOptions, encodeSources } from './encode-sources.ts';
