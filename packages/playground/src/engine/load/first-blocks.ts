import { type EncoderModel, loadEncoder, type SafetensorsHeader, writeSafetensors } from '@headwise/core';
import type { ModelEntry } from '../registry.ts';
import { ArrivingWeights } from './arriving-weights.ts';
import { requestRows } from './rows.ts';

/** The block of a tensor of BERT. */
const BLOCK = /^encoder\.layer\.(\d+)\./;

/** A model of the first blocks of an encoder, whose heads are those of the whole. It is disposed of when the next is asked for. */
export interface FirstBlocksModel {
  readonly model: EncoderModel;
  /** Of the whole model. */
  readonly layers: number;
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
  #url = '';
  readonly #rows = new Map<number, Uint8Array>();

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
    const header = await this.#weights.header();
    if (!header || this.#weights.version === undefined || this.#files.size < 2) return;
    const ends = blockEnds(header);
    if (!(await this.#readRows(text, header, ends[0] ?? 0, signal))) return;
    for (let count = 1; count < ends.length; count += 1) {
      if (!(await this.#weights.first(header.dataStart + ends[count - 1]!))) return;
      const isNextThere = count + 1 < ends.length && this.#weights.has(header.dataStart + ends[count]!);
      if (isNextThere) continue;
      signal.throwIfAborted();
      const model = await this.#model(header, count, signal);
      try {
        yield { model, layers: ends.length };
      } finally {
        await model.dispose();
      }
    }
  }

  /** Requests the rows of the words of a text that are not there. False if they cannot be had. */
  async #readRows(
    text: string,
    header: SafetensorsHeader,
    firstBlock: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!(await this.#weights.first(header.dataStart + firstBlock))) return false;
    // Without rows, it can split the text into tokens.
    const model = await this.#model(header, 1, signal);
    const ids = new Set(model.tokenize(text).ids);
    await model.dispose();
    const { begin, shape } = header.tensors.get(this.#words)!;
    const missing = [...ids].filter((id) => !this.#rows.has(id));
    const rows = await requestRows(missing, {
      url: this.#url,
      version: this.#weights.version!,
      start: header.dataStart + begin,
      width: shape[1]!,
      signal,
    });
    for (const [id, row] of rows ?? []) this.#rows.set(id, row);
    return rows !== undefined;
  }

  async #model(header: SafetensorsHeader, count: number, signal: AbortSignal): Promise<EncoderModel> {
    const names = [...header.tensors.keys()].filter((name) => Number(BLOCK.exec(name)?.[1] ?? -1) < count);
    const last = Math.max(
      ...names.filter((name) => name !== this.#words).map((name) => header.tensors.get(name)!.end),
    );
    const bytes = (await this.#weights.first(header.dataStart + last))!;
    const tensors = names.map((name) => {
      const { dtype, shape, begin, end } = header.tensors.get(name)!;
      const data =
        name === this.#words
          ? this.#table(shape[0]!, shape[1]!)
          : bytes.subarray(header.dataStart + begin, header.dataStart + end);
      return [name, { dtype, shape, bytes: data }] as const;
    });
    const files = new Map<string, string | Uint8Array>();
    for (const [name, text] of this.#files) files.set(name, await text);
    files.set('config.json', configOf(files.get('config.json') as string, names, count));
    files.set(this.#entry.weightsFile, writeSafetensors(tensors));
    return loadEncoder(files, { weightsFile: this.#entry.weightsFile, signal });
  }

  /** The table of words: zeros where a row was not needed. */
  #table(rows: number, width: number): Uint8Array {
    const table = new Uint8Array(rows * width);
    for (const [id, row] of this.#rows) table.set(row, id * width);
    return table;
  }
}

/** Where the blocks end in the data of a file: each only when those before it have ended. */
function blockEnds({ tensors }: SafetensorsHeader): number[] {
  const ends: number[] = [];
  for (const [name, { end }] of tensors) {
    const block = BLOCK.exec(name)?.[1];
    if (block !== undefined) ends[Number(block)] = Math.max(ends[Number(block)] ?? 0, end);
  }
  return ends.map((_, i) => Math.max(...ends.slice(0, i + 1)));
}

/** A config.json with that number of blocks, and with the tensors that are there. */
function configOf(json: string, names: readonly string[], count: number): string {
  const config = JSON.parse(json) as {
    quantization_config: { tensors: Readonly<Record<string, unknown>> };
  };
  const tensors = Object.entries(config.quantization_config.tensors).filter(([name]) =>
    names.includes(`${name}.q8`),
  );
  return JSON.stringify({
    ...config,
    num_hidden_layers: count,
    quantization_config: { ...config.quantization_config, tensors: Object.fromEntries(tensors) },
  });
}
