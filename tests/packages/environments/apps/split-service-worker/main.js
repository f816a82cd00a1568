await navigator.serviceWorker.register('sw.js', { type: 'module' });
const { active } = await navigator.serviceWorker.ready;

window.run = (task, input) =>
  new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data.result));
    active.postMessage({ task, input }, [port2]);
  });
