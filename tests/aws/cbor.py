"""CBOR, as far as the protocol smithy rpc-v2-cbor needs it (RFC 8949: no tags but 1, no big numbers).

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""
import datetime
import struct

FLOATS = {25: (2, ">e"), 26: (4, ">f"), 27: (8, ">d")}


class Epoch(float):
    """A point in time: epoch seconds that go out under tag 1 and stay a number in JSON."""


def decode(data):
    """The value that these bytes hold."""
    return _value(data, 0)[0]


def _value(data, at):
    major, extra = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        if extra in (20, 21):
            return extra == 21, at
        if extra in (22, 23):
            return None, at
        size, form = FLOATS[extra]
        return struct.unpack(form, data[at:at + size])[0], at + size
    endless, count = extra == 31, extra
    if extra >= 24 and not endless:
        width = 1 << (extra - 24)
        count = int.from_bytes(data[at:at + width], "big")
        at += width
    if major == 0:
        return count, at
    if major == 1:
        return -1 - count, at
    if major in (2, 3):
        return _text(data, at, major, endless, count)
    if major == 6:
        return _value(data, at)
    found = [] if major == 4 else {}
    done = 0
    while (data[at] != 0xFF) if endless else (done < count):
        item, at = _value(data, at)
        if major == 4:
            found.append(item)
        else:
            found[item], at = _value(data, at)
        done += 1
    return found, at + (1 if endless else 0)


def _text(data, at, major, endless, count):
    if endless:
        parts = b"" if major == 2 else ""
        while data[at] != 0xFF:
            part, at = _value(data, at)
            parts += part
        return parts, at + 1
    raw = bytes(data[at:at + count])
    return (raw if major == 2 else raw.decode()), at + count


def _head(major, count):
    if count < 24:
        return bytes([major << 5 | count])
    for width, extra in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if count < 1 << 8 * width:
            return bytes([major << 5 | extra]) + count.to_bytes(width, "big")
    raise ValueError(f"too large for CBOR here: {count}")


def encode(value):
    """The bytes of a value; members that are None are left out."""
    parts = []
    _put(value, parts.append)
    return b"".join(parts)


def _put(value, put):
    if isinstance(value, Epoch):
        put(b"\xc1\xfb" + struct.pack(">d", value))
    elif isinstance(value, float):
        put(b"\xfb" + struct.pack(">d", value))
    elif value is None:
        put(b"\xf6")
    elif isinstance(value, bool):
        put(b"\xf5" if value else b"\xf4")
    elif isinstance(value, int):
        put(_head(0, value) if value >= 0 else _head(1, -1 - value))
    elif isinstance(value, str):
        raw = value.encode()
        put(_head(3, len(raw)) + raw)
    elif isinstance(value, bytes):
        put(_head(2, len(value)) + value)
    elif isinstance(value, datetime.datetime):
        _put(Epoch(value.timestamp()), put)
    elif isinstance(value, (list, tuple)):
        put(_head(4, len(value)))
        for item in value:
            _put(item, put)
    elif isinstance(value, dict):
        members = [(key, item) for key, item in value.items() if item is not None]
        put(_head(5, len(members)))
        for key, item in members:
            _put(key, put)
            _put(item, put)
    else:
        raise TypeError(type(value))
