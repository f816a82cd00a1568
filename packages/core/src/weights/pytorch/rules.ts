import { FormatError } from '../../errors.ts';

/** Why a file of PyTorch's `torch.save` is refused. */
export type PyTorchRule =
  /** The file is neither a zip archive nor one of the older formats. */
  | 'not-zip'
  /** The file has the format of PyTorch before 1.6, or is a tar archive of Torch. */
  | 'legacy-format'
  /** The archive is a TorchScript program. */
  | 'torchscript'
  /** The archive's directory is invalid or leads outside the file. */
  | 'zip-invalid'
  /** An entry of the archive is compressed or encrypted. */
  | 'zip-compressed'
  /** The pickle is longer than is allowed. */
  | 'pickle-too-large'
  /** The pickle ends early, or an instruction has operands of the wrong kind. */
  | 'pickle-invalid'
  /** An instruction that state dicts do not need. */
  | 'pickle-opcode'
  /** A class or function other than those of tensors. */
  | 'pickle-global'
  /** A tensor's shape, strides or storage are invalid. */
  | 'tensor-invalid'
  /** A value that is not a tensor. */
  | 'not-a-tensor'
  /** Values in big-endian order. */
  | 'big-endian';

/** A `FormatError` for the rule. */
export function pytorchError(rule: PyTorchRule, what: string): FormatError<PyTorchRule> {
  return new FormatError(rule, `PyTorch file: ${what} (${rule})`);
}
