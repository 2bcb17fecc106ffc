/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every row of `oriel doctor`, on a host that has all, and on hosts that lack something. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "cli/doctor-check.h"

static char word[] = "/there";

static DoctorFacts good(void)
{
        return (DoctorFacts){ .kernel = word,
                              .kernel_major = 6,
                              .kernel_minor = 18,
                              .userns_clone = -1,
                              .max_user_namespaces = 60000,
                              .apparmor_userns = -1,
                              .landlock_abi = 7,
                              .inotify_instances = 1024,
                              .inotify_watches = 524288,
                              .subuid = word,
                              .subgid = word,
                              .newuidmap = word,
                              .newgidmap = word,
                              .cgroup_path = word,
                              .cgroup2 = true,
                              .systemd_socket = word,
                              .gpu = true,
                              .prefix = word,
                              .runtime_dir = word,
                              .oriel_runtime = word,
                              .oriel_runtime_usable = true,
                              .plans = word,
                              .plans_usable = true,
                              .display = word,
                              .xvfb = word,
                              .bridge = word,
                              .xephyr = word,
                              .xpra = word,
                              .panel = word,
                              .window_manager = word,
                              .unsquashfs = word,
                              .squashfuse = word,
                              .session_bus = word };
}

/* name of the row, what is spoilt, the state then, a part of the mend. */
#define ROWS(ROW)                                                                                                      \
        ROW("user-namespaces", filtered, (f->user_namespaces = EPERM, f->filtered = true), MISSING,                    \
            "its seccomp profile")                                                                                     \
        ROW("user-namespaces", debian, (f->user_namespaces = EPERM, f->userns_clone = 0), MISSING,                     \
            "sysctl -w kernel.unprivileged_userns_clone=1")                                                            \
        ROW("user-namespaces", none, (f->user_namespaces = ENOSPC, f->max_user_namespaces = 0), MISSING,               \
            "sysctl -w user.max_user_namespaces=15000")                                                                \
        ROW("user-namespaces", apparmor, (f->user_namespaces = EACCES, f->apparmor_userns = 1), MISSING,               \
            "apparmor_restrict_unprivileged_userns=0")                                                                 \
        ROW("user-namespaces", other, f->user_namespaces = EPERM, MISSING, "ask the administrator")                    \
        ROW("apparmor", on, f->apparmor_userns = 1, MISSING, "apparmor_restrict_unprivileged_userns=0")                \
        ROW("kernel", six, f->kernel_minor = 0, MISSING, "a newer kernel")                                             \
        ROW("kernel", five, (f->kernel_major = 5, f->kernel_minor = 19), MISSING, "a newer kernel")                    \
        ROW("proc", masked, f->proc = EPERM, MISSING, "unmask=ALL")                                                    \
        ROW("mounts", staged, f->mounts = EAGAIN, PARTLY, "Linux 6.15")                                                \
        ROW("mounts", none, f->mounts = ENOSYS, MISSING, "Linux 6.15")                                                 \
        ROW("newer-mounts", none, (f->open_tree_attr = ENOSYS, f->open_tree_namespace = EINVAL), MISSING,              \
            "Linux 6.15")                                                                                              \
        ROW("newer-mounts", one, f->open_tree_namespace = EINVAL, PARTLY, "Linux 6.15")                                \
        ROW("overlay", none, f->overlay = ENODEV, MISSING, "modprobe overlay")                                         \
        ROW("landlock", none, f->landlock_abi = 0, MISSING, "Linux 6.12")                                              \
        ROW("landlock", off, f->landlock_abi = -1, MISSING, "lsm=")                                                    \
        ROW("landlock", old, f->landlock_abi = 5, PARTLY, "Linux 6.12")                                                \
        ROW("landlock-files", old, f->landlock_abi = 1, MISSING, "Linux 5.19")                                         \
        ROW("seccomp-notify", none, f->seccomp_notify = EOPNOTSUPP, MISSING, "Linux 5.0")                              \
        ROW("mdwe", none, f->mdwe = EINVAL, MISSING, "Linux 6.3")                                                      \
        ROW("inotify", few_instances, f->inotify_instances = 128, PARTLY, "max_user_instances=1024")                   \
        ROW("inotify", few_watches, f->inotify_watches = 8192, PARTLY, "max_user_watches=524288")                      \
        ROW("inotify", none, (f->inotify_instances = -1, f->inotify_watches = -1), MISSING, "sysctl")                  \
        ROW("subids", no_range, f->subgid = NULL, PARTLY, "usermod --add-subuids")                                     \
        ROW("subids", no_program, f->newuidmap = NULL, PARTLY, "install uidmap")                                       \
        ROW("subids", nothing, (f->subuid = NULL, f->newgidmap = NULL), MISSING, "install uidmap")                     \
        ROW("programs", gone, f->missing_program = word, MISSING, "install Oriel again")                               \
        ROW("programs", not_installed, f->prefix = NULL, MISSING, "install Oriel again")                               \
        ROW("runtime-dir", none, f->runtime_dir = NULL, PARTLY, "XDG_RUNTIME_DIR")                                     \
        ROW("seamless", no_server, f->xvfb = NULL, MISSING, "install xvfb")                                            \
        ROW("seamless", no_bridge, f->bridge = NULL, MISSING, "libxcb")                                                \
        ROW("xpra", none, f->xpra = NULL, MISSING, "install xpra")                                                     \
        ROW("panel", none, f->panel = NULL, MISSING, "install icewm")                                                  \
        ROW("runtime-dir", unusable, f->oriel_runtime_usable = false, MISSING, "XDG_RUNTIME_DIR")                      \
        ROW("plans", none, f->plans_usable = false, MISSING, "writable")                                               \
        ROW("display", none, f->display = NULL, MISSING, "DISPLAY")                                                    \
        ROW("wayland", refused, (f->wayland = word, f->wayland_refusal = word), MISSING, "wp_security_context_v1")     \
        ROW("wayland", fit, f->wayland = word, THERE, NULL)                                                            \
        ROW("xephyr", none, f->xephyr = NULL, MISSING, "xserver-xephyr")                                               \
        ROW("window-manager", none, f->window_manager = NULL, MISSING, "matchbox")                                     \
        ROW("session-bus", none, f->session_bus = NULL, MISSING, "dbus-user-session")                                  \
        ROW("systemd", none, f->systemd_socket = NULL, MISSING, "log in")                                              \
        ROW("cgroup", scope, (f->cgroup = EACCES, f->cgroup_path = NULL), THERE, NULL)                                 \
        ROW("cgroup", none, (f->cgroup = EACCES, f->cgroup_path = NULL, f->systemd_socket = NULL), MISSING,            \
            "Delegate=yes")                                                                                            \
        ROW("cgroup", old, (f->cgroup = EACCES, f->cgroup2 = false, f->systemd_socket = NULL), MISSING,                \
            "unified_cgroup_hierarchy=1")                                                                              \
        ROW("cgroup", bare, (f->cgroup = EOPNOTSUPP, f->cgroup_path = NULL, f->systemd_socket = NULL), MISSING,        \
            "with its controllers")                                                                                    \
        ROW("images", none, f->unsquashfs = f->squashfuse = NULL, MISSING, "squashfs-tools")                           \
        ROW("images", one, f->squashfuse = NULL, PARTLY, "squashfuse")                                                 \
        ROW("fuse", none, f->fuse = ENOENT, MISSING, "modprobe fuse")                                                  \
        ROW("fuse", closed, f->fuse = EACCES, MISSING, "chmod 666 /dev/fuse")                                          \
        ROW("gpu", none, f->gpu = false, MISSING, "nothing to do")

