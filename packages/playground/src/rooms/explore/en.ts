import type { ExploreMessages } from './messages.ts';

const head = (layer: number, index: number): string => `Layer ${layer} · Head ${index}`;

export const en: ExploreMessages = {
  tagline: 'Type a sentence and see the attention of all 72 heads.',
  sentence: {
    heading: 'Sentence',
    label: 'Your sentence',
    placeholder: 'Type something …',
    examples: 'Examples',
    failed: 'The model could not process this sentence.',
    koreanNote:
      'This model was trained on English only. Its tokenizer splits Hangul into single letters and replaces words outside its vocabulary with [UNK], so it does not understand Korean: the maps and cosines show how it processes unknown input.',
    scriptNote:
      'This model was trained on English only, and knows few letters of other scripts. It does not understand this text: the results show how it processes unknown input.',
    unread: (read, total) => `The model reads the first ${read} of ${total} tokens. Not read:`,
    ran: (tokens, time, backend) => `${tokens} tokens, one forward pass in ${time} on ${backend}`,
  },
  tokens: {
    label: 'Tokens',
    hint: 'Point at a token to see what it attends to; click to pin it.',
  },
  grid: {
    heading: 'All heads',
    explain: 'Each square is one head. Rows are query tokens, columns are key tokens.',
    label: 'Attention of every layer and head',
    layer: 'Layer',
    head: 'Head',
    cell: (layer, index, silenced) => `${head(layer, index)}${silenced ? ', silenced' : ''}`,
  },
  view: {
    scope: 'View',
    oneHead: 'This head',
    layerMean: 'Layer average',
    hideSpecial: 'Hide [CLS] and [SEP]',
    hiddenNote:
      'Many heads put most of their weight on [CLS] and [SEP]. Both are hidden here, and each row is rescaled to sum to 1.',
    linesLabel: 'Lines from each token to the tokens that it attends to',
    from: 'query',
    to: 'key',
    mapLabel: 'Attention map; move between cells with the arrow keys',
    readoutEmpty: 'Point at the map to read a value.',
    scale: 'Attention weight',
    headTitle: head,
    meanTitle: (layer) => `Layer ${layer} · average of all heads`,
    readout: (query, key, weight) => `${query} → ${key}: ${weight}`,
    readoutOf: (query, key, weight) => `${query} → ${key}: ${weight} after rescaling`,
  },
  silence: {
    silence: 'Silence this head',
    restore: 'Restore this head',
    restoreAll: 'Restore all',
    heading: 'Silenced heads',
    explain: 'A silenced head outputs zeros, which changes the input of all later layers.',
    effect: (cosine, degrees) =>
      `The sentence embedding rotated by ${degrees}: cosine ${cosine} with the embedding of the full model.`,
    remove: (layer, index) => `Restore layer ${layer}, head ${index}`,
  },
  effects: {
    measure: 'Which heads matter? Silence them one at a time',
    measuring: 'Silencing one head at a time …',
    resume: 'Interrupted: silence the remaining heads',
    explain: 'The bar under each head shows how far the sentence embedding rotates without it.',
    strongest: 'Largest effect',
    cell: (degrees) => `without it the embedding rotates by ${degrees}`,
  },
  compare: {
    heading: 'Compare two sentences',
    explain:
      'Each sentence becomes one vector of length 1. The smaller the angle between the two vectors, the more similar the sentences are to the model.',
    first: 'First sentence',
    second: 'Second sentence',
    pairs: 'Example pairs',
    cosine: 'cosine',
    similarityLevel: {
      same: 'almost the same',
      near: 'closely related',
      loose: 'loosely related',
      apart: 'little in common',
    },
    notJudged: 'not a meaning that this model can read',
    products: 'Element-wise product',
    productsNote: 'The two vectors multiplied element by element. The products sum to the cosine.',
    failed: 'These sentences could not be compared.',
    gauge: (cosine, degrees) => `Cosine similarity ${cosine}, an angle of ${degrees}`,
    strip: (which, dimensions) => `${which}: ${dimensions} values as colours`,
  },
  about: {
    heading: 'About this page',
    points: [
      'all-MiniLM-L6-v2 (6 layers with 12 heads each) runs in a web worker of this page, on Headwise’s WebAssembly kernel. The text that you type stays on your computer.',
      'A head distributes the attention of each token over all tokens: every row of a map sums to 1. A stronger colour is a larger weight.',
      'Attention weights show which tokens a head reads, not why the model gives its result. Silence a head to measure its effect on the embedding.',
    ],
  },
};
