// The pages of the site: files of the repository, in the order of the sidebar. tests/docs checks that none is missing.

/** Sections with their pages: path in the repository and title. */
export const sections = [
  {
    text: 'Getting started',
    pages: [
      ['README.md', 'Overview'],
      ['docs/getting-started.md', 'Embed, benchmark, play'],
      ['docs/migration.md', 'From transformers.js'],
      ['examples/README.md', 'Examples'],
      ['docs/limits.md', 'Limits'],
    ],
  },
  {
    text: 'Guides',
    pages: [
      ['docs/loading.md', 'Loading models'],
      ['docs/generation.md', 'Generating text'],
      ['docs/inspection.md', 'Inspection'],
      ['docs/training.md', 'Training'],
      ['docs/lora.md', 'LoRA'],
      ['docs/layers.md', 'Layers'],
      ['docs/metrics.md', 'Metrics'],
      ['docs/speech.md', 'Speech to text'],
      ['docs/quantized-weights.md', 'Quantised weights'],
      ['docs/service.md', 'The service'],
      ['docs/fleet.md', 'Corpora of any size'],
      ['docs/experiments.md', 'Experiments'],
    ],
  },
  {
    text: 'Reference',
    pages: [
      ['docs/exports.md', 'Exports'],
      ['docs/models.md', 'Models'],
      ['docs/environments.md', 'Environments'],
      ['docs/errors.md', 'Errors'],
      ['docs/performance.md', 'Performance'],
      ['benchmarks/README.md', 'Benchmarks'],
      ['docs/scaling.md', 'Scaling'],
      ['FEATURES.md', 'Features and their tests'],
    ],
  },
  {
    text: 'Packages',
    pages: [
      ['packages/core/README.md', '@headwise/core'],
      ['packages/worker/README.md', '@headwise/worker'],
      ['packages/kernel-as/README.md', '@headwise/kernel'],
      ['packages/models/README.md', '@headwise/models'],
      ['packages/server/README.md', '@headwise/server'],
      ['packages/fleet/README.md', '@headwise/fleet'],
      ['packages/ai-sdk/README.md', '@headwise/ai-sdk'],
      ['packages/langchain/README.md', '@headwise/langchain'],
      ['packages/cli/README.md', '@headwise/cli'],
    ],
  },
  {
    text: 'Project',
    pages: [
      ['docs/architecture.md', 'How it is built'],
      ['packages/playground/README.md', 'The playground'],
      ['docs/testing.md', 'Testing'],
      ['CONTRIBUTING.md', 'Contributing'],
      ['SECURITY.md', 'Security'],
      ['CODE_OF_CONDUCT.md', 'Code of conduct'],
      ['CHANGELOG.md', 'Changes'],
      ['NOTICE.md', 'Notices'],
    ],
  },
];

/** The same for the pages in Korean. */
export const koreanSections = [
  {
    text: '시작하기',
    pages: [
      ['README.ko.md', '소개'],
      ['docs/getting-started.ko.md', '임베딩, 벤치마크, 플레이그라운드'],
      ['docs/experiments.ko.md', '실험'],
    ],
  },
];

/** Where a page of the repository is on the site, without a leading slash and an ending. */
export function routeOf(path) {
  const isKorean = path.endsWith('.ko.md');
  const name = path.replace(/(\.ko)?\.md$/, '').replace(/^docs\//, '');
  const route = name === 'README' ? 'overview' : name.replace(/\/README$/, '').toLowerCase();
  return isKorean ? `ko/${route}` : route;
}

export const allPages = [...sections, ...koreanSections].flatMap(({ pages }) => pages.map(([path]) => path));
