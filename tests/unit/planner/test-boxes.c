/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees that a profile writes itself: what comes of them, and each that is refused, with the whole message. */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/print.h"
#include "planner/planner.h"

static const char host[] = "[Host]\nuid=1000\ngid=1000\nuser=anna\nhome=/home/anna\nruntime_dir=/run/user/1000\n"
                           "oriel_config=/home/anna/.config/oriel\noriel_data=/home/anna/.local/share/oriel\n"
                           "oriel_state=/home/anna/.local/state/oriel\noriel_runtime=/run/user/1000/oriel\n"
                           "cwd=/home/anna\nprefix=/usr\nkernel_major=6\nkernel_minor=1\nuser_namespaces=yes\n"
                           "x_display=0\nx_socket=/tmp/.X11-unix/X0\nsession_bus=/run/user/1000/bus\n"
                           "subuid=100000\nn_subuids=65536\nsubgid=200000\nn_subgids=65536\n"
                           "[Programs]\nXephyr=/usr/bin/Xephyr\nnewuidmap=/usr/bin/newuidmap\n"
                           "[Paths]\n/usr=directory;0;/usr\n/etc=directory;0;/etc\n/srv=directory;0;/srv\n"
                           "/srv/data=directory;1000;/srv/data\n/opt=directory;0;/opt\n"
                           "/home/anna=directory;1000;/home/anna\n/home/anna/work=directory;1000;/home/anna/work\n"
                           "/home/anna/.config=directory;1000;/home/anna/.config\n"
                           "/home/anna/.config/oriel=directory;1000;/home/anna/.config/oriel\n"
                           "/run/user/1000/bus=socket;1000;/run/user/1000/bus\n"
                           "/run/user/1000/pulse/native=socket;1000;/run/user/1000/pulse/native\n"
                           "/dev/dri=directory;0;/dev/dri\n/tmp/.X11-unix/X0=socket;0;/tmp/.X11-unix/X0\n";

#define KEEPER "[Application]\ncommand=sh\n[Box k]\nkind=keeper\nunshare=user;mount;pid\n" /* 5 lines */
#define OWN "unshare=user;mount;pid;net;ipc;uts\n"
#define APP "[Box a]\nkind=app\nparent=k\n" OWN "run=app\n"
#define IN(parent) "[Box a]\nkind=app\nparent=" parent "\nunshare=user;mount;pid\nrun=app\n"
#define ZONE "[Box z]\nkind=inner\nparent=k\nunshare=mount;net;ipc;uts\n"
#define BREAKS "org.example.Tree: the plan breaks a rule, so it is not done:\n"

typedef struct Row {
        const char *path, *profile;
        const char *refused; /* the whole message; else NULL */
        const char *has[4], *lacks[2];
} Row;

