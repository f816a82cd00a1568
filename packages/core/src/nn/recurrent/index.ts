export {
  type CellLayerOptions,
  GRUCell,
  LSTMCell,
  type LSTMState,
  RNNCell,
  type RNNCellOptions,
} from './cell-layers.ts';
export {
  GRU,
  LSTM,
  type LSTMCall,
  type LSTMResult,
  type RecurrentResult,
  RNN,
  type RNNOptions,
} from './layers.ts';
export type { LSTMOptions, RecurrentCall, RecurrentOptions } from './recurrent-layer.ts';
