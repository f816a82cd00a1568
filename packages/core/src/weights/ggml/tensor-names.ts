/** OpenAI's names of a block's parts, with Hugging Face's. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['attn.query', 'self_attn.q_proj'],
  ['attn.key', 'self_attn.k_proj'],
  ['attn.value', 'self_attn.v_proj'],
  ['attn.out', 'self_attn.out_proj'],
  ['attn_ln', 'self_attn_layer_norm'],
  ['cross_attn.query', 'encoder_attn.q_proj'],
  ['cross_attn.key', 'encoder_attn.k_proj'],
  ['cross_attn.value', 'encoder_attn.v_proj'],
  ['cross_attn.out', 'encoder_attn.out_proj'],
  ['cross_attn_ln', 'encoder_attn_layer_norm'],
  ['mlp.0', 'fc1'],
  ['mlp.2', 'fc2'],
  ['mlp_ln', 'final_layer_norm'],
]);

const OTHERS: ReadonlyMap<string, string> = new Map([
  ['encoder.positional_embedding', 'encoder.embed_positions.weight'],
  ['decoder.positional_embedding', 'decoder.embed_positions.weight'],
  ['decoder.token_embedding.weight', 'decoder.embed_tokens.weight'],
  ['encoder.ln_post.weight', 'encoder.layer_norm.weight'],
  ['encoder.ln_post.bias', 'encoder.layer_norm.bias'],
  ['decoder.ln.weight', 'decoder.layer_norm.weight'],
  ['decoder.ln.bias', 'decoder.layer_norm.bias'],
  ...['conv1.weight', 'conv1.bias', 'conv2.weight', 'conv2.bias'].map(
    (name) => [`encoder.${name}`, `encoder.${name}`] as const,
  ),
]);

/** The name in Hugging Face's checkpoints of a tensor with OpenAI's name; undefined for others. */
export function hubName(name: string): string | undefined {
  const other = OTHERS.get(name);
  if (other !== undefined) return `model.${other}`;
  const [, side, index, part = '', leaf] =
    /^(encoder|decoder)\.blocks\.(\d{1,4})\.(.+)\.(weight|bias)$/.exec(name) ?? [];
  const found = PARTS.get(part);
  return found === undefined ? undefined : `model.${side}.layers.${index}.${found}.${leaf}`;
}
