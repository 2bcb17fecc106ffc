/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The planner's decisions, one a row: a profile, what else is on the invented host, and what the plan's text then holds
 * and does not hold, or the refusal.  Whole plans are in tests/golden. */
#include <glib.h>
#include <string.h>

#include "plan/check.h"
#include "plan/print.h"
#include "planner/planner.h"

static const char host[] = "[Host]\n"
                           "uid=1000\ngid=1000\nuser=anna\nhome=/home/anna\nruntime_dir=/run/user/1000\n"
                           "oriel_config=/home/anna/.config/oriel\noriel_data=/home/anna/.local/share/oriel\n"
                           "oriel_state=/home/anna/.local/state/oriel\noriel_runtime=/run/user/1000/oriel\n"
                           "cwd=/home/anna/src/notes\nprefix=/usr\nkernel_major=6\nkernel_minor=1\nlandlock_abi=2\n"
                           "[Paths]\n"
                           "/usr=directory;0;=\n/bin=symlink;0;/usr/bin;usr/bin\n/etc=directory;0;=\n"
                           "/etc/passwd=file;0;=\n/etc/resolv.conf=file;0;=\n"
                           "/home=directory;0;=\n/tmp=directory;0;=\n"
                           "/home/anna=directory;1000;=\n/home/anna/src=directory;1000;=\n"
                           "/home/anna/src/notes=directory;1000;=\n/home/anna/.config=directory;1000;=\n"
                           "/home/anna/.bashrc=file;1000;=\n/home/anna/.config/autostart=directory;1000;=\n"
                           "/home/anna/Downloads=directory;1000;=\n"
                           "[Directories]\ndownload=/home/anna/Downloads\n";

/* Lines to add to it. */
#define X_SOCKET "[Host]\nx_display=0\nx_socket=/tmp/.X11-unix/X0\nx_abstract=yes\nxauthority=/home/anna/.Xauthority\n"
#define X_SERVER X_SOCKET "[Programs]\nXephyr=/usr/bin/Xephyr\nopenbox=/usr/bin/openbox\n"
#define XVFB "[Programs]\nXvfb=/usr/bin/Xvfb\n"
#define BRIDGE XVFB "[Paths]\n/usr/libexec/oriel/oriel-xbridge=file;0;=\n"
#define WAYLAND "[Host]\nwayland_socket=/run/user/1000/wayland-1\n"
#define CONTEXT WAYLAND "[Host]\nwayland_contexts=yes\n[Paths]\n/usr/libexec/oriel/oriel-wayland-context=file;0;=\n"
#define XPRA XVFB "[Programs]\nxpra=/usr/bin/xpra\n"
#define NEW_KERNEL "[Host]\nlandlock_abi=6\n"
#define PRIVATE "[Paths]\n/home/anna/.mozilla=directory;1000;=\n/home/anna/.gnupg=directory;1000;=\n"
#define IMAGE(path, image)                                                                                             \
        "[Programs]\nunsquashfs=/usr/bin/unsquashfs\n[Paths]\n" path "=file;1000;=\n[Images]\n" path "=" image "\n"
#define INNER_BUS                                                                                                      \
        BUS "[Programs]\ndbus-daemon=/usr/bin/dbus-daemon\ngnome-keyring-daemon=/usr/bin/gnome-keyring-daemon\n"
#define BUS_A11Y BUS "[Host]\naccessibility_bus=/run/user/1000/at-spi/bus_0\n"
#define BUS "[Host]\nsession_bus=/run/user/1000/bus\nsystem_bus=/run/dbus/system_bus_socket\n"

static const char default_tree[] =
        "[Box keeper]\nkind=keeper\nunshare=user;mount;pid\n"
        "[Box semi/x]\nkind=semi\nparent=keeper\n"
        "unshare=user;mount;pid;net;ipc;uts;cgroup\nrun=xephyr;xbridge;xpra-client\n"
        "[Box semi/wayland]\nkind=semi\nparent=keeper\nunshare=user;mount;pid;net;ipc;uts;cgroup\nrun=wayland-context\n"
        "[Box semi/bus]\nkind=semi\nparent=keeper\n"
        "unshare=user;mount;pid;net;ipc;uts;cgroup\nrun=bus-proxy\n"
        "[Box semi/net]\nkind=semi\nparent=keeper\nunshare=user;mount;pid;ipc;uts;cgroup\nrun=net-proxy\n"
        "[Box inner]\nkind=inner\nparent=keeper\nunshare=mount;pid;net;ipc;uts;cgroup\n"
        "[Box "
        "companions]\nkind=companions\nparent=inner\nunshare=user;mount;pid\n"
        "run=xvfb;xbridge-agent;xpra;wm;session;panel;inner-bus;bus-split\n"
        "[Box app]\nkind=app\nparent=inner\nunshare=user;mount;pid\nrun=app\n";

static const char single_tree[] = "[Box keeper]\nkind=keeper\nunshare=user;mount;pid\n"
                                  "[Box app]\nkind=app\nparent=keeper\n"
                                  "unshare=user;mount;pid;net;ipc;uts;cgroup\nrun=app\n";

typedef struct Row {
        const char *path, *profile, *facts;
        const char *has[10], *lacks[6];
        const char *refused; /* else NULL */
        const char *tree;    /* NULL: the default */
        gboolean no_data;
} Row;

