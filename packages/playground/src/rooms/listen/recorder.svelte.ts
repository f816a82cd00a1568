import { MAX_SECONDS } from '../../engine/jobs/listen-open.ts';
import type { Refusal } from './session.svelte.ts';

/** Records with the microphone. */
export class Recorder {
  recording = $state(false);
  /** How loud it is, 0 to 1. */
  level = $state(0);
  /** Whole seconds so far. */
  seconds = $state(0);
  #recorder: MediaRecorder | undefined;
  #stream: MediaStream | undefined;
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Records until `stop`, or until there are 30 seconds. Resolves to the recording, to why there is none, or to undefined after `cancel`. */
  async record(): Promise<Blob | Refusal | undefined> {
    if (!navigator.mediaDevices || typeof MediaRecorder === 'undefined') return 'unsupported';
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    } catch (error) {
      const { name } = error as DOMException;
      return name === 'NotFoundError' ? 'noMicrophone' : 'denied';
    }
    const stream = this.#stream;
    const recorder = new MediaRecorder(stream);
    this.#recorder = recorder;
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise<void>((resolve) => {
      recorder.onstop = () => resolve();
    });
    recorder.start();
    this.recording = true;
    this.#watch(stream);
    await stopped;
    const isKept = this.#recorder === recorder;
    this.#end();
    return isKept ? new Blob(parts, { type: recorder.mimeType }) : undefined;
  }

  stop(): void {
    if (this.#recorder?.state === 'recording') this.#recorder.stop();
  }

  /** Ends without a recording. */
  cancel(): void {
    const recorder = this.#recorder;
    this.#recorder = undefined;
    if (recorder?.state === 'recording') recorder.stop();
    this.#end();
  }

  #watch(stream: MediaStream): void {
    const context = new AudioContext();
    this.#context = context;
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const started = performance.now();
    this.seconds = 0;
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // From −60 dB to 0 dB.
      this.level = Math.max(0, Math.min(1, 1 + Math.log10(power + 1e-12) / 6));
      const seconds = (performance.now() - started) / 1000;
      this.seconds = Math.floor(seconds);
      if (seconds >= MAX_SECONDS) this.stop();
    }, 80);
  }

  #end(): void {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    void this.#context?.close();
    this.#context = undefined;
    this.#stream = undefined;
    this.#recorder = undefined;
    this.recording = false;
    this.level = 0;
  }
}
