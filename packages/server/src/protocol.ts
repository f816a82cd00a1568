// What the service and its threads send each other. All values are structured clones.

import type { BackendName, ChatMessage, EmbedOptions, WeightTypeName } from '@headwise/core';
import type { ToolDefinition } from '@headwise/core/internal';
import type { TranscribeOptions, Transcript } from '@headwise/core/speech';

/** A model to load, as a thread receives it. */
export interface ThreadStart {
  readonly source: string;
  readonly options: {
    readonly revision?: string;
    readonly hubUrl?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly weightsFile?: string;
    readonly dtype?: WeightTypeName | 'auto';
    readonly backend?: BackendName | 'auto';
  };
  /** Whether it is a model of `loadSpeech`. */
  readonly isSpeech?: boolean;
  /** Replaces the model's chat template. */
  readonly chatTemplate?: string;
}

/** What a model can do, told by the thread that loaded it. */
export interface LoadedModel {
  readonly kind: 'encoder' | 'causalLM' | 'seq2seqLM' | 'speech';
  readonly backend: string;
  readonly dtype: string;
  /** Encoders: features of an embedding. */
  readonly embeddingSize?: number;
  /** Tokens of a text, or of a prompt and its continuation. Undefined if there is no limit. */
  readonly contextLength?: number;
  readonly canChat: boolean;
  /** Whether its chat template tells it of tools. */
  readonly takesTools: boolean;
}

/** A text, or the ids of its tokens. */
export type TextOrIds = string | readonly number[];

/** A request for embeddings. */
export interface EmbedWork {
  readonly kind: 'embed';
  readonly inputs: readonly TextOrIds[];
  /** Index of the first input in the request, of which this may be a part. Default: 0. */
  readonly first?: number;
  /** Features to keep. Default: all. */
  readonly dimensions?: number;
  readonly encoding: 'float' | 'base64';
}

/** Options of a generation, under core's names. What is undefined is left to the model's files. */
export interface GenerateChoices {
  readonly maxNewTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly logitBias?: Readonly<Record<number, number>>;
  readonly stopStrings?: readonly string[];
  /** Whether to return the log-probabilities of tokens, and of how many alternatives. */
  readonly topLogProbs?: number;
  /** Drawn by the service if the request has none, so that a request that is repeated by another thread gives the same text. */
  readonly seed: number;
}

/** Messages for the chat template. */
export interface ChatPrompt {
  readonly messages: readonly ChatMessage[];
  /** Tools that the model is told of; their calls are then read from its text. */
  readonly tools?: readonly ToolDefinition[];
}

/** A request for texts. */
export interface GenerateWork {
  readonly kind: 'generate';
  readonly prompt: readonly TextOrIds[] | ChatPrompt;
  /** Texts for each prompt. */
  readonly n: number;
  readonly choices: GenerateChoices;
  /** Whether pieces are sent as they come. */
  readonly stream: boolean;
}

/** A request for numbers, of programs with a source of texts of their own. */
export interface VectorWork {
  readonly kind: 'vectors';
  /** Embeddings, or the scores of all labels of a sequence classifier. */
  readonly task: 'embed' | 'classify';
  readonly texts: readonly string[];
  /** Of core's `embed`. Texts that are too long are cut, as there. */
  readonly options: Pick<EmbedOptions, 'normalize' | 'truncateDim' | 'prompt' | 'promptName'>;
}

/** A request for what is said in a sound. */
export interface TranscribeWork
  extends Pick<TranscribeOptions, 'language' | 'task' | 'timestamps' | 'prompt'> {
  readonly kind: 'transcribe';
  /** A WAV file. */
  readonly file: Uint8Array;
  readonly temperature?: number;
}

export type Work = EmbedWork | GenerateWork | VectorWork | TranscribeWork;

/** A token with its log-probability. */
export interface ScoredToken {
  readonly id: number;
  /** Spelling in the vocabulary. */
  readonly token: string;
  /** Text that it adds: empty for special tokens and for parts of characters. */
  readonly text: string;
  readonly logProbability: number;
  readonly top: readonly Omit<ScoredToken, 'top'>[];
}

/** A call of a tool. */
export interface CallOfTool {
  /** Index among the calls of the text. */
  readonly index: number;
  readonly id: string;
  readonly name: string;
  /** The JSON of an object. */
  readonly arguments: string;
}

/** How a text ended. */
export type EndOfText = 'stop' | 'length' | 'tool_calls';

/** A part of a streamed text. */
export interface Piece {
  /** Index of the text. */
  readonly index: number;
  readonly text: string;
  readonly calls?: readonly CallOfTool[];
  /** With `topLogProbs`. */
  readonly tokens?: readonly ScoredToken[];
  /** In the last piece of a text. */
  readonly finishReason?: EndOfText;
}

/** A whole text. */
export interface FinishedText extends Piece {
  readonly finishReason: EndOfText;
}

export interface EmbedResult {
  readonly kind: 'embed';
  /** The JSON of the response's list `data`, in UTF-8. */
  readonly data: Uint8Array;
  readonly promptTokens: number;
}

export interface GenerateResult {
  readonly kind: 'generate';
  /** Of a streamed request these have been sent as pieces. */
  readonly texts: readonly FinishedText[];
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
}

export interface VectorResult {
  readonly kind: 'vectors';
  /** `[texts, width]`, one after another. */
  readonly data: Float32Array;
  readonly width: number;
  /** `classify`: the label of each score. */
  readonly labels?: readonly string[];
}

export interface TranscribeResult {
  readonly kind: 'transcribe';
  readonly transcript: Transcript;
}

export type WorkResult = EmbedResult | GenerateResult | VectorResult | TranscribeResult;

/** The result of a kind of work. */
export type ResultOf<W extends Work> = Extract<WorkResult, { kind: W['kind'] }>;

/** An error as plain data. */
export interface PlainError {
  readonly code?: string;
  readonly name: string;
  readonly message: string;
}

/** How a request ended. */
export type Outcome = { readonly result: WorkResult } | { readonly error: PlainError };

/** To a thread: requests that are computed together, or the end of those that run. */
export type ToThread =
  | { readonly task: number; readonly works: readonly Work[] }
  | { readonly cancel: number };

/** From a thread. */
export type FromThread =
  | { readonly ready: LoadedModel }
  | { readonly failed: PlainError }
  | { readonly task: number; readonly piece: Piece }
  | { readonly task: number; readonly outcomes: readonly Outcome[] };

/** An error as it is sent to the other side. */
export function plainError(thrown: unknown): PlainError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  const { code } = thrown as { code?: unknown };
  return { name: thrown.name, message: thrown.message, ...(typeof code === 'string' && { code }) };
}
