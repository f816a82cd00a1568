/** A model of this package. */
export interface ModelInfo {
  readonly name: string;
  /** What `loadModel` returns: `encoder`, `causalLM`, `seq2seqLM` or `recurrentSeq2Seq`. */
  readonly kind: string;
  /** What it does, by the names of the hub's tasks (`pipeline_tag`), for example `translation`. */
  readonly task: string;
  /** One sentence. */
  readonly description: string;
  /** Size of all its files. */
  readonly bytes: number;
  /** SPDX name of the licence of the weights. */
  readonly license: string;
  /** Licences of what it was trained on. */
  readonly dataLicense: string;
}

/** A model with the URLs of its files, by their names in the model's directory. */
export interface StoredModel extends ModelInfo {
  readonly files: Readonly<Record<string, URL>>;
}
