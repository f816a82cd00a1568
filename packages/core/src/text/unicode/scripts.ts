import { CodePointSet } from './ranges.ts';

/** The characters of each script of SentencePiece's table. Hiragana and Katakana are counted as Han. */
const SCRIPTS =
  '0+v 1+v q+5 q+1a 1+e 1+4 n v ch+12 5+4 2+j 38 9 6 1 e9 3f 6 e+1 2 w 4c ec 3l+1 yh b9+3 82 167+2 1z+1 5n+1 1 y5 d ' +
  '7+3 1+5 1+1 ll+b 2+2e 1+a 3+a 1+e h+u 1t+11 1+2 2+5 1+q 1+g 15+2 4+ha 1+12 p+a l+pr 74+hf 2+v 2+x 3+b 1+7 q+3 eo+1w ' +
  'bv+b 4+4 1 1+o f+7 4+3 2j+1 3 2i 44+f w+z 1o+1r v+28 3s+4n 534+1r hkw+x 2u+2 4l+9 6s 4g az g6a+1 5s+9 m+y 1+i 1+3 ' +
  '43 1+v q+5 q+a a 19+1 1s+6 1+6 a+4 76+2 4+18 3+8 28+b 1g+18 6c+q 10o4+3 3to+6t a+12 2+1p 3+g 8+1 7+t 4+1m 7r+2e 9+h ' +
  '3y+2c 1+1y 1+1 2 2+1 2+3 1+b 1 1+6 1+1s 1+3 2+7 1+6 1+r 1+3 1+4 1 3+6 1+9f 2+83 2+1d 4qo+17 4+2r c+e 2+e 1+e 1+10 ' +
  'a+c 3+u 1+1n 4+1o 1l+p 1+1 d+17 4+8 7+1 4u+r6 d+c 3+6 9+37 c+2c 17+b 4+1j 8+9 6+13 8+t 2q+e 1+7 8 2+b 1+b 4+e x+h ' +
  '1a gw1s u+2n,1t+p 6+p 1b f 5+m 1+u 1+cg 13+4 55n+11 6+1c 5+3 5+c 1+1x 1t+73 a9 d g+c 3x+1 6 r h+14 253+v o82+2t 3+z ' +
  '1+7 1r+8 mo+16 1+8 fq3+6 t6+p 6+p,kq+1 93t+14 36+q,lc+33 7p+1 ck+a q kg+1 3fh+e ep+2 1+c 1+6 4 6 3+1 5i+1h 5+4 ek+1 ' +
  '5e+w 309+3 2z+1 14kl+f g+d r3 6a 14sm+2 h+7 2+6 u+3 h45u+6n,og+3 1+2 2+3 1 4 1 1+2 1 1+j 1+1q e+f 4yu+4 1e+4 4+4 2c ' +
  '8w+l 2+5 2+11 2+5 2+7 1 1 1 1+u 2+1g 1+e 1+d 2+5 1+i 2+2 1+8 87 rb2 gyi+26 h 155r+1x,rm+d 80g+37 5+6,sg+3o 2+4o ' +
  '4ls+8 4i 24 38n+v nr4+2n ham+1,10x+11 2+6 1+12 2 2+2 1chv+4,13l+1i 8+q 5+4 1cfc+p 1+4 1 1+1 1+1 1+9,16o+4 1+5 1+d 3 ' +
  '1+v 1+9 b+p 1+2z 1+x 28+1b 80+k 1+7 m+d 1+s 1bv4+35 h+a2 i+1r 2+1h 14+d 36+4 1+3q 31f+u 185d+3 1+q 1+1 1 2 1+9 1+3 ' +
  '1 1 6 4 1 1 1+2 1+1 1 2 1 1 1 1 1+1 1 2+3 1+6 1+3 1+3 1 1+9 1+g 5+2 1+4 1+g 1g+1,1ds+d 1+1n 2+2,1hc+1d,1j4+1m,' +
  '1kw+19 2+e,1mo+r 2,1s0+28 2+g 2+p vhc+t,1vk+3 1+7 2+1 2+l 1+6 1 3+3 2+8 2+1 2+3 8 4+1 1+4 2+l,1z5+2 1+5 4+1 2+l 1+6 ' +
  '1+1 1+1 1+1 2 1+4 4+1 2+2 3 7+3 1 7+f,22p+2 1+8 1+2 1+l 1+6 1+1 1+4 2+9 1+2 1+2 2 f+3 2+b 7,269+2 1+7 2+1 2+l 1+6 ' +
  '1+1 1+4 2+8 2+1 2+2 8+1 4+1 1+4 2+h,29u+1 1+5 3+2 1+3 3+1 1 1+1 3+1 3+2 3+b 4+4 3+2 1+3 2 6 e+k,2dc+3 1+7 1+2 1+m ' +
  '1+f 3+7 1+2 1+3 7+1 1+2 5+3 2+9 8+7,2gw+3 1+7 1+2 1+m 1+9 1+4 2+8 1+2 1+3 7+1 7 1+3 2+9 1+1,2kh+2 1+7 1+2 1+14 2+7 ' +
  '1+2 1+5 4+f 2+p,2o2+1 1+h 3+n 1+8 1 2+6 3 4+5 1 1+7 6+9 2+2 1fcc+j,2rl+1l 5+r,2v5+1 1 2+1 1 2 6+3 1+6 1+2 1 1 2+1 ' +
  '1+c 1+2 2+4 1 1+5 2+9 2+3,2yo+1z 1+z 4+12 1+z 1+e 1+6 4+1,35s+4f u9s+u 2p+v,3a8+11 1 5 2+16 1+3 5j4+11 1 5,3cw+73 ' +
  '5ym+1 75+2l 35+u 1t+u nhd+s hv+8mb c+m 4+1c 7tw+u 3+5 2+5 2+5 2+2,3k0+20 1+3 2+6 1 1+3 2+14 1+3 2+w 1+3 2+6 1 1+3 ' +
  '2+e 1+1k 1+3 2+1u 2+v 3+p 546+m 9+6 1+6 1+6 1+6 1+6 1+6 1+6 1+6 opu+5 2+5 2+5 9+6 1+6,3vk+2d 2+5 twy+27,3y8+hr ' +
  'fk+1x,4g0+s,4gw+22 3+a,4jk+c 1+6,4kg+k,4lc+j,4m8+c 1+2 1+1,4n4+2l 2+9 6+9 di+v,4qo+1 2 1+8 1+9 6+2f 8+16 1e45+c,' +
  '4xs+u 1+b 4+b 4 3+b,500+t 2+4,51c+17 4+p 6+a 3+1,54w+r 2+1,55s+1q 1+s 2+a 6+9 6+d,5c0+23 4+18,5fk+1r 74+7,5hc+1f ' +
  '8+3,5j4+1j 3+e 3+2,5lc+1b,7wg+73,8ow+1a 1+1a 2e1t+6 1+g 2+6 1+1 1+4,8xc+1j 7+1 e,96o+p 1+2g c+5x 1b 1 p+8 e+3 5+2d ' +
  '6+2 1+2h 1+3 6o+f 5s+1a 1+2f 4o+52t 22+g5x hm2+a5 2+2x wc+9 1+18 yua+1 d1a 2rj+wye 15+378 b+65 2+4g1 866+f1,vls+wc ' +
  '3+1i,wk0+1b,wlc+8b,www+2f 124o+fs,x6o+17,x8g+1j,xa8+1x 8+b,xds+19 1,xf4+z b,xhc+25 2+9 4+1,xkw+1i 9+d 2+9 2+3,' +
  'xog+1u o+4,xr4+m 5l+19 2+9,1ekg+b 1+p 1+i 1+1 1+e 2+d y+3e,1f28+s,1f34+1c,1f5s+z,1f74+q,1f80+16,1f9c+t 1,1fa8+z 4+d,' +
  '1fcw+27,1ff4+1b,1fgg+t 2+9,1fhs+z 4+z,1fk0+13,1flc+1f b,1fr4+8m 9+l a+7,1g5c+5 2 1+17 1+1 3 2,1g74+l 1+8,1g80+v,' +
  '1g8w+u 8+8,1gbk+i 1+1 5+4,1gcg+r 3,1gdc+p 5,1gg0+v,1ggw+n 4+j 2+19,1gjk+3 1+1 5+7 1+2 1+q 4+2 4+8 8+8,1gm8+v,1gn4+v,' +
  '1gow+12 4+b,1gqo+1h 3+6,1gsg+l 2+7,1gtc+i 5+7,1gu8+h 7+3 c+6,1gxs+20,1h1c+1e d+1e 7+5,1hq8+25 4+t f,1hts+1t,1hw0+o ' +
  '7+9,1hxc+1g 1+d,1hzk+12,1i0w+25 2+f,1i4g+h 1+17,1i80+6 1 1+3 1+e 1+a,1i9c+1m 5+9,1ibk+3 1+7 2+1 2+l 1+6 1+1 1+4 2+8 ' +
  '2+1 2+2 2 6 5+6 2+6 3+4,1iio+2h 1 1,1im8+1z 8+9,1itc+1h 2+11,1iww+1w b+9,1j0g+1j 8+9,1j40+p 3+e 4+f,1jfk+2a c,' +
  '1juo+1k,1k3k+8 1+18 1+d a+s,1k6o+v 2+l 1+d,1kw0+pl 2u+32 1+4 b+5f,1o1s+tq,1s00+g6,1zk0+u 1+9 4+1,1zo0+t 2+5,1zpc+1x ' +
  'a+9 1+6 1+k 5+i,20hs+1w b+1a g+g,20o0 v+4q4 j+ky,2fpc+2y 5+c 3+8 7+9 2+3,2l8g+i3 f+4 1+e,2oe8+5g 2+f,2olc+22 5+9 4+1';

let sets: CodePointSet[] | undefined;
const known = new Map<number, number>();

/** The number of a character's script; −1 for a space and for characters that the table does not have. */
export function scriptOf(code: number): number {
  if (code === 0x20) return -1;
  let script = known.get(code);
  if (script === undefined) {
    sets ??= SCRIPTS.split(',').map((ranges) => new CodePointSet(ranges));
    script = sets.findIndex((set) => set.hasRarely(code));
    known.set(code, script);
  }
  return script;
}
