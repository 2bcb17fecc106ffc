/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The looking of `oriel doctor`.  Each thing is tried itself where that is possible, in a child that ends at once: a
 * version number says what a distribution shipped, not what it forbade.  Nothing outlives it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "cache/entry.h"
#include "cli/doctor-facts.h"
#include "instance/group.h"

/* Newer than <sys/syscall.h> and <linux/mount.h> may be; the same on every processor. */
enum { NR_OPEN_TREE_ATTR = 467, OPEN_TREE_AS_NAMESPACE = 1 << 1 };
/* Linux 6.3. */
enum { GET_MDWE = 66 };

/* The number in a one-line file of /proc/sys, or fallback. */
static long read_number(const char *path, long fallback)
{
        g_autofree char *text = NULL;

        return g_file_get_contents(path, &text, NULL, NULL) ? strtol(text, NULL, 10) : fallback;
}

/* What a child says that runs the function: 0, or an errno. */
static int try_in_child(int (*function)(void))
{
        pid_t pid = fork();
        int status = 0;

        if (pid < 0)
                return errno;
        if (pid == 0)
                _exit(function());
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static int write_text(const char *path, const char *text)
{
        CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

        return fd < 0 ? errno : -fd_write_all(fd, text, strlen(text));
}

static int write_map(const char *path, unsigned id)
{
        char map[64];

        snprintf(map, sizeof map, "0 %u 1", id);
        return write_text(path, map);
}

/* A user namespace is worth nothing where it gives no capabilities: AppArmor's restriction takes them away. */
static int enter_user_namespace(void)
{
        uid_t uid = getuid();
        gid_t gid = getgid();
        int result = unshare(CLONE_NEWUSER) != 0 ? errno : 0;

        if (result == 0)
                result = write_map("/proc/self/uid_map", uid);
        if (result == 0)
                result = write_text("/proc/self/setgroups", "deny");
        if (result == 0)
                result = write_map("/proc/self/gid_map", gid);
        if (result != 0)
                return result;
        return unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET) != 0 ? errno : 0;
}

