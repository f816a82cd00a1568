import type { Browser } from './page.ts';

/** How a saved SVG differs from the PNG of the same picture, in parts of 1: of all pixels, those that are clearly of another colour. */
export async function differingPixels(browser: Browser, svg: string, png: Buffer): Promise<number> {
  // A page of its own: the site's policy allows no images of other sources.
  const page = await browser.newPage();
  try {
    return await page.evaluate(
      async ([drawn, painted]) => {
        const image = new Image();
        image.src = painted!;
        await image.decode();
        const { width, height } = image;
        const pixelsOf = async (source: string): Promise<Uint8ClampedArray> => {
          const picture = new Image();
          picture.src = source;
          await picture.decode();
          const context = new OffscreenCanvas(width, height).getContext('2d')!;
          context.drawImage(picture, 0, 0, width, height);
          return context.getImageData(0, 0, width, height).data;
        };
        const [a, b] = [await pixelsOf(drawn!), await pixelsOf(painted!)];
        let differing = 0;
        for (let at = 0; at < a.length; at += 4) {
          const most = Math.max(...[0, 1, 2].map((i) => Math.abs(a[at + i]! - b[at + i]!)));
          if (most > 48) differing += 1;
        }
        return differing / (width * height);
      },
      [
        `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
        `data:image/png;base64,${png.toString('base64')}`,
      ],
    );
  } finally {
    await page.close();
  }
}