static const Row rows[] = {
        /* ---- Boxes ---- */
        { "/planner/bare", "", "",
          .has = { "box keeper", "box app (app) in keeper\n    own user mount pid net ipc uts cgroup",
                   "    tmpfs     /home/anna " },
          .lacks = { "semi/", "box inner", "companions", "DISPLAY", "DBUS", "note " } },
        { "/planner/single", "", "", .tree = single_tree, .has = { "own user mount pid net ipc uts cgroup" },
          .lacks = { "box inner" } },
        { "/planner/single-display", "[Context]\nsockets=x11\n", X_SERVER, .tree = single_tree,
          .has = { "note asked a display, given none: this tree has no box" }, .lacks = { "DISPLAY" } },
        { "/planner/single-bus", "[Session Bus Policy]\na.b=talk\n", BUS, .tree = single_tree,
          .has = { "note asked bus=filter, given none: this tree has no box" }, .lacks = { "DBUS" } },

        /* ---- Display ---- */
        { "/planner/display-not-asked", "[Display]\nmode=xephyr\n", X_SERVER, .lacks = { "DISPLAY", "note " } },
        { "/planner/display-xephyr", "[Context]\nsockets=x11\n", X_SERVER,
          .has = { "box inner", "run /usr/bin/Xephyr :77 -displayfd 3", "-extension GLX", "run /usr/bin/openbox",
                   "env DISPLAY=:77", "    bind      /tmp/.X11-unix/X0\n", "after xephyr wm" },
          .lacks = { "box app (app) in inner\n    own user mount pid net" } },
        { "/planner/display-same-number", "[Context]\nsockets=x11\n",
          X_SERVER "[Host]\nx_display=77\nx_socket=/tmp/.X11-unix/X77\n",
          .has = { "Xephyr :78 ", "env DISPLAY=:78", "env DISPLAY=:77" } },
        { "/planner/display-glx", "[Context]\nsockets=x11\n[Display]\nglx=yes\nsize=800x600\n", X_SERVER,
          .has = { "-screen 800x600 -title" }, .lacks = { "-extension GLX", "-resizeable" } },
        { "/planner/display-no-wm", "[Context]\nsockets=x11\n[Companions]\nwm=none\n", X_SERVER,
          .lacks = { "companions", "openbox" } },
        { "/planner/display-other-wm", "[Context]\nsockets=x11\n[Companions]\nwm=twm\n", X_SERVER,
          .has = { "note asked wm=twm, given none" }, .lacks = { "companions" } },
        { "/planner/display-no-xephyr", "[Context]\nsockets=x11\n", X_SOCKET,
          .has = { "note asked a display, given none: Xephyr is not installed" }, .lacks = { "DISPLAY=" } },
        { "/planner/display-xephyr-missing", "[Context]\nsockets=x11\n[Display]\nmode=xephyr\n", X_SOCKET,
          .refused = "mode=xephyr: Xephyr is not installed\nOn Debian: apt install xserver-xephyr" },
        { "/planner/display-none-there", "[Context]\nsockets=x11\n", "",
          .has = { "note asked a display, given none: there is no X server" }, .lacks = { "DISPLAY=" } },
        { "/planner/display-xephyr-none", "[Context]\nsockets=x11\n[Display]\nmode=xephyr\n", "",
          .refused = "profile:4: mode=xephyr: there is no X server on this machine (DISPLAY)\nStart it from" },
        { "/planner/display-host", "[Context]\nsockets=x11;wayland\n[Display]\nmode=host\n",
          X_SERVER "[Host]\nwayland_socket=/run/user/1000/wayland-1\n",
          .has = { "    bind      /tmp/.X11-unix/X0\n", "env DISPLAY=:0", "slot=xauth-host",
                   "env WAYLAND_DISPLAY=wayland-0", "note asked display=host, given the host's X display",
                   "from /run/user/1000/wayland-1" },
          .lacks = { "Xephyr", "xauth-inner", "semi/x" } },
        { "/planner/display-host-ipc", "[Context]\nsockets=x11\nshared=ipc\n[Display]\nmode=host\n", X_SERVER,
          .has = { "mount pid net uts cgroup" } },
        { "/planner/display-host-none", "[Context]\nsockets=x11\n[Display]\nmode=host\n", "",
          .refused = "mode=host: there is no display on this machine" },
        { "/planner/display-wayland", "[Context]\nsockets=wayland\n[Display]\nmode=wayland\n", CONTEXT,
          .has = { "box semi/wayland",
                   "run /run/oriel/bin/oriel-wayland-context serve --fd=3 --listen=4 --instance=5 "
                   "--socket=/run/oriel/wayland --app=org.example.Notes\n",
                   "fd 4 = slot wayland-listen\n", "fd 5 = slot instance-id\n", "death restart",
                   "/run/oriel/wayland-host from /run/user/1000/wayland-1\n", "slot=wayland-socket",
                   "env WAYLAND_DISPLAY=wayland-0", "after wayland-context" },
          .lacks = { "env DISPLAY=", "WAYLAND_SOCKET", "/run/user/1000/wayland-0 from", "note " } },
        { "/planner/display-wayland-unlabelled", "[Context]\nsockets=wayland\n[Display]\nmode=wayland\n",
          WAYLAND "[Paths]\n/usr/libexec/oriel/oriel-wayland-context=file;0;=\n",
          .refused = "profile:4: mode=wayland: the compositor does not tell boxed apps from others "
                     "(wp_security_context_v1)\nUse --display=auto" },
        { "/planner/display-wayland-not-installed", "[Context]\nsockets=wayland\n[Display]\nmode=wayland\n",
          WAYLAND "[Host]\nwayland_contexts=yes\n", .refused = "oriel-wayland-context is not installed" },
        { "/planner/display-wayland-none", "[Context]\nsockets=wayland\n[Display]\nmode=wayland\n", X_SERVER,
          .refused = "there is no Wayland compositor on this machine" },
        { "/planner/display-auto-wayland", "[Context]\nsockets=wayland;fallback-x11\n", X_SERVER BRIDGE CONTEXT,
          .has = { "box semi/wayland", "env WAYLAND_DISPLAY=wayland-0" }, .lacks = { "xvfb", "semi/x", "note " } },
        { "/planner/display-auto-both", "[Context]\nsockets=wayland;x11\n", X_SERVER BRIDGE CONTEXT,
          .has = { "box semi/wayland", "env WAYLAND_DISPLAY=wayland-0", "env DISPLAY=:77", "oriel-xbridge daemon" },
          .lacks = { "note ", "/run/user/1000/wayland-0 from" } },
        { "/planner/display-auto-no-x", "[Context]\nsockets=wayland;x11\n", CONTEXT,
          .has = { "box semi/wayland", "note asked x11 beside wayland, given wayland alone: there is no X server" },
          .lacks = { "env DISPLAY=" } },
        { "/planner/display-auto-unlabelled", "[Context]\nsockets=wayland\n",
          X_SERVER BRIDGE WAYLAND "[Paths]\n/usr/libexec/oriel/oriel-wayland-context=file;0;=\n",
          .has = { "env DISPLAY=:77",
                   "note asked wayland, given an X display of its own: the compositor does not tell" },
          .lacks = { "semi/wayland", "env WAYLAND_DISPLAY", "wayland-1" } },
        { "/planner/display-auto-no-wish", "[Context]\nsockets=x11\n", X_SERVER BRIDGE CONTEXT,
          .has = { "env DISPLAY=:77" }, .lacks = { "semi/wayland", "WAYLAND_DISPLAY", "wayland-1", "note " } },
        { "/planner/display-seamless", "[Context]\nsockets=x11\n[Display]\nmode=seamless\nborder=#112233\n",
          X_SOCKET BRIDGE "[Host]\nx_width=2560\nx_height=1440\n",
          .has = { "run /usr/bin/Xvfb :77 -displayfd 3 -auth /run/oriel/xauth -nolisten tcp -nolisten local -noreset "
                   "-s 0 "
                   "-screen 0 2560x1440x24 -extension GLX\n",
                   "run /run/oriel/bin/oriel-xbridge agent --fd=3 --link=4\n", "fd 4 = slot xlink-agent\n",
                   "--border=#112233 --class=org.example.Notes --instance=oriel-org.example.Notes --clipboard=ask "
                   "--primary=none\n",
                   "fd 4 = slot xlink-daemon\n", "death restart", "env DISPLAY=:77",
                   "after xbridge xvfb xbridge-agent" },
          .lacks = { "Xephyr", "note ",
                     "shared    /tmp/.X11-unix from x11 mode=1777 size=64KiB rw\n    bind      /tmp/.X" } },
        { "/planner/display-auto-seamless", "[Context]\nsockets=x11\n", X_SERVER BRIDGE,
          .has = { "-screen 0 1920x1080x24", "oriel-xbridge daemon --fd=3 --link=4 --mediator=5 --name=" },
          .lacks = { "Xephyr", "note " } },
        { "/planner/display-no-border", "[Context]\nsockets=x11\n[Display]\nborder=none\n", X_SERVER BRIDGE,
          .has = { "--border=#", "note asked border=none, given one" } },
        { "/planner/display-auto-no-xvfb", "[Context]\nsockets=x11\n", X_SERVER,
          .has = { "note asked a display, given xephyr: Xvfb is not installed", "run /usr/bin/Xephyr" } },
        { "/planner/display-seamless-no-bridge", "[Context]\nsockets=x11\n[Display]\nmode=seamless\n", X_SERVER XVFB,
          .has = { "note asked display=seamless, given xephyr: oriel-xbridge is not installed", "box semi/x" } },
        { "/planner/display-seamless-nothing", "[Context]\nsockets=x11\n[Display]\nmode=seamless\n", X_SOCKET,
          .refused = "mode=seamless: Xephyr is not installed" },
        { "/planner/display-glx-seamless", "[Context]\nsockets=x11\n[Display]\nglx=yes\n", X_SOCKET BRIDGE,
          .lacks = { "GLX" } },
        { "/planner/display-xpra", "[Context]\nsockets=x11\n[Display]\nmode=xpra\n",
          X_SOCKET XPRA "[Paths]\n/etc=directory;0;=\n/etc/xpra=directory;0;=\n",
          .has = { "run /usr/bin/xpra attach socket:///run/oriel/xpra", "--clipboard=no", "fd 3 = slot xpra-listen\n",
                   "    bind      /run/oriel/xpra slot=xpra-socket\n", "    mask      /etc/xpra\n",
                   "after xvfb xpra xpra-client" },
          .lacks = { "--clipboard=yes", "Xephyr", "note asked clipboard" } },
        { "/planner/display-xpra-clipboard",
          "[Context]\nsockets=x11\n[Display]\nmode=xpra\nclipboard=to-app\nprimary=to-app\n", X_SOCKET XPRA,
          .has = { "--clipboard=yes --clipboard-direction=to-server" }, .lacks = { "--clipboard=no", "to-client" } },
        { "/planner/display-xpra-one-rule", "[Context]\nsockets=x11\n[Display]\nmode=xpra\nclipboard=to-app\n",
          X_SOCKET XPRA, .has = { "note asked clipboard=to-app, given none: Xpra has one rule", "--clipboard=no" },
          .lacks = { "--clipboard=yes" } },
        { "/planner/display-xpra-missing", "[Context]\nsockets=x11\n[Display]\nmode=xpra\n", X_SERVER BRIDGE,
          .refused = "mode=xpra: xpra is not installed\nOn Debian: apt install xpra" },
        { "/planner/display-desktop", "[Context]\nsockets=x11\n[Display]\nmode=desktop\n",
          X_SERVER INNER_BUS "[Programs]\nicewm-session=/usr/bin/icewm-session\ntint2=/usr/bin/tint2\n",
          .has = { "run /usr/bin/Xephyr :77", "run /usr/bin/icewm-session\n",
                   "env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/oriel-inner/daemon",
                   "note asked display=desktop, given a session bus of its own" },
          .lacks = { "tint2", "bus-proxy" } },
        { "/planner/display-desktop-panel", "[Context]\nsockets=x11\n[Display]\nmode=desktop\n",
          X_SERVER "[Programs]\ntint2=/usr/bin/tint2\n",
          .has = { "run /usr/bin/openbox\n", "run /usr/bin/tint2\n", "after xephyr session panel" } },
        { "/planner/display-desktop-none", "[Context]\nsockets=x11\n[Display]\nmode=desktop\n[Companions]\nwm=none\n",
          X_SERVER, .has = { "run /usr/bin/Xephyr" }, .lacks = { "openbox", "companions" } },
        { "/planner/fallback-x11", "[Context]\nsockets=if:x11:!has-wayland\n", X_SERVER, .has = { "box semi/x" } },

        /* ---- Network ---- */
        { "/planner/network-host", "[Network]\nmode=host\n", "", .has = { "mount pid ipc uts cgroup" },
          .lacks = { "/etc/hosts", "content=\"\"", "landlock abstract" } },
        { "/planner/network-wish", "[Context]\nshared=network\n", "", .has = { "mount pid ipc uts cgroup" } },
        { "/planner/network-guarded", "[Context]\nshared=network\nsockets=x11\n", X_SERVER NEW_KERNEL,
          .has = { "mount pid ipc uts cgroup", "        landlock abstract\n" } },
        { "/planner/network-unguarded", "[Context]\nshared=network\nsockets=x11\n", X_SERVER,
          .has = { "mount pid net ipc", "note asked shared=network, given every public name and no more",
                   "--allow=*:*" },
          .lacks = { "landlock abstract" } },
        { "/planner/network-host-unguarded", "[Context]\nsockets=x11\n[Network]\nmode=host\n", X_SERVER,
          .has = { "mount pid net ipc", "note asked network=host, given every public name and no more" } },
        { "/planner/network-abstract", "[Network]\nmode=host\n", X_SERVER,
          .has = { "note asked network=host, given the host's network: without a Landlock scope" } },
        { "/planner/network-named", "[Context]\nshared=network\n[Network]\nmode=named\nallow=example.org\n", "",
          .has = { "mount pid net ipc", "box semi/net (semi) in keeper", "own user mount pid ipc uts cgroup",
                   "--allow=example.org", "route 198.18.0.0/15 to itself", "listen udp 127.0.0.1:53 = slot listen-dns",
                   "listen capture *:3129 = slot listen-all", "listen spare *:443 = slot listen-443",
                   "fd 4 = slot mediator-net", "http_proxy=http://127.0.0.1:3128" },
          .lacks = { "slots listen-", "listen spare *:9418", "listen birth" } },
        { "/planner/network-named-nothing", "[Network]\nmode=named\n", "",
          .has = { "note asked network=named, given a network without names" } },
        { "/planner/network-named-ports", "[Network]\nmode=named\nallow=a.org:22,8080;10.1.2.3:5\nask=b.org:*\n", "",
          .has = { "listen spare *:8080", "listen spare *:5 ", "listen spare *:9418", "route 10.1.2.3/32 to itself" } },
        { "/planner/network-ports-in", "[Network]\nmode=named\nports-in=3000;8000:80\n", "",
          .has = { "listen birth = slot listen-birth", "--birth=", "--port-in=3000:3000", "--port-in=8000:80" } },
        { "/planner/network-budget", "[Network]\nmode=named\nbudget=*.a.org=2K;*=1M/s\n", "",
          .has = { "--budget=*.a.org=2048", "--budget=*=1048576/s" } },
        { "/planner/network-ports-in-none", "[Network]\nports-in=3000\n", "",
          .has = { "note asked [Network] ports-in, given nothing for it" } },
        { "/planner/network-named-loopback", "[Network]\nmode=named\nallow=127.0.0.1:53;a.org:3128\n", "",
          .lacks = { "route 127", "slot listen-53", "slot listen-3128" } },
        { "/planner/network-group", "[Network]\nmode=named\nallow=@nothing;@npm\n", "",
          .has = { "note asked [Network] allow=@nothing, given nothing for it: there is no such group",
                   "--allow=@npm" },
          .lacks = { "--allow=@nothing" } },
        { "/planner/network-service", "[Network]\nmode=named\nhost-service=db:5432\n", "",
          .has = { "--host-service=db:5432", "listen spare *:5432" } },
        { "/planner/network-full", "[Network]\nmode=full\n", "",
          .has = { "note asked network=full, given every public name", "--allow=*:*" } },
        { "/planner/network-named-single", "[Network]\nmode=named\nallow=a.org\n", "", .tree = single_tree,
          .has = { "note asked network=named, given no network: this tree has no box" }, .lacks = { "listen " } },
        { "/planner/network-none", "[Context]\nshared=network\n[Network]\nmode=none\n", "",
          .has = { "mount pid net ipc", "/etc/resolv.conf content=\"\"" } },

        /* ---- Buses ---- */
        { "/planner/bus-filter", "[Session Bus Policy]\na.b=talk\nc.d.*=own\ne.f=see\ng.h=none\n", BUS,
          .has = { "unix:path=/run/oriel-host/session /run/oriel-bus/session --filter --guard --talk=a.b --own=c.d.* "
                   "--see=e.f "
                   "--own=org.example.Notes.*",
                   "env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/oriel-bus/session", "slots mediator-bus",
                   "/.flatpak-info content=\"[Application]\\x0aname=org.example.Notes\\x0a\\x0a[Instance]\\x0a"
                   "instance-id=195939070\\x0a\"" },
          .lacks = { "g.h", "system" } },
        { "/planner/bus-none", "[Companions]\nbus=none\n", BUS, .lacks = { "DBUS", "semi/bus" } },
        { "/planner/bus-rules",
          "[Session Bus Policy]\na.b=talk\n[Session Bus "
          "Rules]\na.b=call:a.b.C;broadcast:@/x;arg0:y;ask:a.b.D,arg0path=/z/"
          ";deny:a.b.E\nc.d=deny\ne.f=ask\ng.h=inner\n",
          INNER_BUS,
          .has = { "--filter --guard --call=a.b=a.b.C --broadcast=a.b=@/x --call=a.b=*,arg0=y "
                   "--ask=a.b=a.b.D,arg0path=/z/ "
                   "--deny=a.b=a.b.E --deny=c.d --ask=e.f --deny=g.h --own",
                   "--inner-name=g.h" },
          .lacks = { "--talk=a.b" } },
        { "/planner/bus-rule-inside-wider",
          "[Session Bus Policy]\na.b.*=talk\na.bc.*=talk\n[Session Bus Rules]\na.b.c=deny\n", BUS,
          .has = { "--filter --guard --talk=a.b.* --talk=a.bc.* --deny=a.b.c --own" }, .lacks = { "note " } },
        { "/planner/bus-warns", "[Session Bus Policy]\norg.freedesktop.Flatpak=talk\n", BUS,
          .has = { "note asked and given org.freedesktop.Flatpak" } },
        { "/planner/bus-portal", "[Session Bus Rules]\norg.freedesktop.portal.Desktop=call:*\n", BUS,
          .has = { "content=\"[Application]\\x0aname=org.example.Notes\\x0a\\x0a[Instance]\\x0ainstance-id="
                   "195939070\\x0a\" "
                   "mode=0444" } },
        { "/planner/bus-no-portal", "[Session Bus Policy]\na.b=talk\n", BUS,
          .lacks = { "instance-id=195939070\\x0a\" mode=0444" } },
        { "/planner/bus-abstract", "", "[Host]\nsession_bus_abstract=/tmp/dbus-x y\n",
          .has = { "unix:abstract=/tmp/dbus-x%20y /run/oriel-bus/session", "own user mount pid ipc uts cgroup" } },
        { "/planner/bus-host", "[Companions]\nbus=host\n", BUS,
          .has = { "/run/oriel/session-bus from /run/user/1000/bus",
                   "env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/oriel/session-bus", "note asked bus=host" },
          .lacks = { "semi/bus" } },
        { "/planner/bus-host-abstract", "[Companions]\nbus=host\n", "[Host]\nsession_bus_abstract=/x\n",
          .has = { "note asked bus=host, given none" }, .lacks = { "DBUS" } },
        { "/planner/bus-raw-socket", "[Context]\nsockets=session-bus\n", BUS,
          .has = { "--filter", "note asked sockets=session-bus, given a filtered one" } },
        { "/planner/bus-system", "[System Bus Policy]\norg.freedesktop.UPower=talk\n[Companions]\nbus=none\n", BUS,
          .has = { "unix:path=/run/oriel-host/system /run/oriel-bus/system --filter "
                   "--talk=org.freedesktop.UPower\n",
                   "symlink   /run/dbus/system_bus_socket -> /run/oriel-bus/system" },
          .lacks = { "DBUS_SESSION", "/run/oriel-host/session" } },
        { "/planner/bus-system-split", "[System Bus Policy]\na.b=talk\n[System Bus Rules]\nc.d.*=inner\n", INNER_BUS,
          .has = { "/run/oriel-bus/system --filter --talk=a.b --deny=c.d.*\n",
                   "run /usr/bin/dbus-daemon --config-file=/run/oriel/inner-system-bus.conf",
                   "unix:path=/run/oriel-bus/system /run/oriel-inner/system "
                   "--inner=unix:path=/run/oriel-inner/system-daemon --inner-name=c.d.*\n",
                   "symlink   /run/dbus/system_bus_socket -> /run/oriel-inner/system" },
          .lacks = { "oriel-inner/session", "--inner=unix:path=/run/oriel-inner/daemon" } },
        { "/planner/bus-system-inner", "[Companions]\nsystem-bus=inner\nbus=none\n", INNER_BUS,
          .has = { "symlink   /run/dbus/system_bus_socket -> /run/oriel-inner/system-daemon" },
          .lacks = { "oriel-dbus-proxy", "/run/oriel-host" } },
        { "/planner/accessibility", "[Context]\nsockets=x11\n", X_SERVER BUS_A11Y,
          .has = { "--accessibility=unix:path=/run/oriel-bus/accessibility",
                   "unix:path=/run/oriel-host/accessibility /run/oriel-bus/accessibility --filter --sloppy-names "
                   "--broadcast=org.a11y.atspi.Registry",
                   "env AT_SPI_BUS_ADDRESS=unix:path=/run/oriel-bus/accessibility" },
          .lacks = { "NO_AT_BRIDGE" } },
        { "/planner/accessibility-none", "[Context]\nsockets=x11\n[Companions]\naccessibility=none\n",
          X_SERVER BUS_A11Y, .has = { "env NO_AT_BRIDGE=1" }, .lacks = { "accessibility", "AT_SPI" } },
        { "/planner/accessibility-lacks", "[Context]\nsockets=x11\n[Accessibility Bus Policy]\na.b=talk\n",
          X_SERVER BUS,
          .has = { "env NO_AT_BRIDGE=1", "note asked accessibility=filter, given none: there is none on this machine" },
          .lacks = { "AT_SPI" } },
        { "/planner/accessibility-no-bus",
          "[Context]\nsockets=x11\n[Companions]\nbus=none\n[Accessibility Bus Policy]\na.b=talk\n", X_SERVER BUS_A11Y,
          .has = { "note asked accessibility=filter, given none: it comes with a filtered" },
          .lacks = { "AT_SPI", "semi/bus" } },
        { "/planner/accessibility-no-display", "", BUS_A11Y, .lacks = { "accessibility", "NO_AT_BRIDGE" } },
        { "/planner/bus-keyring", "[Companions]\nkeyring=host\n", BUS,
          .has = { "--call=org.freedesktop.secrets=org.freedesktop.Secret.Service.*@/*", "note asked keyring=host" },
          .lacks = { "--talk=org.freedesktop.secrets" } },
        { "/planner/bus-keyring-private", "[Companions]\nkeyring=private\n", INNER_BUS,
          .has = { "--deny=org.freedesktop.secrets", "run /usr/bin/dbus-daemon --config-file=/run/oriel/inner-bus.conf",
                   "--inner=unix:path=/run/oriel-inner/daemon --inner-name=org.freedesktop.secrets",
                   "env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/oriel-inner/session", "slot=keyring-secret",
                   "note asked keyring=private, given one beside the app's data" } },
        { "/planner/bus-keyring-no-data", "[Companions]\nkeyring=private\n", INNER_BUS, .no_data = TRUE,
          .has = { "note asked keyring=private, given none: this run has no data" }, .lacks = { "dbus-daemon" } },
        { "/planner/bus-keyring-portal", "[Companions]\nkeyring=portal\n", BUS,
          .has = { "--call=org.freedesktop.portal.Desktop=org.freedesktop.portal.Secret.*", "/.flatpak-info" },
          .lacks = { "dbus-daemon" } },
        { "/planner/bus-inner", "[Companions]\nbus=inner\n", INNER_BUS,
          .has = { "run /usr/bin/dbus-daemon", "env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/oriel-inner/daemon" },
          .lacks = { "semi/bus", "oriel-dbus-proxy" } },
        { "/planner/bus-inner-single", "[Companions]\nbus=inner\n", INNER_BUS, .tree = single_tree,
          .has = { "note asked bus=inner, given nothing for it: this tree has no box" }, .lacks = { "DBUS" } },
        { "/planner/bus-system-no-daemon", "[System Bus Rules]\na.b=inner\n", BUS,
          .has = { "note asked a.b=inner, given nothing for it: dbus-daemon is not installed", "--deny=a.b" } },

        /* ---- Home ---- */
        { "/planner/home-persistent", "[Files]\nhome=persistent\n", "",
          .has = { "    bind      /home/anna from /data/home beneath /data/home rw,create\n" } },
        { "/planner/home-persistent-no-data", "[Files]\nhome=persistent\n", "", .no_data = TRUE,
          .has = { "    tmpfs     /home/anna ", "note asked home=persistent, given an empty one" } },
        { "/planner/home-directory", "[Files]\nhome=~/src\n", "",
          .has = { "    bind      /home/anna from /home/anna/src beneath /home/anna/src rw,create\n" } },
        { "/planner/home-beside", "[Files]\nhome=${PROFILE_DIR}/h\n", "[Paths]\n/p/h=directory;1000;=\n",
          .has = { "    bind      /home/anna from /p/h beneath /p/h rw,create\n" } },
        { "/planner/home-own", "[Files]\nhome=~\n", "", .refused = "it is your home, or holds it" },
        { "/planner/home-missing", "[Files]\nhome=/none\n", "", .refused = "home=/none: there is no such directory" },
        { "/planner/persist", "[Context]\npersistent=.mozilla\n", "",
          .has = { "    bind      /home/anna/.mozilla from /data/home/.mozilla beneath /data/home "
                   "rw,create\n" } },
        { "/planner/persist-all", "[Context]\npersistent=.\n", "",
          .has = { "/home/anna from /data/home beneath /data/home rw,create\n" } },

        /* ---- Filesystems ---- */
        { "/planner/files-rw", "[Context]\nfilesystems=~/src\n", "", .has = { "    bind      /home/anna/src rw\n" } },
        { "/planner/files-ro", "[Context]\nfilesystems=~/src:ro\n", "", .has = { "    bind      /home/anna/src\n" } },
        { "/planner/files-xdg", "[Context]\nfilesystems=xdg-download\n", "",
          .has = { "    bind      /home/anna/Downloads rw\n" } },
        { "/planner/files-xdg-missing", "[Context]\nfilesystems=xdg-music;xdg-config/notes\n", "",
          .has = { "note asked filesystems=xdg-music, given nothing", "note asked filesystems=xdg-config/notes" } },
        { "/planner/files-missing", "[Context]\nfilesystems=~/none\n", "",
          .refused = "profile:2: filesystems=~/none: there is no /home/anna/none\nAdd :create" },
        { "/planner/files-optional", "[Context]\nfilesystems=~/none:ro:optional\n", "",
          .lacks = { "/home/anna/none", "note " } },
        { "/planner/files-create", "[Context]\nfilesystems=~/new/deep:create\n", "",
          .has = { "    bind      /home/anna/new/deep beneath /home/anna rw,create\n" } },
        { "/planner/files-create-behind-link", "[Context]\nfilesystems=~/l/deep:create\n",
          "[Paths]\n/home/anna/l=symlink;1000;/x;/x\n", .refused = "there is no /home/anna/l/deep" },
        { "/planner/files-link", "[Context]\nfilesystems=~/l\n",
          "[Paths]\n/home/anna/l=symlink;1000;/srv/real;/srv/real\n",
          .has = { "    bind      /home/anna/l from /srv/real rw\n" } },
        { "/planner/files-specific", "[Context]\nfilesystems=~/src/notes;~/src:ro\n", "",
          .has = { "    bind      /home/anna/src\n    bind      /home/anna/src/notes rw\n" } },
        { "/planner/files-negated", "[Context]\nfilesystems=~/src;!~/src/notes\n", "",
          .has = { "    mask      /home/anna/src/notes\n" } },
        { "/planner/files-negated-unseen", "[Context]\nfilesystems=!/opt/x\n", "", .lacks = { "/opt/x" } },
        { "/planner/files-shown-in-hidden", "[Context]\nfilesystems=~/src;!~/src/notes;~/src/notes/open:ro\n",
          "[Paths]\n/home/anna/src/notes/open=directory;1000;=\n",
          .has = { "    tmpfs     /home/anna/src/notes mode=0700", "    bind      /home/anna/src/notes/open\n",
                   "    read-only /home/anna/src/notes\n" } },
        { "/planner/files-system", "[Context]\nfilesystems=/usr/share;/etc;host-os;host-etc\n", "",
          .lacks = { "/usr/share", "note " } },
        { "/planner/files-root", "[Context]\nfilesystems=/\n", "[Paths]\n/=directory;0;=\n",
          .refused = "the whole root is never shown" },
        { "/planner/files-proc", "[Context]\nfilesystems=/proc/1\n", "[Paths]\n/proc/1=directory;0;=\n",
          .refused = "/proc, /sys and /dev are the box's own" },
        { "/planner/files-runtime", "[Context]\nfilesystems=/run/user/1000\n",
          "[Paths]\n/run/user/1000=directory;0;=\n", .refused = "this holds the sockets of the whole session" },
        { "/planner/files-link-to-runtime", "[Context]\nfilesystems=~/l\n",
          "[Paths]\n/home/anna/l=symlink;1000;/run/user/1000;/run/user/1000\n",
          .refused = "this holds the sockets of the whole session" },
        { "/planner/files-bus", "[Context]\nfilesystems=xdg-run/bus\n",
          BUS "[Paths]\n/run/user/1000/bus=socket;1000;=\n", .refused = "buses are given by [Companions]" },
        { "/planner/files-systemd", "[Context]\nfilesystems=xdg-run/systemd\n",
          "[Paths]\n/run/user/1000/systemd=directory;1000;=\n", .refused = "can start programs outside the box" },
        { "/planner/files-portals", "[Context]\nfilesystems=xdg-run/.flatpak/1\n",
          "[Paths]\n/run/user/1000/.flatpak/1=directory;1000;=\n", .refused = "portals learn there who an app is" },
        { "/planner/files-pipewire", "[Context]\nfilesystems=xdg-run/pipewire-0\n",
          "[Host]\npipewire_socket=/run/user/1000/pipewire-0\n[Paths]\n/run/user/1000/"
          "pipewire-0=socket;1000;=\n",
          .has = { "note asked PipeWire's socket, given nothing" }, .lacks = { "/run/user/1000/pipewire-0" } },
        { "/planner/files-x11", "[Context]\nfilesystems=/tmp/.X11-unix\n", "[Paths]\n/tmp/.X11-unix=directory;0;=\n",
          .refused = "displays are given by" },
        { "/planner/files-tmp", "[Context]\nfilesystems=/tmp\n", "",
          .has = { "    bind      /tmp rw\n", "    mask      /tmp/.X11-unix\n" } },
        { "/planner/files-tmp-display", "[Context]\nfilesystems=/tmp\nsockets=x11\n", X_SERVER,
          .has = { "    bind      /tmp rw\n    shared    /tmp/.X11-unix from x11" } },
        { "/planner/files-var-run", "[Context]\nfilesystems=/var/run/x\n", "[Paths]\n/var/run/x=directory;0;/run/x\n",
          .has = { "    bind      /run/x rw\n" } },
        { "/planner/files-mask", "[Context]\nfilesystems=~/src\n[Files]\nmask=~/src/key\n", "",
          .has = { "    mask      /home/anna/src/key\n" } },
        { "/planner/files-host", "[Context]\nfilesystems=host\n", "",
          .has = { "    bind      /home rw\n", "    bind      /home/anna rw\n", "note asked filesystems=host" } },
        { "/planner/files-host-not-home", "[Context]\nfilesystems=host;!home\n", "",
          .has = { "    bind      /home rw\n    tmpfs     /home/anna " } },

        /* ---- What no grant reaches ---- */
        { "/planner/protect-home", "[Context]\nfilesystems=home\n",
          "[Paths]\n/home/anna/.config/oriel=directory;1000;=\n",
          .has = { "    mask      /home/anna/.config/oriel\n", "    mask      /home/anna/.local/share/oriel\n",
                   "    bind      /home/anna/.bashrc pin\n", "    bind      /home/anna/.config/autostart pin\n",
                   "    bind      /home/anna/.local/share/applications beneath /home/anna create\n",
                   "note start-up files that you do not have could be made by this app" },
          .lacks = { "    bind      /home/anna/.config/oriel" } },
        { "/planner/protect-parents", "[Context]\nfilesystems=home\n", "",
          .has = { "    bind      /home/anna/.config rw,optional,pin\n",
                   "    bind      /home/anna/.local rw,optional,pin\n",
                   "    bind      /home/anna/.local/share rw,optional,pin\n" } },
        { "/planner/protect-missing", "[Context]\nfilesystems=home\n", "",
          .has = { "    bind      /home/anna/.config/oriel beneath /home/anna create\n",
                   "    mask      /home/anna/.config/oriel\n",
                   "    mask      /home/anna/.local/share/flatpak/overrides\n" } },
        { "/planner/protect-read-only", "[Context]\nfilesystems=home:ro\n", "",
          .has = { "    mask      /home/anna/.config/oriel\n" }, .lacks = { "pin", "create", "note " } },
        { "/planner/protect-config", "[Context]\nfilesystems=xdg-config\n", "",
          .has = { "    bind      /home/anna/.config/autostart pin\n", "    mask      /home/anna/.config/oriel\n" } },
        { "/planner/protect-link", "[Context]\nfilesystems=home\n",
          "[Paths]\n/home/anna/.bashrc=symlink;1000;/home/anna/dot/bashrc;dot/bashrc\n",
          .has = { "    bind      /home/anna/.bashrc rw,optional,pin\n", "    bind      /home/anna/dot/bashrc pin\n",
                   "    bind      /home/anna/dot rw,optional,pin\n" } },
        { "/planner/protect-linked-directory", "[Context]\nfilesystems=home\n",
          "[Paths]\n/home/anna/.config=symlink;1000;/home/anna/dot/config;dot/config\n"
          "/home/anna/.config/autostart=directory;1000;/home/anna/dot/config/autostart\n",
          .has = { "    bind      /home/anna/.config rw,optional,pin\n",
                   "    bind      /home/anna/dot/config rw,optional,pin\n",
                   "    bind      /home/anna/dot/config/autostart pin\n",
                   "    mask      /home/anna/dot/config/oriel\n" },
          .lacks = { "/home/anna/.config/autostart", "/home/anna/.config/oriel" } },
        { "/planner/protect-twice", "[Context]\nfilesystems=home;/srv/cfg\n",
          "[Paths]\n/srv/cfg=symlink;0;/home/anna/.config;/home/anna/.config\n",
          .has = { "    mask      /home/anna/.config/oriel\n", "    mask      /srv/cfg/oriel\n" } },
        { "/planner/home-of-oriel", "[Files]\nhome=~/.config/oriel/x\n",
          "[Paths]\n/home/anna/.config/oriel/x=directory;1000;=\n", .refused = "it holds Oriel's own files" },
        { "/planner/home-of-all", "[Files]\nhome=~/.config\n", "[Paths]\n/home/anna/.config=directory;1000;=\n",
          .refused = "it holds Oriel's own files" },
        { "/planner/protect-itself", "[Context]\nfilesystems=~/.config/autostart\n", "",
          .has = { "    bind      /home/anna/.config/autostart\n",
                   "note asked /home/anna/.config/autostart writable" } },
        { "/planner/protect-elsewhere", "[Context]\nfilesystems=~/.config/oriel\n",
          "[Paths]\n/home/anna/.config/oriel=directory;1000;=\n", .refused = "no grant reaches Oriel itself" },
        { "/planner/protect-above-home", "[Context]\nfilesystems=/home\n", "[Paths]\n/home/anna/.bashrc=file;1000;=\n",
          .has = { "    bind      /home rw\n", "    tmpfs     /home/anna " },
          .lacks = { "pin", "/home/anna/.bashrc", "note start-up" } },
        { "/planner/protect-moved", "[Context]\nfilesystems=home\n",
          "[Host]\noriel_config=/home/anna/cfg/oriel\noriel_data=/home/anna/data/oriel\n"
          "[Paths]\n/home/anna/cfg/autostart=directory;1000;=\n/home/anna/cfg=directory;1000;=\n",
          .has = { "    bind      /home/anna/cfg/autostart pin\n", "    bind      /home/anna/cfg rw,optional,pin\n",
                   "    bind      /home/anna/data/applications beneath /home/anna create\n" } },
        { "/planner/protect-create", "[Context]\nfilesystems=~/.config/oriel/overrides:create\n", "",
          .refused = "no grant reaches Oriel itself" },
        { "/planner/protect-covered",
          "[Context]\nfilesystems=~/.var/app/org.x.Y;~/.local/share/flatpak/overrides/x:create\n",
          "[Paths]\n/home/anna/.var/app/org.x.Y=directory;1000;=\n",
          .has = { "note asked filesystems=~/.var/app/org.x.Y, given nothing",
                   "note asked filesystems=~/.local/share/flatpak/overrides/x, given nothing" },
          .lacks = { "    bind      /home/anna/.var", "    bind      /home/anna/.local" } },
        { "/planner/protect-home-elsewhere", "[Files]\nhome=/srv/h\n[Context]\nfilesystems=/srv\n",
          "[Paths]\n/srv/h=directory;1000;=\n/srv=directory;0;=\n", .lacks = { "pin", "mask" } },

        /* ---- Workspace ---- */
        { "/planner/workspace", "[Files]\nworkspace=.:rw\n", "",
          .has = { "    bind      /home/anna/src/notes rw\n", "note workspace: /home/anna/src/notes, writable" } },
        { "/planner/workspace-ro", "[Files]\nworkspace=~/src:ro\n", "", .has = { "    bind      /home/anna/src\n" } },
        { "/planner/workspace-copy", "[Files]\nworkspace=.:copy\n", "",
          .has = { "    bind      /home/anna/src/notes from /home/anna/.local/state/oriel/changes/", "/copy beneath ",
                   " rw,create\n", "note workspace: a copy of /home/anna/src/notes" } },
        { "/planner/workspace-link", "[Files]\nworkspace=~/l\n",
          "[Paths]\n/home/anna/l=symlink;1000;/home/anna/src;src\n", .has = { "    bind      /home/anna/src rw\n" } },
        { "/planner/workspace-home", "[Files]\nworkspace=~\n", "",
          .refused = "/home/anna is refused: it is your home" },
        { "/planner/workspace-above", "[Files]\nworkspace=/home\n", "",
          .refused = "/home is refused: it is your home" },
        { "/planner/workspace-root", "[Files]\nworkspace=/\n", "[Paths]\n/=directory;0;=\n",
          .refused = "/ is refused: it is your home" },
        { "/planner/workspace-config", "[Files]\nworkspace=~/.config\n", "", .refused = "it holds Oriel's own files" },
        { "/planner/workspace-state", "[Files]\nworkspace=~/.config/oriel/x\n",
          "[Paths]\n/home/anna/.config/oriel/x=directory;1000;=\n", .refused = "it holds Oriel's own files" },
        { "/planner/workspace-cache", "[Files]\nworkspace=~/.cache\n", "[Paths]\n/home/anna/.cache=directory;1000;=\n",
          .refused = "settings and data of all your programs" },
        { "/planner/workspace-keys", "[Files]\nworkspace=~/.ssh\n", "[Paths]\n/home/anna/.ssh=directory;1000;=\n",
          .refused = "it holds keys" },
        { "/planner/workspace-git", "[Files]\nworkspace=~/src/.git/x\n",
          "[Paths]\n/home/anna/src/.git/x=directory;1000;=\n", .refused = "inside of a git repository" },
        { "/planner/workspace-foreign", "[Files]\nworkspace=/srv/x\n", "[Paths]\n/srv/x=directory;1001;=\n",
          .refused = "it is not yours" },
        { "/planner/workspace-system", "[Files]\nworkspace=/usr\n", "", .refused = "it belongs to the system" },
        { "/planner/workspace-link-home", "[Files]\nworkspace=/l\n", "[Paths]\n/l=symlink;1000;/home/anna;/home/anna\n",
          .refused = "/home/anna is refused" },
        { "/planner/workspace-missing", "[Files]\nworkspace=~/none\n", "",
          .refused = "there is no directory /home/anna/none" },
        { "/planner/workspace-file", "[Files]\nworkspace=~/.bashrc\n", "", .refused = "there is no directory" },

/* ---- The program ---- */
#define PROGRAM(command) "[Application]\ncommand=" command "\n[Files]\nprogram=auto\n"
        { "/planner/program-npm", PROGRAM("tool"),
          "[Commands]\ntool=/home/anna/n/lib/node_modules/@a/tool/node_modules/@a/tool-linux/bin/tool\n",
          .has = { "    bind      /home/anna/n/lib/node_modules/@a/tool\n",
                   "run /home/anna/n/lib/node_modules/@a/tool/node_modules/@a/tool-linux/bin/tool\n" } },
        { "/planner/program-npm-beside", PROGRAM("tool"),
          "[Commands]\ntool=/home/anna/p/node_modules/@a/tool/bin/tool\n",
          .has = { "    bind      /home/anna/p/node_modules\n" } },
        { "/planner/program-npm-of-workspace", PROGRAM("tool") "workspace=.\n",
          "[Commands]\ntool=/home/anna/src/notes/node_modules/a/tool\n",
          .has = { "run /home/anna/src/notes/node_modules/a/tool\n" },
          .lacks = { "bind      /home/anna/src/notes/node_modules" } },
        { "/planner/program-node", PROGRAM("tool"),
          "[Commands]\ntool=/home/anna/.nvm/versions/node/v20/lib/node_modules/a/cli.js;"
          "/home/anna/.nvm/versions/node/v20/bin/node\n"
          "[Paths]\n/home/anna/.nvm/versions/node/v20/bin/node=file;1000;=\n",
          .has = { "    bind      /home/anna/.nvm/versions/node/v20\n",
                   "env PATH=/home/anna/.nvm/versions/node/v20/bin:/usr/local/bin:" } },
        { "/planner/program-interpreter-linked", PROGRAM("/usr/local/bin/tool"),
          "[Commands]\n/usr/local/bin/tool=/usr/local/bin/tool;/home/anna/.local/bin/deno\n"
          "[Paths]\n/home/anna/.local/bin/deno=symlink;1000;/home/anna/d/deno;../../d/deno\n"
          "/home/anna/d/deno=file;1000;=\n",
          .has = { "    bind      /home/anna/.local/bin/deno from /home/anna/d/deno\n",
                   "    bind      /home/anna/d/deno\n", "env PATH=/home/anna/d:/usr/local/bin:" } },
        { "/planner/program-pipx", PROGRAM("tool"),
          "[Commands]\ntool=/home/anna/.local/share/pipx/venvs/tool/bin/tool;"
          "/home/anna/.local/share/pipx/venvs/tool/bin/python;venv\n[Paths]\n"
          "/home/anna/.local/share/pipx/venvs/tool/bin/python=symlink;1000;/home/anna/.pyenv/versions/3.11/bin/"
          "python3.11;x\n/home/anna/.pyenv/versions/3.11/bin/python3.11=file;1000;=\n",
          .has = { "    bind      /home/anna/.local/share/pipx/venvs/tool\n",
                   "    bind      /home/anna/.pyenv/versions/3.11\n" } },
        { "/planner/program-pip-user", PROGRAM("tool"),
          "[Commands]\ntool=/home/anna/.local/bin/tool;/usr/bin/python3\n[Paths]\n"
          "/usr/bin/python3=symlink;0;/usr/bin/python3.11;python3.11\n/usr/bin/python3.11=file;0;=\n"
          "/home/anna/.local/lib/python3.11=directory;1000;=\n",
          .has = { "    bind      /home/anna/.local/bin/tool\n", "    bind      /home/anna/.local/lib/python3.11\n" },
          .lacks = { "bind      /home/anna/.local/bin\n", "bind      /home/anna/.local\n", "from /usr/bin" } },
        { "/planner/program-one-of-many", PROGRAM("tool"), "[Commands]\ntool=/home/anna/.cargo/bin/tool\n",
          .has = { "    bind      /home/anna/.cargo/bin/tool\n" } },
        { "/planner/program-plain", PROGRAM("/home/anna/x/tool"), "[Commands]\n/home/anna/x/tool=/home/anna/x/tool\n",
          .has = { "    bind      /home/anna/x\n", "run /home/anna/x/tool\n" } },
        { "/planner/program-system", PROGRAM("ls"), "[Commands]\nls=/usr/bin/ls\n", .has = { "run ls\n" } },
        { "/planner/program-in-home", PROGRAM("/home/anna/tool"), "[Commands]\n/home/anna/tool=/home/anna/tool\n",
          .refused = "its directory /home/anna can't be shown" },
#undef PROGRAM
        { "/planner/path", "[Context]\nfilesystems=~/t:ro;~/t/w;~/gone:ro:optional;!~/t/h\n[Files]\nworkspace=.\n",
          "[Host]\nsearch=/home/anna/t/bin:/home/anna/t/w/bin:/home/anna/t/h:/home/anna/gone/bin:/home/anna/src/notes/"
          "bin:/home/anna/x:.:/usr/bin\n[Paths]\n/home/anna/t=directory;1000;=\n/home/anna/t/w=directory;1000;=\n"
          "/home/anna/t/h=directory;1000;=\n",
          .has = { "env PATH=/home/anna/t/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games\n" } },

        /* ---- Agents ---- */
        { "/planner/git-identity", "[Files]\nworkspace=.\ngit=commit\n",
          "[Host]\ngit_name=A \"B\"\ngit_email=a@b\n[Programs]\ngit=/usr/bin/git\n",
          .has = { "file      /run/oriel/gitconfig content=\"[user]\\x0a\\x09name = \"A \\\\\"B\\\\\"\"\\x0a\\x09email "
                   "= "
                   "\"a@b\"\\x0a\"",
                   "    file      /home/anna/.gitconfig content=\"[include]\\x0a\\x09path = "
                   "/run/oriel/gitconfig\\x0a\" mode=0644 optional\n" } },
        { "/planner/git-no-workspace", "[Files]\ngit=commit\n", "[Host]\ngit_name=A\n", .lacks = { "gitconfig" } },
        { "/planner/login", "[Files]\nhome=persistent\nlogin=.a/key;.b\n", "",
          .has = { "    bind      /run/oriel/login from /@login beneath / rw,create\n",
                   "    symlink   /home/anna/.a/key -> /run/oriel/login/.a,key optional\n",
                   "    symlink   /home/anna/.b -> /run/oriel/login/.b optional\n" } },
        { "/planner/login-no-data", "[Files]\nhome=persistent\nlogin=.a/key\n", "", .no_data = TRUE,
          .lacks = { "/run/oriel/login" } },
        { "/planner/cache", "[Files]\ncache=~/.cache/pip;~/.gone;~/.local/share/flatpak/overrides\n",
          "[Paths]\n/home/anna/.cache/pip=directory;1000;=\n/home/anna/.local/share/flatpak/"
          "overrides=directory;1000;=\n",
          .has = { "    overlay   /home/anna/.cache/pip of /home/anna/.cache/pip changes in /data/overlay/",
                   "size=1GiB rw,optional,create\n" },
          .lacks = { ".gone", "flatpak", "note changes" } },

        /* ---- Devices, sockets ---- */
        { "/planner/device-dri", "[Context]\ndevices=dri\n",
          "[Paths]\n/dev/dri=directory;0;=\n/dev/nvidiactl=device;0;=\n/sys/dev=directory;0;=\n",
          .has = { "    bind      /dev/dri device\n", "    bind      /dev/nvidiactl device\n",
                   "    bind      /sys/dev\n", "note asked devices=dri, given the graphics card" },
          .lacks = { "/dev/kfd", "/dev/kvm", "drawn by the processor" } },
        { "/planner/device-dri-none", "[Context]\ndevices=dri\n", "", .lacks = { "note asked devices=dri" } },
        { "/planner/device-dri-isolated", "[Context]\ndevices=dri\nsockets=x11\n",
          X_SERVER "[Paths]\n/dev/dri=directory;0;=\n", .has = { "drawn by the processor all the same" } },
        { "/planner/device-none", "", "[Paths]\n/dev/dri=directory;0;=\n", .lacks = { "/dev/dri", "/sys" } },
        { "/planner/device-all", "[Context]\ndevices=all\n", "",
          .has = { "    bind      /dev device\n    devpts    /dev/pts\n    tmpfs     /dev/shm",
                   "note asked devices=all" } },
        { "/planner/socket-agents", "[Context]\nsockets=ssh-auth;gpg-agent;pcsc;cups\n",
          "[Host]\nssh_auth_socket=/tmp/ssh-x/agent.1\ngpg_agent_socket=/run/user/1000/gnupg/S.gpg-agent\n"
          "pcsc_socket=/run/pcscd/pcscd.comm\ncups_socket=/run/cups/cups.sock\n",
          .has = { "/run/oriel/ssh-auth from /tmp/ssh-x/agent.1\n", "env SSH_AUTH_SOCK=/run/oriel/ssh-auth",
                   "    bind      /run/user/1000/gnupg/S.gpg-agent\n",
                   "env PCSCLITE_CSOCK_NAME=", "env CUPS_SERVER=" } },
        { "/planner/socket-missing", "[Context]\nsockets=ssh-auth;pulseaudio\n", "",
          .has = { "note asked sockets=ssh-auth, given nothing", "note asked sockets=pulseaudio, given nothing" },
          .lacks = { "PULSE", "SSH_AUTH_SOCK" } },
        { "/planner/socket-pulse", "[Context]\nsockets=pulseaudio\n", "[Host]\npulse_socket=/tmp/p\n",
          .has = { "/run/user/1000/pulse/native from /tmp/p\n", "env PULSE_SERVER=unix:/run/user/1000/pulse/native",
                   "note asked sockets=pulseaudio, given the sound server's socket" } },

        /* ---- Private files ---- */
        { "/planner/private", "[Context]\nfilesystems=home;\n", PRIVATE,
          .has = { "    mask      /home/anna/.mozilla\n", "    mask      /home/anna/.gnupg\n",
                   "note private, so hidden within what is shown: /home/anna/.gnupg /home/anna/.mozilla (" },
          .lacks = { ".kube" } },
        { "/planner/private-named", "[Context]\nfilesystems=home;~/.mozilla;~/.gnupg/pub:ro\n",
          PRIVATE "[Paths]\n/home/anna/.gnupg/pub=file;1000;=\n",
          .has = { "    tmpfs     /home/anna/.gnupg mode=0700", "    bind      /home/anna/.gnupg/pub\n",
                   "    bind      /home/anna/.mozilla rw\n" },
          .lacks = { "mask      /home/anna/.mozilla", "mask      /home/anna/.gnupg" } },
        { "/planner/private-lifted", "[Context]\nfilesystems=home\n[Files]\nprivate=!~/.mozilla\n", PRIVATE,
          .has = { "    mask      /home/anna/.gnupg\n" }, .lacks = { "/home/anna/.mozilla" } },
        { "/planner/private-more", "[Context]\nfilesystems=~/src\n[Files]\nprivate=~/src/notes;~/Downloads\n", PRIVATE,
          .has = { "    mask      /home/anna/src/notes\n" }, .lacks = { "/home/anna/Downloads", ".gnupg" } },
        { "/planner/private-link", "[Context]\nfilesystems=home\n",
          "[Paths]\n/home/anna/.ssh=symlink;1000;/home/anna/keys;keys\n/home/anna/keys=directory;1000;=\n",
          .has = { "    mask      /home/anna/keys\n" } },
        { "/planner/private-overlay", "[Files]\noverlay=~/src\nprivate=~/src/notes\n", "",
          .has = { "    overlay   /home/anna/src of", "    mask      /home/anna/src/notes\n" } },
        { "/planner/private-workspace", "[Files]\nworkspace=.\nprivate=~/src/notes\n", "",
          .lacks = { "mask      /home/anna/src/notes" } },

        /* ---- Overlays ---- */
        { "/planner/overlay", "[Context]\nfilesystems=~/src;\n[Files]\noverlay=~/src/notes\n", "",
          .has = { "    overlay   /home/anna/src/notes of /home/anna/src/notes changes in "
                   "/data/overlay/",
                   "/work beneath /data rw,create\n", "note changes in /home/anna/src/notes are kept apart" } },
        { "/planner/overlay-forgotten", "[Files]\noverlay=~/src/notes\n", "", .no_data = TRUE,
          .has = { "    overlay   /home/anna/src/notes of /home/anna/src/notes size=1GiB rw\n",
                   "note changes in /home/anna/src/notes are kept in memory" } },
        { "/planner/overlay-workspace", "[Files]\nworkspace=.:overlay\n", "",
          .has = { "    overlay   /home/anna/src/notes of", " changes in /home/anna/.local/state/oriel/changes/",
                   "note workspace: /home/anna/src/notes, changes kept apart; see them: oriel diff" },
          .lacks = { "given read-only" } },
        { "/planner/overlay-over-workspace", "[Files]\nworkspace=.:rw\noverlay=~/src/notes\n", "",
          .has = { "    overlay   /home/anna/src/notes of" }, .lacks = { "    bind      /home/anna/src/notes" } },
        { "/planner/overlay-taken-back", "[Files]\noverlay=!~/src/notes\n", "", .lacks = { "overlay" } },
        { "/planner/overlay-gone", "[Files]\noverlay=~/none\n", "", .refused = "there is no such directory" },
        { "/planner/overlay-home", "[Files]\noverlay=~\n", "",
          .refused = "profile:2: overlay=~: the place where changes are kept lies in it" },
        { "/planner/overlay-proc", "[Files]\noverlay=/proc\n", "[Paths]\n/proc=directory;0;=\n",
          .refused = "overlay=/proc: /proc, /sys and /dev are the box's own" },
        { "/planner/overlay-covered", "[Files]\noverlay=~/.var/app/x\n",
          "[Paths]\n/home/anna/.var/app/x=directory;1000;=\n", .refused = "it belongs to another sandbox" },

        /* ---- Images ---- */
        { "/planner/image", "[Files]\nappimage=~/App image;\n", IMAGE("/home/anna/App image", "found;1000;2000000"),
          .has = { "box semi/image-1 (semi) in keeper\n    own user mount pid net ipc uts cgroup\n",
                   "    bind      /run/image from \"/home/anna/App image\"\n",
                   "    shared    /run/unpacked from image-1 mode=0755 size=64MiB rw\n",
                   "run /usr/bin/unsquashfs -no-progress -quiet -no-xattrs -processors 2 -offset 1000 -force -dest "
                   "/run/unpacked /run/image\n",
                   "ready exit within 300000 ms", ", after image-1\n",
                   "    shared    /run/oriel/appimage/App_image from image-1 mode=0755 size=64MiB\n",
                   "note image /home/anna/App image: unpacked into memory, 64 MiB at most" },
          .lacks = { "APPDIR", "AppRun" } },
        { "/planner/image-two", "[Files]\nappimage=~/a;~/a;~/b/a\n",
          IMAGE("/home/anna/a", "found;0;1") IMAGE("/home/anna/b/a", "found;0;1"),
          .has = { "/run/oriel/appimage/a from image-1 ", "/run/oriel/appimage/1-a from image-2 " },
          .lacks = { "image-3" } },
        { "/planner/image-large", "[Files]\nappimage=~/a\n", IMAGE("/home/anna/a", "found;0;209715200"),
          .has = { "size=1600MiB" } },
        { "/planner/image-huge", "[Files]\nappimage=~/a\n", IMAGE("/home/anna/a", "found;0;9999999999"),
          .has = { "size=4GiB" } },
        { "/planner/image-mounted", "[Application]\ncommand=/home/anna/a\n",
          "[Host]\nfuse=yes\n[Programs]\nsquashfuse_ll=/usr/bin/squashfuse_ll\n" IMAGE("/home/anna/a", "found;77;9"),
          .has = { "    fuse      /run/oriel/appimage/a slot=fuse-image-1\n",
                   "run /usr/bin/squashfuse_ll -f -s -o offset=77 /run/image /dev/fd/3\n",
                   "        fd 3 = slot fuse-image-1\n", "run /run/oriel/appimage/a/AppRun\n", ", after image-1\n",
                   "note image /home/anna/a: mounted by squashfuse" },
          .lacks = { "unsquashfs", "/run/unpacked", "slots fuse" } },
        { "/planner/image-no-squashfuse", "[Files]\nappimage=~/a\n",
          "[Host]\nfuse=yes\n" IMAGE("/home/anna/a", "found;0;9"), .has = { "run /usr/bin/unsquashfs" },
          .lacks = { "    fuse " } },
        { "/planner/image-command", "[Application]\ncommand=/home/anna/a\n[Files]\nprogram=auto\n",
          IMAGE("/home/anna/a", "found;0;1"),
          .has = { "run /run/oriel/appimage/a/AppRun\n", "env APPDIR=/run/oriel/appimage/a\n",
                   "env ARGV0=/home/anna/a\n" },
          .lacks = { "bind      /home/anna" } },
        { "/planner/image-single", "[Application]\ncommand=/home/anna/a\n", IMAGE("/home/anna/a", "found;0;1"),
          .tree = single_tree, .has = { "box semi/image-1", "box app (app) in keeper" } },
        { "/planner/image-taken-back", "[Files]\nappimage=!~/a\n", IMAGE("/home/anna/a", "found;0;1"),
          .lacks = { "image-1" } },
        { "/planner/image-none", "[Files]\nappimage=~/a\n", IMAGE("/home/anna/a", "none;0;0"),
          .refused = "profile:2: appimage=~/a: it is no AppImage" },
        { "/planner/image-type-1", "[Application]\ncommand=/home/anna/a\n", IMAGE("/home/anna/a", "type-1;0;0"),
          .refused = "/home/anna/a: it is an AppImage of type 1" },
        { "/planner/image-cut", "[Files]\nappimage=~/a\n", IMAGE("/home/anna/a", "cut;0;0"),
          .refused = "ends before its file system does" },
        { "/planner/image-broken", "[Files]\nappimage=~/a\n", IMAGE("/home/anna/a", "broken;0;0"),
          .refused = "headers can't be right" },
        { "/planner/image-gone", "[Files]\nappimage=~/none\n", "",
          .refused = "appimage=~/none: there is no such file" },
        { "/planner/image-unreadable", "[Files]\nappimage=~/a\n", "[Paths]\n/home/anna/a=file;0;=\n",
          .refused = "appimage=~/a: it can't be read" },
        { "/planner/image-of-oriel", "[Files]\nappimage=~/.config/oriel/a\n",
          IMAGE("/home/anna/.config/oriel/a", "found;0;1"), .refused = "no grant reaches Oriel itself" },
        { "/planner/image-no-tool", "[Files]\nappimage=~/a\n",
          "[Paths]\n/home/anna/a=file;1000;=\n[Images]\n/home/anna/a=found;0;1\n",
          .refused = "unsquashfs, which unpacks images, is not installed" },

        /* ---- Environment, filter, limits ---- */
        { "/planner/environment", "[Environment]\nA=1\nEMPTY=\nLANG=C\n[Context]\nunset-environment=TERM\n",
          "[Environment]\nTERM=xterm\nLANG=de\nGTK_THEME=dark\nSHELL=/bin/zsh\n",
          .has = { "env A=1\n", "env EMPTY=\n", "env LANG=C\n", "env SHELL=/bin/zsh\n" },
          .lacks = { "TERM", "LANG=de", "GTK_THEME" } },
        { "/planner/nested", "[Oriel]\nnested=yes\n", "", .has = { "stdio caller, seccomp nested" } },
        { "/planner/nested-limited", "[Oriel]\nnested=limited\n", "", .has = { "seccomp limited" },
          .lacks = { "note asked nested" } },
        { "/planner/strict-limited", "[Seccomp]\nprofile=strict\n[Oriel]\nnested=limited\n", "",
          .has = { "seccomp limited", "note asked seccomp profile=strict beside nested=limited" } },
        { "/planner/seccomp-free", "[Seccomp]\nallow=kcmp;process_vm_readv;uname\n", "",
          .has = { "        seccomp allow kcmp process_vm_readv uname\n" }, .lacks = { "thinner", "seccomp deny" } },
        { "/planner/seccomp-flagged", "[Seccomp]\nprofile=strict\nallow=io_uring_setup;kcmp\ndeny=uname;!read\n", "",
          .has = { "        seccomp allow io_uring_setup kcmp\n        seccomp deny uname\n",
                   "note [Seccomp] allow=io_uring_setup (profile:3) makes a wall thinner: opens and connects" },
          .lacks = { "allow=kcmp" } },
        { "/planner/seccomp-never", "[Seccomp]\nallow=keyctl\n", "",
          .refused = "[Seccomp] allow=keyctl (profile:2): refused: the kernel's keyrings" },
        { "/planner/seccomp-mount", "[Seccomp]\nallow=mount\n[Oriel]\nnested=limited\n", "",
          .refused = "nested=yes is what gives a program mounts of its own" },
        { "/planner/seccomp-mount-nested", "[Seccomp]\nallow=mount\n[Oriel]\nnested=yes\n", "",
          .has = { "seccomp allow mount\n" }, .lacks = { "thinner" } },
        { "/planner/seccomp-deny-exec", "[Seccomp]\ndeny=execve\n", "",
          .refused = "[Seccomp] deny=execve (profile:2): refused" },
        { "/planner/landlock-files", "", "[Host]\nlandlock_abi=2\n", .has = { "        landlock files\n" } },
        { "/planner/landlock-old", "", "[Host]\nlandlock_abi=1\n", .lacks = { "landlock" } },
        { "/planner/landlock-nested", "[Oriel]\nnested=yes\n", "[Host]\nlandlock_abi=7\n", .lacks = { "landlock" } },
        { "/planner/landlock-limited", "[Oriel]\nnested=limited\n", "[Host]\nlandlock_abi=7\n",
          .lacks = { "landlock" } },
        { "/planner/ports", "[Network]\nconnect-ports=443;80\nbind-ports=none\n", "[Host]\nlandlock_abi=4\n",
          .has = { "        landlock files\n        landlock connect\n        landlock bind\n"
                   "        connect port 443\n        connect port 80\n" },
          .lacks = { "bind port" } },
        { "/planner/ports-old", "[Network]\nconnect-ports=443\n", "[Host]\nlandlock_abi=3\n",
          .has = { "note asked [Network] connect-ports, given nothing: this kernel's Landlock knows no TCP" },
          .lacks = { "landlock connect", "connect port" } },
        { "/planner/budget", "[Limits]\nmemory=1G\ncpu=50%\npids=20\n", "[Host]\ncgroup=/sys/fs/cgroup/user\n",
          .has = { "all together memory size=1GiB\nall together processes 20\nall together processor 50%\n",
                   "optional slots cgroup stdin", "limit nproc = 20\n" },
          .lacks = { "limit data", "note asked [Limits]" } },
        { "/planner/budget-scope", "[Limits]\ncpu=150%\n", "[Host]\nsystemd_socket=/run/user/1000/systemd/private\n",
          .has = { "all together processor 150%\n" }, .lacks = { "note asked [Limits]" } },
        { "/planner/budget-none", "[Limits]\nmemory=1G\n", "",
          .has = { "limit data = 1073741824\n", "note asked [Limits] memory, given to each process by itself" },
          .lacks = { "all together", "optional slots cgroup" } },
        { "/planner/core", "[Limits]\ncore=yes\n", "", .lacks = { "limit core" } },
        { "/planner/mdwe", "[Seccomp]\nmdwe=yes\n", "[Host]\nkernel_major=6\nkernel_minor=3\n",
          .has = { "        mdwe\n" } },
        { "/planner/mdwe-old", "[Seccomp]\nmdwe=yes\n", "[Host]\nkernel_major=6\nkernel_minor=1\n",
          .refused = "[Seccomp] mdwe=yes (profile:2): this kernel (6.1) cannot hold it" },
        { "/planner/strict", "[Seccomp]\nprofile=strict\n", "", .has = { "seccomp strict" } },
        { "/planner/strict-nested", "[Seccomp]\nprofile=strict\n[Oriel]\nnested=yes\n", "",
          .has = { "seccomp nested", "note asked seccomp profile=strict" } },
        { "/planner/limits", "[Limits]\nfiles=100\npids=20\nmemory=1M\ntime=2m\ndisk=4K\ncpu=50%\n", "",
          .has = { "limit nofile = 100\n", "limit nproc = 20\n", "limit data = 1048576\n", "ends after 120 s\n",
                   "limit core = 1\n", "limit fsize = 4096\n", "note asked [Limits] cpu, given nothing" } },
        { "/planner/unused", "[Oriel]\nsingle=yes\n[Network]\nmode=none\nports-in=8080\nallow=a.org\n", "",
          .has = { "note asked [Oriel] single, given nothing", "note asked [Network] ports-in, given nothing",
                   "note asked [Network] allow, given nothing for it: the mode is not named" } },
};