static const Row rows[] = {
        /* ---- What is refused, and where ---- */
        { "/boxes/refused/cycle", KEEPER "[Box a]\nkind=app\nparent=b\nrun=app\n[Box b]\nkind=app\nparent=a\n",
          .refused = "profile:8: box a: it stands in itself: a in b in a" },
        { "/boxes/refused/parent", KEEPER "[Box a]\nkind=app\nparent=b\nrun=app\n",
          .refused = "profile:8: box a: there is no box b" },
        { "/boxes/refused/order", KEEPER IN("z") ZONE,
          .refused = "profile:8: box a: its parent z is written below it: parents come first" },
        { "/boxes/refused/first", "[Box a]\nkind=app\nrun=app\n" OWN "[Application]\ncommand=sh\n",
          .refused = BREAKS
          "profile:1: box a: the first box is the keeper's, and no other\n"
          "profile:1: box a: its programs lack a user namespace of its own, or a pid namespace and a root that are "
          "not the keeper's\n" },
        { "/boxes/refused/pid",
          KEEPER "[Box z]\nkind=inner\nparent=k\nunshare=pid;net;ipc;uts\n" IN(
                  "z") "[Box b]\n"
                       "kind=companions\nparent=z\nunshare=user;mount\nrun=true\n",
          .refused = BREAKS "profile:6: box z: a pid namespace of its own needs a mount namespace of its own\n" },
        { "/boxes/refused/pid-of-keeper",
          KEEPER "[Box a]\nkind=app\nparent=k\nunshare=user;mount;net;ipc;uts\nrun=app\n",
          .refused = BREAKS
          "profile:6: box a: its programs lack a user namespace of its own, or a pid namespace and a root that are "
          "not the keeper's\n" },
        { "/boxes/refused/user", KEEPER "[Box a]\nkind=app\nparent=k\nunshare=mount;pid;net;ipc;uts\nrun=app\n",
          .refused = BREAKS
          "profile:6: box a: its programs lack a user namespace of its own, or a pid namespace and a root that are "
          "not the keeper's\n" },
        { "/boxes/refused/kind-order",
          KEEPER APP "[Box b]\nkind=companions\nparent=a\nunshare=user;mount;pid\nrun=true\n",
          .refused = BREAKS "profile:11: box b: a box of its kind may not stand in its parent\n" },
        { "/boxes/refused/semi-in-inner", KEEPER ZONE IN("z") "[Box s]\nkind=semi\nparent=z\n" OWN "run=true\n",
          .refused = BREAKS "profile:15: box s: a box of its kind may not stand in its parent\n" },
        { "/boxes/refused/app-keeps", KEEPER APP "capabilities=setuid\n",
          .refused = BREAKS
          "profile:6: box a: only a companion's box with no other in it keeps capabilities, an app's never\n" },
        { "/boxes/refused/more-than-parent", KEEPER ZONE "mounts=base\n" IN("z") "mounts=base;bind /srv/data\n",
          .refused = BREAKS
          "profile:16: box a: mount /srv/data: it shows more of the host than the box above, or lets more be "
          "written\n" },
        { "/boxes/refused/writes-more",
          KEEPER ZONE "mounts=base;bind /srv/data\n" IN("z") "mounts=parent;bind /srv/data rw\n",
          .refused = BREAKS
          "profile:16: box a: mount /srv/data: it shows more of the host than the box above, or lets more be "
          "written\n" },
        { "/boxes/refused/unmasks", KEEPER ZONE "mounts=base;mask /usr/share/doc\n" IN("z") "mounts=base\n",
          .refused = BREAKS
          "profile:16: box a: mount /usr: it shows more of the host than the box above, or lets more be written\n" },
        { "/boxes/refused/lesser-writes",
          KEEPER ZONE "[Box c]\nkind=companions\nparent=z\nunshare=user;mount;pid\n"
                      "run=true\nmounts=base;shared /run/x name=x\n" IN("z") "mounts=granted;shared /run/x name=x rw\n",
          .refused = BREAKS "profile:15: box c: mount /run/x: a less trusted box writes what it shows\n" },
        { "/boxes/refused/lesser-writes-root",
          KEEPER "[Box s]\nkind=semi\nparent=k\n" OWN "run=true\nmounts=base;bind /srv/data\n" APP
                 "mounts=granted;bind /srv/data rw\n",
          .refused = BREAKS "profile:11: box s: mount /srv/data: a less trusted box writes what it shows\n" },
        { "/boxes/refused/semi-writes",
          KEEPER "[Box s]\nkind=semi\nparent=k\n" OWN "run=true\nmounts=bind /srv/data rw\n" APP,
          .refused = "profile:11: box s: bind /srv/data rw: a semi-trusted box writes to none of the host's files" },
        { "/boxes/refused/companion-socket",
          KEEPER ZONE "[Box c]\nkind=companions\nparent=z\nunshare=user;mount;pid\n"
                      "run=true\nmounts=base;bind /run/user/1000/pulse/native\n" IN("z"),
          .refused = "profile:15: box c: bind /run/user/1000/pulse/native: a companion of the app sees no socket of "
                     "the host" },
        { "/boxes/refused/host-network",
          KEEPER "[Box a]\nkind=app\nparent=k\nunshare=user;mount;pid;ipc;uts\nrun=app\n",
          .refused = "profile:9: box a: it has the host's network, which [Network] mode= does not grant: add net here "
                     "or to a box "
                     "above" },
        { "/boxes/refused/isolated-x-on-host-network",
          KEEPER "[Box s]\nkind=semi\nparent=k\n" OWN "run=xephyr\n[Box a]\nkind=app\nparent=k\n"
                 "unshare=user;mount;pid;ipc;uts\nrun=app\n[Context]\nsockets=x11\n[Display]\nmode=xephyr\n",
          .refused =
                  "profile:14: box a: it has the host's network, which [Network] mode= does not grant: add net here or "
                  "to a box above" },
        { "/boxes/refused/host-ipc", KEEPER "[Box a]\nkind=app\nparent=k\nunshare=user;mount;pid;net;uts\nrun=app\n",
          .refused =
                  BREAKS "profile:6: box a: it shares the host's IPC namespace without showing the host's display\n" },
        { "/boxes/refused/host-name", KEEPER "[Box a]\nkind=app\nparent=k\nunshare=user;mount;pid;net;ipc\nrun=app\n",
          .refused = BREAKS "profile:6: box a: an untrusted box shows the host's name\n" },
        { "/boxes/refused/two-in-semi", KEEPER "[Box s]\nkind=semi\nparent=k\n" OWN "run=true;false\n" APP,
          .refused = BREAKS "profile:6: box s: a semi-trusted box runs more than one program\n" },
        { "/boxes/refused/inner-runs", KEEPER ZONE "run=true\n" IN("z"),
          .refused = BREAKS
          "profile:6: box z: a keeper's or inner box runs no program, and the keeper's has no mounts\n"
          "profile:6: box z: its programs lack a user namespace of its own, or a pid namespace and a root that are "
          "not the keeper's\n" },
        { "/boxes/refused/no-mount", KEEPER "[Box z]\nkind=inner\nparent=k\nunshare=net;ipc;uts\nmounts=base\n" IN("z"),
          .refused = "profile:10: box z: mounts need mount in unshare=" },
        { "/boxes/refused/keeper-shows", KEEPER "mounts=base\n" APP,
          .refused = "profile:6: box k: the keeper's box shows nothing" },
        { "/boxes/refused/parent-shows-nothing", KEEPER APP "mounts=parent\n",
          .refused = "profile:11: box a: parent: the box above shows nothing of its own" },
        { "/boxes/refused/granted-to-semi",
          KEEPER "[Box s]\nkind=semi\nparent=k\n" OWN "run=true\nmounts=granted\n" APP,
          .refused = "profile:11: box s: granted: what is granted to the app is shown to no semi-trusted box" },
        { "/boxes/refused/missing", KEEPER APP "mounts=granted;bind /srv/none\n",
          .refused = "profile:11: box a: bind /srv/none: there is no such path; add optional to go on without it" },
        { "/boxes/refused/home", KEEPER APP "mounts=granted;bind ~\n",
          .refused = "profile:11: box a: bind ~: it is your home, or holds it; write filesystems=, and granted here" },
        { "/boxes/refused/config", KEEPER APP "mounts=granted;bind ~/.config\n",
          .refused = "profile:11: box a: bind ~/.config: it holds Oriel's own files" },
        { "/boxes/refused/own", KEEPER APP "mounts=granted;bind ~/.config/oriel\n",
          .refused = "profile:11: box a: bind ~/.config/oriel: no grant reaches Oriel itself" },
        { "/boxes/refused/bus", KEEPER APP "mounts=granted;bind /run/user/1000/bus\n",
          .refused =
                  "profile:11: box a: bind /run/user/1000/bus: buses are given by [Companions] and the bus policies" },
        { "/boxes/refused/device", KEEPER APP "mounts=granted;bind /dev/dri device\n",
          .refused =
                  "profile:11: box a: bind /dev/dri device: /proc, /sys and /dev are the box's own; write devices=" },
        { "/boxes/refused/one-lower", KEEPER APP "mounts=granted;overlay /opt lower=/opt\n",
          .refused = "profile:11: box a: overlay /opt lower=/opt: an overlay that is not rw has two lower= or more" },
        { "/boxes/refused/wait-for-each-other",
          KEEPER ZONE "[Box c]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=true\nafter=d\n"
                      "[Box d]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=true\nafter=c\n" IN("z"),
          .refused = "profile:15: box c: it waits for box d, which waits for it" },
        { "/boxes/refused/subids-many", KEEPER APP "subids=1+60000;70000+10000\n",
          .refused = "profile:11: box a: 70000+10000 is more than the 5536 subordinate ids that are left of yours" },

        /* ---- What comes of others ---- */
        { "/boxes/ids",
          KEEPER ZONE "[Box c]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=true\nmap=root\n"
                      "subids=1+999;1001+100\ncapabilities=setuid;setgid\n" IN("z") "map=7:8\n",
          .has = { "users 1+1099 from 100000\n    groups 1+1099 from 200000\n",
                   "user 0 group 0\n    users 1+999 from 1\n    users 1001+100 from 1000\n    groups 1+999 from 1\n",
                   "    keeps setgid setuid\n", "user 7 group 8\n" } },
        { "/boxes/ids-apart",
          KEEPER ZONE "[Box c]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=true\nsubids=1+10\n"
                      "[Box d]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=true\nsubids=5+10\n" IN("z"),
          .has = { "users 1+20 from 100000\n", "users 1+10 from 1\n", "users 5+10 from 11\n" } },
        { "/boxes/order",
          KEEPER ZONE "[Box c]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=first;second 'x y'\n"
                      "ready=socket:/run/s\ntimeout=3s\ndeath=restart\nafter=d\n"
                      "[Box d]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=third\nready=exit\n" IN("z"),
          .has = { "run first\n", "run second \"x y\"\n", "ready socket /run/s within 3000 ms, after box-d box-c\n",
                   "ready exec, after box-d box-c box-c-2\n" } },
        { "/boxes/after-app",
          KEEPER ZONE IN("z") "[Box c]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=late\n"
                              "after=a\nready=exit\n",
          .has = { "ready exec\n", "ready exit within 20000 ms, after app\n" } },
        { "/boxes/environment",
          KEEPER ZONE "[Box c]\nkind=companions\nparent=z\nunshare=user;mount;pid\nrun=true\n"
                      "environment=A=1\\;2;PATH=/x\n" IN("z"),
          .has = { "env \"A=1;2\"", "env PATH=/x\n" },
          {} },
        { "/boxes/hostname", KEEPER APP "hostname=deep\n", .has = { "hostname deep\n" } },
        { "/boxes/hostname-of-zone", KEEPER ZONE "hostname=deep\n" IN("z"),
          .has = { "box z (inner) in k\n    own mount net ipc uts\n", "hostname deep\n", "box a (app) in z\n" } },
        { "/boxes/zone-of-one", KEEPER ZONE IN("z"),
          .has = { "box a (app) in k\n    own user mount pid net ipc uts\n" }, .lacks = { "box z" } },
        { "/boxes/kinds",
          KEEPER APP "mounts=base;tmpfs /t size=1M mode=1777 noexec;dir /d mode=0700;file /f \"content=a b\";"
                     "symlink /l to=/f;mask /usr/share;proc /p pids-only;shared /s name=n rw;"
                     "overlay /o lower=/opt lower=/srv;bind /w from=~/work rw;devpts /pts;mqueue /mq;read-only /t\n",
          .has = { "tmpfs     /t mode=1777 size=1MiB noexec\n", "    overlay   /o",
                   "    bind      /w from /home/anna/work rw\n", "    read-only /t\n" } },
        { "/boxes/root", KEEPER APP "mounts=bind /usr;symlink /bin to=usr/bin\n",
          .has = { "    tmpfs     / mode=0755 size=1MiB\n    symlink   /bin -> usr/bin\n    bind      /usr\n    "
                   "read-only "
                   "/\n" },
          .lacks = { "/proc", "/dev" } },
        { "/boxes/shared-root",
          KEEPER ZONE "mounts=granted\n"
                      "[Box p]\nkind=app\nparent=z\nunshare=user;mount;pid\nmounts=parent\n"
                      "[Box a]\nkind=app\nparent=p\nunshare=user\nrun=app\n",
          .has = { "box a (app) in p\n    own user\n    user 1000 group 1000\n    program app" } },
};

