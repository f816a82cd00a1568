// A model of one's own, trained on eight sentences in each of four languages: it guesses the language by the mean of the embeddings of a
// sentence's letter pairs, as fastText does (Joulin et al. 2017, https://arxiv.org/abs/1607.01759). The last guess is wrong.
import { createBackend } from '@headwise/core';
import { Dropout, Embedding, Linear, Module } from '@headwise/core/nn';
import { AdamW, crossEntropy, RecordingBackend } from '@headwise/core/train';
import { labels, languages, pairs, sentences, unseen } from './lib/sentences.ts';

class LanguageClassifier extends Module {
  embedding = new Embedding(1000, 16);
  dropout = new Dropout(0.2);
  output = new Linear(16, languages.length);

  forward(texts: readonly string[]) {
    const { ids, offsets } = pairs(texts);
    const mean = this.backend.meanPool(this.embedding.forward(ids), offsets);
    return this.output.forward(this.dropout.forward(mean));
  }
}

const backend = await RecordingBackend.create(await createBackend('wasm-simd'));
const model = await new LanguageClassifier().to(backend, { seed: 2 });
const optimizer = new AdamW(model.parameters(), { learningRate: 0.05 });
for (let step = 1; step <= 20; step++) {
  model.parameters().zeroGradients();
  backend.record((tape) => tape.backward(crossEntropy(backend, model.forward(sentences), labels)));
  optimizer.step();
}
for (const text of unseen) {
  const { data } = model.predict([text]);
  console.log(`${text} ${languages[data.indexOf(Math.max(...data))]}`);
}

// Prints:
// Where is the station? English
// Wo ist der Bahnhof? German
// Où est la gare ? French
// ¿Dónde está la estación? Spanish
// My brother is reading a book. English
// Mi hermano lee un libro. English
