// The entry `@headwise/worker/speech`: speech to text over workers.

export { loadSpeech, type ParallelSpeechOptions } from './load/load-speech.ts';
