#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of the distribution that call bwrap, with oriel-bwrap in its place: flatpak with a runtime and an app made
here, thumbnails, icon validators, WebKit's sandbox, a package built and installed by opam.  Each runs with the distribution's bwrap first: what fails there shows
nothing.  usage: users.py FACTS"""

import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
VALIDATORS = ("/usr/libexec/flatpak-validate-icon", "/usr/libexec/xdg-desktop-portal-validate-icon")
THUMBNAIL = """
import ctypes, sys
library = ctypes.CDLL("libgnome-desktop-3.so.20")
library.gnome_desktop_thumbnail_factory_new.restype = ctypes.c_void_p
library.gnome_desktop_thumbnail_factory_generate_thumbnail.restype = ctypes.c_void_p
factory = ctypes.c_void_p(library.gnome_desktop_thumbnail_factory_new(0))
made = library.gnome_desktop_thumbnail_factory_generate_thumbnail(factory, sys.argv[1].encode(), b"image/svg+xml", None, None)
print("thumbnail" if made else "none")
"""
FLATPAK = """
set -e
export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
mkdir -p runtime/usr/bin runtime/usr/lib runtime/usr/etc runtime/files app/files/bin app/export
arch=$(flatpak --default-arch)
for name in runtime app; do
        cp "$1" $name/$([ $name = app ] && echo files || echo usr)/bin/facts
done
printf '[Runtime]\\nname=org.example.Platform\\nruntime=org.example.Platform/%s/1\\nsdk=org.example.Platform/%s/1\\n' $arch $arch >runtime/metadata
printf '[Application]\\nname=org.example.App\\nruntime=org.example.Platform/%s/1\\nsdk=org.example.Platform/%s/1\\ncommand=facts\\n' $arch $arch >app/metadata
printf '[Context]\\nshared=network;\\nfilesystems=home;\\n' >>app/metadata
flatpak build-export --runtime repo runtime 1 >/dev/null
flatpak build-export repo app 1 >/dev/null
flatpak --user remote-add --no-gpg-verify here repo
flatpak --user install -y --noninteractive here org.example.App >/dev/null
for bwrap in bwrap "$2"; do
        FLATPAK_BWRAP=$(command -v $bwrap) flatpak --user run org.example.App /.flatpak-info >$(basename $bwrap).facts
done
"""

OPAM = """
set -e
mkdir -p opam/repo/packages/seen/seen.1
echo 'opam-version: "2.0"' >opam/repo/repo
cat >opam/repo/packages/seen/seen.1/opam <<'END'
opam-version: "2.0"
maintainer: "nobody"
build: [["sh" "-c" "echo built >seen; cat /proc/net/dev | wc -l >>seen; echo x >%{root}%/planted || echo closed >>seen"]]
install: [["sh" "-c" "mkdir -p %{share}% && cp seen %{share}%/seen && ! echo x >%{root}%/planted"]]
END
for bwrap in bwrap "$1"; do
        export OPAMROOT=$HOME/opam/$(basename $bwrap)
        export PATH=$HOME/opam/path:$PATH
        mkdir -p opam/path
        ln -sf $(command -v $bwrap) opam/path/bwrap
        opam init --bare --no-setup --no-opamrc -y here opam/repo
        opam switch create only --empty -y
        opam install -y seen
        ! test -e $OPAMROOT/planted
        cp $OPAMROOT/only/share/seen opam/$(basename $bwrap).seen
done
"""


def mounts(path):
    """What a flatpak shows: points, options and kinds; an instance's own number aside."""
    return sorted((" ".join("ID" if part.isdigit() and len(part) > 6 else part for part in line.split()[5].split("/")), line.split()[6],
                   line.partition(" - ")[2].split()[0]) for line in path.read_text().splitlines() if line.startswith("mount: "))


def flatpak(suite, ours):
    done = suite.run("dbus-run-session", "--", "bash", "-c", FLATPAK, "bash", suite.bin / "facts", ours, timeout=120)
    theirs, mine = suite.home / "bwrap.facts", suite.home / "oriel-bwrap.facts"
    if suite.ok(done.returncode == 0 and theirs.exists() and mine.exists(), "flatpak run, with a runtime and an app made here", done.stderr):
        suite.ok("path: /.flatpak-info" in mine.read_text() and mounts(theirs) == mounts(mine), "what the app sees is the same",
                 set(mounts(theirs)) ^ set(mounts(mine)))


