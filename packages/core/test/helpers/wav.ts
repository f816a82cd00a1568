/** A WAV file of these channels. */
export function wavFile(
  channels: readonly (readonly number[])[],
  {
    encoding,
    bits,
    sampleRate = 16_000,
    extensible = false,
    chunk,
  }: {
    encoding: 'pcm' | 'float';
    bits: 8 | 16 | 24 | 32 | 64;
    sampleRate?: number;
    extensible?: boolean;
    /** A chunk of three bytes before the samples. */
    chunk?: string;
  },
): Uint8Array<ArrayBuffer> {
  const frames = channels[0]!.length;
  const width = bits / 8;
  const formatSize = extensible ? 40 : 16;
  const extra = chunk === undefined ? 0 : 12;
  const size = 12 + 8 + formatSize + extra + 8 + frames * channels.length * width;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  const tag = encoding === 'pcm' ? 1 : 3;
  text(0, 'RIFF');
  view.setUint32(4, size - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, formatSize, true);
  view.setUint16(20, extensible ? 0xfffe : tag, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels.length * width, true);
  view.setUint16(32, channels.length * width, true);
  view.setUint16(34, bits, true);
  if (extensible) view.setUint16(44, tag, true);
  let at = 20 + formatSize;
  if (chunk !== undefined) {
    text(at, chunk);
    view.setUint32(at + 4, 3, true);
    at += extra;
  }
  text(at, 'data');
  view.setUint32(at + 4, frames * channels.length * width, true);
  at += 8;
  for (let frame = 0; frame < frames; frame++) {
    for (const channel of channels) {
      const value = channel[frame]!;
      if (encoding === 'float') {
        if (bits === 32) view.setFloat32(at, value, true);
        else view.setFloat64(at, value, true);
      } else if (bits === 8) view.setUint8(at, value * 128 + 128);
      else if (bits === 16) view.setInt16(at, value * 2 ** 15, true);
      else if (bits === 24) {
        view.setUint16(at, (value * 2 ** 23) & 0xffff, true);
        view.setInt8(at + 2, Math.floor((value * 2 ** 23) / 2 ** 16));
      } else view.setInt32(at, value * 2 ** 31, true);
      at += width;
    }
  }
  return bytes;
}
