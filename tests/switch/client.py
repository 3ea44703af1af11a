"""A client of the bank: it writes, and logs what was acknowledged; ``python -m tests.switch.client LOG SEED``.

Each has accounts of its own, so that what is last in its log is what has to be in the store. It goes on through
whatever is in its way, until it is told to end: then it says by standard output how long its writes took.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import django

django.setup()

from django.db import DatabaseError, connections, transaction  # noqa: E402

from dynamo_models.cutover.pause import is_of_pause  # noqa: E402
from tests.switch.bank.models import Account, Branch, Entry  # noqa: E402

ACCOUNTS = 4
PATIENCE = 30.0


class Client:
    def __init__(self, log, seed):
        self.log, self.seed = log, seed
        self.random = random.Random(seed)
        self.versions = {}
        self.entries = {}
        self.seconds, self.errors, self.retried = [], [], 0
        self.ended = threading.Event()

    def work(self):
        branch = self.insist(lambda: Branch.objects.order_by("pk").values_list("pk", flat=True)[0])
        for number in range(ACCOUNTS):
            self.make(f"c{self.seed}-{number}", branch)
        parent = os.getppid()
        while not self.ended.is_set() and os.getppid() == parent:  # nobody is left behind by a program that is killed
            getattr(self, self.random.choice(["update", "update", "save", "transfer", "enter", "enter", "leave"]))()
            time.sleep(self.random.uniform(0.02, 0.12))

    def insist(self, act):
        """Until it is done; how long that took is kept. What was tried and not acknowledged may have been done."""
        began = time.monotonic()
        while not self.ended.is_set() or time.monotonic() - began < PATIENCE:
            try:
                found = act()
            except DatabaseError as error:
                connections.close_all()
                if not is_of_pause(error):
                    self.errors.append(f"{type(error).__name__}: {error}"[:300])
                self.retried += 1
                time.sleep(0.05)
            else:
                self.seconds.append(time.monotonic() - began)
                return found
        raise AssertionError(f"A write was refused for {PATIENCE:g} s: {self.errors[-1:]}")

    def said(self, **what):
        with self.log.open("a") as file:
            file.write(json.dumps(what) + "\n")

    def make(self, number, branch):
        self.insist(lambda: Account.objects.get_or_create(number=number, defaults={"owner": "o", "branch_id": branch}))
        self.versions[number] = 0
        self.said(account=number, version=0)

    def next(self):
        number = self.random.choice(sorted(self.versions))
        self.versions[number] += 1
        return number, self.versions[number]

    def update(self):
        number, version = self.next()
        found = self.insist(lambda: Account.objects.filter(number=number).update(version=version))
        assert found == 1, (number, found)
        self.said(account=number, version=version)

    def save(self):
        number, version = self.next()

        def act():
            account = Account.objects.get(number=number)
            account.version, account.owner = version, f"o{version}"
            account.save()

        self.insist(act)
        self.said(account=number, version=version)

    def transfer(self):
        """Two accounts in one transaction."""
        chosen = self.random.sample(sorted(self.versions), 2)
        for number in chosen:
            self.versions[number] += 1
        named = f"t{self.seed}-{self.random.randrange(10**9)}"

        def act():
            with transaction.atomic():
                for number in chosen:
                    Account.objects.filter(number=number).update(version=self.versions[number], transfer=named)

        self.insist(act)
        for number in chosen:
            self.said(account=number, version=self.versions[number], transfer=named, both=chosen)

    def enter(self):
        number = self.random.choice(sorted(self.versions))
        text = f"e{self.seed}-{self.random.randrange(10**12)}"

        def act():
            account = Account.objects.get(number=number)
            entry, _ = self.once(account, text)
            return entry.pk

        pk = self.insist(act)
        self.entries[text] = pk
        self.said(entry=text, pk=pk)

    def once(self, account, text):
        """As a retry does: what an attempt without an answer has made is found."""
        for entry in Entry.objects.filter(account=account):
            if entry.text == text:
                return entry, False
        return Entry.objects.create(account=account, text=text), True

    def leave(self):
        if not self.entries:
            return
        text = self.random.choice(sorted(self.entries))
        pk = self.entries.pop(text)
        self.said(leaving=text)
        self.insist(lambda: Entry.objects.filter(pk=pk).delete())
        self.said(left=text)


def main():
    client = Client(Path(sys.argv[1]), int(sys.argv[2]))
    signal.signal(signal.SIGTERM, lambda *_: client.ended.set())
    client.work()
    sys.stdout.write(json.dumps({"seconds": client.seconds, "errors": client.errors, "retried": client.retried}) + "\n")


if __name__ == "__main__":
    main()
