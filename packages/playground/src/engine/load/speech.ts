export { loadSpeech as load } from '@headwise/core/speech';
