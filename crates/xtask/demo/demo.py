"""The main job on the sandbox: each line as one would type it, and what it answers."""

import code
import sys

LINES = """
import entra_csa
from entra_csa import attr
client = entra_csa.connect(sandbox=True)
client.users.set("joe@contoso.com", "Engineering.Project", ["Baker", "Cascade"])
client.users.set("dara@contoso.com", {"Engineering.NumVendors": 4, "Engineering.Certification": True})
for held in client.users.get("joe@contoso.com"): print(held.attribute_set, held.attribute, held.type, held.value)
for user in client.users.find(attr("Marketing.AppCountry") == "Canada"): print(user.display_name, user.custom_security_attributes)
sum(1 for user in client.users.find(attr("Marketing.AppCountry") != "Canada"))
client.users.set("dara@contoso.com", "Engineering.NumVendors", "eight")
client.users.remove("joe@contoso.com", ["Engineering.ProjectDate", "Engineering.Project"])
for held in client.users.get("joe@contoso.com", attribute_set="Engineering"): print(held.attribute, held.value)
client.close()
"""


class Console(code.InteractiveConsole):
    """Counts errors and prints their last line, which says everything."""

    errors = 0

    def showtraceback(self) -> None:
        self.errors += 1
        error = sys.exc_info()[1]
        print(f"{type(error).__name__}: {error}")


console = Console()
for line in LINES.strip().splitlines():
    print(f">>> {line}", flush=True)
    console.push(line)
    if line.startswith("for "):
        console.push("")
# One line fails, to show what that looks like.
sys.exit(0 if console.errors == 1 else 1)
