/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample.h"

#include <glib.h>
#include <string.h>
#include <sys/resource.h>

/* g_malloc() is malloc() (GLib 2.46 and later promise it), so plan_free() may free these. */

void sample_set(char **string, const char *value)
{
        g_free(*string);
        *string = g_strdup(value);
}

void sample_add(Plan *plan, size_t box, PlanMount mount)
{
        PlanBox *to = &plan->boxes[box];

        to->mounts = g_renew(PlanMount, to->mounts, to->n_mounts + 1);
        to->mounts[to->n_mounts++] = mount;
}

PlanMount *sample_mount(Plan *plan, size_t box, const char *dest)
{
        for (size_t j = plan->boxes[box].n_mounts; j > 0; j--)
                if (strcmp(plan->boxes[box].mounts[j - 1].dest, dest) == 0)
                        return &plan->boxes[box].mounts[j - 1];
        g_assert_not_reached();
}

static void add(Plan *plan, size_t box, PlanMountKind kind, const char *dest, const char *source, uint32_t flags)
{
        gboolean sized = kind == PLAN_MOUNT_TMPFS || kind == PLAN_MOUNT_SHARED;

        sample_add(plan, box,
                   (PlanMount){ .kind = kind,
                                .dest = g_strdup(dest),
                                .source = g_strdup(source),
                                .flags = flags,
                                .mode = sized || kind == PLAN_MOUNT_DIR ? 0755 : 0,
                                .size = sized ? 65536 : 0 });
}

static void add_file(Plan *plan, size_t box, const char *dest, const char *slot, const char *content)
{
        sample_add(plan, box,
                   (PlanMount){ .kind = PLAN_MOUNT_FILE,
                                .dest = g_strdup(dest),
                                .slot = g_strdup(slot),
                                .content = g_strdup(content),
                                .n_content = content == NULL ? 0 : strlen(content),
                                .mode = 0444 });
}

static void add_base(Plan *plan, size_t box)
{
        add(plan, box, PLAN_MOUNT_TMPFS, "/", NULL, 0);
        add(plan, box, PLAN_MOUNT_BIND, "/usr", "/usr", 0);
        add(plan, box, PLAN_MOUNT_SYMLINK, "/bin", "usr/bin", 0);
        add(plan, box, PLAN_MOUNT_PROC, "/proc", NULL, 0);
        add(plan, box, PLAN_MOUNT_TMPFS, "/dev", NULL, 0);
        add(plan, box, PLAN_MOUNT_BIND, "/dev/null", "/dev/null", PLAN_MOUNT_DEVICE);
        add(plan, box, PLAN_MOUNT_DEVPTS, "/dev/pts", NULL, 0);
        add(plan, box, PLAN_MOUNT_TMPFS, "/tmp", NULL, 0);
}

static void add_boxes(Plan *plan)
{
        static const struct {
                const char *name;
                PlanBoxKind kind;
                uint32_t parent, unshare;
        } boxes[SAMPLE_BOXES] = {
                [SAMPLE_KEEPER] = { "keeper", PLAN_BOX_KEEPER, 0, PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID },
                [SAMPLE_X] = { "semi/x", PLAN_BOX_SEMI, 0, _PLAN_NS_ALL },
                [SAMPLE_BUS] = { "semi/bus", PLAN_BOX_SEMI, 0, _PLAN_NS_ALL & ~PLAN_NS_NET },
                [SAMPLE_INNER] = { "inner", PLAN_BOX_INNER, 0, _PLAN_NS_ALL },
                [SAMPLE_COMPANIONS] = { "companions", PLAN_BOX_COMPANIONS, SAMPLE_INNER,
                                        PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID },
                [SAMPLE_APP] = { "app", PLAN_BOX_APP, SAMPLE_INNER, PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID },
        };

        plan->boxes = g_new0(PlanBox, SAMPLE_BOXES);
        plan->n_boxes = SAMPLE_BOXES;
        for (size_t i = 0; i < SAMPLE_BOXES; i++)
                plan->boxes[i] =
                        (PlanBox){ .name = g_strdup(boxes[i].name),
                                   .kind = boxes[i].kind,
                                   .parent = boxes[i].parent,
                                   .unshare = boxes[i].unshare,
                                   .uid = 1000,
                                   .gid = 1000,
                                   .hostname = (boxes[i].unshare & PLAN_NS_UTS) != 0 ? g_strdup("oriel") : NULL };
}

