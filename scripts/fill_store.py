#!/usr/bin/env python3
"""Writes an export with many sessions, subscriptions, retained and queued messages, to measure starts with.

fill_store.py [--sessions N] [--subscriptions N] [--retained N] [--queued N] [--payload BYTES] > export.jsonl
martlet store import --data DIR export.jsonl
"""
import argparse
import base64
import os
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--subscriptions", type=int, default=1_000_000)
    parser.add_argument("--retained", type=int, default=1_000_000)
    parser.add_argument("--queued", type=int, default=1_000_000)
    parser.add_argument("--payload", type=int, default=256)
    wanted = parser.parse_args()
    payload = base64.b64encode(os.urandom(wanted.payload)).decode()
    lines = 0

    def write(text):
        nonlocal lines
        lines += 1
        sys.stdout.write(text + "\n")

    sys.stdout.write('{"martlet_export":{"version":1}}\n')
    for number in range(1, wanted.sessions + 1):
        write(f'{{"session":{{"id":{number},"client":"client{number}","version":5,"expiry_interval":4294967295}}}}')
    options = '"qos":1,"no_local":false,"retain_as_published":false,"retain_handling":0,"identifier":0,"replaying":false'
    for number in range(wanted.subscriptions):
        session = number % wanted.sessions + 1
        write(f'{{"subscription":{{"session":{session},"filter":"s/{number % 1000}/{number}",{options}}}}}')
    first = wanted.sessions + 1
    for number in range(wanted.retained):
        write(f'{{"message":{{"id":{first + number},"topic":"r/{number % 1000}/{number}","payload":"{payload}",'
              '"qos":1,"retain":true}}')
    queue = first + wanted.retained
    for number in range(wanted.queued):
        write(f'{{"message":{{"id":{queue + number},"topic":"q/{number}","payload":"{payload}","qos":1,"retain":false}}}}')
    for number in range(wanted.retained):
        write(f'{{"retained":{{"topic":"r/{number % 1000}/{number}","message":{first + number}}}}}')
    # One queue is long, the others are short.
    for number in range(wanted.queued):
        owner = 1 if number < wanted.queued // 2 else number % wanted.sessions + 1
        write(f'{{"delivery":{{"owner":{owner},"place":{number + 1},"message":{queue + number},"qos":1,"retain":false,'
              '"state":"queued","packet":0,"shared":0}}')
    sys.stdout.write(f'{{"end":{{"lines":{lines}}}}}\n')


if __name__ == "__main__":
    main()
