// Before transformers: a GRU encoder puts a word into one fixed vector, a GRU decoder writes its phonemes from that vector (g2p_en, Park
// and Kim 2019). The vector can be read and replaced like any activation; long words do not fit in it and lose their endings.
import { createBackend, G2pModel, replaceWith } from '@headwise/core';

const file = await (await fetch('https://example.com/g2p_model.json')).json();
const g2p = await G2pModel.load(file, await createBackend());

const words = ['coffee', 'kimchi', 'establishment', 'antidisestablishmentarianism'];
for (const [i, { phonemes }] of g2p.run(words).entries()) console.log(`${words[i]}: ${phonemes.join(' ')}`);

const [coffee] = g2p.run(['coffee']);
console.log(`the vector between the two: ${coffee?.context.length} features`);
const [tea] = g2p.run(['tea'], { hooks: { 'context.0': replaceWith(coffee!.context) } });
console.log(`tea, with the vector of coffee: ${tea?.phonemes.join(' ')}`);

g2p.dispose();

// Prints:
// coffee: K AO1 F IY0
// kimchi: K IH1 M CH IY0
// establishment: IH0 S T AE1 B L IH0 SH M AH0 N T
// antidisestablishmentarianism: AE2 N T IY0 D IY0 AE1 N S IH0 M AH0 B EH2 SH AH0 N Z
// the vector between the two: 256 features
// tea, with the vector of coffee: K AO1 F IY0
