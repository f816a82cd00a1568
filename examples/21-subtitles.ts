// Speech to text: Whisper-tiny writes down a recording (Apollo 13, April 1970) as WebVTT subtitles, in which each word has the time at which it is said.
// `toSrt` writes the other usual format. docs/speech.md lists models, options and formats of sound.
import { loadSpeech, readWav, toVtt } from '@headwise/core/speech';

const model = await loadSpeech('https://example.com/ggml-tiny.bin');
const file = await (await fetch('https://example.com/apollo13.wav')).arrayBuffer();
const { samples, sampleRate } = readWav(new Uint8Array(file));

const beginning = { samples: samples.subarray(0, 7 * sampleRate), sampleRate };
const transcript = await model.transcribe(beginning, { language: 'en', timestamps: 'word' });
console.log(toVtt(transcript));

await model.dispose();

// Prints:
// WEBVTT
//
// 00:00:00.000 --> 00:00:04.000
// <00:00:00.550>Okay, <00:00:02.640>all <00:00:02.660>right, <00:00:02.780>we <00:00:02.960>have <00:00:03.060>a <00:00:03.240>problem <00:00:03.500>here.
//
// 00:00:04.000 --> 00:00:07.000
// <00:00:04.660>This <00:00:05.040>is <00:00:05.140>Houston, <00:00:05.480>say <00:00:05.640>again, <00:00:05.860>please.
