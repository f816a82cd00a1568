// The entry `@headwise/core/speech`: speech to text.

export type { AudioBufferLike, AudioInput, SampledAudio } from './speech/audio/read-audio.ts';
export { resample } from './speech/audio/resample.ts';
export type { AudioStream } from './speech/audio/sound-windows.ts';
export { readWav, type WavAudio, type WavRule } from './speech/audio/wav.ts';
export { type LogMel, type LogMelOptions, logMel } from './speech/features/log-mel.ts';
export { type LoadSpeechOptions, loadSpeech } from './speech/load-speech.ts';
export type { TranscribeOptions } from './speech/options.ts';
export type { PartialTranscript, Transcript, TranscriptSegment, TranscriptWord } from './speech/result.ts';
export type { LanguageScore } from './speech/speech-kind.ts';
export { SpeechModel } from './speech/speech-model.ts';
export type { AlignmentHead } from './speech/speech-tokens.ts';
export { toSrt, toVtt } from './speech/subtitles.ts';
