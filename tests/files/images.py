#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""AppImages and squashfs files, made here: run by path and named in a profile, unpacked and, where /dev/fuse can be
opened, mounted; and what is wrong with the wrong ones."""

import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import fuse  # noqa: E402
import harness  # noqa: E402

APP_RUN = """#!/bin/sh
echo "dir=$APPDIR arg0=$ARGV0 args=$#:$1:$2"
case $1 in
exit) exit "$2" ;;
sh) shift; exec sh -c "$@" ;;
esac
cat "$APPDIR/usr/share/word" "$APPDIR/link"
"$APPDIR/usr/bin/true" && echo executed
"""
PLACE = "/run/oriel/appimage"
RUN = ["run", "--no-daemon"]


def stub(wide=True, big=False, kind=2):
    """The program of an AppImage as far as anybody reads it here: a header and a table of two empty sections."""
    order, size, entry = ">" if big else "<", 64 if wide else 52, 64 if wide else 40
    head = bytearray(size)
    head[:6] = b"\x7fELF" + bytes([2 if wide else 1, 2 if big else 1])
    head[8:11] = b"AI" + bytes([kind])
    struct.pack_into(order + ("Q" if wide else "I"), head, 0x28 if wide else 0x20, size)
    struct.pack_into(order + "HH", head, 0x3a if wide else 0x2e, entry, 2)
    return bytes(head) + bytes(2 * entry)


def squash(suite, name, *more):
    """A squashfs of an app's directory, with mksquashfs' further arguments."""
    tree, packed = suite.home / (name + ".dir"), suite.home / (name + ".squashfs")
    (tree / "usr/share").mkdir(parents=True)
    (tree / "usr/bin").mkdir()
    (tree / "AppRun").write_text(APP_RUN)
    (tree / "AppRun").chmod(0o755)
    (tree / "usr/share/word").write_text("from the image\n")
    (tree / "link").symlink_to("usr/share/word")
    shutil.copy("/bin/true", tree / "usr/bin/true")
    subprocess.run(["mksquashfs", tree, packed, "-quiet", "-no-progress", *more], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return packed


def write_image(suite, name, head, body):
    path = suite.home / "apps" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(head + body)
    path.chmod(0o755)
    return path


def works(suite, name, image, *more):
    """One that is whole, in every way of asking."""
    place = f"{PLACE}/{image.name.replace(' ', '_')}"
    done = suite.oriel(*RUN, *more, image, "one", "two words")
    suite.ok(done.returncode == 0 and done.stdout == f"dir={place} arg0={image} args=2:one:two words\nfrom the image\n"
             "from the image\nexecuted\n", f"{name}: runs, with its arguments", f"{done.returncode} {done.stdout} {done.stderr}")
    done = suite.oriel(*RUN, *more, image, "exit", "7")
    suite.ok(done.returncode == 7, f"{name}: its exit status is the run's", f"{done.returncode} {done.stderr}")
    done = suite.oriel(*RUN, *more, image, "sh", "kill -TERM $$")
    suite.ok(done.returncode == 143, f"{name}: so is its signal", f"{done.returncode} {done.stderr}")
    script = f"touch {place}/x 2>/dev/null || echo ro; ls {image.parent} 2>/dev/null || echo hidden; " \
             f"grep ' {place} ' /proc/self/mountinfo | grep -o 'ro,nosuid,nodev' | head -1; grep -c fuse /proc/self/mountinfo"
    done = suite.oriel(*RUN, *more, image, "sh", script)
    lines = done.stdout.splitlines()[1:]
    suite.ok(lines[:3] == ["ro", "hidden", "ro,nosuid,nodev"], f"{name}: shown read-only, and nothing beside it",
             done.stdout + done.stderr)
    return lines[3:]


def profile(suite, name, text):
    path = suite.home / f"{name}.profile"
    path.write_text(text)
    return path


def by_profile(suite, image, plain):
    """Named in a profile: shown, and whatever is in it can be started."""
    path = profile(suite, "shows", f"[Oriel]\ninherits=base/cli;\n[Files]\nappimage={image};{plain};\n")
    names = f"{PLACE}/{image.name} {PLACE}/{plain.name}"
    done = suite.oriel(*RUN, "--profile", path, "--", "sh", "-c", f"cd {PLACE}; ls -d *; cat {PLACE}/{plain.name}/usr/share/word")
    suite.ok(done.stdout.splitlines() == sorted([image.name, plain.name]) + ["from the image"],
             "[Files] appimage shows an AppImage and a squashfs file", done.stdout + done.stderr)
    done = suite.oriel(*RUN, "--profile", path, "--", f"{PLACE}/{image.name}/AppRun", "exit", "5")
    suite.ok(done.returncode == 5, "a program in it can be started", f"{done.returncode} {done.stderr}")
    done = suite.oriel("explain", "--profile", path, "--", "true")
    suite.ok(all(place in done.stdout for place in names.split()) and "semi/image-2" in done.stdout,
             "explain shows where, and how", done.stdout[-1500:] + done.stderr)
    command = profile(suite, "is", f"[Application]\nname=org.example.Image\ncommand={image}\n[Oriel]\ninherits=base/cli;\n")
    done = suite.oriel(*RUN, "--profile", command)
    suite.ok("from the image" in done.stdout, "command= may be one", done.stdout + done.stderr)
    os.chdir(image.parent)
    done = suite.oriel(*RUN, "--profile", "base/cli", "--", f"./{image.name}", "exit", "9")
    os.chdir(suite.home)
    suite.ok(done.returncode == 9, "so may the command after --", f"{done.returncode} {done.stderr}")
    link = suite.home / "by-link"
    link.symlink_to(image)
    done = suite.oriel(*RUN, link, "exit", "3")
    suite.ok(done.returncode == 3, "and a link to one", f"{done.returncode} {done.stderr}")


def refused(suite, name, image, *words, profile_line=False):
    command = ["--profile", profile(suite, "wrong", f"[Oriel]\ninherits=base/cli;\n[Files]\nappimage={image};\n"), "--",
               "true"] if profile_line else [image]
    done = suite.oriel(*RUN, *command, timeout=100)
    missing = [word for word in words if word not in done.stderr]
    suite.ok(done.returncode == 125 and not missing and done.stdout == "", f"refused: {name}",
             f"{done.returncode} {done.stdout} {done.stderr} lacks {missing}")


def wrong_ones(suite, body):
    """Each with a sentence, none with a hang; nothing of it is left."""
    rows = (
        ("type 1", stub(kind=1) + bytes(40000), ("type 1",)),
        ("cut short", stub() + body[:len(body) // 2], ("Fetch it again",)),
        ("its table of sections is beyond its end", stub()[:0x28] + struct.pack("<Q", 1 << 40) + stub()[0x30:] + body,
         ("Fetch it again",)),
        ("nothing of a file system", stub() + bytes(4096), ("headers can't be right",)),
        ("an unknown version", stub() + body[:28] + b"\x09\x00" + body[30:], ("headers can't be right",)),
    )
    for name, content, words in rows:
        refused(suite, name, write_image(suite, "wrong.AppImage", content, b""), *words)
    text = write_image(suite, "text.AppImage", b"#!/bin/sh\necho a script of that name\n", b"")
    refused(suite, "a text, where an image is named", text, "no AppImage", profile_line=True)
    done = suite.oriel(*RUN, text)
    suite.ok(done.stdout == "a script of that name\n", "a script that is only called so runs as what it is",
             done.stdout + done.stderr)
    refused(suite, "none at all", suite.home / "gone.AppImage", "no such file", profile_line=True)
    suite.ok(not any((suite.runtime / "oriel").glob("instances/*")), "nothing of a refused run is left",
             list((suite.runtime / "oriel").glob("instances/*")))


def hostile_ones(suite, body):
    """What only the reader in its box meets."""
    said = "can't be opened"
    seed = random.randrange(1 << 32)
    dice = random.Random(seed)
    for i in range(4):
        broken = bytearray(body)
        for _ in range(40):
            broken[dice.randrange(96, len(broken))] ^= 1 << dice.randrange(8)
        image = write_image(suite, "broken.AppImage", stub(), bytes(broken))
        done = suite.oriel(*RUN, image, timeout=100)
        suite.ok(done.returncode in (0, 1, 2, 125, 126, 127), f"broken bits end in a status ({i}, seed {seed})",
                 f"{done.returncode} {done.stderr}")
    tables = bytearray(body)
    used = struct.unpack_from("<Q", body, 40)[0]
    tables[used - 200:used] = bytes(200)
    refused(suite, "its tables are empty", write_image(suite, "tables.AppImage", stub(), bytes(tables)), said, "image-1")
    pseudo = suite.home / "pseudo"
    pseudo.write_text("".join(f"d{i} d 755 0 0\n" + "".join(f"d{i}/{j} d 755 0 0\n" for j in range(300)) for i in range(300)))
    bomb = squash(suite, "many", "-pf", pseudo).read_bytes()
    refused(suite, f"90000 directories in {len(bomb) >> 10} KiB", write_image(suite, "many.AppImage", stub(), bomb), said)
    zeros = suite.home / "many.dir"
    zeros.mkdir()
    with open(zeros / "zeros", "wb") as file:
        file.truncate(1 << 30)
    subprocess.run(["mksquashfs", zeros, suite.home / "big.squashfs", "-quiet", "-no-progress", "-no-sparse"], check=True,
                   stdout=subprocess.DEVNULL)
    bomb = (suite.home / "big.squashfs").read_bytes()
    refused(suite, f"1 GiB in {len(bomb) >> 10} KiB", write_image(suite, "big.AppImage", stub(), bomb), said)


def mounted(suite, body):
    """Where /dev/fuse can be opened."""
    image = write_image(suite, "App.AppImage", stub(), body)
    plain = write_image(suite, "plain.squashfs", b"", body)
    lines = works(suite, "mounted", image)
    suite.ok(lines == ["1"], "mounted: it is a FUSE file system", lines)
    by_profile(suite, image, plain)
    done = suite.oriel(*RUN, image, "sh", f"ls -ln {PLACE}/App.AppImage/AppRun | cut -d' ' -f1,3,4; id -u; "
                       f"chmod 777 {PLACE}/App.AppImage/AppRun 2>&1 | grep -o 'Read-only'")
    lines = done.stdout.splitlines()
    suite.ok(lines[1].startswith("-rwxr-xr-x") and lines[2] == str(os.getuid()) and lines[3] == "Read-only",
             "mounted: modes are the image's, and stay", done.stdout + done.stderr)
    tables = bytearray(body)
    used = struct.unpack_from("<Q", body, 40)[0]
    tables[used - 200:used] = bytes(200)
    done = suite.oriel(*RUN, write_image(suite, "tables.AppImage", stub(), bytes(tables)))
    suite.ok(done.returncode in (125, 126, 127) and done.stdout == "", "mounted: empty tables end in an error",
             f"{done.returncode} {done.stdout} {done.stderr}")
    run = suite.start(suite.oriel_program, *RUN, image, "sh", "echo up; while cat $APPDIR/link >/dev/null; do sleep 0.1; done",
                      stdout=subprocess.PIPE)
    run.stdout.readline()
    run.stdout.readline()
    table = harness.processes()
    readers = [pid for pid in harness.descendants(run.pid) if table.get(pid, (0, ""))[1].startswith("squashfuse")]
    suite.ok(len(readers) == 1, "mounted: one reader", readers)
    for reader in readers:
        os.kill(reader, signal.SIGKILL)
    try:
        status = run.wait(10)
    except subprocess.TimeoutExpired:
        status = "still running"
    suite.ok(status == 125, "mounted: the app does not outlive the reader of its image", status)
    harness.end(run)


def main():
    with_fuse = sys.argv[1:] == ["fuse"]
    fuse.open_to_users(with_fuse)
    suite = harness.Suite("images", needs=("mksquashfs", "unsquashfs", "squashfuse_ll"))
    body = squash(suite, "app").read_bytes()
    if with_fuse and not os.access("/dev/fuse", os.R_OK | os.W_OK):
        suite.skip("mounted images", "/dev/fuse is closed to this user", kernel=True)
        return suite.finish()
    if with_fuse:
        mounted(suite, body)
        return suite.finish()
    for wide in (True, False):
        for big in (False, True):
            image = write_image(suite, f"App-{64 if wide else 32}{'be' if big else 'le'}.AppImage", stub(wide, big), body)
            if wide and not big:
                works(suite, "unpacked", image)
                continue
            done = suite.oriel(*RUN, image, "exit", "4")
            suite.ok(done.returncode == 4, f"{image.name} runs too", f"{done.returncode} {done.stderr}")
    odd = write_image(suite, "An odd (name).AppImage", stub(), body)
    done = suite.oriel(*RUN, odd, "sh", "echo $APPDIR; cat \"$APPDIR/link\"")
    suite.ok(done.stdout.splitlines()[1:] == [f"{PLACE}/An_odd__name_.AppImage", "from the image"], "an odd name is made plain",
             done.stdout + done.stderr)
    by_profile(suite, suite.home / "apps/App-64le.AppImage", write_image(suite, "plain.squashfs", b"", body))
    wrong_ones(suite, body)
    hostile_ones(suite, body)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
