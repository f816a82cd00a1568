import type { Messages } from './messages.ts';

const head = (layer: number, index: number): string => `Layer ${layer} · Head ${index}`;

export const en: Messages = {
  title: 'Headwise · see every attention head',
  tagline: 'Type a sentence and see where all 72 attention heads look.',
  skipToAttention: 'Skip to the attention maps',
  language: { label: 'Language', en: 'English', ko: '한국어' },
  theme: { toDark: 'Dark colours', toLight: 'Light colours' },
  load: {
    loading: 'Loading all-MiniLM-L6-v2',
    fromCache: 'kept from your last visit',
    starting: 'Starting the engine …',
    failed: 'The model could not be loaded.',
    stopped: 'The engine has stopped.',
    failedHelp: 'Check the connection to this page’s server, then try again.',
    retry: 'Try again',
    progress: (loaded, total) => (total === undefined ? loaded : `${loaded} of ${total}`),
  },
  sentence: {
    heading: 'A sentence',
    label: 'Your sentence',
    placeholder: 'Type something …',
    examples: 'Examples',
    failed: 'This sentence could not be read.',
    koreanNote:
      'This model has only learnt English. It breaks Hangul into single letters and turns words it cannot spell into [UNK], so it does not understand Korean: what you see is how it tries.',
    ran: (tokens, time, backend) => `${tokens} tokens, one forward pass in ${time} on ${backend}`,
  },
  tokens: {
    label: 'Tokens',
    hint: 'Point at a token to see what it attends to; click to keep it.',
  },
  grid: {
    heading: 'All heads',
    explain: 'Each square is one head: rows are the words that look, columns the words looked at.',
    label: 'Attention of every layer and head',
    layer: 'Layer',
    head: 'Head',
    cell: (layer, index, silenced) => `${head(layer, index)}${silenced ? ', silenced' : ''}`,
  },
  view: {
    scope: 'What is shown',
    oneHead: 'This head',
    layerMean: 'Layer average',
    leaveOut: 'Leave out [CLS] and [SEP]',
    leftOutNote:
      'Heads with nothing to say rest on [CLS] and [SEP]. They are left out, and every row is rescaled to sum to 1.',
    linesLabel: 'Lines from each token to what it attends to',
    from: 'looks',
    to: 'looked at',
    mapLabel: 'Attention map; walk through it with the arrow keys',
    readoutEmpty: 'Point at the map to read a value.',
    scale: 'Attention weight',
    headTitle: head,
    meanTitle: (layer) => `Layer ${layer} · average of its heads`,
    readout: (query, key, weight) => `${query} → ${key}: ${weight}`,
    readoutOf: (query, key, weight) => `${query} → ${key}: ${weight} of what is left`,
  },
  silence: {
    silence: 'Silence this head',
    restore: 'Let this head speak',
    restoreAll: 'Restore all',
    heading: 'Silenced',
    explain: 'A silenced head passes on nothing; the layers after it see the difference.',
    effect: (cosine, degrees) =>
      `The sentence embedding turned by ${degrees}: cosine ${cosine} with the whole model’s.`,
    remove: (layer, index) => `Let layer ${layer}, head ${index} speak again`,
  },
  effects: {
    measure: 'Which heads matter? Silence each in turn',
    measuring: 'Silencing each in turn …',
    explain: 'The bar under a head: how far the sentence embedding turns without it.',
    strongest: 'Missed most',
    cell: (degrees) => `without it the embedding turns by ${degrees}`,
  },
  compare: {
    heading: 'Two sentences',
    explain:
      'Each sentence becomes one vector of length 1. The angle between the two is how far apart the model puts them.',
    first: 'First sentence',
    second: 'Second sentence',
    pairs: 'Example pairs',
    cosine: 'cosine',
    closeness: {
      same: 'almost the same',
      near: 'closely related',
      loose: 'loosely related',
      apart: 'little in common',
    },
    shares: 'Where they agree',
    sharesNote: 'The products of the two, number by number. They sum to the cosine.',
    failed: 'These sentences could not be compared.',
    gauge: (cosine, degrees) => `Cosine similarity ${cosine}, an angle of ${degrees}`,
    strip: (which, dimensions) => `${which}: ${dimensions} numbers as colours`,
  },
  about: {
    heading: 'What you are looking at',
    points: [
      'The real weights of all-MiniLM-L6-v2 (6 layers of 12 heads) run in a worker of this page, on Headwise’s own WebAssembly kernel. Nothing you type leaves your computer.',
      'A head gives every word a share of attention over all words: a row of a map sums to 1. The stronger the colour, the larger the share.',
      'Attention shows where a head reads, not why the model decides. Silencing a head tells you whether it mattered.',
    ],
  },
};
