"""What `cargo xtask bench frame` runs.

frame.py record GRAPH_URI   reads the pages of all users and serves them again, at a URL that it prints
frame.py ours GRAPH_URI     makes a DataFrame of them with this project's package
frame.py plain GRAPH_URI    makes the same with json.loads and DataFrame.from_records
"""

import json
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WHAT, ROOT = sys.argv[1:]
QUERY = "?$select=id,displayName,userPrincipalName,customSecurityAttributes&$count=true&$top=999"


def read(url):
    request = urllib.request.Request(url, headers={"Authorization": "Bearer any", "ConsistencyLevel": "eventual"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def record():
    """Neither side waits for an emulator that makes pages: these come from memory."""
    pages = []
    url = f"{ROOT}/users{QUERY}"
    while url:
        pages.append(json.loads(read(url)))
        url = pages[-1].get("@odata.nextLink")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self):
            body = bodies[int(self.path.rpartition("$skiptoken=")[2]) if "$skiptoken=" in self.path else 0]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    for number, page in enumerate(pages[:-1], 1):
        page["@odata.nextLink"] = f"{url}/v1.0/users{QUERY}&$skiptoken={number}"
    bodies = [json.dumps(page, separators=(",", ":")).encode() for page in pages]
    print(url, flush=True)
    server.serve_forever()


def plain():
    rows = []
    url = f"{ROOT}/users{QUERY}"
    while url:
        page = json.loads(read(url))
        for user in page["value"]:
            row = {"id": user["id"], "display_name": user["displayName"], "user_principal_name": user["userPrincipalName"]}
            for attribute_set, attributes in (user["customSecurityAttributes"] or {}).items():
                for name, value in attributes.items():
                    if not name.endswith("@odata.type"):
                        row[f"{attribute_set}.{name}"] = value
            rows.append(row)
        url = page.get("@odata.nextLink")
    return pandas.DataFrame.from_records(rows)


def ours():
    with entra_csa.connect(access_token="any", graph_uri=ROOT, quota={"writes": 1e9, "units": 1e9}) as client:
        return client.users.find().to_pandas(wide=True)


def peak_mib():
    try:
        # Of this program alone: ru_maxrss on Linux begins with that of the one that started it.
        with open("/proc/self/status") as status:
            return int(next(line for line in status if line.startswith("VmHWM:")).split()[1]) / 1024
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)


if WHAT == "record":
    record()
else:
    # Loaded by both: what is compared is the work.
    import pandas
    import pyarrow  # noqa: F401

    import entra_csa

    begin = time.perf_counter()
    frame = {"plain": plain, "ours": ours}[WHAT]()
    print("seconds", time.perf_counter() - begin)
    print("rows", len(frame))
    print("values", int(frame.notna().sum().sum()))
    print("peak_mib", peak_mib())
