import type { ModelEntry } from '../registry.ts';
import type { ArrivingEncoder, FirstBlocksModel } from './arriving-encoder.ts';
import { ArrivingWeights } from './arriving-weights.ts';

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
