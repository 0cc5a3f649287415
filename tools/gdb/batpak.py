"""Pretty-printers for gdb: batpak's values as people write them.

    (gdb) source tools/gdb/batpak.py
    (gdb) print receipt.event_id
    $1 = 01a22e3e-f0c2-7096-b050-ce3d88713d9c

Or in ~/.gdbinit. They call no function of the program, so that they work on a core file as well.
"""

import gdb
import gdb.printing

MEMBERS_OF_STRINGS = ("entity_", "scope_")


def bytes_of(array):
    """The bytes of a std::array<std::byte, N>."""
    elements = array["_M_elems"] if "_M_elems" in names_of(array) else array["__elems_"]
    first, last = elements.type.strip_typedefs().range()
    return bytes(int(elements[i].cast(gdb.lookup_type("unsigned char"))) for i in range(first, last + 1))


def names_of(value):
    return [field.name for field in value.type.strip_typedefs().fields()]


def text_of(value):
    """What a std::string or a std::string_view holds; nothing is cut."""
    names = names_of(value)
    if "_M_str" in names:  # std::string_view
        return value["_M_str"].string(length=int(value["_M_len"]), errors="replace")
    return value["_M_dataplus"]["_M_p"].string(length=int(value["_M_string_length"]), errors="replace")


def optional_of(value):
    """What a std::optional holds, or None."""
    payload = value["_M_payload"]
    return payload["_M_payload"]["_M_value"] if bool(payload["_M_engaged"]) else None


class Plain:
    def __init__(self, value):
        self.value = value


class Ordinal(Plain):
    def to_string(self):
        name = str(self.value.type.strip_typedefs().template_argument(0))
        return ("sequence " if name.endswith("SequenceTag") else "version ") + str(int(self.value["value"]))


class Id(Plain):
    def to_string(self):
        digits = bytes_of(self.value["bytes"]).hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class Hash(Plain):
    def to_string(self):
        return bytes_of(self.value["bytes"]).hex()


class EventKind(Plain):
    def to_string(self):
        return f"0x{int(self.value['number_']):04X}"


class Coordinate(Plain):
    def to_string(self):
        return "@".join(text_of(self.value[name]) for name in MEMBERS_OF_STRINGS)


class Hlc(Plain):
    def to_string(self):
        import datetime
        epoch = datetime.datetime(1970, 1, 1)
        try:
            time = epoch + datetime.timedelta(microseconds=int(self.value["us"]))
            text = time.isoformat(timespec="microseconds") + "Z"
        except OverflowError:
            text = f"@{int(self.value['us'])}us"
        counter = int(self.value["counter"])
        return f"{text} #{counter}" if counter else text


class Error(Plain):
    def to_string(self):
        code = str(self.value["code_"]).rpartition("::")[2]
        place, detail = text_of(self.value["place_"]), text_of(self.value["detail_"])
        text = code + (f" in {place}" if place else "")
        for name, member in (("offset", "offset_"), ("sequence", "sequence_")):
            held = optional_of(self.value[member])
            if held is not None:
                number = held["value"] if name == "sequence" else held
                text += f" at {name} {int(number)}"
        return text + (f": {detail}" if detail else "")


class Event(Plain):
    """An EventView or a StoredEvent: the line first, and the members when it is opened."""

    def to_string(self):
        names = names_of(self.value)
        position = self.value["position"]
        is_view = "entity" in names
        header = self.value["header"] if is_view else self.value["event"]["header"]
        where = (text_of(self.value["entity"]) + "@" + text_of(self.value["scope"]) if is_view
                 else Coordinate(self.value["coordinate"]).to_string())
        return (f"event {int(position['sequence']['value'])}: {EventKind(header['kind']).to_string()} "
                f"v{int(header['payload_version'])} of {where}, version {int(position['version']['value'])}, "
                f"at {Hlc(position['hlc']).to_string()}, id {Id(header['event_id']).to_string()}")

    def children(self):
        for name in names_of(self.value):
            yield name, self.value[name]


def printers():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("batpak")
    for pattern, printer in ((r"^batpak::Ordinal<.*>$", Ordinal), (r"^batpak::Id<.*>$", Id),
                             (r"^batpak::Hash$", Hash), (r"^batpak::EventKind$", EventKind),
                             (r"^batpak::Coordinate$", Coordinate), (r"^batpak::Hlc$", Hlc),
                             (r"^batpak::Error$", Error), (r"^batpak::EventView$", Event),
                             (r"^batpak::StoredEvent<.*>$", Event)):
        collection.add_printer(printer.__name__ + pattern, pattern, printer)
    return collection


gdb.printing.register_pretty_printer(gdb.current_objfile(), printers(), replace=True)
