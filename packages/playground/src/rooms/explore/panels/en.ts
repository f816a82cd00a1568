import type { PanelMessages } from './messages.ts';

export const en: PanelMessages = {
  layer: 'Layer',
  head: 'Head',
  embeddings: 'Embeddings',
  failed: 'This could not be computed.',
  stream: {
    heading: 'How long each token’s vector is, layer by layer',
    explain:
      'The residual stream carries one vector for each token; every layer adds to it. The numbers are the vectors’ lengths, from the shortest in light to the longest in dark. They include the changed heads.',
    wordsHeading: 'How alike a word is in both texts, layer by layer',
    wordsExplain:
      'The cosine of the word’s vector in the first text with that in the second, in the unchanged model. A word of several tokens has their mean. A word that comes to mean something else drifts apart; a decoder only reads what stands before it.',
    noWords: 'The two texts share no word.',
  },
  pair: {
    heading: 'Source and target',
    reading: 'Reading …',
    side: 'Attention',
    grid: 'Heads of every layer',
    sides: { encoder: 'Source', decoder: 'Target', cross: 'Target → source' },
    explains: {
      encoder:
        'The encoder’s self-attention: each token of the source reads the whole source, before and after it.',
      decoder: 'The decoder’s self-attention: each step reads only what is already written.',
      cross:
        'Cross-attention: at each step the decoder asks, and the encoder’s tokens answer. Here the translation looks back.',
    },
    axes: {
      encoder: 'Rows: tokens that read. Columns: tokens that are read.',
      decoder: 'Rows: the token that the step writes. Columns: what is written so far, from the start token.',
      cross: 'Rows: the token of the target that the step writes. Columns: the source.',
    },
    before: 'Without the changes:',
    moved: (share) =>
      `On the way to the output of the unchanged model, ${share} of the probability moved to other tokens, on average over the steps.`,
    explainRanking:
      'The bar under each head shows how much of the probability moves to other tokens without it, on average over the steps that write the output.',
    without: (share) => `without it ${share} of the probability moves`,
    ran: (source, target, time, backend) =>
      `${source} tokens of the source and ${target} of the target, one forward pass in ${time} on ${backend}`,
  },
  patch: {
    heading: 'Patch from the second text into the first',
    explain:
      'The model reads the first text, but one activation is replaced by that of the second text. The number says how far this takes the output towards that of the second text: 0 % not at all, 100 % all the way. It shows where what differs between the texts is carried.',
    explainPair:
      'The encoder reads the first text, but one of its activations is replaced by that of the second text. The number says how far this takes the decoder, at the first token in which the two outputs differ, towards the second text’s: 0 % not at all, 100 % all the way.',
    sameOutput: 'Both outputs are the same: there is no token at which to measure.',
    what: 'Replace',
    kinds: {
      residual: 'the stream of a token, after a layer',
      feedForward: 'a feed-forward output of a token',
      heads: 'a head, for all tokens',
      layerHeads: 'a head of the open layer, for one token',
    },
    same: 'Both texts are the same: there is nothing to patch.',
    start: 'Measure',
    stop: 'Stop',
    unchanged: 'Measured on the unchanged model, without the changes to heads above.',
    needsOther: 'This needs a second text with as many tokens as the first.',
    makeOther: 'Make a second text',
    layerOf: (layer) => `Heads of layer ${layer}`,
    unequal: (first, second) =>
      `Both texts need the same number of tokens, so that each has its counterpart: the first has ${first}, the second ${second}.`,
    running: (done, total) => `${done} of ${total} rows measured …`,
    resume: (done, total) => `Interrupted after ${done} of ${total} rows: continue`,
    largest: (share, place, isComplete) =>
      `${isComplete ? 'Largest' : 'Largest so far'}: ${share}, ${place}.`,
    place: (row, column) => `${row}, ${column}`,
  },
};
