"""The same bytes, packed: what crunch unpacks on the way. Cut at random, inside quotes and records too.
zstd frames are written by hand from raw blocks (RFC 8878), so that no library has to be there."""
import gzip
import random
import struct
import zlib

BLOCK_MOST = 128 << 10


def pieces(data, most, seed):
    rng = random.Random(seed)
    at = 0
    while at < len(data):
        size = rng.randint(1, most)
        yield data[at:at + size]
        at += size


def zstd_frame(data):
    blocks = [data[i:i + BLOCK_MOST] for i in range(0, len(data), BLOCK_MOST)] or [b""]
    out = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(data))  # single segment, size in four bytes
    for i, block in enumerate(blocks):
        out += struct.pack("<I", len(block) << 3 | (i + 1 == len(blocks)))[:3] + block
    return out


def bgzf_block(data):
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush() + struct.pack("<II", zlib.crc32(data), len(data))
    return b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\6\0BC\2\0" + struct.pack("<H", 17 + len(body)) + body


def pack(how, data):
    """data as "gzip" (one member), "bgzf" (many blocks) or "frames" (many of zstd)."""
    if how == "gzip":
        return gzip.compress(data, 1)
    most = max(1, min(65000, len(data) // 5))
    if how == "bgzf":
        return b"".join(map(bgzf_block, pieces(data, most, 1))) + bgzf_block(b"")
    return b"".join(map(zstd_frame, pieces(data, most, 2))) or zstd_frame(b"")