typedef struct Row {
        const char *name, *what;
        DoctorState state;
        const char *mend;
} Row;

#define ENTRY(name_, what_, how_, state_, mend_) { name_, #what_, DOCTOR_##state_, mend_ },
static const Row rows[] = { ROWS(ENTRY) };
#undef ENTRY

static void spoil(DoctorFacts *f, gsize row)
{
        gsize i = 0;

#define CASE(name_, what_, how_, state_, mend_)                                                                        \
        if (row == i++) {                                                                                              \
                (void)(how_);                                                                                          \
        }
        ROWS(CASE)
#undef CASE
}

static const DoctorCheck *check_of(const char *name)
{
        for (const DoctorCheck *check = doctor_checks; check->name != NULL; check++)
                if (strcmp(check->name, name) == 0)
                        return check;
        g_assert_not_reached();
}

static void test_good(void)
{
        DoctorFacts facts = good();

        for (const DoctorCheck *check = doctor_checks; check->name != NULL; check++) {
                DoctorFinding finding = check->check(&facts);

                g_test_message("%s", check->name);
                g_assert_cmpint(finding.state, ==, DOCTOR_THERE);
                g_assert_true(check->cost != NULL && check->mend != NULL);
                g_free(finding.found);
        }
}

static void test_row(gconstpointer data)
{
        gsize i = GPOINTER_TO_SIZE(data);
        const DoctorCheck *check = check_of(rows[i].name);
        DoctorFacts facts = good();
        DoctorFinding finding;

        spoil(&facts, i);
        finding = check->check(&facts);
        g_assert_cmpint(finding.state, ==, rows[i].state);
        if (rows[i].mend != NULL)
                g_assert_nonnull(strstr(finding.mend != NULL ? finding.mend : check->mend, rows[i].mend));
        g_free(finding.found);
}

/* No check without a host that fails it. */
static void test_all(void)
{
        for (const DoctorCheck *check = doctor_checks; check->name != NULL; check++) {
                gboolean found = FALSE;

                for (gsize i = 0; i < G_N_ELEMENTS(rows) && !found; i++)
                        found = strcmp(rows[i].name, check->name) == 0 && rows[i].state != DOCTOR_THERE;
                if (!found)
                        g_error("%s has no row here", check->name);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/doctor/good", test_good);
        g_test_add_func("/doctor/all", test_all);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/doctor/%s/%s", rows[i].name, rows[i].what);

                g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
        }
        return g_test_run();
}
