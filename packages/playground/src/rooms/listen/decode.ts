import { MAX_SECONDS, SAMPLE_RATE, type SoundSource } from '../../engine/jobs/listen-open.ts';

/** The largest file that is opened. */
export const MAX_BYTES = 100_000_000;

/** Decodes what the browser decodes. WAV files are left to the engine, which reads them alike in all browsers. */
export async function decodeFile(file: Blob): Promise<SoundSource> {
  const bytes = await file.arrayBuffer();
  if (isWav(bytes)) return { wav: new Uint8Array(bytes) };
  // It converts to the rate of its context.
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
  const buffer = await context.decodeAudioData(bytes);
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) =>
    buffer.getChannelData(i).slice(0, MAX_SECONDS * SAMPLE_RATE),
  );
  return { channels, sampleRate: buffer.sampleRate, seconds: buffer.duration };
}

function isWav(bytes: ArrayBuffer): boolean {
  const text = String.fromCharCode(...new Uint8Array(bytes, 0, Math.min(12, bytes.byteLength)));
  return text.startsWith('RIFF') && text.endsWith('WAVE');
}
