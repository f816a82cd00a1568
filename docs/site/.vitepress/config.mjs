import { defineConfig } from 'vitepress';
import { koreanSections, routeOf, sections } from '../pages.mjs';

const repository = 'https://github.com/headwise/headwise';
const sidebarOf = (of) =>
  of.map(({ text, pages }) => ({
    text,
    items: pages.map(([path, title]) => ({ text: title, link: `/${routeOf(path)}` })),
  }));
const reference = (text) => ({ text, link: '/api/index.html', target: '_self' });

/** Anchors as on GitHub, which the pages are written for. */
const slugify = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, '')
    .replaceAll(' ', '-');

export default defineConfig({
  title: 'Headwise',
  description: 'A transformer engine you can see through, at WebAssembly speed',
  srcDir: '.pages',
  outDir: 'dist',
  // The API reference is written beside the pages after they are built.
  ignoreDeadLinks: [/^\/api\//],
  markdown: { anchor: { slugify } },
  themeConfig: {
    // Few pages are in both languages: the menu leads to the other one's first page.
    i18nRouting: false,
    search: {
      provider: 'local',
      options: {
        locales: {
          ko: {
            translations: {
              button: { buttonText: '검색', buttonAriaLabel: '검색' },
              modal: {
                noResultsText: '결과 없음',
                resetButtonTitle: '지우기',
                footer: { selectText: '선택', navigateText: '이동', closeText: '닫기' },
              },
            },
          },
        },
      },
    },
    socialLinks: [{ icon: 'github', link: repository }],
  },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      themeConfig: {
        nav: [{ text: 'Guide', link: '/overview' }, { text: 'Models', link: '/models' }, reference('API')],
        sidebar: [...sidebarOf(sections), { text: 'API', items: [reference('API reference')] }],
      },
    },
    ko: {
      label: '한국어',
      lang: 'ko',
      description: '속이 들여다보이는 트랜스포머 엔진, WebAssembly의 속도로',
      themeConfig: {
        nav: [{ text: '소개', link: '/ko/overview' }, reference('API')],
        sidebar: [
          ...sidebarOf(koreanSections),
          ...sidebarOf(sections).map((section) => ({
            ...section,
            text: `${section.text} (영어)`,
            collapsed: true,
          })),
          { text: 'API (영어)', items: [reference('API reference')] },
        ],
        outline: { label: '이 문서의 내용' },
        docFooter: { prev: '이전', next: '다음' },
        darkModeSwitchLabel: '화면 모드',
        sidebarMenuLabel: '메뉴',
        returnToTopLabel: '맨 위로',
        langMenuLabel: '언어 바꾸기',
      },
    },
  },
});
