// Semantic search: texts are found by meaning, not by words in common. The index can be saved and loaded.
import { indexTexts, loadEncoder, search, VectorIndex } from '@headwise/core';

const corpus = new Map([
  ['billing', 'Invoices are sent by mail on the first day of each month.'],
  ['password', 'Choose "forgot password" on the sign-in page to get a new one.'],
  ['refund', 'You get your money back within 14 days after you return the item.'],
  ['shipping', 'Parcels take three to five working days.'],
  ['hours', 'The office is closed on Mondays and on public holidays.'],
  ['privacy', 'We keep no data about visitors of the website.'],
]);

const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2');
const file = (await indexTexts(model, corpus)).save(); // bytes to store
const index = VectorIndex.load(file);

for (const query of ["I can't log in", 'How long does delivery take?', 'Can I return these shoes?']) {
  const [best] = await search(model, query, index, { topK: 1 });
  console.log(`${query} -> ${best?.id} (${best?.score.toFixed(2)})`);
}

await model.dispose();

// Prints:
// I can't log in -> password (0.51)
// How long does delivery take? -> shipping (0.56)
// Can I return these shoes? -> refund (0.33)
