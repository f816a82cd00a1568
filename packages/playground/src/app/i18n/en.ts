import type { Messages } from './messages.ts';

export const en: Messages = {
  title: 'Headwise',
  skip: 'Skip to the content',
  roomsLabel: 'Rooms',
  rooms: {
    learn: 'Learn',
    explore: 'Explore',
    generate: 'Generate',
    train: 'Train',
    search: 'Search',
    listen: 'Listen',
    benchmark: 'Benchmark',
  },
  language: { label: 'Language', en: 'English', ko: '한국어' },
  theme: { toDark: 'Dark colours', toLight: 'Light colours' },
  share: {
    title: 'Share',
    explain:
      'The address holds the texts and everything that is chosen. Whoever opens it sees the same, computed anew.',
    local:
      'The files that you opened stay on your computer: the link leads to the model that was chosen before.',
    link: 'Link',
    embed: 'For a page of your own',
    copy: 'Copy',
    copied: 'Copied.',
    notCopied: 'The browser does not allow copying; the text can be selected.',
    close: 'Close',
  },
  room: { loading: 'Opening …', failed: 'This room could not be opened.' },
  address: {
    dismiss: 'Close',
    invalid: (keys) =>
      `The address has something that this page cannot read (${keys}). It shows the usual state there.`,
  },
  load: {
    fetch: (model, size) => `Fetch ${model} (${size})`,
    fromCache: 'from the browser’s cache',
    starting: 'Starting the engine …',
    failed: 'The model could not be loaded.',
    stopped: 'The engine has stopped.',
    retry: 'Try again',
    loading: (model) => `Loading ${model}`,
    progress: (loaded, total) => `${loaded} of ${total}`,
  },
  failureDetail: 'What the engine says',
  failures: {
    connection: 'The server of this page did not answer as it should. Check the connection, then try again.',
    missing: 'The server of this page does not have a file of the model.',
    damaged: 'A file of the model is damaged or has changed. Trying again downloads it anew.',
    memory: 'This device does not have enough memory for the model. Closing other pages may help.',
    space: 'There is no space left for the model’s files. Free some on this device, then try again.',
    unsupported:
      'This browser lacks what the engine needs (WebAssembly SIMD, workers). Current versions of Chrome, Edge, Firefox and Safari have it.',
    policy:
      "The server of this page does not allow WebAssembly: its content security policy needs script-src 'wasm-unsafe-eval'.",
    other: 'Try again. If that does not help, what the engine says below may tell why.',
  },
};
