"""Runs a command under a seccomp filter that refuses io_uring, as containers do:

    no_io_uring.py COMMAND [ARGUMENT...]

Exit 77 where no filter can be set."""
import ctypes
import os
import struct
import sys

NO_NEW_PRIVS, SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # with EPERM
IO_URING_SETUP = 425  # on every architecture


def instruction(code, value, if_true=0, if_false=0):
    return struct.pack("HBBI", code, if_true, if_false, value)


program = ctypes.create_string_buffer(
    instruction(LOAD_WORD, 0) + instruction(JUMP_IF_EQUAL, IO_URING_SETUP, 0, 1)
    + instruction(RETURN, REFUSE) + instruction(RETURN, ALLOW), 32)
header = struct.pack("HxxxxxxP", 4, ctypes.addressof(program))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(SET_SECCOMP, MODE_FILTER, header, 0, 0):
    print(f"no_io_uring: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
    sys.exit(77)
os.execvp(sys.argv[1], sys.argv[1:])
