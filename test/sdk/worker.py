"""The program of worker.ts, written with the Python client."""

import asyncio
import json
import logging
import os
import sys
import threading
from datetime import timedelta

from resonate.resonate import Resonate
from resonate.retry import Constant, Never
from resonate.types import Value

PID = os.environ["WORKER"]
GROUP = os.environ["GROUP"]


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def note(key, what, name):
    """One line a happening: a line of this size is appended whole, whoever else appends."""
    line = json.dumps({"what": what, "name": name, "by": PID}) + "\n"
    file = os.open(f"{os.environ['EFFECTS']}/{key}", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(file, line.encode())
    os.close(file)


async def step(ctx, key: str, name: str, ms: int):
    note(key, "begun", name)
    await asyncio.sleep(ms / 1000)
    note(key, "done", name)
    return name


async def climb(ctx, key: str, count: int, ms: int):
    return [await ctx.run(step, key, f"step {at}", ms) for at in range(1, count + 1)]


async def trip(ctx, key: str):
    note(key, "begun", "trip")
    raise ValueError(f"no such song: {key}")


async def fall(ctx, key: str):
    return await ctx.options(retry_policy=Never()).run(trip, key)


async def recover(ctx, key: str):
    try:
        return await fall(ctx, key)
    except Exception as error:
        return f"caught {error}"


stumbles = {}


async def stumble(ctx, key: str, times: int):
    stumbles[key] = stumbles.get(key, 0) + 1
    if stumbles[key] <= times:
        raise ValueError("not yet")
    return stumbles[key]


async def persist(ctx, key: str, times: int):
    return await ctx.options(retry_policy=Constant(delay=0, max_retries=times)).run(stumble, key, times)


async def ask(ctx, key: str, target: str):
    return await ctx.options(target=target).rpc("step", key, "asked", 0)


async def fan(ctx, key: str, target: str, count: int):
    asked = [ctx.options(target=target).rpc("step", key, f"part {at}", 0) for at in range(1, count + 1)]
    return [await part for part in asked]


async def nap(ctx, key: str, ms: int):
    await ctx.sleep(timedelta(milliseconds=ms))
    return await ctx.run(step, key, "woken", 0)


async def approval(ctx, key: str, timeout_ms: int):
    answer = ctx.promise(timedelta(milliseconds=timeout_ms))
    note(key, "waits", await answer.id())
    try:
        return f"answered {await answer}"
    except Exception:
        return "unanswered"


async def leave(ctx, key: str, target: str):
    return await ctx.options(target=target).detached("step", key, "detached", 500)


def edition(number):
    """Two editions of one function, as two deployments have them."""

    async def edition_of(ctx, key: str):
        await ctx.run(step, key, f"edition {number} begins", 0)
        answer = ctx.promise(timedelta(seconds=60))
        note(key, "waits", await answer.id())
        await answer
        await ctx.run(step, key, f"edition {number} ends", 0)
        return f"edition {number}"

    return edition_of


class Connected(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("SSE connection established"):
            tell({"isReady": True})


def listen_to_log():
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=f"{PID}: %(message)s")
    for name in ("resonate.connections.sse", "resonate.network.http"):
        log = logging.getLogger(name)
        log.setLevel(logging.INFO)
        log.addHandler(Connected())


schedules = {}


async def begin(resonate, order):
    options = {key: order[key] for key in ("target", "version") if key in order}
    configured = resonate.options(**options)
    verb, id = order["verb"], order["id"]
    if verb in ("run", "rpc"):
        handle = getattr(configured, verb)(id, order["name"], *order["args"])
        await handle.id()
        return handle
    if verb == "get":
        return await resonate.get(id)
    if verb == "cancel":
        await resonate.promises.cancel(id, Value())
    if verb == "schedule":
        schedules[id] = await configured.schedule(id, order["cron"], order["name"], args=tuple(order["args"]))
    if verb == "unschedule":
        await schedules[id].delete()
    return None


async def obey(resonate, order):
    call = order["call"]
    try:
        handle = await begin(resonate, order)
        tell({"call": call, "isBegun": True})
        tell({"call": call, "value": await handle.result() if handle else None})
    except Exception as error:
        tell({"call": call, "error": str(error) or type(error).__name__})


FUNCTIONS = (step, climb, fall, recover, persist, ask, fan, nap, approval, leave)


def serve_pushes():
    """A function behind a URL, as AWS Lambda runs it: one message a request, answered when it has been done."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    import resonate_aws

    resonate = resonate_aws.Resonate(url=os.environ["SERVER_URL"], pid=PID)
    for function in FUNCTIONS:
        resonate.register(function)
    handle = resonate.handler()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            event = {
                "requestContext": {"http": {"method": "POST", "path": self.path}},
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": body,
            }
            # A function that was invoked hands on what it was invoked with.
            answer = handle(json.loads(body) if "x-event" in self.headers else event, None)
            self.send_response(answer["statusCode"])
            self.end_headers()
            self.wfile.write(answer["body"].encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tell({"isReady": True, "address": f"http://127.0.0.1:{server.server_port}/{PID}"})
    for _ in sys.stdin:
        pass


async def main():
    listen_to_log()
    resonate = Resonate(
        url=os.environ["SERVER_URL"],
        group=GROUP,
        pid=PID,
        ttl=timedelta(milliseconds=int(os.environ["TTL_MS"])),
    )
    for function in FUNCTIONS:
        resonate.register(function)
    for version in json.loads(os.environ["EDITIONS"]):
        resonate.register(edition(version), name="edition", version=version)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    obeyed = set()
    async for line in orders:
        obeyed.add(asyncio.create_task(obey(resonate, json.loads(line))))
    # Whoever told it what to do has gone.
    os._exit(0)


if os.environ["IS_PUSHED"] == "true":
    serve_pushes()
else:
    asyncio.run(main())
