import type { Plugin } from 'vite';
import { POLICY } from './policy.ts';

/**
 * Makes a build's page fit for any host: with its content security policy, for hosts that send no headers, and with the whole address of the picture that
 * other sites show for a link, if the environment variable HEADWISE_SITE has the address of the page. Some sites do not show pictures without it.
 */
export function staticPage(): Plugin {
  const site = process.env.HEADWISE_SITE;
  return {
    name: 'headwise:static-page',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => ({
        html: site === undefined ? html : html.replace('./social.jpg', new URL('social.jpg', site).href),
        tags: [
          {
            tag: 'meta',
            attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
            injectTo: 'head-prepend',
          },
        ],
      }),
    },
  };
}
