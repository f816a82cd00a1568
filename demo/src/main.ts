import { HELP, parseArguments, UsageError } from './arguments.ts';
import { collect } from './collect.ts';
import { renderReport } from './render/report.ts';
import type { Screen } from './render/shade.ts';
import { renderStory, StoryWriter } from './render/story.ts';
import { writeStory } from './story.ts';

// Wide enough for the default sentences when nobody says how wide the output is.
const PLAIN_COLUMNS = 100;

function screen(): Screen {
  const { isTTY, columns } = process.stdout;
  const asked = process.env.FORCE_COLOR;
  const colour = asked === undefined ? isTTY && !process.env.NO_COLOR : asked !== '0';
  return { columns: columns ?? PLAIN_COLUMNS, colour };
}

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) {
    console.log(HELP);
    return;
  }
  if (options.story) {
    const writer = new StoryWriter(screen());
    const show = (text: string) => {
      if (!options.json) process.stdout.write(text);
    };
    const story = await writeStory(options.story, (event) => show(writer.next(event)));
    console.log(options.json ? JSON.stringify(story, null, 2) : renderStory(story, screen()));
    return;
  }
  const report = await collect(options);
  console.log(options.json ? JSON.stringify(report, null, 2) : renderReport(report, screen()));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\nnpm run demo -- --help   shows what there is`);
  process.exitCode = 2;
}
