// The order of the project's rooms, from the ground up. An import may only lead to its own room or to one that stands above it in
// these lists; `npm run lint` fails on any other, and on circles. Where several rooms stand in one line, none of them imports another.
//
// A room is a file or a folder; the longest path that matches decides, so a folder's file can stand apart from the rest of it.

/** Packages: paths from the repository's root. */
export const packages = [
  ['packages/kernel-as'],
  ['packages/core'],
  ['packages/worker'],
  ['packages/playground', 'demo', 'benchmarks', 'examples', 'tests'],
];

/** Rooms within a package: paths from the folder named. */
export const rooms = {
  'packages/core/src': [
    ['errors.ts'],
    ['async', 'platform', 'text'],
    ['weights'],
    ['backend'],
    ['hooks'],
    ['nn/run'],
    ['nn/load'],
    ['nn/torch'],
    ['nn/modules', 'nn/positions'],
    ['nn/attention'],
    ['nn/recurrent', 'nn/transformer'],
    ['nn/seq2seq'],
    ['nn'],
    ['models'],
    ['models/encoders', 'models/decoders', 'models/recurrent'],
    ['models/seq2seq'],
    ['engine'],
    ['generate/logits'],
    ['generate'],
    ['generate/search'],
    ['generate/scheduler'],
    ['generate/generator.ts'],
    ['tasks'],
    ['load'],
    ['load/gguf', 'load/llama2c'],
    ['load/open-single-file.ts'],
    ['inspect'],
    ['index.ts'],
  ],
};
