"""Mean column cosines of the first checkpoint with each of the others, in NumPy and float32.

What somebody would write who knows the format and NumPy: files mapped into memory, one tensor at a
time as a float32 matrix, whole matrices at once. `cargo xtask bench --numpy` measures it.

    python with_numpy.py FILE FILE [FILE ...]
"""

import json
import sys

import numpy as np

NUMBERS = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "u1",
}
VAE = "first_stage_model."


def f8_e4m3():
    """The value of each of the 256 bytes."""
    byte = np.arange(256)
    exponent, fraction = byte >> 3 & 15, byte & 7
    normal = np.ldexp(8.0 + fraction, exponent - 10)
    value = np.where(exponent > 0, normal, np.ldexp(1.0 * fraction, -9))
    value[byte & 127 == 127] = np.nan
    return np.where(byte < 128, value, -value).astype(np.float32)


F8_E4M3 = f8_e4m3()
F8_E5M2 = (np.arange(256, dtype="<u2") << 8).view("<f2").astype(np.float32)


class Checkpoint:
    def __init__(self, path):
        self.bytes = np.memmap(path, np.uint8, "r")
        length = int(self.bytes[:8].view("<u8")[0])
        self.tensors = json.loads(self.bytes[8 : 8 + length].tobytes())
        self.tensors.pop("__metadata__", None)
        self.payload = self.bytes[8 + length :]

    def matrix(self, name):
        """A tensor in float32, a row for each place of its first dimension."""
        tensor = self.tensors[name]
        start, end = tensor["data_offsets"]
        stored, dtype, shape = self.payload[start:end], tensor["dtype"], tensor["shape"]
        if dtype == "BF16":
            values = (stored.view("<u2").astype("<u4") << 16).view("<f4")
        elif dtype == "F8_E4M3":
            values = F8_E4M3[stored]
        elif dtype == "F8_E5M2":
            values = F8_E5M2[stored]
        else:
            values = stored.view(NUMBERS[dtype]).astype(np.float32)
        return values.reshape(shape[0] if shape else 1, -1)


def dots(a, b):
    """The inner product of each column of `a` with that of `b`."""
    return np.einsum("rc,rc->c", a, b)


def norms(matrix):
    return np.maximum(np.sqrt(dots(matrix, matrix)), 1e-12)


def main(paths):
    first, *others = [Checkpoint(path) for path in paths]
    cosines = [[] for _ in others]
    for name, tensor in first.tensors.items():
        shape = tensor["shape"]
        is_common = all(other.tensors.get(name, {}).get("shape") == shape for other in others)
        if not is_common or name.startswith(VAE) or 0 in shape:
            continue
        a = first.matrix(name)
        a_norms = norms(a)
        for found, other in zip(cosines, others):
            b = other.matrix(name)
            found.append(dots(a, b) / (a_norms * norms(b)))
    for path, found in zip(paths[1:], cosines):
        print(f"{path}: {np.nanmean(np.concatenate(found)):.7f}")


if __name__ == "__main__":
    main(sys.argv[1:])
