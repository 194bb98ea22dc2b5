#!/usr/bin/env python3
"""Checks stores on unusual mounts: `mounts.py PROGRAM` runs the customer analysis on each. Needs permission to mount.

* A read-only store (on a read-only mount): closed, in use by another program, and after a crash.
* A store of another user.
* One store through two mounts of its directory, which do not share their locks.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
HEADER = "TotalPurchaseAmount,NumberOfPurchases,AverageReviewScore,TotalPurchaseTime\n"


def run(store, *arguments, code=0, before=()):
    done = subprocess.run([*before, PROGRAM, "--store", store, *arguments], capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{arguments}: exit code {done.returncode}, expected {code}\n{done.stdout}{done.stderr}")
    return done


def expect(condition, what):
    if not condition:
        sys.exit(f"mounts.py: {what}")


def command(*words):
    subprocess.run(words, check=True)


READS = [
    ("list",),
    ("show", "default"),
    ("runs",),
    ("runs", "1"),
    ("kpis",),
    ("read", "scored_df"),
    ("compare", "1", "2"),
    ("history", "payment_threshold"),
    ("lineage", "scored_df"),
    ("versions",),
    ("plan",),
    ("explain", "scored_df"),
    ("graph",),
    ("store", "du"),
    ("store", "verify"),
    ("export", "default", "{}/exported"),
]


def reads_as(writable, readable, folder, before=()):
    """Checks that every read-only command prints the same through both."""
    for words in READS:
        words = [word.format(folder) for word in words]
        first, second = run(writable, *words), run(readable, *words, before=before)
        same = second.stdout.replace(readable, writable) == first.stdout
        expect(same or words[0] in ("runs", "store"), f"{words}:\n{first.stdout}\n{second.stdout}{second.stderr}")
        if words[0] == "export":
            os.remove(words[-1])


def refused(store, before=()):
    for words in [("run",), ("run", "--force"), ("create", "another"), ("store", "gc"), ("rename", "default", "other")]:
        error = run(store, *words, code=2, before=before).stderr
        expect("can be read, but not written" in error and "--store" in error, f"{words}: {error}")


with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o755)
    customers, store = os.path.join(folder, "customers.csv"), os.path.join(folder, "store")
    with open(customers, "w") as file:
        file.write(HEADER)
        for i in range(500):
            file.write(f"{1000 + i},{1 + i % 9},{1 + i % 5},{10 + i}\n")
    run(store, "--set", f"path_to_data={customers}")
    run(store, "--set", "payment_threshold=1200")

    read_only = os.path.join(folder, "read-only")
    os.mkdir(read_only)
    command("mount", "--bind", store, read_only)
    try:
        command("mount", "-o", "remount,bind,ro", read_only)
        reads_as(store, read_only, folder)
        refused(read_only)
        # A program has the registry open, and its latest changes are only in the log.
        writer = subprocess.Popen([PROGRAM, "--store", store, "studio", "--no-open", "--port", "0"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(1)
        run(store, "--set", "payment_threshold=1300")
        reads_as(store, read_only, folder)
        writer.kill()
        writer.wait()
        expect(os.path.exists(os.path.join(store, "registry.sqlite-wal")), "the crash left no log")
        words = ("read", "payment_threshold")
        expect(run(read_only, *words).stdout.strip() == "1300.0", "a change that is only in the log was not read")
        # The log without its shared memory file, as in a copy.
        os.remove(os.path.join(store, "registry.sqlite-shm"))
        expect(run(read_only, *words).stdout.strip() == "1300.0", "a change that is only in the log of a copy was not read")
    finally:
        command("umount", read_only)

    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    program = os.path.join(folder, "program")
    shutil.copy(PROGRAM, program)
    PROGRAM = program
    reads_as(store, store, folder="/tmp", before=())
    for words in READS[:-1]:
        run(store, *words, before=nobody)
    refused(store, before=nobody)

    # An overlay is another mount: locks taken through it are not visible in the lower layers.
    over, upper, work = (os.path.join(folder, name) for name in ("over", "upper", "work"))
    disk = os.path.join(folder, "disk")
    for path in (disk, over):
        os.mkdir(path)
    command("mount", "-t", "tmpfs", "none", disk)
    try:
        for name in ("upper", "work", "lower"):
            os.mkdir(os.path.join(disk, name))
        lower = os.path.join(disk, "lower")
        upper = os.path.join(disk, "upper")
        command("mount", "-t", "overlay", "none", "-o",
                f"lowerdir={lower},upperdir={upper},workdir={disk}/work", over)
        try:
            one, other = os.path.join(over, "store"), os.path.join(upper, "store")
            run(one, "--set", f"path_to_data={customers}")
            holder = subprocess.Popen([PROGRAM, "--store", one, "studio", "--no-open", "--port", "0"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(1)
            for words in [("run",), ("list",), ("store", "gc")]:
                error = run(other, *words, code=2).stderr
                expect("another machine or through another mount" in error, f"{words}: {error}")
            print(error.strip())
            holder.terminate()
            holder.wait()
            expect("4 skipped" in run(other).stdout, "the store is unusable after the other program closed it")
        finally:
            command("umount", over)
    finally:
        command("umount", disk)
