/** Eight sentences in each language. */
const texts = {
  English: [
    'The train is late.',
    'I would like a cup of tea.',
    'She lives in a small house.',
    'What is your name?',
    'We have no time today.',
    'The children are playing in the garden.',
    'Can you help me, please?',
    'It was raining all night.',
  ],
  German: [
    'Der Zug hat Verspätung.',
    'Ich hätte gern eine Tasse Tee.',
    'Sie wohnt in einem kleinen Haus.',
    'Wie heißt du?',
    'Wir haben heute keine Zeit.',
    'Die Kinder spielen im Garten.',
    'Kannst du mir bitte helfen?',
    'Es hat die ganze Nacht geregnet.',
  ],
  French: [
    'Le train est en retard.',
    'Je voudrais une tasse de thé.',
    'Elle habite dans une petite maison.',
    "Comment tu t'appelles ?",
    "Nous n'avons pas le temps aujourd'hui.",
    'Les enfants jouent dans le jardin.',
    "Peux-tu m'aider, s'il te plaît ?",
    'Il a plu toute la nuit.',
  ],
  Spanish: [
    'El tren llega tarde.',
    'Quisiera una taza de té.',
    'Ella vive en una casa pequeña.',
    '¿Cómo te llamas?',
    'Hoy no tenemos tiempo.',
    'Los niños juegan en el jardín.',
    '¿Puedes ayudarme, por favor?',
    'Llovió toda la noche.',
  ],
};

export const languages = Object.keys(texts);
export const sentences = Object.values(texts).flat();
/** The index of each sentence's language. */
export const labels = Int32Array.from(sentences, (_, i) => Math.floor(i / 8));
export const unseen = [
  'Where is the station?',
  'Wo ist der Bahnhof?',
  'Où est la gare ?',
  '¿Dónde está la estación?',
  'My brother is reading a book.',
  'Mi hermano lee un libro.',
];

/** The pairs of successive letters of all texts, as ids below 1000, and where each text begins. */
export function pairs(texts: readonly string[]): { ids: number[]; offsets: Int32Array } {
  const ids: number[] = [];
  const offsets = [0];
  for (const text of texts) {
    const letters = Array.from(` ${text.toLowerCase()} `, (letter) => letter.codePointAt(0)!);
    for (let i = 1; i < letters.length; i++) ids.push((31 * letters[i - 1]! + letters[i]!) % 1000);
    offsets.push(ids.length);
  }
  return { ids, offsets: Int32Array.from(offsets) };
}
