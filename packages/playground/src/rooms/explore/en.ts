import type { HeadEdit } from '../../lib/heads.ts';
import type { ExploreMessages } from './messages.ts';

const editName = (edit: HeadEdit['edit']): string =>
  edit === 'average' ? 'average' : edit === 0 ? 'silenced' : `× ${edit}`;
const head = (layer: number, index: number): string => `Layer ${layer} · Head ${index}`;

export const en: ExploreMessages = {
  tagline: 'Type a sentence and see the attention of every head.',
  sentence: {
    heading: 'Sentence',
    label: 'Your sentence',
    placeholder: 'Type something …',
    examples: 'Examples',
    failed: 'The model could not process this sentence.',
    other: 'Second text',
    addOther: 'Add a second text',
    removeOther: 'Remove the second text',
    koreanNote:
      'This model was trained on English only. Its tokenizer splits Hangul into single letters and replaces words outside its vocabulary with [UNK], so it does not understand Korean: the maps and cosines show how it processes unknown input.',
    scriptNote:
      'This model was trained on English only, and knows few letters of other scripts. It does not understand this text: the results show how it processes unknown input.',
    unread: (read, total) => `The model reads the first ${read} of ${total} tokens. Not read:`,
    ran: (tokens, time, backend) => `${tokens} tokens, one forward pass in ${time} on ${backend}`,
  },
  files: {
    open: 'Open files …',
    opening: 'Opening …',
    hint: 'or drop your own model here: config.json, tokenizer.json and .safetensors, or a .gguf file',
    drop: 'Drop the files of a model',
    note: 'These files stay on your computer, and cannot be shared by link.',
    failed: 'These files could not be opened as a model.',
    detail: 'What exactly',
    causes: {
      missing:
        'A file is missing. A model needs config.json, tokenizer.json and its .safetensors files, all opened together; or one .gguf file.',
      damaged: 'A file is damaged, or is not what its name says.',
      unsupported: 'This kind of model, or one of its settings, is not supported.',
      memory: 'This device does not have enough memory for the model. A quantised .gguf file needs less.',
      other: 'What happened is said below.',
    },
  },
  tokens: {
    label: 'Tokens',
    hint: 'Press a token to see what it attends to.',
    row: (label, parts) => `${label}: ${parts}`,
    others: (count, limit) => `; ${count} ${count === 1 ? 'other' : 'others'} at most ${limit}`,
  },
  models: {
    label: 'Model',
    encoder: 'encoder',
    causalLM: 'decoder',
    seq2seqLM: 'encoder–decoder',
    trained: 'your model from Train',
    trainedNote:
      'This model was trained in this page and is in no file: when the page is loaded again it is gone, and Train makes it again. It knows only what its sentences are made of.',
  },
  labels: {
    filter: 'Heads that',
    all: 'all heads',
    explain: 'Each square is one head. Rows are query tokens, columns are key tokens.',
    names: {
      previous: 'look at the token before',
      next: 'look at the token after',
      self: 'look at the token itself',
      sink: 'rest on the first or an added token',
      broad: 'look at all tokens alike',
      content: 'look at chosen tokens',
    },
    meanings: {
      previous: 'In this text at least 40 % of the weight goes to the token before.',
      next: 'In this text at least 40 % of the weight goes to the token after.',
      self: 'In this text at least 40 % of the weight stays on the token itself.',
      sink: 'In this text at least 40 % of the weight rests on the first token or on tokens that the tokenizer added, such as [CLS] and [SEP]: where tokens look that find nothing in this head.',
      broad:
        'In this text the weight is spread almost evenly: its entropy is at least 85 % of that of equal weights.',
      content: 'In this text the weight goes to chosen tokens, not to fixed places.',
    },
    although: (query, key, share) =>
      `Most tokens rest here, but ${share} of the weight of “${query}” goes to “${key}”.`,
    heads: (count) => `${count} heads in this text`,
    fadeSinks: (count) => `Grey out heads at rest (${count})`,
  },
  sorts: {
    label: 'Order',
    place: 'by layer',
    kind: 'by what they look at',
    effect: 'by effect',
    change: 'by change',
  },
  grids: { label: 'Grid', a: 'First text', b: 'Second text', difference: 'Difference' },
  difference: {
    explain: (places) =>
      `Second text minus first, at the ${places} places that both have: green where the weight grew, orange where it shrank. The bars show which part of a head’s weight moved.`,
    cell: (share) => `${share} of its weight moved`,
  },
  grid: {
    heading: 'All heads',
    explain: 'Each square is one head. Rows are query tokens, columns are key tokens.',
    label: 'Attention of every layer and head',
    layer: 'Layer',
    head: 'Head',
    cell: (layer, index, edit) => `${head(layer, index)}${edit === 1 ? '' : `, ${editName(edit)}`}`,
  },
  view: {
    scope: 'View',
    oneHead: 'This head',
    layerMean: 'Layer average',
    unit: 'Rows and columns',
    tokens: 'Tokens',
    words: 'Words',
    wordsNote:
      'A word is what stands between spaces. Weights to a word are the sum over its tokens; weights from a word are their mean.',
    hideSpecial: (names) => `Hide ${names.join(' and ') || 'added tokens'}`,
    hiddenNote:
      'Many heads put most of their weight on the tokens that the tokenizer adds. They are hidden here, and each row is rescaled to sum to 1.',
    linesLabel: 'Lines from each token to the tokens that it attends to',
    from: 'query',
    to: 'key',
    mapLabel: 'Attention map; move between cells with the arrow keys',
    readoutEmpty: 'Press or point at the map to read a value.',
    scale: 'Attention weight',
    headTitle: head,
    meanTitle: (layer) => `Layer ${layer} · average of all heads`,
    readout: (query, key, weight) => `${query} → ${key}: ${weight}`,
    readoutOf: (query, key, weight) => `${query} → ${key}: ${weight} after rescaling`,
  },
  edits: {
    change: 'Change this head',
    scale: 'Output',
    silence: 'Silence this head',
    average: 'Layer’s average',
    restore: 'Restore this head',
    factor: (factor) => `× ${factor}`,
    name: ({ layer, head: index, edit }) => `L${layer} H${index} ${editName(edit)}`,
    restoreAll: 'Restore all',
    heading: 'Changed heads',
    explain:
      'A factor multiplies what the head outputs; a silenced head outputs zeros. With the layer’s average, it reads where the heads of its layer read on average. Either changes the input of all later layers.',
    keys: 'In the grid: S or Shift-click silences a head, [ and ] scale it.',
    effect: (cosine, degrees) =>
      `The sentence embedding rotated by ${degrees}: cosine ${cosine} with the embedding of the full model.`,
    shift: (share) => `${share} of the probability of the next token moved to other tokens.`,
    remove: (name) => `${name}: restore`,
  },
  effects: {
    measure: 'Which heads matter? Silence them one at a time',
    measuring: 'Silencing one head at a time …',
    resume: 'Interrupted: silence the remaining heads',
    explain: 'The bar under each head shows how far the sentence embedding rotates without it.',
    strongest: 'Largest effect',
    relativeToModel: 'Compared with the unchanged model.',
    relativeToEdits: (count) =>
      `Compared with the model with ${count === 1 ? 'the changed head' : `the ${count} changed heads`} as above, not with the unchanged one.`,
    explainShift: 'The bar under each head shows how much of the next token’s probability moves without it.',
    cell: (causal, size) =>
      causal
        ? `without it ${size} of the next token’s probability moves`
        : `without it the embedding rotates by ${size}`,
  },
  lens: {
    heading: 'What each layer would say next',
    explain:
      'The logit lens: the stream after each layer, read as if that layer were the last. The darker, the more probable. The top row is what the model predicts.',
    after: 'after',
    last: (count) => `The last ${count} tokens.`,
    layer: (layer) => `Layer ${layer}`,
  },
  zoom: {
    label: 'Size',
    closer: 'Closer',
    farther: 'Farther',
    whole: 'Whole map',
    hint: 'Press the map. Closer: pinch; or click it, then wheel or +. The small map moves.',
    shown: (span, size) =>
      span < size
        ? `${span} × ${span} of ${size} × ${size} cells`
        : `${size} × ${size} cells; a pixel that covers several shows their mean`,
  },
  panels: {
    heading: 'Look deeper',
    failed: 'This part of the page could not be loaded.',
    names: { stream: 'Vectors by layer', patch: 'Patch from the second text' },
  },
  export: { label: 'Save this map', grid: 'Save all heads' },
  why: {
    ask: 'Why this number?',
    title: 'Where this number comes from',
    close: 'Close',
    path: 'Steps',
    token: 'key',
    score: 'score',
    weight: 'weight',
    stream: 'stream',
    number: 'no.',
    bias: 'bias',
    writer: 'written by',
    norm: 'length',
    whyStream: 'Who wrote x?',
    noProjection:
      'In this model the query is computed from the normed stream and then turned by its position: its numbers are not products of x alone.',
    writers: {
      embeddings: () => 'embeddings',
      head: (layer, index) => `layer ${layer}, head ${index}`,
      feedForward: (layer) => `layer ${layer}, feed-forward`,
    },
    heading: (query, key, layer, index) => `${query} → ${key}, layer ${layer}, head ${index}`,
    weightIs: (query) =>
      `The weights of “${query}” are the softmax of its scores: exp(score), divided by the sum over all keys.`,
    softmax: (weight, score) => `${weight} = exp(${score}) ÷ the sum of exp of all scores`,
    others: (count, share) => `${count} other keys share ${share}.`,
    whyScore: (score) => `Why is the score ${score}?`,
    scoreIs: (score, dot, size) => `${score} = q · k ÷ √${size} = ${dot} ÷ √${size}`,
    productsNote: (query, key) =>
      `q is the query of “${query}”, k the key of “${key}”. The products of their numbers, the largest first:`,
    whyQuery: (feature) => `Why is number ${feature} of the query so?`,
    queryIs: (feature, value, query) =>
      `Number ${feature} of the query is ${value}: a row of W times x, the stream of “${query}” before this layer, plus a bias. The 8 largest products:`,
    rest: (count) => `${count} others`,
    streamIs: (query, layer) =>
      `The stream of “${query}” before layer ${layer} was written by the embeddings and by all heads and feed-forward networks of the layers before. The lengths of what they added:`,
    moreWriters: (count) => `and ${count} more`,
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
    runs: (model) =>
      `${model} runs in a web worker of this page, on Headwise’s WebAssembly kernel (wasm-simd or wasm-relaxed-simd). The text that you type stays on your computer.`,
    points: [
      'A head distributes the attention of each token over all tokens: every row of a map sums to 1. A stronger colour is a larger weight.',
      'Attention weights show which tokens a head reads, not why the model gives its result. Silence a head to measure its effect on the result.',
    ],
  },
};
