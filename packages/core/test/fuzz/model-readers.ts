import { parseRecurrentSeq2SeqConfig } from '../../src/models/recurrent/recurrent-seq2seq.ts';
import { openSpeech } from '../../src/speech/open-speech.ts';
import { readToolCalls } from '../../src/text/tool-calls.ts';
import { tinyMoonshineFiles } from '../helpers/tiny-moonshine.ts';
import { tinyRecurrentConfig } from '../helpers/tiny-recurrent.ts';
import { tinyWhisperFiles } from '../helpers/tiny-whisper.ts';
import { mutateJsonText, mutateText } from './mutate.ts';
import { type FuzzReader, parsed, textOf } from './reader.ts';

const SPEECH = [tinyWhisperFiles(), tinyMoonshineFiles()].map(
  ({ 'model.safetensors': _, ...files }) => files,
);
const { 'model.safetensors': WEIGHTS = '' } = tinyWhisperFiles();

/** The files of a model of speech, one of them changed. Weights are opened alone, and so need not be the model's. */
const speech: FuzzReader = {
  name: 'model of speech',
  input: (chance) => {
    const files = chance.of(SPEECH);
    const name = chance.of(Object.keys(files));
    return { ...files, [name]: mutateJsonText(chance, parsed(files[name])) };
  },
  read: (files) => openSpeech({ ...files, 'model.safetensors': WEIGHTS }, {}),
};

const recurrent: FuzzReader = {
  name: 'config.json of a recurrent model',
  input: (chance) => ({ config: mutateJsonText(chance, tinyRecurrentConfig()) }),
  read: ({ config }) => parseRecurrentSeq2SeqConfig(parsed(config)),
};

const ANSWERS = [
  'Let me see. <tool_call>\n{"name": "f", "arguments": {"a": [1, {"b": "c"}]}}\n</tool_call> done',
  '[TOOL_CALLS][{"name": "f", "arguments": {}}, {"name": "g", "arguments": {"x": "\\u0041\\""}}]',
  '[TOOL_CALLS]f[ARGS]{"a": 1}[TOOL_CALLS]g[ARGS]{}',
  '<|python_tag|>{"name": "f", "parameters": {"a": 1}}; {"name": "g", "parameters": {}}',
  '{"name": "f", "parameters": {"a": "}"}}',
];
/** What a model writes is no more to be trusted than a file. */
const toolCalls: FuzzReader = {
  name: 'tool calls',
  input: (chance) => ({
    text: mutateText(chance, chance.of(ANSWERS) + (chance.below(2) === 0 ? chance.of(ANSWERS) : '')),
  }),
  read: ({ text }) => readToolCalls({ text: textOf(text), tokens: [] }, ['f', 'g', '__proto__']),
};

export const modelReaders: readonly FuzzReader[] = [speech, recurrent, toolCalls];
