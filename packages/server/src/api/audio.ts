import { type Transcript, toSrt, toVtt } from '@headwise/core/speech';
import { RequestError } from '../errors.ts';
import type { Call } from './endpoint.ts';
import { read, TranscriptionRequest, TranslationRequest } from './schema.ts';

type Format = NonNullable<TranscriptionRequest['response_format']>;

/** `POST /v1/audio/transcriptions`. */
export function transcriptions(call: Call): Promise<Response> {
  const request = read(TranscriptionRequest, call.body);
  const { language, timestamp_granularities: granularities = [] } = request;
  return answer(call, request, 'transcribe', language, granularities.includes('word'));
}

/** `POST /v1/audio/translations`: to English. */
export function translations(call: Call): Promise<Response> {
  return answer(call, read(TranslationRequest, call.body), 'translate', undefined, false);
}

async function answer(
  { service, signal, onUsage }: Call,
  { model, file, prompt, temperature = 0, response_format: format = 'json' }: TranslationRequest,
  task: 'transcribe' | 'translate',
  language: string | undefined,
  withWords: boolean,
): Promise<Response> {
  const { pool } = service.find(model, 'speech');
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes.length === 0) {
    throw new RequestError(400, 'file: the file is empty', { apiCode: 'invalid_value', param: 'file' });
  }
  const { transcript } = await pool.submit(
    {
      kind: 'transcribe',
      file: bytes,
      task,
      timestamps: withWords ? 'word' : 'segment',
      ...(language !== undefined && { language }),
      ...(prompt !== undefined && { prompt }),
      // As with OpenAI, 0 is raised where a text is improbable or repeats itself.
      ...(temperature > 0 && { temperature }),
    },
    { signal },
  );
  onUsage(
    model,
    0,
    transcript.segments.reduce((sum, { ids }) => sum + ids.length, 0),
  );
  return responseOf(transcript, task, format);
}

function responseOf(transcript: Transcript, task: 'transcribe' | 'translate', format: Format): Response {
  switch (format) {
    case 'json': {
      const usage = { type: 'duration', seconds: Math.ceil(transcript.duration) };
      return Response.json({ text: transcript.text, usage });
    }
    case 'verbose_json':
      return Response.json(verbose(transcript, task));
    case 'text':
      return textOf(`${transcript.text}\n`, 'text/plain');
    case 'srt':
      return textOf(toSrt(transcript), 'application/x-subrip');
    case 'vtt':
      return textOf(toVtt(transcript), 'text/vtt');
  }
}

const textOf = (text: string, type: string) =>
  new Response(text, { headers: { 'content-type': `${type}; charset=utf-8` } });

/** OpenAI's `TranscriptionVerbose`; `language` is a code, and segments have no `seek`. */
function verbose({ text, language, duration, segments }: Transcript, task: string) {
  const words = segments.flatMap((segment) => segment.words ?? []);
  return {
    task,
    language,
    duration,
    text,
    segments: segments.map((segment, id) => ({
      id,
      start: segment.start,
      end: segment.end,
      text: segment.text,
      tokens: segment.ids,
      temperature: segment.temperature,
      avg_logprob: segment.averageLogProbability,
      compression_ratio: segment.compressionRatio,
      // OpenAI's clients expect a number, also from models that do not tell.
      no_speech_prob: segment.noSpeechProbability ?? 0,
    })),
    ...(words.length > 0 && {
      words: words.map(({ text, start, end }) => ({ word: text.trim(), start, end })),
    }),
  };
}