static HostFacts *facts_of(const Row *row)
{
        g_autofree char *text = g_strconcat(host, row->facts, NULL);
        g_autoptr(GError) error = NULL;
        HostFacts *facts = host_facts_parse(text, strlen(text), "facts", &error);

        g_assert_no_error(error);
        return facts;
}

static PlanRequest request_of(const Row *row, const Profile *profile)
{
        static const char *const shell[] = { "sh", NULL };

        return (PlanRequest){
                .profile = profile,
                .id = "0badcafe",
                .app_id = "org.example.Notes",
                .data_dir = row->no_data ? NULL : "/data/home",
                .profile_dir = "/p",
                .argv = profile_is_set(profile, PROFILE_APPLICATION_COMMAND) ? NULL : shell,
                .template_text = row->tree == NULL ? default_tree : row->tree,
                .template_label = "tree",
                .wait = TRUE,
        };
}

/* Adds to wanted a path, and what it leads to: both are gathered. */
static void want(GHashTable *wanted, const HostFacts *facts, const char *path)
{
        const FactsPath *found = host_facts_path(facts, path);

        g_hash_table_add(wanted, g_strdup(path));
        if (found != NULL && found->kind == FACTS_PATH_SYMLINK && found->canonical != NULL)
                g_hash_table_add(wanted, g_strdup(found->canonical));
}

