// Hooks: activations are read and replaced by name while the model runs. Here a head is silenced (ablation), a head is scaled (steering),
// and an activation of another text is put in place (patching). docs/inspection.md lists the names.
import { cosineSimilarity, type Hooks, loadEncoder, patch, scale, silence } from '@headwise/core';

const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2');
const text = 'The river bank was muddy.';
const other = 'The money bank was closed.'; // as many tokens
const [plain, target] = await model.embed([text, other]);

async function report(what: string, hooks: Hooks): Promise<void> {
  const edited = await model.embed(text, { hooks });
  const [before, after] = [plain!, target!].map((vector) => cosineSimilarity(edited, vector).toFixed(2));
  console.log(`${what.padEnd(34)} similarity to itself ${before}, to the other text ${after}`);
}

await report('unchanged', {});
await report('layer 5, head 11 silenced', { 'blocks.5.attention.heads.11.context': silence() });
await report('head 0 of all layers, three times', { 'blocks.*.attention.heads.0.context': scale(3) });

const name = 'blocks.2.residual.after';
const { activations } = await model.record(other, [name]);
await report('all tokens after block 2 patched', patch(activations));
await report('token 2 ("river") patched', patch(activations, [[2, 2]]));

await model.dispose();

// Prints:
// unchanged                          similarity to itself 1.00, to the other text 0.46
// layer 5, head 11 silenced          similarity to itself 0.95, to the other text 0.45
// head 0 of all layers, three times  similarity to itself 0.94, to the other text 0.46
// all tokens after block 2 patched   similarity to itself 0.46, to the other text 1.00
// token 2 ("river") patched          similarity to itself 0.89, to the other text 0.64
