/** The digamma function by its asymptotic series, to about 1e-10 for x > 0. The same formula as in SentencePiece. */
export function digamma(x: number): number {
  let result = 0;
  for (; x < 7; x++) result -= 1 / x;
  const inverse = 1 / (x - 0.5);
  const square = inverse * inverse;
  const fourth = square * square;
  return (
    result +
    Math.log(x - 0.5) +
    (1 / 24) * square -
    (7 / 960) * fourth +
    (31 / 8064) * fourth * square -
    (127 / 30720) * fourth * fourth
  );
}