/* What is gathered with a command that has one. */
static void want_interpreter(GHashTable *wanted, const HostFacts *facts, const char *path)
{
        const FactsPath *found = host_facts_path(facts, path);
        g_autofree char *name =
                found == NULL || found->canonical == NULL ? g_strdup("none") : g_path_get_basename(found->canonical);

        want(wanted, facts, path);
        g_hash_table_add(wanted, g_build_filename(facts->home, ".local/lib", name, NULL));
}

/* Leaves only what planner_wants() asks for. */
static void forget_unwanted(const PlanRequest *request, HostFacts *facts)
{
        g_autoptr(PlannerWants) wants = planner_wants(request, facts);
        g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        GHashTableIter iter;
        gpointer name, path, command;

        g_hash_table_iter_init(&iter, wants->paths);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                want(wanted, facts, name);
        g_hash_table_iter_init(&iter, facts->programs);
        while (g_hash_table_iter_next(&iter, &name, &path)) {
                if (g_hash_table_contains(wants->programs, name))
                        want(wanted, facts, path);
                else
                        g_hash_table_iter_remove(&iter);
        }
        g_hash_table_iter_init(&iter, facts->commands);
        while (g_hash_table_iter_next(&iter, &name, &command))
                if (!g_hash_table_contains(wants->commands, name))
                        g_hash_table_iter_remove(&iter);
                else if (((FactsCommand *)command)->interpreter != NULL)
                        want_interpreter(wanted, facts, ((FactsCommand *)command)->interpreter);
        g_hash_table_iter_init(&iter, facts->paths);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                if (!g_hash_table_contains(wanted, name))
                        g_hash_table_iter_remove(&iter);
        g_hash_table_iter_init(&iter, facts->images);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                if (!g_hash_table_contains(wants->images, name))
                        g_hash_table_iter_remove(&iter);
}

