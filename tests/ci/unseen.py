#!/usr/bin/env python3
"""Checks changes that don't show in file stamps: `unseen.py PROGRAM` runs the customer analysis before and after each.

* A file is mapped and written to before a run, and through the same mapping again after it.
* A file on tmpfs, which never writes pages out, is changed in the same way: `--rehash` detects it.
* A bit in the object of a table's column flips on the image of an unmounted disk. Needs permission to mount.
"""

import json
import mmap
import os
import re
import subprocess
import sys
import tempfile
import time

HEADER = "TotalPurchaseAmount,NumberOfPurchases,AverageReviewScore,TotalPurchaseTime\n"
PROGRAM = sys.argv[1]

# Block size of the disk, in bytes.
BLOCK = 4096


def run(store, *arguments, ok=True):
    done = subprocess.run([PROGRAM, "--store", store, *arguments], capture_output=True, text=True)
    if ok and done.returncode != 0:
        sys.exit(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout if ok else done


def expect(condition, what):
    if not condition:
        sys.exit(f"unseen.py: {what}")


def customers(path):
    with open(path, "w") as file:
        file.write(HEADER)
        for i in range(500):
            file.write(f"{1000 + i},{1 + i % 9},{1 + i % 5},{10 + i}\n")


def mapped(folder, rehash):
    """Returns whether a run detects a write through a mapping that was already dirty before the previous run."""
    path, store = os.path.join(folder, "customers.csv"), os.path.join(folder, "store")
    customers(path)
    # An old modification time, so the stamp is trusted.
    os.utime(path, (1_700_000_000, 1_700_000_000))
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as pages:
        at = pages.find(b"\n") + 1
        pages[at : at + 4] = b"2000"
        time.sleep(2.5)
        expect("4 ran" in run(store, "--set", f"path_to_data={path}"), "the first run did not run all tasks")
        pages[at : at + 4] = b"9000"
        time.sleep(0.1)
        return "0 ran" not in run(store, "run", *(["--rehash"] if rehash else []))


def place_on_disk(path, number):
    """Returns the offset of a block of a file on its disk, in bytes."""
    subprocess.run(["sync", "-f", path], check=True)
    extents = subprocess.run(["filefrag", "-v", f"-b{BLOCK}", path], check=True, capture_output=True, text=True).stdout
    for extent in re.finditer(r"^\s*\d+:\s*(\d+)\.\.\s*(\d+):\s*(\d+)\.\.", extents, re.MULTILINE):
        first, last, physical = map(int, extent.groups())
        if first <= number <= last:
            return (physical + number - first) * BLOCK
    sys.exit(f"unseen.py: block {number} is missing in\n{extents}")


def flipped():
    """Checks that `store verify` finds a flipped bit, and that results made from the damaged object are recomputed."""
    with tempfile.TemporaryDirectory() as folder:
        image, mount = os.path.join(folder, "image"), os.path.join(folder, "mount")
        os.mkdir(mount)
        subprocess.run(["truncate", "-s", "384M", image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-b", str(BLOCK), image], check=True)
        subprocess.run(["mount", "-o", "loop", image, mount], check=True)
        try:
            path, store = os.path.join(mount, "customers.csv"), os.path.join(mount, "store")
            with open(path, "w") as file:
                file.write(HEADER)
                file.writelines(f"{1000 + i / 100},{1 + i % 9},{1 + i % 5},{10 + i % 89}\n" for i in range(800_000))
            run(store, "--set", f"path_to_data={path}")
            run(store, "--set", "payment_threshold=1300")
            right = run(store, "read", "high_value_summary_df", "--format", "json")
            run(store, "--set", "payment_threshold=1500")
            scored = json.loads(run(store, "run", "--json"))["outputs"]["scored_df"]["hash"]
            with open(os.path.join(store, "objects", scored[:2], scored[2:])) as index:
                columns = {file["columns"][0]: file["object"]["hash"] for file in json.load(index)["files"]}
            column = columns["TotalPurchaseAmount"]
            table = os.path.join(store, "objects", column[:2], column[2:])
            expect(os.path.getsize(table) > 5 << 20, "the column is too short")
            number = os.path.getsize(table) // 2 // BLOCK
            with open(table, "rb") as file:
                file.seek(number * BLOCK)
                block = file.read(BLOCK)
            at = place_on_disk(table, number)
        finally:
            subprocess.run(["umount", mount], check=True)
        with open(image, "r+b") as disk:
            disk.seek(at)
            expect(disk.read(BLOCK) == block, "the block is not at the offset that the file system reports")
            # Flips a high bit of a number, so the figures change.
            disk.seek(at + 2054)
            byte = disk.read(1)[0]
            disk.seek(at + 2054)
            disk.write(bytes([byte ^ 0x10]))
        subprocess.run(["mount", "-o", "loop", image, mount], check=True)
        try:
            run(store, "--set", "payment_threshold=1300", "--force", "featurization_and_segmentation", ok=False)
            found = run(store, "store", "verify", ok=False)
            expect(found.returncode == 1 and "is damaged" in found.stdout, f"verify: {found.stdout}{found.stderr}")
            expect("was made from damaged object" in found.stdout, f"verify: {found.stdout}")
            run(store, "run")
            whole = run(store, "store", "verify")
            again = run(store, "read", "high_value_summary_df", "--format", "json")
            expect(again == right, f"after the damage: {again}, expected {right}\n{whole}")
        finally:
            subprocess.run(["umount", mount], check=True)


with tempfile.TemporaryDirectory(dir=os.path.expanduser("~")) as folder:
    expect(mapped(folder, rehash=False), "a write through a mapping was not detected")
if os.path.isdir("/dev/shm"):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        expect(mapped(folder, rehash=True), "`--rehash` did not detect a write through a mapping")
flipped()
print("changes that don't show in stamps are detected")
