import type { ListenMessages } from './messages.ts';

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const en: ListenMessages = {
  tagline:
    'Say something. The page writes it down, and shows which stretch of the sound each word looked at.',
  source: {
    heading: 'The sound',
    choose: 'Samples',
    samples: { apollo: 'Apollo 13, English', korean: 'Voice of a program, Korean' },
    origin: {
      apollo: 'Six seconds of the radio of Apollo 13, 1970. NASA; in the public domain.',
      korean: 'Made with espeak-ng for this page. A program speaks: the model has heard few such voices.',
    },
    said: (text) => `What is said: “${text}”`,
    own: 'A sound of your own: record it, open a file, or drop one here. It stays on this device.',
    open: 'Open a file …',
    drop: 'Drop the file here',
    record: 'Record',
    stop: 'Stop recording',
    level: 'How loud it is',
    recording: (seconds) => `Recording, ${seconds} of 30 s`,
    recorded: 'your recording',
    notShared: (name) =>
      `You hear ${name}. The address does not hold it: whoever opens your link hears a sample in its place.`,
    cut: (seconds) => `Only the first 30 s of ${seconds} s are heard.`,
    silent: 'There is no sound in it.',
    reading: 'Reading the sound …',
    refused: {
      denied:
        'The browser does not let this page use the microphone. Allow it in the settings of this page, or open a file.',
      noMicrophone: 'No microphone was found. A file can be opened.',
      unsupported: 'This browser cannot record here: pages may only do so over https. A file can be opened.',
      undecodable:
        'The browser cannot decode this file. WAV works everywhere; MP3, Ogg and M4A in most browsers.',
      large: 'This file is too large: at most 100 MB.',
      sample: 'The sample could not be fetched.',
    },
  },
  model: {
    language: 'Language',
    told: (language) => `Told: ${language}`,
    languages: {
      detect: 'To be recognised',
      en: 'English',
      ko: 'Korean',
      ja: 'Japanese',
      zh: 'Chinese',
      de: 'German',
      fr: 'French',
      es: 'Spanish',
    },
    offer:
      'To write it down, a model has to be fetched first, once: a transformer with an encoder for sound and a decoder for text.',
    cancel: 'Cancel',
    listening: 'Listening …',
    took: (time, backend) => `Written down in ${time} by ${backend}.`,
  },
  picture: {
    heading: 'What the model hears',
    explain:
      'Time goes to the right, pitch upwards, and what is loud is dark or bright. These 80 numbers for each 10 ms are all that the model is given.',
    hertz: 'Hz',
    scroll: 'Spectrogram with words',
    play: 'Play',
    stop: 'Stop',
    playWord: 'Play the word',
    words: 'Words, each where it begins',
    word: (text, start) => `${text} ${start}`,
    none: 'The model heard no words in it.',
    waiting: 'The words appear here.',
    empty: 'No sound is open.',
    describe: {
      sound: (seconds, words) => `Spectrogram of ${seconds} s with ${count(words, 'word', 'words')}.`,
      word: (text, start, end) => `“${text}” from ${start} to ${end}.`,
      looks: (places) => `Looked most at ${places}.`,
    },
    failed: 'The sound could not be written down.',
  },
  word: {
    heading: (text) => `“${text}”`,
    times: (start, end, probability) => `from ${start} to ${end}, probability ${probability}`,
    mean: 'the heads that time words',
    head: (layer, head) => `L${layer} H${head}`,
    places: (head) => `Where ${head} looked most for it. Each number says what it is made of:`,
    rest: (share) => `elsewhere ${share}`,
    why: (place, weight) => `${place}: ${weight}. What is it made of?`,
    choose: 'Choose a word: the line shows where the model looked for it.',
  },
  heads: {
    heading: 'Heads of the cross-attention',
    explain:
      'Each square is a head: a row for each token, from top to bottom, and the sound from left to right. Heads with a bar follow the sound: words are timed by them.',
    grid: 'All heads: layers in rows, heads in columns',
    mean: 'Mean of the heads with a bar',
    name: (layer, head) => `Layer ${layer} · Head ${head}`,
    timing: 'times words',
    silenced: 'silenced',
    silence: (layer, head) => `Silence L${layer} H${head}`,
    restore: (layer, head) => `Let L${layer} H${head} speak again`,
    restoreAll: 'Restore all',
    map: (name, tokens) => `${name}: ${count(tokens, 'token', 'tokens')} over time. A row can be clicked.`,
    mapNote:
      'The line is the path of dynamic time warping, word by word: the way from the first token to the last that keeps to the largest weights and never goes back.',
  },
  changes: {
    heading: 'Before and after',
    before: 'With all heads',
    after: 'Without the silenced ones',
    same: 'The words are the same.',
    sameTimes: 'They begin where they did.',
    likelihood: (word, before, after) =>
      `The word whose probability changed most is “${word}”: ${before} → ${after}.`,
    changed: (gone, added) =>
      `${count(gone, 'word is', 'words are')} gone, ${count(added, 'word is', 'words are')} new.`,
    moved: (words, mean, most) =>
      `${count(words, 'word', 'words')} that stayed: they begin ${mean} earlier or later on average, at most ${most}.`,
    waiting: 'Listening again …',
    note: 'A silenced head passes nothing on. Its own weights stay, since they are computed before.',
  },
  languages: {
    heading: 'Which language?',
    explain:
      'The decoder’s first token is a language. Its probabilities among all languages that the model knows:',
    rest: (n) => `${n} others`,
    told: (told, first) =>
      `The model was told ${told}. Left to recognise it, it would have written ${first}.`,
    describe: (first, share) => `Most likely ${first}, ${share}.`,
  },
  guess: {
    start: 'Guess first',
    question: (word) => `Where does “${word}” begin? Click on the spectrogram, or move the mark and confirm.`,
    place: 'Place of the mark',
    here: 'Here',
    at: (time) => `at ${time}`,
    right: (word, start) => `Yes: “${word}” begins at ${start}.`,
    wrong: (word, start, off) => `“${word}” begins at ${start}: you were ${off} away.`,
  },
  why: {
    title: 'What this number is made of',
    heading: (word, place) => `“${word}” at ${place}`,
    close: 'Close',
    meanOf: (value, n) =>
      n === 1
        ? `${value} is one weight.`
        : `${value} is the mean of ${n} weights, of each token and head. Choose one:`,
    token: 'token',
    head: 'head',
    weight: 'weight',
    place: 'place',
    score: 'score',
    softmax: (weight, score) =>
      `${weight} = softmax of the scores of all 1,500 places, of which this one has ${score}. The largest:`,
    others: (n, share) =>
      `${n.toLocaleString('en')} other places have ${share} together. The model always reads 30 seconds: after the sound there is silence.`,
    products: (score, sum, n) => `${score} = q · k / √${n} = ${sum} / √${n}. The largest products:`,
    number: 'no.',
    rest: (n) => `${n} others`,
    chosen: 'this one',
  },
  export: {
    label: 'Save',
    text: 'Subtitles',
    caption: (sound) => `${sound} · Whisper-tiny in 8 bits · Headwise`,
  },
  about: {
    heading: 'What you see here, and what not',
    points: [
      'Whisper-tiny is the smallest of its family: 38 million weights. It mishears names, noise, and voices of programs, and it writes Korean less well than English.',
      'Attention says where the model looked. It does not prove that a word was heard there: silence a head and see.',
      'Times of words come from attention, in steps of 20 ms. They are estimates: the first word after a pause often begins too early.',
      'Nothing that you record or open leaves this device.',
    ],
  },
};
