import asyncio
import os
from datetime import timedelta

from resonate.resonate import Resonate


async def charge(ctx, user: str):
    await asyncio.sleep(1)
    print(f"charged {user}", flush=True)
    return f"receipt of {user}"


async def deliver(ctx, user: str, song: str):
    await asyncio.sleep(1)
    print(f"delivered {song} to {user}", flush=True)


async def purchase(ctx, user: str, song: str):
    receipt = await ctx.run(charge, user)
    await ctx.sleep(timedelta(seconds=2))
    await ctx.run(deliver, user, song)
    return receipt


async def main():
    url = os.environ.get("RESONATE_URL", "http://localhost:8001")
    resonate = Resonate(url=url, ttl=timedelta(seconds=5))
    resonate.register(purchase)
    await asyncio.Event().wait()


asyncio.run(main())
