"""Writing candidates with a model: on this machine or on a server."""

from drafting.write.opening import open_writer
from drafting.write.request import Request, Style, Writer, WriterError, Written

__all__ = ["Request", "Style", "Writer", "WriterError", "Written", "open_writer"]
