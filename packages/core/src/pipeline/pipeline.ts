import { ConfigError } from '../errors.ts';
import type { LoadEncoderOptions } from '../load/load-encoder.ts';
import { COMPUTE_OPTIONS } from '../load/load-weights.ts';
import { OPEN_ENCODER_OPTIONS } from '../load/open-encoder.ts';
import { type LoadGeneratorOptions, OPEN_GENERATOR_OPTIONS } from '../load/open-generator.ts';
import { addElsewhere, checkOptions } from '../options.ts';
import { showValue } from '../show-value.ts';
import type { SpeechModel } from '../speech/speech-model.ts';
import type { CausalLM } from '../tasks/causal-lm/causal-lm.ts';
import type { EncoderModel } from '../tasks/encoder/encoder-model.ts';
import type { Seq2SeqLM } from '../tasks/seq2seq-lm/seq2seq-lm.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import type {
  FeatureExtraction,
  FillMask,
  QuestionAnswering,
  TextClassification,
  TokenClassification,
  ZeroShotClassification,
} from './encoder-types.ts';
import type { Summarization, Text2TextGeneration, TextGeneration, Translation } from './generation-types.ts';
import type { SpeechRecognition } from './speech-types.ts';

/** What a pipeline of each task is called with, and the model that it needs. */
export interface PipelineCalls {
  'feature-extraction': { call: FeatureExtraction; model: EncoderModel };
  'text-classification': { call: TextClassification; model: EncoderModel };
  'token-classification': { call: TokenClassification; model: EncoderModel };
  'question-answering': { call: QuestionAnswering; model: EncoderModel };
  'fill-mask': { call: FillMask; model: EncoderModel };
  'zero-shot-classification': { call: ZeroShotClassification; model: EncoderModel };
  'text-generation': { call: TextGeneration; model: CausalLM };
  'text2text-generation': { call: Text2TextGeneration; model: Seq2SeqLM };
  summarization: { call: Summarization; model: Seq2SeqLM };
  translation: { call: Translation; model: Seq2SeqLM };
  'automatic-speech-recognition': { call: SpeechRecognition; model: SpeechModel };
}

/** Other names of tasks. */
export interface PipelineAliases {
  'sentiment-analysis': 'text-classification';
  ner: 'token-classification';
  embeddings: 'feature-extraction';
  asr: 'automatic-speech-recognition';
}

type Plain = keyof PipelineCalls;

/** Tasks of {@link pipeline}. */
export type PipelineTask = keyof PipelineCalls | keyof PipelineAliases | `translation_${string}_to_${string}`;

/** The task that a name stands for. */
export type PlainTask<Task extends PipelineTask> = Task extends keyof PipelineAliases
  ? PipelineAliases[Task]
  : Task extends keyof PipelineCalls
    ? Task
    : 'translation';

/** The call of a task's pipeline. */
export type PipelineCall<Task extends PipelineTask> = PipelineCalls[PlainTask<Task>]['call'];

