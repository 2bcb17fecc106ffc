/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks of `oriel doctor`.  Each tries the thing itself where that is possible: a version number says what a
 * distribution shipped, not what it forbade. */

#include "cli/doctor-check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "cache/entry.h"

#ifndef CGROUP2_SUPER_MAGIC
#define CGROUP2_SUPER_MAGIC 0x63677270
#endif

static const char *const state_words[] = {
        [DOCTOR_THERE] = "there",
        [DOCTOR_PARTLY] = "partly",
        [DOCTOR_MISSING] = "missing",
};
_Static_assert(G_N_ELEMENTS(state_words) == _DOCTOR_STATE_MAX, "a word is missing");

const char *doctor_state_word(DoctorState state)
{
        return state_words[state];
}

static DoctorFinding finding(bool there, char *found)
{
        return (DoctorFinding){ .state = there ? DOCTOR_THERE : DOCTOR_MISSING, .found = found };
}

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

static DoctorFinding check_user_namespaces(StoreDirs *dirs)
{
        int result = try_in_child(enter_user_namespace);
        DoctorFinding found = finding(result == 0, result != 0 ? g_strdup(g_strerror(result)) : NULL);

        (void)dirs;
        if (result == 0)
                return found;
        if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER)
                found.mend =
                        N_("in a box of Oriel's: oriel run --nested=yes, outside; in a container: its seccomp profile");
        else if (read_number("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
                found.mend = N_("sudo sysctl -w kernel.unprivileged_userns_clone=1");
        else if (read_number("/proc/sys/user/max_user_namespaces", 1) == 0)
                found.mend = N_("sudo sysctl -w user.max_user_namespaces=15000");
        else if (read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) != 0)
                found.mend = N_("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
        return found;
}

static DoctorFinding check_kernel(StoreDirs *dirs)
{
        struct utsname name = { 0 };
        int major = 0, minor = 0;

        (void)dirs;
        uname(&name);
        /* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers are small */
        if (sscanf(name.release, "%d.%d", &major, &minor) != 2)
                major = minor = 0;
        return finding(major > 6 || (major == 6 && minor >= 1), g_strdup(name.release));
}

static DoctorFinding check_apparmor(StoreDirs *dirs)
{
        long restricted = read_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0);

        (void)dirs;
        return finding(restricted == 0,
                       restricted != 0 ? g_strdup("kernel.apparmor_restrict_unprivileged_userns=1") : NULL);
}