/* A process in a new pid namespace mounts a /proc of its own: where the host's is partly covered, it may not. */
static int mount_proc(void)
{
        int result = enter_user_namespace(), status = 0;
        pid_t pid;

        if (result != 0)
                return result;
        pid = fork();
        if (pid == 0)
                _exit(mount("proc", "/tmp", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0 ? errno : 0);
        if (pid < 0 || waitpid(pid, &status, 0) < 0)
                return errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static int mount_overlay(void)
{
        int result = enter_user_namespace();

        if (result != 0)
                return result;
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("x", "/tmp", "tmpfs", 0, NULL) != 0 ||
            mkdir("/tmp/upper", 0755) != 0 || mkdir("/tmp/work", 0755) != 0 || mkdir("/tmp/all", 0755) != 0)
                return errno;
        return mount("x", "/tmp/all", "overlay", 0, "lowerdir=/usr,upperdir=/tmp/upper,workdir=/tmp/work,userxattr") !=
                               0
                       ? errno
                       : 0;
}

static int make_detached_tmpfs(void)
{
        int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

        if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
                return -1;
        return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
}

/* 0: also onto a detached tree (Linux 6.15); EAGAIN stands for: all the rest works. */
static int build_detached_tree(void)
{
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
        int result = enter_user_namespace(), root = -1, bind = -1;

        if (result != 0)
                return result;
        root = make_detached_tmpfs();
        if (root < 0 || mkdirat(root, "usr", 0755) != 0)
                return errno;
        bind = (int)syscall(SYS_open_tree, AT_FDCWD, "/usr", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (bind < 0)
                return errno;
        if (syscall(SYS_mount_setattr, bind, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) != 0)
                return errno;
        return syscall(SYS_move_mount, bind, "", root, "usr", MOVE_MOUNT_F_EMPTY_PATH) != 0 ? EAGAIN : 0;
}

static int copy_with_attributes(void)
{
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
        int result = enter_user_namespace();

        if (result != 0)
                return result;
        return syscall(NR_OPEN_TREE_ATTR, AT_FDCWD, "/usr", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE, &attr,
                       sizeof attr) < 0
                       ? errno
                       : 0;
}

static int namespace_of_tree(void)
{
        int result = enter_user_namespace();

        if (result != 0)
                return result;
        return syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_AS_NAMESPACE | OPEN_TREE_CLOEXEC | AT_RECURSIVE) < 0
                       ? errno
                       : 0;
}

static int landlock_abi(void)
{
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

        return abi < 0 ? (errno == EOPNOTSUPP ? -1 : 0) : (int)abi;
}

static int seccomp_notify(void)
{
        unsigned action = SECCOMP_RET_USER_NOTIF;

        return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ? errno : 0;
}

static void look_at_kernel(DoctorFacts *facts)
{
        struct utsname name = { 0 };

        uname(&name);
        facts->kernel = g_strdup(name.release);
        /* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers are small */
        if (sscanf(name.release, "%u.%u", &facts->kernel_major, &facts->kernel_minor) != 2)
                facts->kernel_major = facts->kernel_minor = 0;
        facts->filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
        facts->user_namespaces = try_in_child(enter_user_namespace);
        facts->userns_clone = read_number("/proc/sys/kernel/unprivileged_userns_clone", -1);
        facts->max_user_namespaces = read_number("/proc/sys/user/max_user_namespaces", -1);
        facts->apparmor_userns = read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", -1);
        facts->proc = try_in_child(mount_proc);
        facts->mounts = try_in_child(build_detached_tree);
        facts->open_tree_attr = try_in_child(copy_with_attributes);
        facts->open_tree_namespace = try_in_child(namespace_of_tree);
        facts->overlay = try_in_child(mount_overlay);
        facts->landlock_abi = landlock_abi();
        facts->seccomp_notify = seccomp_notify();
        facts->mdwe = prctl(GET_MDWE, 0, 0, 0, 0) < 0 ? errno : 0;
        facts->inotify_instances = read_number("/proc/sys/fs/inotify/max_user_instances", -1);
        facts->inotify_watches = read_number("/proc/sys/fs/inotify/max_user_watches", -1);
}

/* "USER:FIRST:COUNT" (subuid(5)): FIRST:COUNT of this user's first line, by name or number. */
static char *subordinate_ids(const char *path)
{
        g_autofree char *text = NULL, *number = g_strdup_printf("%u", (unsigned)getuid());
        g_auto(GStrv) lines = NULL;

        if (!g_file_get_contents(path, &text, NULL, NULL))
                return NULL;
        lines = g_strsplit(text, "\n", -1);
        for (gsize i = 0; lines[i] != NULL; i++) {
                const char *colon = strchr(lines[i], ':');
                gsize n = colon != NULL ? (gsize)(colon - lines[i]) : 0;

                if (colon != NULL && (strncmp(lines[i], g_get_user_name(), n) == 0
                                              ? g_get_user_name()[n] == '\0'
                                              : strncmp(lines[i], number, n) == 0 && number[n] == '\0'))
                        return g_strdup(colon + 1);
        }
        return NULL;
}

static void look_at_host(DoctorFacts *facts, const char *runtime_dir)
{
        CLEANUP(buffer_clear) Buffer place = BUFFER_INIT, own = BUFFER_INIT;
        CLEANUP(fd_closep) int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);

        facts->fuse = fuse < 0 ? errno : 0;
        facts->gpu = access("/dev/dri", F_OK) == 0;
        facts->subuid = subordinate_ids("/etc/subuid");
        facts->subgid = subordinate_ids("/etc/subgid");
        facts->newuidmap = g_find_program_in_path("newuidmap");
        facts->newgidmap = g_find_program_in_path("newgidmap");
        facts->cgroup = -instance_group_place(&place);
        facts->cgroup_path = facts->cgroup == 0 ? g_strdup(place.bytes) : NULL;
        facts->cgroup2 = instance_group_own(&own) == 0;
        facts->systemd_socket = runtime_dir != NULL ? g_build_filename(runtime_dir, "systemd", "private", NULL) : NULL;
        if (facts->systemd_socket != NULL && access(facts->systemd_socket, F_OK) != 0)
                g_clear_pointer(&facts->systemd_socket, g_free);
}

static char *first_missing_program(const char *prefix)
{
        static const char *const names[] = { "oriel-cli", "oriel-engine", "oriel-sandboxd" };

        for (gsize i = 0; prefix != NULL && i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = g_build_filename(prefix, "libexec", "oriel", names[i], NULL);

                if (access(path, X_OK) != 0)
                        return g_steal_pointer(&path);
        }
        return NULL;
}

static char *find_program(const char *const *names)
{
        char *path = NULL;

        for (; *names != NULL && path == NULL; names++)
                path = g_find_program_in_path(*names);
        return path;
}

static char *find_bridge(const char *prefix)
{
        g_autofree char *path =
                prefix != NULL ? g_build_filename(prefix, "libexec", "oriel", "oriel-xbridge", NULL) : NULL;

        return path != NULL && access(path, X_OK) == 0 ? g_steal_pointer(&path) : NULL;
}

