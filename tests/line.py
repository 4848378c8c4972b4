# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A bad line between a satellite and its hub.

It is a TCP proxy on the loopback interface, so that no kernel module is
needed.  What it does by chance it draws from a seed.
"""
import asyncio
import random
import threading
from collections import namedtuple
from contextlib import suppress

# What one side may be ahead of the line, and what is carried at once
SIZE = 1460
# rate      bytes a second in either direction, 0 for as fast as can be
# delay     seconds in either direction
# cuts      (least, most) seconds until all connections break, again and again
# tears     the same in bytes of both directions
# swallows  which part of the answers is lost, with its connection
Weather = namedtuple(
    'Weather', 'rate delay cuts tears swallows',
    defaults=[0, 0, None, None, 0])
FAIR = Weather()
# 64 kbit/s by satellite, as it is cut in the rainy season
FOUL = Weather(rate=8000, delay=1, cuts=(5, 60))


def hastened(weather, times):
    "Return a weather in which everything takes so many times less."
    return weather._replace(
        rate=weather.rate * times, delay=weather.delay / times,
        cuts=weather.cuts and tuple(s / times for s in weather.cuts))


class Line:
    """A line to a port, while in the context; port is the one to dial.

    up and down count the bytes that went over it from the one who dials and
    to it, HTTP and all, breaks how often it broke.
    """

    def __init__(self, target, weather=FAIR, seed=0):
        self.target = target
        self.random = random.Random(seed)
        self.weather = weather
        self.pairs = set()
        self.up = self.down = self.breaks = self.swallowed = 0
        self.open = threading.Event()
        self.open.set()

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(
            target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.port = self.call(self.begin())
        return self

    def __exit__(self, *_):
        self.call(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(
            coroutine, self.loop).result()

    @property
    def bytes(self):
        return self.up + self.down

    # What a test does

    def cut(self):
        "Break all connections now."
        self.call(self.break_all())

    def close(self):
        "Let nobody through until open() is called."
        self.open.clear()
        self.cut()

    def reopen(self):
        self.open.set()

    def change(self, weather):
        self.weather = weather
        self.draw_tear()

    # What the line does

    async def begin(self):
        self.lanes = {'up': asyncio.Lock(), 'down': asyncio.Lock()}
        self.draw_tear()
        self.server = await asyncio.start_server(
            self.serve, '127.0.0.1', 0, limit=SIZE)
        self.cutter = asyncio.create_task(self.cut_by_chance())
        return self.server.sockets[0].getsockname()[1]

    async def end(self):
        self.server.close()
        self.cutter.cancel()
        await self.break_all()
        await asyncio.gather(
            *(asyncio.all_tasks() - {asyncio.current_task()}),
            return_exceptions=True)

    def draw_tear(self):
        tears = self.weather.tears
        self.tear = tears and self.bytes + self.random.randint(*tears)

    async def cut_by_chance(self):
        while True:
            least, most = self.weather.cuts or (1, 1)
            await asyncio.sleep(self.random.uniform(least, most))
            if self.weather.cuts:
                await self.break_all()

    async def break_all(self):
        self.breaks += bool(self.pairs)
        while self.pairs:
            self.pairs.pop().abort()

    async def serve(self, reader, writer):
        if not self.open.is_set():
            writer.transport.abort()
            return
        pair = Pair(writer)
        self.pairs.add(pair)
        try:
            with suppress(OSError):
                await self.carry_both(pair, reader)
        finally:
            pair.abort()
            self.pairs.discard(pair)

    async def carry_both(self, pair, reader):
        far, pair.far = await asyncio.open_connection(
            '127.0.0.1', self.target, limit=SIZE)
        await asyncio.gather(
            self.carry('up', pair, reader, pair.far),
            self.carry('down', pair, far, pair.near))

    async def carry(self, way, pair, reader, writer):
        "Carry what one side sends, at the rate of the line."
        queue = asyncio.Queue()
        delivery = asyncio.create_task(self.deliver(queue, writer))
        try:
            while data := await reader.read(SIZE):
                if self.is_swallowed(way, pair):
                    self.swallowed += 1
                    pair.abort()
                    break
                await self.transmit(way, len(data))
                if pair.broken:
                    break
                queue.put_nowait(
                    (self.loop.time() + self.weather.delay, data))
                if self.tear and self.bytes >= self.tear:
                    self.draw_tear()
                    await self.break_all()
            queue.put_nowait((self.loop.time() + self.weather.delay, None))
            await delivery
        finally:
            delivery.cancel()

    def is_swallowed(self, way, pair):
        "Whether an answer that begins is lost."
        begins = way == 'down' and pair.way == 'up'
        pair.way = way
        return begins and self.random.random() < self.weather.swallows

    async def transmit(self, way, size):
        "Wait until so many bytes are on the line, behind those of others."
        async with self.lanes[way]:
            if self.weather.rate:
                await asyncio.sleep(size / self.weather.rate)
        setattr(self, way, getattr(self, way) + size)

    async def deliver(self, queue, writer):
        while True:
            when, data = await queue.get()
            await asyncio.sleep(when - self.loop.time())
            if data is None:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()


class Pair:
    "The two connections of one call; way is where data last went."

    def __init__(self, near):
        self.near = near
        self.far = None
        self.way = None
        self.broken = False

    def abort(self):
        # What was read before is not carried any further
        self.broken = True
        for writer in [self.near, self.far]:
            if writer:
                writer.transport.abort()
