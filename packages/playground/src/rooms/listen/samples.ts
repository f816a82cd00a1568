import apollo from './sounds/apollo-13.wav?url';
import korean from './sounds/korean-voice.wav?url';
import type { SampleId } from './state.ts';

/** A sound of the page: where it is, its language, and what is said in it. */
export interface Sample {
  readonly url: string;
  readonly language: 'en' | 'ko';
  readonly said: string;
}

export const SAMPLES: Readonly<Record<SampleId, Sample>> = {
  apollo: {
    url: apollo,
    language: 'en',
    said: 'Okay, Houston, we’ve had a problem here. This is Houston, say again please.',
  },
  korean: { url: korean, language: 'ko', said: '감사합니다. 안녕하세요.' },
};
