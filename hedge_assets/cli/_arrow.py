"""A query's columns as arrays, batch after batch, without a copy: DuckDB's Arrow stream, read through its C interface.

The structures are those of the Arrow C data and C stream interfaces (arrow.apache.org/docs/format/CStreamInterface.html).
"""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import duckdb
import numpy as np
import numpy.typing as npt

Column = npt.NDArray[Any]
KINDS: dict[str, np.dtype[Any]] = {"double": np.dtype(np.float64), "long": np.dtype(np.int64), "int": np.dtype(np.int32)}

capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
capsule_pointer.restype = ctypes.c_void_p
capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class Array(ctypes.Structure):
    """`ArrowArray`."""


class Stream(ctypes.Structure):
    """`ArrowArrayStream`."""

    _fields_: ClassVar = [
        ("get_schema", ctypes.c_void_p),
        ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Array))),
        ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    ]


Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", ctypes.POINTER(Array)),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(Array))),
    ("private_data", ctypes.c_void_p),
]


def batches(rows: duckdb.DuckDBPyRelation, kinds: Sequence[str]) -> Iterator[list[Column]]:
    """Columns of `kinds` (double, long, int) of each batch in order, gone when the next is asked for.

    A double that is null is NaN; a null of another kind raises ValueError, as what goes wrong in the query does as duckdb.Error.
    """
    capsule = rows.__arrow_c_stream__()
    stream = Stream.from_address(capsule_pointer(capsule, b"arrow_array_stream"))
    while True:
        batch = Array()
        if stream.get_next(ctypes.addressof(stream), ctypes.byref(batch)):
            told = stream.get_last_error(ctypes.addressof(stream)) or b"the query failed"
            raise duckdb.Error(told.decode(errors="replace"))
        if not batch.release:
            return
        try:
            yield [_column(batch.children[at].contents, kind) for at, kind in enumerate(kinds)]
        finally:
            batch.release(ctypes.byref(batch))


def _column(array: Any, kind: str) -> Column:
    dtype = KINDS[kind]
    if not array.length:
        return np.empty(0, dtype)
    held = (ctypes.c_char * ((array.length + array.offset) * dtype.itemsize)).from_address(array.buffers[1])
    values = np.frombuffer(held, dtype)[array.offset :]
    if not array.null_count or not array.buffers[0]:
        return values
    bits = (ctypes.c_ubyte * ((array.length + array.offset + 7) // 8)).from_address(array.buffers[0])
    known = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")[array.offset : array.offset + array.length].view(bool)
    if known.all():
        return values
    if kind != "double":
        raise ValueError("a column that must have a value in every row has none in some")
    return np.where(known, values, np.nan)