static PlanRange *range(uint32_t inside, uint32_t outside, uint32_t count, size_t *ret_n)
{
        PlanRange *one = g_new0(PlanRange, 1);

        *one = (PlanRange){ inside, outside, count };
        *ret_n = 1;
        return one;
}

/* Ids of the person's for a companion that may change to them. */
static void add_ids(Plan *plan)
{
        PlanBox *keeper = &plan->boxes[SAMPLE_KEEPER], *companions = &plan->boxes[SAMPLE_COMPANIONS];

        keeper->uids = range(1, 100000, 1000, &keeper->n_uids);
        keeper->gids = range(1, 200000, 1000, &keeper->n_gids);
        companions->uids = range(1, 1, 500, &companions->n_uids);
        companions->gids = range(2000, 501, 500, &companions->n_gids);
        companions->capabilities = 1 << 6 | 1 << 7;
}

/* Two listening sockets and where they are reached. */
static void add_network(Plan *plan)
{
        PlanBox *box = &plan->boxes[SAMPLE_INNER];

        box->routes = g_strdupv((char *[]){ (char *)"198.18.0.0/15", (char *)"fd6f:7269:656c::/64", NULL });
        box->listeners = g_new0(PlanListener, 2);
        box->listeners[0] = (PlanListener){ g_strdup("listen-dns"), PLAN_LISTENER_UDP, g_strdup("127.0.0.1"), 53 };
        box->listeners[1] = (PlanListener){ g_strdup("listen-443"), PLAN_LISTENER_TCP, g_strdup("*"), 443 };
        box->n_listeners = 2;
}

static void set_layers(PlanMount *mount, const char *work, const char *first, const char *second)
{
        mount->work = g_strdup(work);
        mount->lowers = g_strdupv((char *[]){ (char *)first, (char *)second, NULL });
}

