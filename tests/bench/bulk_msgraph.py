"""The same changes with msgraph-sdk, so many at once: bulk_msgraph.py GRAPH_URI COUNT AT_ONCE. Prints changes a second."""

import asyncio
import sys
import time

from kiota_abstractions.authentication import AuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.custom_security_attribute_value import CustomSecurityAttributeValue
from msgraph.generated.models.user import User

ROOT, COUNT, AT_ONCE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


class AnyToken(AuthenticationProvider):
    async def authenticate_request(self, request, additional_authentication_context=None):
        request.headers.add("Authorization", "Bearer any")


async def main():
    adapter = GraphRequestAdapter(AnyToken())
    adapter.base_url = ROOT
    client = GraphServiceClient(request_adapter=adapter)

    async def change(number):
        values = {"@odata.type": "#Microsoft.DirectoryServices.CustomSecurityAttributeValue", "NumVendors@odata.type": "#Int32", "NumVendors": 5}
        body = User(custom_security_attributes=CustomSecurityAttributeValue(additional_data={"Engineering": values}))
        await client.users.by_user_id(f"user{number:07}@contoso.com").patch(body)

    await change(1)
    numbers = iter(range(2, COUNT + 2))

    async def worker():
        for number in numbers:
            await change(number)

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    print("per_s", COUNT / (time.perf_counter() - begin))


asyncio.run(main())
