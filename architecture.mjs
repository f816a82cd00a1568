// The order of the project's rooms, from the ground up. A room may import from rooms on lower floors alone; rooms on one floor do not
// import each other. `npm run lint` fails on any other import and on circles. docs/architecture.md shows the same order.
//
// A room is a folder or a file. Where one lies within another's folder, the longer path decides.

/** Packages: paths from the repository's root. */
export const packages = [
  ['packages/kernel-as'],
  ['packages/core'],
  ['packages/cli', 'packages/models', 'packages/worker'],
  ['packages/playground', 'demo', 'benchmarks', 'examples', 'experiments'],
  ['tests'],
];

/** Rooms within a package, by the folder that their paths are relative to. */
export const rooms = {
  'packages/kernel-as/src': [
    ['errors.ts'],
    ['memory', 'exports.ts'],
    ['kernel.ts'],
    ['modules.ts'],
    ['wide'],
    ['load.ts'],
    ['training'],
    ['index.ts', 'training.ts', 'wide.ts'],
  ],
  'packages/core/src': [
    ['errors.ts'],
    ['options.ts', 'limits.ts'],
    ['text/json', 'text/unicode'],
    ['text/pieces'],
    ['text/normalizers', 'text/pre-tokenizers', 'text/models'],
    ['text/decoders', 'text/post-processors'],
    ['async', 'platform', 'text'],
    ['metrics', 'weights'],
    ['backend'],
    ['hooks'],
    ['nn/run'],
    ['nn/load'],
    ['nn/torch'],
    ['nn/modules', 'nn/positions'],
    ['nn/attention', 'nn/layers'],
    ['nn/recurrent', 'nn/transformer'],
    ['nn/seq2seq'],
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
    ['load/file-formats.ts'],
    ['load/open-single-file.ts'],
    ['load/open-encoder.ts', 'load/open-generator.ts'],
    ['load/open-embedder.ts'],
    ['load/load-embedder.ts'],
    [
      'load/load-encoder.ts',
      'load/load-causal-lm.ts',
      'load/load-seq2seq-lm.ts',
      'load/load-recurrent-seq2seq.ts',
    ],
    ['load/load-model.ts'],
    ['load/is-cached.ts'],
    ['inspect', 'save', 'train'],
    [
      'index.ts',
      'nn.ts',
      'train.ts',
      'metrics.ts',
      'gguf.ts',
      'llama2c.ts',
      'save.ts',
      'wide-simd.ts',
      'internal.ts',
    ],
  ],
  'packages/cli/src': [['console.ts', 'source.ts'], ['commands'], ['run.ts'], ['index.ts', 'bin.ts']],
};