def opam(suite, ours):
    """Its hook asks the PATH for bwrap, when it builds and when it installs."""
    done = suite.run("bash", "-c", OPAM, "bash", ours, timeout=120)
    theirs, mine = suite.home / "opam/bwrap.seen", suite.home / "opam/oriel-bwrap.seen"
    if suite.ok(done.returncode == 0 and theirs.exists() and mine.exists(), "opam builds and installs a package", done.stdout + done.stderr):
        theirs, mine = theirs.read_text().splitlines(), mine.read_text().splitlines()
        suite.ok(mine[0] == "built" and mine[-1] == "closed" and mine == theirs,
                 "opam: what the build sees of the machine is the same", f"{theirs} {mine}")


def thumbnails(suite, path):
    image = suite.home / "image.svg"
    image.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64"/></svg>\n')
    for who, environment in (("bwrap", {}), ("oriel-bwrap", {"PATH": f"{path}:{suite.env['PATH']}"})):
        done = suite.run("python3", "-c", THUMBNAIL, image.as_uri(), env=environment)
        suite.ok(done.stdout == "thumbnail\n", f"libgnome-desktop makes a thumbnail in {who}", done.stdout + done.stderr)


def icons(suite, ours):
    icon = next(pathlib.Path("/usr/share/icons/hicolor").glob("*/*/*.png"))
    for validator in VALIDATORS:
        name = pathlib.Path(validator).name
        if not os.access(validator, os.X_OK):
            suite.skip(name, "it is not installed")
            continue
        done = suite.run(validator, "--sandbox", "512", "512", icon, env={"FLATPAK_BWRAP": ours})
        suite.ok(done.returncode == 0 and "format=png" in done.stdout, f"{name} judges an icon", done.stdout + done.stderr)


def webkit(suite, ours):
    """It has the path of bwrap built in: ours is mounted there, in a mount namespace of the browser's own."""
    if not os.access(MINI_BROWSER, os.X_OK):
        suite.skip("WebKit", "there is no MiniBrowser")
        return
    # WebKit makes /var/tmp a link, so its home must not lie there, as the tests' does.
    home = pathlib.Path(tempfile.mkdtemp(prefix="oriel-webkit.", dir="/tmp"))
    page = home / "page.html"
    page.write_text("<html><head><title>seen-by-the-test</title></head><body>hello</body></html>\n")
    shown = suite.home / "display"
    with open(shown, "wb") as file:
        server = suite.start("Xvfb", "-displayfd", str(file.fileno()), "-screen", "0", "640x480x24", "-nolisten", "tcp", pass_fds=[file.fileno()])
    harness.wait_for(lambda: shown.read_text().endswith("\n"))
    display = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "DISPLAY": f":{shown.read_text().strip()}", "LIBGL_ALWAYS_SOFTWARE": "1", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
    browser = suite.start("unshare", "-rm", "sh", "-c", 'mount --bind "$1" /usr/bin/bwrap; shift; exec "$@"', "sh", ours,
                          "unshare", f"--map-user={os.getuid()}", f"--map-group={os.getgid()}",
                          "dbus-run-session", "--", MINI_BROWSER, "--enable-sandbox", page.as_uri(), env=display)
    seen = harness.wait_for(lambda: suite.run("xdotool", "search", "--name", "seen-by-the-test", env=display).returncode == 0, 60, 0.3)
    below = harness.descendants(browser.pid)
    names = {name for pid, (_, name, _, _) in harness.processes().items() if pid in below}
    suite.ok(seen and any(name.startswith("WebKitWebProc") for name in names) and "bwrap" in names,
             "WebKit shows a page from its sandbox", sorted(names))
    harness.end(browser)
    shutil.rmtree(home, ignore_errors=True)
    harness.end(server)


def main():
    suite = harness.Suite("bwrap-users", files=[pathlib.Path(sys.argv[1])], needs=["bwrap", "flatpak", "ostree", "dbus-run-session", "xdotool", "Xvfb", "opam"])
    ours = suite.stage / "bin/oriel-bwrap"
    path = suite.home / "path"
    path.mkdir()
    (path / "bwrap").symlink_to(ours)
    flatpak(suite, ours)
    opam(suite, ours)
    thumbnails(suite, path)
    icons(suite, ours)
    webkit(suite, ours)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
