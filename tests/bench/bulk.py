"""What `cargo xtask bench bulk` runs of this project's Python package: bulk.py WHAT GRAPH_URI [COUNT]. Prints figures."""

import json
import resource
import sys
import time
import urllib.request

import entra_csa

WHAT, ROOT = sys.argv[1], sys.argv[2]
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 0
UNPACED = {"writes": 1e9, "units": 1e9}
# The published quota, ten times as fast: 3,000 writes in 15 s.
FAST_CLOCK = {"writes": 3000, "write_seconds": 15, "units": 3500, "unit_seconds": 1}


def user(number):
    return f"user{number:07}@contoso.com"


def connect(quota):
    client = entra_csa.connect(access_token="any", graph_uri=ROOT, quota=quota)
    # The library is loaded and the connection is there, as in the loops that this is compared with.
    client.users.get(user(1))
    return client


def told(summary, seconds):
    print("seconds", seconds)
    for name in ("changed", "unchanged", "failed", "requests"):
        print(name, getattr(summary, name))


def bulk(quota, value, **options):
    with connect(quota) as client:
        begin = time.perf_counter()
        summary = client.bulk(((user(n), {"Engineering.NumVendors": value(n)}) for n in range(1, COUNT + 1)), **options)
        told(summary, time.perf_counter() - begin)


if WHAT == "set":
    bulk(UNPACED, lambda n: 7, journal=False)
elif WHAT == "journalled":
    bulk(UNPACED, lambda n: 8)
elif WHAT == "quota":
    bulk(FAST_CLOCK, lambda n: 9, journal=False, quota_share=1.0)
    with urllib.request.urlopen(ROOT.removesuffix("/v1.0") + "/emulator/use") as answer:
        print("throttled", json.load(answer)["throttled"])
elif WHAT == "drift":
    # One in a hundred differs from what the emulator's people hold.
    bulk(UNPACED, lambda n: n % 100 + (1000 if n % 100 == 50 else 0), journal=False, skip_unchanged=True)
elif WHAT == "find":
    with connect(UNPACED) as client:
        begin = time.perf_counter()
        print("found", sum(1 for _ in client.users.find()))
        print("seconds", time.perf_counter() - begin)
# Kibibytes on Linux, bytes on macOS.
print("peak_mib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024))
