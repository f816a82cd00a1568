import type { GenerateMessages } from './messages.ts';

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const en: GenerateMessages = {
  tagline:
    'A language model writes one token at a time. Here you see what it nearly wrote, and can make it write that.',
  model: {
    label: 'Model',
    writes: {
      'gpt-mini':
        'Writes letter by letter, in English and Korean, in the manner of what it read: messages of programs, names of emoji. It spells well and makes little sense.',
      stories15m: 'Writes children’s stories in simple English, in pieces of words.',
    },
    suits: {
      both: 'Your text is in the Latin alphabet: stories15M continues it as a story, gpt-mini as a message of a program.',
      'gpt-mini': 'Your text is in Korean: only gpt-mini has read Korean.',
      none: 'Neither model has read texts in this script.',
    },
    offer: 'This model has to be fetched first, once.',
    use: (name) => `Use ${name}`,
  },
  prompt: {
    section: 'Model and beginning',
    label: 'How the text begins',
    placeholder: 'Leave it empty, and the model begins by itself',
    examples: 'Examples',
    samples: {
      'gpt-mini': ['The file ', 'Cannot ', 'face with ', '파일을 '],
      stories15m: ['Once upon a time', 'The little robot wanted', 'Lily found a key'],
    },
  },
  obstacle: {
    language: (name) =>
      `${name} was not trained on this script. What it would write means nothing, so it does not try.`,
    unknown: (name, parts) => `${name} has no token for ${parts}. It cannot read this text; leave these out.`,
    length: (tokens, limit) =>
      `This text has ${tokens} tokens. The model reads at most ${limit}, its own included.`,
  },
  actions: {
    write: 'Write',
    step: 'One token',
    stop: 'Stop',
    clear: 'Back to the beginning',
    seed: 'Seed',
    reseed: 'Another seed',
    writing: 'Writing …',
    failed: 'The model could not do this.',
    ran(reason, tokens, speed) {
      const why = {
        end: 'The model ended the text',
        length: 'Stopped',
        context: 'The model cannot look at more tokens',
      };
      return `${why[reason]}: ${count(tokens, 'new token', 'new tokens')}${speed ? `, ${speed} a second` : ''}.`;
    },
  },
  text: {
    heading: 'The text, token by token',
    label: 'Tokens of the text',
    hint: 'Click a token to see what else could stand there.',
    keys: '← → walk, Esc stops.',
    caret: 'What comes next',
    end: 'end',
    tint: 'Colour',
    probability: 'Probability',
    attention: 'Attention',
    token: (text, probability) => `“${text}”, ${probability}`,
    added: (text) => `${text}, put there by the tokenizer`,
    unknown: (text) => `“${text}”, not in the vocabulary`,
    attended: (text, weight) => `“${text}”, attention ${weight}`,
    kept: (kept, total) =>
      kept === total
        ? 'The text would stay as it is.'
        : `With these settings the same random numbers give another text from new token ${kept + 1} on.`,
  },
  next: {
    after: 'What comes next?',
    instead: 'What else could stand here?',
    withinPrompt: 'What did the model expect here? You wrote this token; another one ends your text here.',
    ended: 'Here the model ended the text. Click another token, and it goes on.',
    full: 'The model cannot look at more tokens: its context is full.',
    waiting: 'Shown when the model has read your text.',
    explain: 'Click a token to put it there.',
    cut: { topK: 'cut by top-k', topP: 'cut by top-p', minP: 'cut by min-p' },
    marks: 'Bars are probabilities with the settings; the line across is the model’s own.',
    chosen: 'in the text',
    modelColumn: 'model',
    settingsColumn: 'with settings',
    left: (left, of, mass) =>
      `${left.toLocaleString('en')} of ${of.toLocaleString('en')} tokens are left; the model gives them ${mass} together.`,
    entropy: (model, settings) => `Entropy: ${model} bits under the model, ${settings} with the settings.`,
    row: (text, model, settings) => `“${text}”: ${model} under the model, ${settings} with the settings`,
    describe: (first, others) =>
      `Most probable: ${first}; ${count(others, 'other token', 'other tokens')} listed.`,
  },
  guess: {
    start: 'Guess first',
    question: 'Which token will the model draw? In order of the alphabet, without numbers:',
    end: 'Show the numbers',
    next: 'Write it, and guess again',
    right: (text, probability) => `Yes: “${text}” is drawn. It has ${probability}.`,
    wrong: (guess, guessed, drawn, probability) =>
      `“${drawn}” is drawn, with ${probability}. Your “${guess}” has ${guessed}.`,
  },
  settings: {
    heading: 'How a token is chosen',
    explain:
      'The logits, the model’s scores of the tokens, stay the same; these change what is made of them, in this order.',
    temperature: 'temperature',
    topK: 'top-k',
    topP: 'top-p',
    minP: 'min-p',
    greedy: '0, greedy',
    off: 'off',
    reset: 'As the model says: 1, off, off, off',
  },
  heads: {
    heading: 'What it looked at',
    layer: 'Layer',
    head: 'Head',
    mean: 'average',
    others: 'all others',
    nothing: 'Shown when the text stands still.',
    explain: (query, place) =>
      `To choose the token at this place, the token before it, “${query}” at ${place} (▲), read these tokens (●) by so much.`,
  },
  branches: {
    heading: 'Branches',
    explain: 'All texts since the last change of the beginning. Press one to go to it.',
    empty:
      'None yet. Choose another token, change the settings or the seed, and the texts that you leave stay here.',
    label: 'Texts as a tree',
    settings: (temperature, seed) => `T ${temperature}, seed ${seed}`,
    fork: (place) => `from new token ${place}`,
  },
  about: {
    heading: 'What you see here, and what not',
    points: [
      'A forward pass, one computation over the text, gives one logit for each token of the vocabulary. Temperature, top-k, top-p and min-p only change how a token is drawn from them, so the bars follow at once and nothing is computed again by the model.',
      'The random number of a place depends on the seed and the place alone. The same address gives the same text.',
      'A probable token is what such texts usually say there. It is not a true one.',
      'Neither model was trained on conversations or has a chat template: they continue texts and do not answer.',
    ],
  },
};
