#!/usr/bin/env python3
"""Keeps a shop's takings by currency: a consumer of makegood's events that was
written from its contracts alone. It needs RabbitMQ and pika (Debian:
python3-pika).

AMQP_URL      where the events are: amqp://user:password@host:5672/vhost
DATABASE      an SQLite file, made if it is missing
SCHEMAS_URL   a makegood gateway; if it is set, each event's data is validated
              against the contract served there (Debian: python3-jsonschema)
RETRY_MS      the pause before another attempt, 10000 unless set
QUEUE_LENGTH  how many events may wait while nobody consumes, 1000000 unless set
"""
import json
import os
import random
import sqlite3
import sys
import time
import urllib.parse
import urllib.request

import pika

EXCHANGE, QUEUE = "makegood.events", "takings"
RETRY, DEAD = QUEUE + ".retry", QUEUE + ".dead"
TYPES = {"payment.charged": 1, "payment.refunded": 1}  # and the version we know
RETRY_MS = int(os.environ.get("RETRY_MS", 10_000))
QUEUE_LENGTH = int(os.environ.get("QUEUE_LENGTH", 1_000_000))
ATTEMPTS, ATTEMPT = 5, "takings-attempt"
schemas = {}


class Unreadable(Exception):
    """No later attempt reads the event better."""


def declare(channel):
    """Queues of our own. The one that is bound to the exchange has a bound and
    drops its oldest event when it is full: if it refused instead, the broker
    would refuse makegood's publish. What it drops goes to the dead letters.
    Only we publish into the retry queue, so that one may refuse, and hands on
    at least once."""
    def queue(name, overflow, **arguments):
        channel.queue_declare(name, durable=True, arguments={
            "x-queue-type": "quorum", "x-max-length": QUEUE_LENGTH, "x-overflow": overflow,
            **{"x-" + key.replace("_", "-"): value for key, value in arguments.items()}})

    queue(DEAD, "drop-head")
    queue(QUEUE, "drop-head", delivery_limit=100, dead_letter_exchange="", dead_letter_routing_key=DEAD)
    queue(RETRY, "reject-publish", message_ttl=RETRY_MS, dead_letter_exchange="",
          dead_letter_routing_key=QUEUE, dead_letter_strategy="at-least-once")
    channel.exchange_declare(EXCHANGE, passive=True)  # makegood's: never declare it yourself
    for event_type in TYPES:
        channel.queue_bind(QUEUE, EXCHANGE, routing_key=event_type)


def read(body):
    """The event, or Unreadable."""
    try:
        event = json.loads(body)
        version = int(event["dataschema"].rsplit("/", 1)[1])
        if event["specversion"] != "1.0" or TYPES[event["type"]] != version:
            raise Unreadable(f"{event['type']} of version {version}")
        data = event["data"]
        money = data["payment"] if event["type"] == "payment.charged" else data["refund"]
        return event, data["currency"], money["amount"]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as why:
        raise Unreadable(repr(why)) from why


def validate(event):
    """Optional: our own reading above is what we rely on. Never ask the host of
    dataschema, which is a name; its path is what every gateway serves."""
    gateway = os.environ.get("SCHEMAS_URL")
    if not gateway:
        return
    import jsonschema
    path = urllib.parse.urlparse(event["dataschema"]).path
    if path not in schemas:
        with urllib.request.urlopen(gateway + path, timeout=5) as answer:
            schemas[path] = json.load(answer)
    try:
        jsonschema.validate(event["data"], schemas[path])
    except jsonschema.ValidationError as why:
        raise Unreadable(why.message) from why


def book(db, event, currency, amount):
    """The effect and the mark that it happened, in one transaction: a repeat
    finds the mark, a crash leaves neither."""
    if event["type"] == "payment.refunded":
        amount = -amount
    with db:
        if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (event["id"],)).rowcount:
            db.execute("INSERT INTO takings VALUES (?, ?) ON CONFLICT (currency) "
                       "DO UPDATE SET amount = amount + excluded.amount", (currency, amount))


def put_aside(channel, properties, body, why, for_good):
    """Into the retry queue, which sends it back after a pause, or into the dead
    letters. The broker confirms it before we acknowledge where it came from."""
    attempt = (properties.headers or {}).get(ATTEMPT, 0) + 1
    for_good = for_good or attempt == ATTEMPTS
    print("dead:" if for_good else "later:", why, file=sys.stderr, flush=True)
    properties.headers = {ATTEMPT: attempt, "takings-error": str(why)[:500]}
    channel.basic_publish("", DEAD if for_good else RETRY, body, properties, mandatory=True)


def handle(db, channel, method, properties, body):
    try:
        event, currency, amount = read(body)
        validate(event)
        book(db, event, currency, amount)
    except Unreadable as why:
        put_aside(channel, properties, body, why, for_good=True)
    except (sqlite3.Error, OSError) as why:
        put_aside(channel, properties, body, why, for_good=False)
    channel.basic_ack(method.delivery_tag)  # after the effect, never before it


def consume(db):
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
        channel = connection.channel()
        declare(channel)
        channel.confirm_delivery()
        channel.basic_qos(prefetch_count=50)
        channel.basic_consume(QUEUE, lambda *delivery: handle(db, *delivery))
        print("consuming", flush=True)
        channel.start_consuming()


def main():
    db = sqlite3.connect(os.environ.get("DATABASE", "takings.db"))
    db.execute("CREATE TABLE IF NOT EXISTS handled (id TEXT PRIMARY KEY)")
    db.execute("CREATE TABLE IF NOT EXISTS takings (currency TEXT PRIMARY KEY, amount INTEGER NOT NULL)")
    pause = 0.5
    while True:
        began = time.monotonic()
        try:
            consume(db)
        except (pika.exceptions.AMQPError, OSError) as why:
            print("the broker is away:", repr(why), file=sys.stderr, flush=True)
        pause = 0.5 if time.monotonic() - began > 60 else min(2 * pause, 30)
        time.sleep(random.uniform(pause / 2, pause))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
