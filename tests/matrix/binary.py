"""Binary inputs: the bytes of .npy and raw files, and the same numbers as text, which the oracle reads."""
import random
import struct

CODES = {"f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b", "u8": "Q", "u4": "I",
         "u2": "H", "u1": "B", "b1": "?"}


def raw(kind, values, big=False):
    return struct.pack((">" if big else "<") + CODES[kind] * len(values), *values)


def npy(kind, values, width=1, big=False, version=1, fortran=False):
    """A .npy file of that version; a vector where width is 1."""
    rows = len(values) // width
    order = "|" if kind[1] == "1" else ">" if big else "<"
    shape = f"({rows},)" if width == 1 else f"({rows}, {width})"
    head = f"{{'descr': '{order}{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    prefix = 10 if version == 1 else 12
    head += " " * (-(prefix + len(head) + 1) % 64) + "\n"
    size = struct.pack("<H" if version == 1 else "<I", len(head))
    if fortran:
        values = [values[r * width + c] for c in range(width) for r in range(rows)]
    return b"\x93NUMPY" + bytes([version, 0]) + size + head.encode() + raw(kind, values, big)


def text(values, width=1):
    """As CSV without a header; a double is written with as many digits as give it back."""
    cells = [repr(v) if isinstance(v, float) else str(int(v)) for v in values]
    return "".join(",".join(cells[i:i + width]) + "\n" for i in range(0, len(cells), width)).encode()


def rounded(kind, values):
    """What is left of doubles in a narrower type."""
    return list(struct.unpack(f"<{len(values)}{CODES[kind]}", raw(kind, values)))


def doubles(seed, n):
    """Near each other, far apart, subnormal, largest: blocks for the vectors and for the scalar path."""
    rng = random.Random(seed)
    makers = [lambda: rng.gauss(100, 15), lambda: rng.uniform(-1, 1), lambda: float(rng.randint(-999, 999)),
              lambda: rng.gauss(0, 1) * 2.0 ** rng.randint(-300, 300)]
    values = [rng.choice(makers[:3])() for _ in range(n)]
    for i in range(n // 2, n, 97):
        values[i] = rng.choice([makers[3](), 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 0.0, -0.0])
    return values


def integers(seed, n, low, high):
    rng = random.Random(seed)
    return [rng.choice([low, high, 0]) if rng.random() < 0.05 else rng.randint(low, high) for _ in range(n)]