static char *plan_text(const Row *row)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Profile) profile = profile_parse(row->profile, strlen(row->profile), "profile", &error);
        g_autoptr(HostFacts) facts = NULL;
        CLEANUP(plan_freep) Plan *plan = NULL;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        PlanRequest request = {
                .profile = profile,
                .id = "0badcafe",
                .app_id = "org.example.Tree",
                .data_dir = "/data/home",
                .template_text = "",
                .template_label = "tree",
                .wait = TRUE,
        };

        g_assert_no_error(error);
        facts = host_facts_parse(host, strlen(host), "facts", &error);
        g_assert_no_error(error);
        plan = planner_plan(&request, facts, &error);
        if (plan == NULL)
                return g_strdup(error->message);
        plan_print(plan, &text);
        return g_strdup(buffer_text(&text));
}

static void test_row(gconstpointer data)
{
        const Row *row = data;
        g_autofree char *text = plan_text(row);

        g_test_message("%s", text);
        if (row->refused != NULL)
                g_assert_cmpstr(text, ==, row->refused);
        for (gsize i = 0; i < G_N_ELEMENTS(row->has) && row->has[i] != NULL; i++)
                if (strstr(text, row->has[i]) == NULL)
                        g_error("lacks: %s", row->has[i]);
        for (gsize i = 0; i < G_N_ELEMENTS(row->lacks) && row->lacks[i] != NULL; i++)
                if (strstr(text, row->lacks[i]) != NULL)
                        g_error("has: %s", row->lacks[i]);
}

/* One box below another, as far as the kernel nests them and one further. */
static void test_depth(void)
{
        for (guint depth = 32; depth <= 33; depth++) {
                g_autoptr(GString) profile = g_string_new(KEEPER);
                g_autofree char *text = NULL, *want = NULL;
                Row row = { 0 };

                for (guint i = 2; i <= depth; i++) {
                        g_autofree char *parent = i == 2 ? g_strdup("k") : g_strdup_printf("l%u", i - 1);

                        g_string_append_printf(profile, "[Box l%u]\nkind=app\nparent=%s\n" OWN "run=%s\n", i, parent,
                                               i == depth ? "app" : "true");
                }
                row.profile = profile->str;
                text = plan_text(&row);
                want = g_strdup_printf(BREAKS
                                       "profile:%u: box l%u: it lies deeper than the kernel nests pid namespaces "
                                       "(32)\n",
                                       6 + 5 * (depth - 2), depth);
                if (depth > 32)
                        g_assert_cmpstr(text, ==, want);
                else
                        g_assert_nonnull(strstr(text, "box l32 (app) in l31\n"));
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/boxes/depth", test_depth);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