static void add_mounts(Plan *plan)
{
        static const size_t whole[] = { SAMPLE_X, SAMPLE_BUS, SAMPLE_COMPANIONS, SAMPLE_APP };

        for (size_t i = 0; i < G_N_ELEMENTS(whole); i++)
                add_base(plan, whole[i]);
        add(plan, SAMPLE_X, PLAN_MOUNT_SHARED, "/tmp/.X11-unix", "x11", PLAN_MOUNT_RW);
        add(plan, SAMPLE_X, PLAN_MOUNT_BIND, "/tmp/.X11-unix/X0", "/tmp/.X11-unix/X0", 0);
        add_file(plan, SAMPLE_X, "/run/oriel/xauth-host", "xauth-host", NULL);
        add(plan, SAMPLE_BUS, PLAN_MOUNT_SHARED, "/run/oriel-bus", "bus", PLAN_MOUNT_RW);
        add(plan, SAMPLE_BUS, PLAN_MOUNT_BIND, "/run/oriel-host/session", "/run/user/1000/bus", PLAN_MOUNT_OPTIONAL);
        add_file(plan, SAMPLE_BUS, "/.flatpak-info", NULL, "[Application]\nname=org.example.Notes\n");
        add(plan, SAMPLE_COMPANIONS, PLAN_MOUNT_SHARED, "/tmp/.X11-unix", "x11", 0);
        add(plan, SAMPLE_APP, PLAN_MOUNT_SHARED, "/tmp/.X11-unix", "x11", 0);
        add(plan, SAMPLE_APP, PLAN_MOUNT_SHARED, "/run/oriel-bus", "bus", 0);
        add_file(plan, SAMPLE_APP, "/run/oriel/xauth", "xauth-inner", NULL);
        add_file(plan, SAMPLE_APP, "/etc/passwd", NULL, "");
        add(plan, SAMPLE_APP, PLAN_MOUNT_MQUEUE, "/dev/mqueue", NULL, 0);
        add(plan, SAMPLE_APP, PLAN_MOUNT_DIR, "/home/anna", NULL, 0);
        add(plan, SAMPLE_APP, PLAN_MOUNT_BIND, "/home/anna/my notes", "/srv/data/notes",
            PLAN_MOUNT_RW | PLAN_MOUNT_CREATE | PLAN_MOUNT_NOEXEC);
        sample_set(&sample_mount(plan, SAMPLE_APP, "/home/anna/my notes")->source_root, "/srv/data");
        add(plan, SAMPLE_APP, PLAN_MOUNT_MASK, "/home/anna/my notes/hidden", NULL, 0);
        add(plan, SAMPLE_APP, PLAN_MOUNT_BIND, "/home/anna/my notes/.git", NULL, PLAN_MOUNT_PIN | PLAN_MOUNT_RW);
        add(plan, SAMPLE_APP, PLAN_MOUNT_OVERLAY, "/srv/tree", "/srv/data/changes", PLAN_MOUNT_RW | PLAN_MOUNT_CREATE);
        set_layers(sample_mount(plan, SAMPLE_APP, "/srv/tree"), "/srv/data/work", "/srv/low", "/srv/high");
        sample_set(&sample_mount(plan, SAMPLE_APP, "/srv/tree")->source_root, "/srv/data");
        add(plan, SAMPLE_APP, PLAN_MOUNT_OVERLAY, "/srv/scratch", NULL, PLAN_MOUNT_RW);
        set_layers(sample_mount(plan, SAMPLE_APP, "/srv/scratch"), NULL, "/srv/low", NULL);
        sample_mount(plan, SAMPLE_APP, "/srv/scratch")->size = 1024 * 1024;
        add(plan, SAMPLE_APP, PLAN_MOUNT_FUSE, "/run/image", NULL, 0);
        sample_set(&sample_mount(plan, SAMPLE_APP, "/run/image")->slot, "fuse-image");
        add(plan, SAMPLE_APP, PLAN_MOUNT_CHMOD, "/tmp/.X11-unix/mine", NULL, 0);
        sample_mount(plan, SAMPLE_APP, "/tmp/.X11-unix/mine")->mode = 01777;
        for (size_t i = 0; i < G_N_ELEMENTS(whole); i++)
                add(plan, whole[i], PLAN_MOUNT_RO, "/", NULL, 0);
}

static char **strings(const char *const *from)
{
        return g_strdupv((char **)from);
}

static void set_program(Plan *plan, size_t i, const char *name, uint32_t box, const char *const *argv)
{
        plan->programs[i] = (PlanProgram){ .name = g_strdup(name),
                                           .box = box,
                                           .argv = strings(argv),
                                           .envp = strings((const char *const[]){ "PATH=/usr/bin", NULL }),
                                           .home = g_strdup("/"),
                                           .stdio = PLAN_STDIO_LOG,
                                           .ready_fd = -1 };
}

static void set_fd(PlanProgram *program, const char *slot, int32_t target)
{
        program->fds = g_new0(PlanFd, 1);
        program->fds[0] = (PlanFd){ .slot = g_strdup(slot), .target = target };
        program->n_fds = 1;
}

