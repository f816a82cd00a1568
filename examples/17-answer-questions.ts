// Question answering by retrieval: the passages nearest to a question are searched for the sentence that is nearest to it. Answers are sentences of the
// sources, with their place; a question that nothing is near to is not answered. With a checkpoint trained on SQuAD `answer` finds the words themselves.
import { cosineSimilarity, indexTexts, loadEncoder, search } from '@headwise/core';

const sources: Record<string, string> = {
  hours:
    'The museum is open from Tuesday to Sunday. On Mondays it is closed. It closes at six in the evening.',
  tickets: 'A ticket costs twelve euros. Children under ten years pay nothing. Groups get a discount.',
  garden: 'Dogs are welcome in the garden on a leash. The fountain was built in 1780. It has many roses.',
  café: 'The café serves cakes and soup. Its coffee is from the old town. You may bring your own food.',
};

const model = await loadEncoder('sentence-transformers/all-MiniLM-L6-v2');
const passages = await indexTexts(model, Object.entries(sources));

async function answer(question: string): Promise<string> {
  const query = await model.embed(question);
  const found = await search(model, question, passages, { topK: 2 });
  const sentences = found.flatMap(({ id }) =>
    sources[id]!.match(/[^.]+\./g)!.map((text) => ({ id, text: text.trim() })),
  );
  const vectors = await model.embed(sentences.map(({ text }) => text));
  const scores = vectors.map((vector) => cosineSimilarity(query, vector));
  const best = scores.indexOf(Math.max(...scores));
  return scores[best]! < 0.3
    ? 'The sources do not say.'
    : `${sentences[best]!.text} [${sentences[best]!.id}]`;
}

const questions = ['How much is the entrance?', 'Can I bring my dog?', 'On which day is it not open?'];
for (const question of [...questions, 'Who won the election?'])
  console.log(`${question} ${await answer(question)}`);
await model.dispose();

// Prints:
// How much is the entrance? A ticket costs twelve euros. [tickets]
// Can I bring my dog? Dogs are welcome in the garden on a leash. [garden]
// On which day is it not open? On Mondays it is closed. [hours]
// Who won the election? The sources do not say.