/** A model that is called by a task. */
export type Pipeline<Task extends PipelineTask> = PipelineCall<Task> & {
  readonly task: PlainTask<Task>;
  readonly model: PipelineCalls[PlainTask<Task>]['model'];
  readonly tokenizer: Tokenizer;
  /** Frees the model's memory, also that of a model that was passed. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

const ALIASES: Readonly<Record<keyof PipelineAliases, Plain>> = {
  'sentiment-analysis': 'text-classification',
  ner: 'token-classification',
  embeddings: 'feature-extraction',
  asr: 'automatic-speech-recognition',
};

type Model = EncoderModel | CausalLM | Seq2SeqLM | SpeechModel;
type Languages = { sourceLanguage?: string; targetLanguage?: string };

interface TaskEntry {
  readonly kind: Model['kind'];
  readonly open: (model: never, languages: Languages) => Promise<(...inputs: never[]) => Promise<unknown>>;
}

const encoderTasks = () => import('./encoder-tasks.ts');
const generationTasks = () => import('./generation-tasks.ts');
const speechTasks = () => import('./speech-tasks.ts');

const TASKS: Readonly<Record<Plain, TaskEntry>> = {
  'feature-extraction': {
    kind: 'encoder',
    open: async (model) => (await encoderTasks()).featureExtraction(model),
  },
  'text-classification': {
    kind: 'encoder',
    open: async (model) => (await encoderTasks()).textClassification(model),
  },
  'token-classification': {
    kind: 'encoder',
    open: async (model) => (await encoderTasks()).tokenClassification(model),
  },
  'question-answering': {
    kind: 'encoder',
    open: async (model) => (await encoderTasks()).questionAnswering(model),
  },
  'fill-mask': { kind: 'encoder', open: async (model) => (await encoderTasks()).fillMaskTask(model) },
  'zero-shot-classification': {
    kind: 'encoder',
    open: async (model) => (await encoderTasks()).zeroShotClassification(model),
  },
  'text-generation': {
    kind: 'causalLM',
    open: async (model) => (await generationTasks()).textGeneration(model),
  },
  'text2text-generation': {
    kind: 'seq2seqLM',
    open: async (model) => (await generationTasks()).text2textGeneration(model),
  },
  summarization: {
    kind: 'seq2seqLM',
    open: async (model) => (await generationTasks()).summarization(model),
  },
  translation: {
    kind: 'seq2seqLM',
    open: async (model, languages) => (await generationTasks()).translation(model, languages),
  },
  'automatic-speech-recognition': {
    kind: 'speech',
    open: async (model) => (await speechTasks()).automaticSpeechRecognition(model),
  },
};

addElsewhere({ progress_callback: 'it is the option onProgress' });

/** Imported by kind, so that an app loads the code of its own task alone. */
const LOADERS: Readonly<
  Record<
    Model['kind'],
    (source: ModelSource, options: LoadEncoderOptions & LoadGeneratorOptions) => Promise<Model>
  >
> = {
  encoder: async (source, options) => (await import('../load/load-encoder.ts')).loadEncoder(source, options),
  causalLM: async (source, options) =>
    (await import('../load/load-causal-lm.ts')).loadCausalLM(source, options),
  seq2seqLM: async (source, options) =>
    (await import('../load/load-seq2seq-lm.ts')).loadSeq2SeqLM(source, options),
  speech: async (source, options) => (await import('../speech/load-speech.ts')).loadSpeech(source, options),
};

/**
 * Loads a model for a task and returns it as a function, with the names, the options and the results of transformers.js' and Transformers' pipelines, for
 * programs that come from there. There is no default model: each task needs the name of one, or a loaded model.
 *
 * ```ts
 * const extractor = await pipeline('feature-extraction', 'sentence-transformers/all-MiniLM-L6-v2');
 * const { data, dims } = await extractor('I drank coffee.', { pooling: 'mean', normalize: true });
 * ```
 *
 * Options are those of the loaders, for example `dtype`, `revision` and `onProgress`. Calls take Hugging Face's options, such as `top_k` and
 * `max_new_tokens`, and those of the function that computes the task: `classify`, `answer`, `generate` and others.
 *
 * Rejects with `ConfigError` for an unknown task, naming those that exist, for a model of another kind, and for unknown options; and as the loaders do.
 */
export async function pipeline<Task extends PipelineTask>(
  task: Task,
  model: ModelSource | PipelineCalls[PlainTask<Task>]['model'],
  options: LoadEncoderOptions & LoadGeneratorOptions = {},
): Promise<Pipeline<Task>> {
  checkOptions('pipeline', options, OPEN_ENCODER_OPTIONS, OPEN_GENERATOR_OPTIONS, COMPUTE_OPTIONS);
  const { name, languages } = parseTask(task);
  const { kind, open } = TASKS[name];
  const loaded = isModel(model) ? model : await LOADERS[kind](requireSource(name, model), options);
  if (loaded.kind !== kind) {
    throw new ConfigError(
      `pipeline: the task ${name} needs a model of kind ${kind}, got one of kind ${loaded.kind}`,
    );
  }
  const call = await open(loaded as never, languages);
  const dispose = () => loaded.dispose();
  return Object.assign(async (...inputs: never[]) => call(...inputs), {
    task: name,
    model: loaded,
    tokenizer: loaded.tokenizer,
    dispose,
    [Symbol.asyncDispose]: dispose,
  }) as unknown as Pipeline<Task>;
}

function parseTask(task: unknown): { name: Plain; languages: Languages } {
  const [, sourceLanguage, targetLanguage] =
    typeof task === 'string' ? (/^translation_(.+)_to_(.+)$/.exec(task) ?? []) : [];
  if (sourceLanguage !== undefined && targetLanguage !== undefined)
    return { name: 'translation', languages: { sourceLanguage, targetLanguage } };
  if (typeof task === 'string' && Object.hasOwn(TASKS, task)) return { name: task as Plain, languages: {} };
  if (typeof task === 'string' && Object.hasOwn(ALIASES, task))
    return { name: ALIASES[task as keyof PipelineAliases], languages: {} };
  const known = [...Object.keys(TASKS), ...Object.keys(ALIASES), 'translation_XX_to_YY'].join(', ');
  throw new ConfigError(`pipeline: there is no task ${showValue(task)}; there are ${known}`);
}

const isModel = (value: unknown): value is Model =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  'tokenizer' in value &&
  'dispose' in value;

function requireSource(task: Plain, source: ModelSource | undefined): ModelSource {
  if (source !== undefined && source !== null) return source;
  throw new ConfigError(
    `pipeline: the task ${task} needs a model: the id of a repository, a URL, a directory, files, or a loaded model`,
  );
}
