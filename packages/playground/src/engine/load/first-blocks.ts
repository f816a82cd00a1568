import type { EncoderModel } from '@headwise/core';
import type { ModelEntry } from '../registry.ts';
import { ArrivingWeights } from './arriving-weights.ts';

/** A model of the first blocks of an encoder, whose heads are those of the whole. It is disposed of when the next is asked for. */
export interface FirstBlocksModel {
  readonly model: EncoderModel;
  /** Of the whole model. */
  readonly layers: number;
}

/** What has come of an encoder that is being downloaded, and the rows that were requested besides. */
export interface ArrivingEncoder {
  readonly entry: ModelEntry;
  /** The tensor with the rows of the words. */
  readonly words: string;
  readonly weights: ArrivingWeights;
  /** The other files. */
  readonly files: ReadonlyMap<string, Promise<string>>;
  /** The address of the weights. */
  readonly url: string;
  /** Of words, by their ids. */
  readonly rows: Map<number, Uint8Array>;
}

/**
 * Models of the first blocks of an encoder in 8 bits that is being downloaded: a text is read block by block as they arrive, with the rows of its words
 * requested by themselves. Ends where the server does not answer such requests, or when the whole model is there.
 */
export class FirstBlocks {
  readonly #entry: ModelEntry;
  readonly #words: string;
  readonly #weights = new ArrivingWeights();
  readonly #files = new Map<string, Promise<string>>();
  readonly #rows = new Map<number, Uint8Array>();
  #url = '';

  constructor(entry: ModelEntry, words: string) {
    this.#entry = entry;
    this.#words = `${words}.q8`;
  }

  /** The response to a request of core, looked at on its way. */
  observe(url: string, response: Response): Response {
    const name = this.#entry.files.find((file) => url.endsWith(`/${file}`));
    if (name === undefined || !response.ok) return response;
    if (name === this.#entry.weightsFile) {
      this.#url = url;
      return this.#weights.observe(response);
    }
    const text = response.clone().text();
    text.catch(() => undefined);
    this.#files.set(name, text);
    return response;
  }

  /** The whole model is there, or will not be. */
  end(): void {
    this.#weights.end();
  }

  /** Models for reading a text, each of one block more than the last. Those whose blocks are there already are left out but for the last. */
  async *models(text: string, signal: AbortSignal): AsyncGenerator<FirstBlocksModel, void> {
    if (!(await this.#weights.first(1))) return;
    // Imported on demand: it has the code of encoders.
    const { blockModels } = await import('./block-models.ts');
    const arriving: ArrivingEncoder = {
      entry: this.#entry,
      words: this.#words,
      weights: this.#weights,
      files: this.#files,
      url: this.#url,
      rows: this.#rows,
    };
    yield* blockModels(arriving, text, signal);
  }
}
