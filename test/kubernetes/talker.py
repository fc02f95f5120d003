"""Writes numbered lines to both of its streams, and does what the file of its orders says.

A line is `pod container life stream number`. The last one before an end says how many there were on each stream.
The folder of the orders outlives the container, as does the count of its lives.
"""

import os
import time

FOLDER = "/orders"
NAME = os.environ["NAME"]
LIFE = os.path.join(FOLDER, NAME + ".life")


def read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


life = int(read(LIFE) or "-1") + 1
with open(LIFE, "w") as file:
    file.write(str(life))
HEAD = f"{os.uname().nodename} {NAME} {life}"
numbers = [0, 0]


def say(stream, more=""):
    os.write(1 + stream, f"{HEAD} {'oe'[stream]} {numbers[stream]} {more}".strip().encode() + b"\n")
    numbers[stream] += 1


def end():
    os.write(1, f"{HEAD} end {numbers[0]} {numbers[1]}\n".encode())


def order():
    always = read(os.path.join(FOLDER, NAME + ".always"))
    path = os.path.join(FOLDER, NAME)
    once = read(path)
    if once:
        os.remove(path)
    return once or always


while True:
    for _ in range(4):
        say(0)
        say(1)
    told = order()
    if told == "crash":
        end()
        os._exit(3)
    if told == "eat":
        end()
        eaten = []
        while True:
            eaten.append(bytearray(os.urandom(1 << 16)) * 64)
    if told == "flood":
        for _ in range(12_000):
            say(0, "x" * 1000)
    if told == "quiet":
        end()
        while not os.path.exists(os.path.join(FOLDER, NAME)):
            time.sleep(0.05)
    time.sleep(0.02)
