import { HELP, parseArguments, UsageError } from './arguments.ts';
import { createReport } from './create-report.ts';
import { generateStory, type StoryEvent } from './generate-story.ts';
import { renderReport } from './render/report.ts';
import type { Screen } from './render/shade.ts';
import { renderStory, renderStoryEvent } from './render/story.ts';
import { renderTranslation } from './render/translation.ts';
import { translate } from './translate.ts';

// Width when stdout is not a terminal: enough for the default sentences.
const DEFAULT_COLUMNS = 100;

function screen(): Screen {
  const { isTTY, columns } = process.stdout;
  const forced = process.env.FORCE_COLOR;
  const colour = forced === undefined ? isTTY && !process.env.NO_COLOR : forced !== '0';
  return { columns: columns ?? DEFAULT_COLUMNS, colour };
}

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  if (options.story) {
    const onEvent = (event: StoryEvent) => {
      if (!options.json) process.stdout.write(renderStoryEvent(event, screen()));
    };
    const story = await generateStory(options.story, onEvent);
    console.log(options.json ? JSON.stringify(story, null, 2) : renderStory(story, screen()));
    return;
  }
  if (options.translation) {
    const translation = await translate(options.translation);
    console.log(
      options.json ? JSON.stringify(translation, null, 2) : renderTranslation(translation, screen()),
    );
    return;
  }
  const report = await createReport(options);
  console.log(options.json ? JSON.stringify(report, null, 2) : renderReport(report, screen()));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\nnpm run demo -- --help   lists all options`);
  process.exitCode = 2;
}
