// Classification by labelled examples: a text gets the label of the nearest examples (k nearest neighbours on embeddings). This needs a
// sentence encoder only. With a checkpoint that has a classification head, use `classify`, or `zeroShot` with a model trained on NLI.
import { indexTexts, loadEncoder, search } from '@headwise/core';

const examples: Record<string, string[]> = {
  praise: ['I love this product.', 'Great service, thank you!', 'It works perfectly.'],
  complaint: ['It broke after two days.', 'Nobody answers my e-mails.', 'I want my money back.'],
  question: ['How do I change the language?', 'Does it come in blue?', 'When will you open again?'],
};

const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2');
const labelled = Object.entries(examples).flatMap(([label, texts]) =>
  texts.map((text, i) => [`${label}/${i}`, text] as const),
);
const index = await indexTexts(model, labelled);

async function classify(text: string): Promise<string> {
  const votes = new Map<string, number>();
  for (const { id, score } of await search(model, text, index, { topK: 3 })) {
    const label = id.split('/')[0]!;
    votes.set(label, (votes.get(label) ?? 0) + score);
  }
  return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best))[0];
}

for (const text of ['What a wonderful machine!', 'The screen has a crack.', 'Is there a larger size?']) {
  console.log(`${text} -> ${await classify(text)}`);
}

await model.dispose();

// Prints:
// What a wonderful machine! -> praise
// The screen has a crack. -> complaint
// Is there a larger size? -> question
