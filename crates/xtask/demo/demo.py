"""The main job on the sandbox: each line as one would type it, and what it answers."""

import code
import sys

LINES = """
import entra_csa
client = entra_csa.connect(sandbox=True)
client.set("joe@contoso.com", "Engineering.Project", ["Baker", "Cascade"])
client.set("dara@contoso.com", {"Engineering.NumVendors": 4, "Engineering.Certification": True})
for held in client.get("joe@contoso.com"): print(held.attribute_set, held.attribute, held.type, held.value)
for user in client.find_users("Marketing.AppCountry", equal="Canada"): print(user.display_name, user.custom_security_attributes)
sum(1 for user in client.find_users("Marketing.AppCountry", not_equal="Canada"))
client.set("dara@contoso.com", "Engineering.NumVendors", "eight")
client.remove("joe@contoso.com", ["Engineering.ProjectDate", "Engineering.Project"])
for held in client.get("joe@contoso.com", attribute_set="Engineering"): print(held.attribute, held.value)
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
