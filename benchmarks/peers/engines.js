// The peers' modules. This file stands here because bare names are looked up from where a file lies: here they are found
// in this folder's own node_modules, which only the benchmark installs.

export const onnxruntimeWeb = () => import('onnxruntime-web');

export const tfjs = async () => {
  const [core] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-backend-wasm'),
    // Registers the operations' gradients.
    import('@tensorflow/tfjs-layers'),
  ]);
  return core;
};

export const jax = () => import('@jax-js/jax');
