#!/usr/bin/env python3
"""destructors.py NM LIBRARY: checks that no object file registers a destructor to run at an end.

A static object with a destructor calls __cxa_atexit, a thread_local one __cxa_thread_atexit. A store
may be used after either ran. tools/tidy/statics.py says who may, and why.
"""

import re
import subprocess
import sys

EXCUSED = {"scratch_buffer"}  # frees a thread's buffers when the thread ends

listing = subprocess.run([sys.argv[1], "-A", "-u", sys.argv[2]], check=True, text=True,
                         capture_output=True).stdout
# Of one source, or of the several that BATPAK_FEW_UNITS compiles at once, which have the same name in
# each layer; what is excused is alone.
members = set(re.findall(r":(\w+)\.(?:cpp|cxx)\.o?", listing))
found = {match[1] for match in re.finditer(r":(\w+)\.(?:cpp|cxx)\S*:.*\b__cxa_(?:thread_)?atexit\b", listing)}
if len(members) < 5:
    sys.exit(f"{sys.argv[2]}: only {len(members)} object files found")
if found != EXCUSED:
    sys.exit(f"{sys.argv[2]}: static objects with a destructor in {sorted(found)}, "
             f"{sorted(EXCUSED)} expected")
