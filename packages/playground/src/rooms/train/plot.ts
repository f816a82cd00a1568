import 'uplot/dist/uPlot.min.css';

/** uPlot with its style sheet: a chunk of its own, which is fetched with the first chart. */
export { default } from 'uplot';
