import { SAMPLE_RATE } from '../../engine/jobs/listen-open.ts';

/** Plays stretches of a sound. */
export class Player {
  /** Where it is, in seconds; undefined while nothing plays. */
  position = $state<number | undefined>();
  #context: AudioContext | undefined;
  #source: AudioBufferSourceNode | undefined;
  #frame = 0;

  /** Plays from a second to another; until the end by default. */
  play(samples: Float32Array, from = 0, to = samples.length / SAMPLE_RATE): void {
    this.stop();
    // Browsers start one only after the reader did something.
    this.#context ??= new AudioContext();
    const context = this.#context;
    void context.resume();
    const buffer = context.createBuffer(1, samples.length, SAMPLE_RATE);
    buffer.copyToChannel(new Float32Array(samples), 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    const started = context.currentTime;
    source.onended = () => {
      if (this.#source === source) this.stop();
    };
    source.start(0, from, Math.max(0.05, to - from));
    this.#source = source;
    this.position = from;
    const follow = (): void => {
      this.position = Math.min(to, from + context.currentTime - started);
      this.#frame = requestAnimationFrame(follow);
    };
    this.#frame = requestAnimationFrame(follow);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    const source = this.#source;
    this.#source = undefined;
    source?.stop();
    this.position = undefined;
  }

  dispose(): void {
    this.stop();
    void this.#context?.close();
    this.#context = undefined;
  }
}