static char *plan_text(const PlanRequest *request, const HostFacts *facts)
{
        g_autoptr(GError) error = NULL;
        CLEANUP(plan_freep) Plan *plan = planner_plan(request, facts, &error);
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        g_assert_true((plan == NULL) == (error != NULL));
        if (plan == NULL)
                return g_strdup_printf("refused: %s", error->message);
        plan_print(plan, &text);
        return g_strdup(buffer_text(&text));
}

static void test_row(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(GError) error = NULL;
        g_autoptr(Profile) profile = profile_parse(row->profile, strlen(row->profile), "profile", &error);
        g_autoptr(HostFacts) facts = facts_of(row);
        g_autofree char *text = NULL, *again = NULL;
        PlanRequest request;

        g_assert_no_error(error);
        request = request_of(row, profile);
        text = plan_text(&request, facts);
        g_test_message("%s", text);
        g_assert_true(g_str_has_prefix(text, "refused: ") == (row->refused != NULL));
        if (row->refused != NULL)
                g_assert_nonnull(strstr(text, row->refused));
        for (gsize i = 0; i < G_N_ELEMENTS(row->has) && row->has[i] != NULL; i++)
                if (strstr(text, row->has[i]) == NULL)
                        g_error("lacks: %s", row->has[i]);
        for (gsize i = 0; i < G_N_ELEMENTS(row->lacks) && row->lacks[i] != NULL; i++)
                if (strstr(text, row->lacks[i]) != NULL)
                        g_error("has: %s", row->lacks[i]);
        forget_unwanted(&request, facts);
        again = plan_text(&request, facts);
        g_assert_cmpstr(text, ==, again);
}

/* The same in gives the same out, and a run without waiting has no terminal. */
static void test_no_wait(void)
{
        static const Row row = { .profile = "", .facts = "" };
        g_autoptr(Profile) profile = profile_new();
        g_autoptr(HostFacts) facts = facts_of(&row);
        PlanRequest request = request_of(&row, profile);
        g_autofree char *first = plan_text(&request, facts), *second = plan_text(&request, facts), *third = NULL;

        g_assert_cmpstr(first, ==, second);
        request.wait = FALSE;
        third = plan_text(&request, facts);
        g_assert_nonnull(strstr(third, "stdio log"));
}

static void test_no_command(void)
{
        static const Row row = { .profile = "", .facts = "" };
        g_autoptr(Profile) profile = profile_new();
        g_autoptr(HostFacts) facts = facts_of(&row);
        PlanRequest request = request_of(&row, profile);
        g_autoptr(GError) error = NULL;

        request.argv = NULL;
        g_assert_null(planner_plan(&request, facts, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/planner/no-wait", test_no_wait);
        g_test_add_func("/planner/no-command", test_no_command);
        return g_test_run();
}