static DoctorFinding check_landlock(StoreDirs *dirs)
{
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        DoctorFinding found = finding(abi >= 6, g_strdup_printf("ABI %ld", MAX(abi, 0)));

        (void)dirs;
        if (abi > 0 && abi < 6)
                found.state = DOCTOR_PARTLY;
        return found;
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

static DoctorFinding check_mounts(StoreDirs *dirs)
{
        int result = try_in_child(build_detached_tree);
        DoctorFinding found =
                finding(result == 0, result == 0 ? g_strdup("fsopen, open_tree, mount_setattr, move_mount")
                                                 : g_strdup(g_strerror(result)));

        (void)dirs;
        if (result != EAGAIN)
                return found;
        g_free(found.found);
        found.found = g_strdup("no move_mount onto a detached tree");
        found.state = DOCTOR_PARTLY;
        return found;
}

static DoctorFinding check_programs(StoreDirs *dirs)
{
        static const char *const names[] = { "oriel-cli", "oriel-engine", "oriel-sandboxd" };
        g_autofree char *prefix = store_prefix(NULL);

        (void)dirs;
        for (gsize i = 0; prefix != NULL && i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = g_build_filename(prefix, "libexec", "oriel", names[i], NULL);

                if (access(path, X_OK) != 0)
                        return finding(false, g_steal_pointer(&path));
        }
        return finding(prefix != NULL, g_strdup(prefix));
}

static DoctorFinding check_runtime_dir(StoreDirs *dirs)
{
        const char *path = store_dirs_user_runtime(dirs);
        DoctorFinding found = finding(true, g_strdup(path != NULL ? path : store_dirs_path(dirs, STORE_DIR_RUNTIME)));

        if (store_dirs_open(dirs, STORE_DIR_RUNTIME, TRUE, NULL) < 0)
                found.state = DOCTOR_MISSING;
        else if (path == NULL)
                found.state = DOCTOR_PARTLY;
        return found;
}

/* Where remembered plans lie, and how many. */
static DoctorFinding check_plans(StoreDirs *dirs)
{
        g_autofree char *path = g_build_filename(store_dirs_path(dirs, STORE_DIR_STATE), CACHE_DIRECTORY, NULL);
        CLEANUP(fd_closep) int fd = store_dirs_open_below(dirs, STORE_DIR_STATE, CACHE_DIRECTORY, TRUE, NULL);
        g_autoptr(GDir) directory = fd >= 0 ? g_dir_open(path, 0, NULL) : NULL;
        guint n = 0;

        while (directory != NULL && g_dir_read_name(directory) != NULL)
                n++;
        return finding(directory != NULL, g_strdup_printf("%s (%u)", path, n));
}

static DoctorFinding find_program(const char *const *names)
{
        for (; *names != NULL; names++) {
                char *path = g_find_program_in_path(*names);

                if (path != NULL)
                        return finding(true, path);
        }
        return finding(false, NULL);
}

static DoctorFinding check_display(StoreDirs *dirs)
{
        const char *x = g_getenv("DISPLAY"), *wayland = g_getenv("WAYLAND_DISPLAY");

        (void)dirs;
        if (x != NULL && *x != '\0')
                return finding(true, g_strdup_printf("DISPLAY=%s", x));
        if (wayland != NULL && *wayland != '\0')
                return finding(true, g_strdup_printf("WAYLAND_DISPLAY=%s", wayland));
        return finding(false, NULL);
}

static DoctorFinding check_xephyr(StoreDirs *dirs)
{
        (void)dirs;
        return find_program((const char *const[]){ "Xephyr", NULL });
}

static DoctorFinding check_window_manager(StoreDirs *dirs)
{
        (void)dirs;
        return find_program((const char *const[]){ "matchbox-window-manager", "openbox", NULL });
}

static DoctorFinding check_session_bus(StoreDirs *dirs)
{
        const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS"), *runtime = store_dirs_user_runtime(dirs);
        g_autofree char *socket = runtime != NULL ? g_build_filename(runtime, "bus", NULL) : NULL;

        if (address != NULL && *address != '\0')
                return finding(true, g_strdup(address));
        if (socket == NULL || access(socket, F_OK) != 0)
                return finding(false, NULL);
        return finding(true, g_steal_pointer(&socket));
}

static DoctorFinding check_fuse(StoreDirs *dirs)
{
        CLEANUP(fd_closep) int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
        int error = errno;

        (void)dirs;
        return finding(fd >= 0, g_strdup(fd >= 0 ? "/dev/fuse" : g_strerror(error)));
}

/* The directory of our own cgroup, of the unified hierarchy, and whether we may make groups in it. */
static DoctorFinding check_cgroup(StoreDirs *dirs)
{
        g_autofree char *text = NULL, *path = NULL;
        const char *line = NULL;
        struct statfs fs = { 0 };
        bool delegated = false;

        (void)dirs;
        if (statfs("/sys/fs/cgroup", &fs) != 0 || (unsigned long)fs.f_type != CGROUP2_SUPER_MAGIC)
                return finding(false, NULL);
        if (!g_file_get_contents("/proc/self/cgroup", &text, NULL, NULL))
                return finding(false, NULL);
        line = g_str_has_prefix(text, "0::") ? text : strstr(text, "\n0::");
        if (line == NULL)
                return finding(false, NULL);
        line = strchr(line, '/');
        if (line == NULL)
                return finding(false, NULL);
        path = g_strdup_printf("/sys/fs/cgroup%.*s", (int)strcspn(line, "\n"), line);
        delegated = access(path, W_OK) == 0;
        return finding(delegated, g_steal_pointer(&path));
}

static DoctorFinding check_systemd(StoreDirs *dirs)
{
        const char *runtime = store_dirs_user_runtime(dirs);
        g_autofree char *path = runtime != NULL ? g_build_filename(runtime, "systemd", "private", NULL) : NULL;

        return finding(path != NULL && access(path, F_OK) == 0, NULL);
}

static DoctorFinding check_gpu(StoreDirs *dirs)
{
        (void)dirs;
        return finding(access("/dev/dri", F_OK) == 0, g_strdup("/dev/dri"));
}

const DoctorCheck doctor_checks[] = {
        { "user-namespaces", N_("user namespaces"), check_user_namespaces, true, true, N_("no box can be made"),
          N_("ask the administrator of this host (in a container: its seccomp profile)") },
        { "apparmor", N_("no AppArmor restriction"), check_apparmor, false, false,
          N_("a new user namespace has no capabilities"),
          N_("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0") },
        { "kernel", N_("Linux 6.1 or newer"), check_kernel, true, true, N_("nothing below it was ever tried"),
          N_("a newer kernel from the distribution") },
        { "mounts", N_("mounts by descriptor"), check_mounts, false, true,
          N_("boxes are put together in a slower way; before Linux 5.12 not at all"), N_("Linux 6.15 or newer") },
        { "landlock", N_("Landlock scopes (ABI 6)"), check_landlock, false, true,
          N_("an isolated display and the host's network exclude each other"), N_("Linux 6.12 or newer") },
        { "programs", N_("Oriel's own programs"), check_programs, true, true, N_("nothing can be started"),
          N_("install Oriel again, as a whole") },
        { "runtime-dir", N_("a runtime directory"), check_runtime_dir, false, true,
          N_("sockets lie in the state directory, which does not empty itself"),
          N_("log in through the display manager or sshd, or set XDG_RUNTIME_DIR to a directory of yours, 0700") },
        { "plans", N_("remembered plans"), check_plans, false, true, N_("each launch is planned anew"),
          N_("make the directory writable for you; removing it forgets them") },
        { "display", N_("a display"), check_display, false, true, N_("only commands run, no desktop apps"),
          N_("set DISPLAY") },
        { "xephyr", N_("Xephyr"), check_xephyr, false, true, N_("an app's display can't be isolated"),
          N_("sudo apt-get install xserver-xephyr") },
        { "window-manager", N_("a small window manager"), check_window_manager, false, true,
          N_("windows of an isolated app have no frame and can't be moved"),
          N_("sudo apt-get install matchbox-window-manager") },
        { "session-bus", N_("a session bus"), check_session_bus, false, true,
          N_("no notifications, portals or single instances"),
          N_("sudo apt-get install dbus-user-session, and log in anew; or dbus-run-session -- oriel run ...") },
        { "systemd", N_("a systemd user manager"), check_systemd, false, false,
          N_("the manager is started by oriel itself"), N_("nothing to do") },
        { "cgroup", N_("a delegated cgroup v2"), check_cgroup, false, false,
          N_("limits hold for each process alone, not for the whole app"),
          N_("start with systemd-run --user --scope -p Delegate=yes") },
        { "fuse", N_("/dev/fuse"), check_fuse, false, false, N_("AppImages can't be mounted"),
          N_("sudo modprobe fuse; where it is there but closed to you: sudo chmod 666 /dev/fuse") },
        { "gpu", N_("a graphics device"), check_gpu, false, false, N_("devices=dri gives nothing"),
          N_("nothing to do") },
        { 0 },
};
