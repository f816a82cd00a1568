import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { ter } from '../../src/metrics.ts';
import { readmeHypotheses, readmeReferences } from './readme-example.ts';

describe('ter', () => {
  it('has the score of the example in sacreBLEU README', () => {
    expect(ter(readmeHypotheses, readmeReferences)).toEqual({
      score: 40,
      edits: 6,
      referenceLength: 15,
      signature: 'nrefs:2|case:lc|tok:tercom|norm:no|punct:yes|asian:no',
    });
    const options = { normalized: true, noPunctuation: true, caseSensitive: true };
    expect(ter(readmeHypotheses, readmeReferences, options).signature).toBe(
      'nrefs:2|case:mixed|tok:tercom|norm:yes|punct:no|asian:no',
    );
  });

  // test_ter.py of sacreBLEU.
  it.each<[string, string, number]>([
    ['aaaa bbbb cccc dddd', 'aaaa bbbb cccc dddd', 0],
    ['dddd eeee ffff', 'aaaa bbbb cccc', 1],
    ['', 'a', 1],
    ['d e f g h a b c', 'a b c d e f g h', 1 / 8],
  ])('has the score of sacreBLEU for %j given %j', (hypothesis, reference, rate) => {
    expect(ter([hypothesis], [reference]).score).toBeCloseTo(100 * rate, 10);
  });

  it('has the score of sacreBLEU for sentences of WMT 2019', () => {
    const identical = [
      'wenn Sie alle Aufgaben im aktuellen Dokument aktualisieren möchten , wählen Sie im Menü des Aufgabenbedienfelds die Option " Alle Aufgaben aktualisieren . "',
      'wählen Sie im Dialogfeld " Neu aus Vorlage " eine Vorlage aus und klicken Sie auf " Neu . "',
    ];
    const hypotheses = [
      'wählen Sie " Bild neu berechnen , " um beim Ändern der Bildgröße Pixel hinzuzufügen oder zu entfernen , damit das Bild ungefähr dieselbe Größe aufweist wie die andere Größe .',
      identical[0]!,
      'klicken Sie auf der Registerkarte " Optionen " auf die Schaltfläche " Benutzerdefiniert " und geben Sie Werte für " Fehlerkorrektur-Level " und " Y / X-Verhältnis " ein .',
      'Sie können beispielsweise ein Dokument erstellen , das ein Auto über die Bühne enthält .',
      identical[1]!,
    ];
    const references = [
      'wählen Sie " Bild neu berechnen , " um beim Ändern der Bildgröße Pixel hinzuzufügen oder zu entfernen , damit die Darstellung des Bildes in einer anderen Größe beibehalten wird .',
      identical[0]!,
      'klicken Sie auf der Registerkarte " Optionen " auf die Schaltfläche " Benutzerdefiniert " und geben Sie für " Fehlerkorrektur-Level " und " Y / X-Verhältnis " niedrigere Werte ein .',
      'Sie können beispielsweise ein Dokument erstellen , das ein Auto enthalt , das sich über die Bühne bewegt .',
      identical[1]!,
    ];
    expect(ter(hypotheses, references)).toMatchObject({ edits: 17, referenceLength: 125 });
    expect(ter(hypotheses, references).score).toBeCloseTo(13.6, 10);
  });

  it('counts a shift of a sequence as one edit (Snover et al. 2006)', () => {
    // Section 3.1 of the paper: one shift, two substitutions and an insertion, 4 edits of 13 words.
    const reference = 'SAUDI ARABIA denied THIS WEEK information published in the AMERICAN new york times';
    const hypothesis = 'THIS WEEK THE SAUDIS denied information published in the new york times';
    expect(ter([hypothesis], [reference])).toMatchObject({ edits: 4, referenceLength: 13 });
  });

  it('divides by the mean length of the references', () => {
    expect(ter(['a b'], [['a b', 'a b c d']])).toMatchObject({ score: 0, edits: 0, referenceLength: 3 });
    expect(ter(['x'], [['a', 'a b c']]).score).toBe(50);
  });

  it('is 100 for texts whose references are empty, and 0 if the texts are too', () => {
    expect(ter(['a b'], ['']).score).toBe(100);
    expect(ter([''], ['']).score).toBe(0);
  });

  // test_tokenizer_ter.py of sacreBLEU.
  it.each([
    ['A B C D.', 'a b c d.', {}],
    ['a b c d.', 'a b c d', { noPunctuation: true }],
    ['A ; B ) C : D.', 'a b c d', { noPunctuation: true }],
    ['a b (c) d.', 'a b ( c ) d .', { normalized: true }],
    ["Jim's car.", "jim 's car .", { normalized: true }],
    ['4.2', '4.2', { normalized: true }],
  ])('tokenizes %j as %j with %o', (text, tokens, options) => {
    expect(ter([text], [tokens], options)).toMatchObject({
      edits: 0,
      referenceLength: tokens.split(' ').length,
    });
  });

  it('throws typed errors', () => {
    expect(() => ter(['a'], ['a', 'b'])).toThrow(ShapeError);
    expect(() => ter([], [])).toThrow('ter: expected at least one hypothesis, got none');
  });
});
