import type { EmbedOptions, EncoderModel } from '@headwise/core';
import { EMBED_OPTIONS, requireModel, requireOptions } from '@headwise/core/internal';
import { Embeddings } from '@langchain/core/embeddings';

/** Fields of {@link HeadwiseEmbeddings}: the model, and options of core's `embed` for all calls. */
export interface HeadwiseEmbeddingsFields extends EmbedOptions {
  /** Disposing of it is the caller's. */
  model: EncoderModel;
}

/**
 * Embeddings of a loaded encoder, for vector stores and retrievers of LangChain.js.
 *
 * ```ts
 * const store = await MemoryVectorStore.fromTexts(texts, [], new HeadwiseEmbeddings({ model: await loadEncoder(id) }));
 * ```
 *
 * Queries and documents get the prompts that the model's files have for them, as by core's `encodeQuery` and `encodeDocument`, unless the fields name one.
 *
 * Throws `ConfigError` for an unknown field, and for what is not a loaded encoder. Calls reject as the model's `embed` does.
 */
export class HeadwiseEmbeddings extends Embeddings {
  readonly #model: EncoderModel;
  readonly #options: EmbedOptions;

  constructor(fields: HeadwiseEmbeddingsFields) {
    requireOptions('HeadwiseEmbeddings', fields, EMBED_OPTIONS, { model: true });
    super({});
    const { model, ...options } = fields;
    requireModel('HeadwiseEmbeddings', model, 'encoder');
    this.#model = model;
    this.#options = options;
  }

  override async embedDocuments(documents: string[]): Promise<number[][]> {
    const vectors = await this.#model.encodeDocument(documents, this.#options);
    return vectors.map((vector) => Array.from(vector));
  }

  override async embedQuery(document: string): Promise<number[]> {
    return Array.from(await this.#model.encodeQuery(document, this.#options));
  }
}
