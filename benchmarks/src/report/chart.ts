import type { BackendName, Report } from '../row.ts';
import { formatMs } from './format.ts';
import { headlineLabel, measuredHeadlines, rowsOf, summaryBackends } from './summary.ts';

/** Colours with a contrast of 3:1 or more on white and on GitHub's dark page. The text colour depends on a media query. */
const colours: Readonly<Partial<Record<BackendName, string>>> = {
  'wasm-relaxed-simd': '#0f8a6d',
  'wasm-simd': '#2a9d81',
  workers: '#1f7a9c',
};
const peerColour = '#8a8f98';

const size = { width: 860, label: 178, value: 90, bar: 14, gap: 3, title: 22, group: 16, margin: 12 };

const style = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .quiet { fill: #59636e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
  }`;

/** An SVG bar chart of a report's charted headlines: a group per work, a bar per backend. */
export function barChart(report: Report): string {
  const parts: string[] = [];
  let y = size.margin;
  const text = (x: number, at: number, content: string, attributes = '') =>
    parts.push(`<text x="${x}" y="${at.toFixed(1)}"${attributes}>${escapeXml(content)}</text>`);

  text(
    size.margin,
    y + 12,
    'Milliseconds for one run or token, best of many: shorter is faster',
    ' class="quiet"',
  );
  y += size.title + size.group;
  for (const headline of measuredHeadlines(report).filter((each) => each.charted)) {
    const rows = rowsOf(report, headline);
    const bars = summaryBackends.flatMap((backend) => rows.get(backend) ?? []);
    const slowest = Math.max(...bars.map((row) => row.bestMs!));
    text(size.margin, y, headlineLabel(headline), ' class="title"');
    y += size.title - 14;
    for (const row of bars) {
      const width = (row.bestMs! / slowest) * (size.width - size.label - size.value - 2 * size.margin);
      const x = size.margin + size.label;
      const native = row.backend === 'onnxruntime-node';
      const fill = colours[row.backend] ?? peerColour;
      const baseline = y + size.bar - 3;
      text(x - 8, baseline, native ? `${row.backend} (native)` : row.backend, ' text-anchor="end"');
      parts.push(bar(x, y, Math.max(width, 1), fill, native));
      text(x + Math.max(width, 1) + 6, baseline, formatMs(row.bestMs), ' class="quiet"');
      y += size.bar + size.gap;
    }
    y += size.group + 12;
  }
  const { cpu, cores, runtime, date } = report.machine;
  text(size.margin, y, `${cpu}, ${cores} cores, ${runtime}, ${date.slice(0, 10)}`, ' class="quiet"');
  const height = Math.ceil(y + size.margin);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img" aria-label="Benchmark">`,
    `<style>${style}\n</style>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** A bar; an outline for native code. */
function bar(x: number, y: number, width: number, colour: string, outlined: boolean): string {
  const paint = outlined ? `fill="none" stroke="${colour}"` : `fill="${colour}"`;
  return `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="${size.bar}" rx="2" ${paint}/>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