static char *find_session_bus(const char *runtime_dir)
{
        const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS");
        g_autofree char *socket = runtime_dir != NULL ? g_build_filename(runtime_dir, "bus", NULL) : NULL;

        if (address != NULL && *address != '\0')
                return g_strdup(address);
        return socket != NULL && access(socket, F_OK) == 0 ? g_steal_pointer(&socket) : NULL;
}

static char *find_display(void)
{
        const char *x = g_getenv("DISPLAY"), *wayland = g_getenv("WAYLAND_DISPLAY");

        if (x != NULL && *x != '\0')
                return g_strdup_printf("DISPLAY=%s", x);
        return wayland != NULL && *wayland != '\0' ? g_strdup_printf("WAYLAND_DISPLAY=%s", wayland) : NULL;
}

/* Oriel's own program tries it: a context, and what is seen through it. */
static void look_at_wayland(DoctorFacts *facts)
{
        const char *name = g_getenv("WAYLAND_DISPLAY");
        g_autofree char *program = facts->prefix != NULL ? g_build_filename(facts->prefix, "libexec", "oriel",
                                                                            "oriel-wayland-context", NULL)
                                                         : NULL;
        char *argv[] = { program, (char *)"check", NULL };
        g_autofree char *out = NULL;
        int status = 0;

        if (name == NULL || *name == '\0')
                return;
        facts->wayland = g_strdup_printf("WAYLAND_DISPLAY=%s", name);
        if (program == NULL ||
            !g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, &status, NULL))
                facts->wayland_refusal = g_strdup(_("oriel-wayland-context is not installed"));
        else if (status != 0)
                facts->wayland_refusal = g_strdup(*g_strchomp(out) != '\0' ? out : _("the compositor does not answer"));
}

static void look_at_plans(DoctorFacts *facts, StoreDirs *dirs)
{
        g_autofree char *path = g_build_filename(store_dirs_path(dirs, STORE_DIR_STATE), CACHE_DIRECTORY, NULL);
        CLEANUP(fd_closep) int fd = store_dirs_open_below(dirs, STORE_DIR_STATE, CACHE_DIRECTORY, TRUE, NULL);
        g_autoptr(GDir) directory = fd >= 0 ? g_dir_open(path, 0, NULL) : NULL;
        guint n = 0;

        while (directory != NULL && g_dir_read_name(directory) != NULL)
                n++;
        facts->plans_usable = directory != NULL;
        facts->plans = g_strdup_printf("%s (%u)", path, n);
}

void doctor_look(DoctorFacts *ret_facts, StoreDirs *dirs)
{
        DoctorFacts facts = { 0 };

        facts.runtime_dir = g_strdup(store_dirs_user_runtime(dirs));
        look_at_kernel(&facts);
        look_at_host(&facts, facts.runtime_dir);
        facts.prefix = store_prefix(NULL);
        facts.missing_program = first_missing_program(facts.prefix);
        facts.oriel_runtime = g_strdup(store_dirs_path(dirs, STORE_DIR_RUNTIME));
        facts.oriel_runtime_usable = store_dirs_open(dirs, STORE_DIR_RUNTIME, TRUE, NULL) >= 0;
        look_at_plans(&facts, dirs);
        facts.display = find_display();
        look_at_wayland(&facts);
        facts.unsquashfs = find_program((const char *const[]){ "unsquashfs", NULL });
        facts.squashfuse = find_program((const char *const[]){ "squashfuse_ll", NULL });
        facts.xvfb = find_program((const char *const[]){ "Xvfb", NULL });
        facts.bridge = find_bridge(facts.prefix);
        facts.xephyr = find_program((const char *const[]){ "Xephyr", NULL });
        facts.xpra = find_program((const char *const[]){ "xpra", NULL });
        facts.panel = find_program((const char *const[]){ "icewm-session", "tint2", "xfce4-panel", "lxpanel", NULL });
        facts.window_manager =
                find_program((const char *const[]){ "matchbox-window-manager", "openbox", "icewm", NULL });
        facts.session_bus = find_session_bus(facts.runtime_dir);
        *ret_facts = facts;
}

void doctor_facts_clear(DoctorFacts *facts)
{
        char *texts[] = { facts->kernel,         facts->subuid,        facts->subgid,
                          facts->newuidmap,      facts->newgidmap,     facts->cgroup_path,
                          facts->systemd_socket, facts->prefix,        facts->missing_program,
                          facts->runtime_dir,    facts->oriel_runtime, facts->plans,
                          facts->display,        facts->xephyr,        facts->window_manager,
                          facts->session_bus,    facts->unsquashfs,    facts->squashfuse,
                          facts->xvfb,           facts->bridge,        facts->xpra,
                          facts->panel,          facts->wayland,       facts->wayland_refusal };

        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
                g_free(texts[i]);
        *facts = (DoctorFacts){ 0 };
}
