import type { TrainMessages } from './messages.ts';

const number = (value: number): string => value.toLocaleString('en');
const steps = (count: number): string => `${number(count)} ${count === 1 ? 'step' : 'steps'}`;

export const en: TrainMessages = {
  tagline: 'Train a small model in this page, and see its attention appear.',
  experiments: {
    label: 'What is trained',
    of: {
      'dates-attention': {
        name: 'Dates, with attention',
        about:
          'A recurrent model translates English dates. For each word that it writes it looks at all it has read.',
      },
      'dates-fixed': {
        name: 'Dates, one vector',
        about: 'The same model, but all that it has read must fit into one vector.',
      },
      'dates-transformer': {
        name: 'Dates, transformer',
        about: 'Nothing recurrent: attention alone, two blocks to read and two to write.',
      },
      sentences: {
        name: 'Sentences',
        about: 'A recurrent model with attention translates short sentences, English to Korean.',
      },
      characters: {
        name: 'Characters',
        about: 'A decoder like GPT continues sentences of both languages, one character at a time.',
      },
    },
  },
  data: {
    heading: 'What it reads',
    source: 'English',
    target: 'Korean',
    text: 'Sentence',
    counts: (examples, heldOut) =>
      `${number(examples)} examples, of which these are the first. Accuracy is measured on ${heldOut} others.`,
  },
  settings: {
    heading: 'Settings',
    rate: 'Learning rate',
    width: 'Width',
    heads: 'Heads',
    cell: 'Cell',
    cells: { gru: 'GRU', lstm: 'LSTM' },
    seed: 'Seed',
    reseed: 'Another seed',
    explain: 'A change begins another run. The curves of the one before stay for comparison.',
    rateHint: {
      recurrent:
        'A rate of 1 is far too large. These cells keep their numbers between −1 and 1, so that the loss stays a number even then.',
      transformer:
        'A rate of 1000 is absurd: after a few steps the gradients are no finite numbers any more, and with 1e+20 the loss is NaN.',
      decoder: 'A rate of 1 is far too large, and 1e+20 absurd: see in which step it ends, and where.',
    },
  },
  facts: {
    parameters: 'Parameters',
    vocabulary: 'Vocabulary',
    batch: 'One step',
    expected: 'Expected here',
    tokens: (count) => `${number(count)} tokens`,
    texts: (count) => `${count} texts`,
    steps,
    seconds: (seconds) =>
      seconds < 90 ? `about ${Math.max(1, Math.round(seconds))} s` : `about ${Math.round(seconds / 60)} min`,
  },
  actions: {
    section: 'Training',
    start: 'Start',
    goOn: 'Continue',
    pause: 'Pause',
    step: 'One step',
    stop: 'Stop',
    again: 'From the beginning',
    failed: 'The training has failed.',
  },
  progress: {
    label: 'Steps done',
    step: 'Step',
    loss: 'Loss of this step',
    left: 'Left',
    phase: (phase, step) =>
      ({
        opening: 'Making data and model …',
        ready: 'Ready.',
        running: 'Training. Other rooms may be used, but leaving this one pauses it.',
        pausing: 'Pausing after this step …',
        paused: `Paused after ${steps(step)}.`,
        stopped: `Stopped after ${steps(step)}.`,
        completed: `Done: ${steps(step)}.`,
        notFinite: '',
      })[phase],
    away: (step) => `You left this room after ${steps(step)}. The training was paused, and goes on.`,
    of: (step, all) => `${number(step)} of ${number(all)}`,
  },
  notFinite: {
    heading: (step) => `Step ${number(step)} has stopped the run.`,
    loss: (loss) => `The loss of this step is ${loss}.`,
    activation: 'The first layer whose result is no finite number:',
    parameter: 'The first parameter whose value or gradient is no finite number:',
    gradient: 'The gradient is too large for a number of 32 bits, in no single parameter.',
    kept: (step) => `The model of the last look, after ${steps(step)}, is kept.`,
    lesson: 'Each step was so long that it went past every better place. Try a smaller rate.',
  },
  curves: {
    heading: 'How it learns',
    loss: 'Loss',
    accuracy: { translation: 'Translated without an error', continuation: 'Next character right' },
    length: { translation: 'tokens to read', continuation: 'characters read before' },
    steps: 'steps',
    nats: 'nats a token',
    now: 'this run',
    before: 'the run before',
    empty: 'The curves begin with the first step.',
    run: (name, parts) => `${name}: ${parts.join(', ')}`,
    part: {
      rate: (rate) => `rate ${rate}`,
      width: (width) => `width ${width}`,
      heads: (heads) => `${heads} ${heads === 1 ? 'head' : 'heads'}`,
      seed: (seed) => `seed ${seed}`,
    },
    describeLoss: (run, first, last, step) =>
      `Loss of ${run}: ${first} in the first step, ${last} in step ${number(step)}.`,
    describeAccuracy: (run, step, bins) => `Right after ${steps(step)} of ${run}, by length: ${bins}.`,
    bin: (from, to, share) => `${from === to ? from : `${from} to ${to}`}: ${share}`,
  },
  look: {
    heading: 'What it does',
    at: (step) => `After ${steps(step)}`,
    loss: (loss) => `mean loss since the last look ${loss}`,
    score: (right, count) => `${number(right)} of ${number(count)} right`,
    samples: {
      translation: 'Three texts that it was not trained on',
      continuation: 'Three beginnings that it continues',
    },
    writes: 'It writes',
    right: 'Right would be',
    correct: 'right',
    wrong: 'not right',
    nothing: 'nothing',
    alignment: { translation: 'What it looks at', continuation: 'What each character looks at' },
    explain: {
      translation:
        'Rows: words of the right translation. Columns: the words that are read. The stronger the colour, the more attention.',
      continuation:
        'Rows: the character that looks. Columns: those before it, and itself. Mean of the last block’s heads.',
    },
    fixed: 'This model has no attention: there is nothing that it looks at, only the one vector.',
    reads: (row, column, weight) => `${row}: ${column} ${weight}`,
    scrub: 'Moment of the training',
    scrubbed: (step) => `after ${steps(step)}`,
    latest: 'Last',
    waiting: 'What it does before its first step will be here in a moment.',
  },
  trained: {
    heading: 'The trained model',
    explain: (step) =>
      `After ${steps(step)}, in 32 bits. The four files in one folder are what loadModel of @headwise/core reads.`,
    download: (name) => `Save ${name}`,
    explore: 'Open in Explore',
    noExplore: {
      attention:
        'Explore shows the attention heads of transformers; this is a recurrent model. What it attends to is in the picture above.',
      vector: 'Explore shows attention, which this model does not have.',
    },
  },
  about: {
    heading: 'What happens here',
    points: [
      'Everything is computed on this device, by the engine that also runs the models: no data leaves the page.',
      'The same settings give the same numbers, to the last bit. The address holds them.',
      'AdamW, a constant rate, gradients clipped to a norm of 1. Nothing is tuned: models in the other rooms were trained for longer.',
      'The loss says how far the model’s answers are from the right ones: minus the natural logarithm of the probability of the right token, on average, in nats. It is 0 where that always has 100 %, and 0.69 where it has 50 %.',
      'The model is looked at 40 times; the slider goes back to each look.',
    ],
  },
};