static void add_programs(Plan *plan)
{
        PlanProgram *app;

        plan->programs = g_new0(PlanProgram, SAMPLE_PROGRAMS);
        plan->n_programs = SAMPLE_PROGRAMS;
        set_program(plan, SAMPLE_XEPHYR, "xephyr", SAMPLE_X, (const char *const[]){ "Xephyr", ":7", NULL });
        plan->programs[SAMPLE_XEPHYR].ready = PLAN_READY_LINE;
        plan->programs[SAMPLE_XEPHYR].ready_fd = 3;
        plan->programs[SAMPLE_XEPHYR].ready_timeout_ms = 10000;
        set_program(plan, SAMPLE_BUS_PROXY, "bus-proxy", SAMPLE_BUS,
                    (const char *const[]){ "/run/oriel/bin/oriel-dbus-proxy", "--fd=3", NULL });
        plan->programs[SAMPLE_BUS_PROXY].ready = PLAN_READY_BYTE;
        plan->programs[SAMPLE_BUS_PROXY].ready_fd = 3;
        plan->programs[SAMPLE_BUS_PROXY].ready_timeout_ms = 5000;
        set_fd(&plan->programs[SAMPLE_BUS_PROXY], "mediator-bus", 4);
        plan->programs[SAMPLE_BUS_PROXY].fds = g_renew(PlanFd, plan->programs[SAMPLE_BUS_PROXY].fds, 3);
        plan->programs[SAMPLE_BUS_PROXY].fds[1] = (PlanFd){ .slot = g_strdup("listen-dns"), .target = 5 };
        plan->programs[SAMPLE_BUS_PROXY].fds[2] = (PlanFd){ .slot = g_strdup("fuse-image"), .target = 6 };
        plan->programs[SAMPLE_BUS_PROXY].n_fds = 3;
        set_program(plan, SAMPLE_WM, "wm", SAMPLE_COMPANIONS, (const char *const[]){ "openbox", NULL });
        plan->programs[SAMPLE_WM].death = PLAN_DEATH_IGNORE;
        plan->programs[SAMPLE_WM].ready = PLAN_READY_FILE;
        sample_set(&plan->programs[SAMPLE_WM].ready_path, "/run/wm ready");
        plan->programs[SAMPLE_WM].ready_timeout_ms = 3000;
        set_program(plan, SAMPLE_THE_APP, "app", SAMPLE_APP,
                    (const char *const[]){ "notes", "--title", "my \"notes\"\n", "", NULL });
        app = &plan->programs[SAMPLE_THE_APP];
        app->app = true;
        app->stdio = PLAN_STDIO_CALLER;
        app->seccomp = PLAN_SECCOMP_NESTED;
        app->seccomp_allow = strings((const char *const[]){ "bpf", NULL });
        app->seccomp_deny = strings((const char *const[]){ "ptrace", "uname", NULL });
        app->filter = g_strdup("12345678");
        app->n_filter = 8;
        app->landlock = PLAN_LANDLOCK_ABSTRACT | PLAN_LANDLOCK_SIGNAL | PLAN_LANDLOCK_CONNECT;
        app->connect_ports = g_new0(uint32_t, 1);
        app->connect_ports[0] = 443;
        app->n_connect_ports = 1;
        sample_set(&app->cwd, "/home/anna");
        sample_set(&app->home, "/home/anna");
        app->after = g_new0(uint32_t, 2);
        app->after[0] = SAMPLE_XEPHYR;
        app->after[1] = SAMPLE_BUS_PROXY;
        app->n_after = 2;
        app->limits = g_new0(PlanLimit, 1);
        app->limits[0] = (PlanLimit){ .resource = RLIMIT_NOFILE, .value = 1024 };
        app->n_limits = 1;
}

Plan *sample_plan(void)
{
        Plan *plan = g_new0(Plan, 1);

        plan->id = g_strdup("0badcafe");
        plan->app = g_strdup("org.example.Notes");
        plan->slots = strings((const char *const[]){ "xauth-host", "xauth-inner", "mediator-bus", NULL });
        plan->optional_slots = strings((const char *const[]){ "stdin", "stdout", "stderr", "log", NULL });
        plan->notes = strings((const char *const[]){ "asked sockets=x11, given xephyr: \x1b[1mthe narrowest", NULL });
        plan->budget = (PlanBudget){ .memory = 64 << 20, .pids = 99, .cpu = 150, .seconds = 60 };
        plan->guards = g_new0(PlanGuard, 1);
        plan->guards[0] = (PlanGuard){ .path = g_strdup("/home/anna/a b"),
                                       .classes = strings((const char *const[]){ "git", "editor", NULL }),
                                       .state = g_strdup("/home/anna/.local/state/oriel") };
        plan->n_guards = 1;
        add_boxes(plan);
        add_network(plan);
        add_ids(plan);
        add_mounts(plan);
        add_programs(plan);
        return plan;
}
