/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files, descriptors, environment, mounts, and the kernel objects that have names: what of the host is still here? */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

/* --- descriptors ------------------------------------------------------------------------------------------------- */

/* The probe itself holds a pipe and this directory. */
static Verdict try_descriptors(char *detail)
{
        char path[64], target[512];

        for (int fd = 3; fd < 4096; fd++) {
                if (fcntl(fd, F_GETFD) < 0)
                        continue;
                snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
                ssize_t n = readlink(path, target, sizeof target - 1);

                target[n < 0 ? 0 : n] = '\0';
                if (strncmp(target, "pipe:", 5) != 0 || fcntl(fd, F_GETFD) != FD_CLOEXEC)
                        return verdict(OPEN, detail, "descriptor %d is %s", fd, target);
        }
        return verdict(REFUSED, detail, "only 0, 1 and 2");
}

/* Through whatever descriptor came along, to what the host's home holds. */
static Verdict try_descriptor_walk(char *detail)
{
        const char *name = strrchr(bait("secret-file"), '/') + 1;

        for (int fd = 0; fd < 4096; fd++) {
                int found = openat(fd, name, O_RDONLY | O_CLOEXEC);

                if (found >= 0)
                        return verdict(OPEN, detail, "%s opens through descriptor %d", name, fd);
        }
        return verdict(REFUSED, detail, "through none");
}

static Verdict try_working_directory(char *detail)
{
        char path[4096];

        if (getcwd(path, sizeof path) == NULL)
                return verdict(OPEN, detail, "getcwd: %s", strerrorname_np(errno));
        if (path[0] != '/')
                return verdict(OPEN, detail, "%s", path);
        /* CVE-2024-21626: a working directory of the host, from which ".." leads on. */
        if (access("../../../../../../../../..", F_OK) == 0 && access(bait("host-file"), F_OK) == 0)
                return verdict(OPEN, detail, "%s leads to the host", path);
        return verdict(REFUSED, detail, "%s", path);
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static Verdict try_secret_files(char *detail)
{
        const char *path;

        for (size_t i = 0; (path = bait_nth("secret-file", i)) != NULL; i++) {
                if (access(path, F_OK) == 0)
                        return verdict(OPEN, detail, "%s is there", path);
        }
        return verdict(REFUSED, detail, "none is there");
}

static Verdict try_home_is_empty(char *detail)
{
        const char *home = getenv("HOME");
        DIR *directory = home == NULL ? NULL : opendir(home);
        struct dirent *entry;

        if (directory == NULL)
                return verdict(REFUSED, detail, "no home");
        while ((entry = readdir(directory)) != NULL) {
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        return verdict(OPEN, detail, "%s/%s", home, entry->d_name);
        }
        return verdict(REFUSED, detail, "%s is empty", home);
}

static Verdict try_write_system(char *detail)
{
        static const char *const places[] = { "/usr", "/etc", "/bin", "/lib", "/usr/local/bin", "/", "/dev", "/sys" };
        char path[64];

        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
                snprintf(path, sizeof path, "%s/oriel-was-here", places[i]);
                if (open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) < 0)
                        continue;
                unlink(path);
                return verdict(OPEN, detail, "%s can be written", places[i]);
        }
        return verdict(REFUSED, detail, "nowhere");
}

static Verdict try_hard_link(char *detail)
{
        char target[4096];

        snprintf(target, sizeof target, "%s/link", getenv("HOME") == NULL ? "/tmp" : getenv("HOME"));
        return by_result(link(bait("program"), target), detail);
}

static Verdict try_devices(char *detail)
{
        static const char *const allowed[] = { "null",    "zero",   "full",   "random", "urandom", "tty",
                                               "console", "ptmx",   "pts",    "shm",    "mqueue",  "fd",
                                               "stdin",   "stdout", "stderr", "core" };
        DIR *directory = opendir("/dev");
        struct dirent *entry;

        while (directory != NULL && (entry = readdir(directory)) != NULL) {
                size_t i = 0;

                while (i < sizeof allowed / sizeof *allowed && strcmp(entry->d_name, allowed[i]) != 0)
                        i++;
                if (entry->d_name[0] != '.' && i == sizeof allowed / sizeof *allowed)
                        return verdict(OPEN, detail, "/dev/%s", entry->d_name);
        }
        return verdict(REFUSED, detail, "only the harmless ones");
}

/* --- mounts ------------------------------------------------------------------------------------------------------ */

/* Calls look(mount point, options) for each line of mountinfo until it answers OPEN. */
static Verdict for_each_mount(Verdict (*look)(const char *point, const char *options, const char *line, char *),
                              char *detail)
{
        char *text = read_file("/proc/self/mountinfo", NULL);
        int n = 0;

        for (char *line = text == NULL ? NULL : strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
                char point[4096] = "", options[512] = "";

                if (sscanf(line, "%*d %*d %*s %*s %4095s %511s", point, options) != 2)
                        return verdict(OPEN, detail, "can't read the line \"%s\"", line);
                n++;
                if (look(point, options, line, detail) == OPEN)
                        return OPEN;
        }
        return verdict(n > 0 ? REFUSED : ABSENT, detail, "%d mounts", n);
}

static bool has_option(const char *options, const char *word)
{
        size_t n = strlen(word);

        for (const char *at = options; (at = strstr(at, word)) != NULL; at += n) {
                if ((at == options || at[-1] == ',') && (at[n] == ',' || at[n] == '\0'))
                        return true;
        }
        return false;
}

static Verdict look_at_flags(const char *point, const char *options, const char *line, char *detail)
{
        (void)line;
        if (!has_option(options, "nosuid"))
                return verdict(OPEN, detail, "%s has no nosuid (%s)", point, options);
        if (strncmp(point, "/dev/", 5) != 0 && !has_option(options, "nodev"))
                return verdict(OPEN, detail, "%s has no nodev (%s)", point, options);
        return REFUSED;
}

static Verdict try_mount_flags(char *detail)
{
        return for_each_mount(look_at_flags, detail);
}

/* Whatever is no tmpfs of its own, and no pseudo file system, is read-only. */
static Verdict look_at_writable(const char *point, const char *options, const char *line, char *detail)
{
        static const char *const kinds[] = { " - tmpfs ", " - proc ", " - devpts ", " - mqueue ", " - devtmpfs " };

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                if (strstr(line, kinds[i]) != NULL)
                        return REFUSED;
        }
        return has_option(options, "ro") ? REFUSED : verdict(OPEN, detail, "%s is writable (%s)", point, options);
}

static Verdict try_writable_mounts(char *detail)
{
        return for_each_mount(look_at_writable, detail);
}

static Verdict look_at_instance(const char *point, const char *options, const char *line, char *detail)
{
        (void)point;
        (void)options;
        return strstr(line, "oriel/instances") == NULL ? REFUSED : verdict(OPEN, detail, "\"%s\"", line);
}

static Verdict try_mount_names(char *detail)
{
        return for_each_mount(look_at_instance, detail);
}

/* --- words of the host ------------------------------------------------------------------------------------------- */

static Verdict try_environment(char *detail)
{
        static const char *const allowed[] = { "ALL_PROXY",
                                               "COLORTERM",
                                               "DBUS_SESSION_BUS_ADDRESS",
                                               "DISPLAY",
                                               "HOME",
                                               "HTTPS_PROXY",
                                               "LANG",
                                               "LANGUAGE",
                                               "LOGNAME",
                                               "NODE_USE_ENV_PROXY",
                                               "NO_COLOR",
                                               "NO_PROXY",
                                               "PATH",
                                               "PWD",
                                               "SHELL",
                                               "SHLVL",
                                               "TERM",
                                               "TMPDIR",
                                               "TZ",
                                               "USER",
                                               "XAUTHORITY",
                                               "XDG_CACHE_HOME",
                                               "XDG_CONFIG_HOME",
                                               "XDG_DATA_DIRS",
                                               "XDG_CONFIG_DIRS",
                                               "XDG_CURRENT_DESKTOP",
                                               "XDG_DATA_HOME",
                                               "XDG_RUNTIME_DIR",
                                               "XDG_SESSION_TYPE",
                                               "XDG_STATE_HOME",
                                               "all_proxy",
                                               "container",
                                               "http_proxy",
                                               "https_proxy",
                                               "no_proxy" };

        for (char **at = environ; *at != NULL; at++) {
                size_t n = strcspn(*at, "="), i = 0;

                while (i < sizeof allowed / sizeof *allowed &&
                       (strlen(allowed[i]) != n || strncmp(*at, allowed[i], n) != 0))
                        i++;
                if (i == sizeof allowed / sizeof *allowed && strncmp(*at, "LC_", 3) != 0)
                        return verdict(OPEN, detail, "%.*s", (int)n, *at);
        }
        return verdict(REFUSED, detail, "only names of the allow-list");
}

static Verdict scan_file(const char *path, char *detail)
{
        size_t n = 0;
        char *bytes = read_file(path, &n);
        const char *marker;

        for (size_t i = 0; bytes != NULL && (marker = bait_nth("marker", i)) != NULL; i++) {
                if (memmem(bytes, n, marker, strlen(marker)) != NULL)
                        return verdict(OPEN, detail, "%s holds \"%s\"", path, marker);
        }
        return REFUSED;
}

static Verdict scan_tree(const char *path, int depth, char *detail)
{
        DIR *directory = opendir(path);
        struct dirent *entry;
        Verdict found = REFUSED;

        while (directory != NULL && found == REFUSED && (entry = readdir(directory)) != NULL) {
                char child[4096];

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
                if (entry->d_type == DT_DIR && depth > 0)
                        found = scan_tree(child, depth - 1, detail);
                else if (entry->d_type == DT_REG)
                        found = scan_file(child, detail);
        }
        if (directory != NULL)
                closedir(directory);
        return found;
}

static Verdict try_markers(char *detail)
{
        static const char *const files[] = { "environ", "cmdline", "mountinfo", "mounts", "mountstats",
                                             "cgroup",  "status",  "maps",      "smaps",  "net/unix",
                                             "net/tcp", "limits",  "sched" };
        char path[64];

        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                snprintf(path, sizeof path, "/proc/self/%s", files[i]);
                if (scan_file(path, detail) == OPEN)
                        return OPEN;
        }
        if (scan_tree("/etc", 3, detail) == OPEN || scan_tree("/run", 4, detail) == OPEN ||
            scan_tree("/proc/sys/kernel", 0, detail) == OPEN || scan_tree("/var/lib/dbus", 1, detail) == OPEN)
                return OPEN;
        return verdict(REFUSED, detail, "no marker found");
}

/* --- objects with names ------------------------------------------------------------------------------------------ */

static Verdict try_shm(char *detail)
{
        return by_result(shmget((key_t)bait_number("shm-key"), 0, 0), detail);
}

static Verdict try_message_queue(char *detail)
{
        return by_result(msgget((key_t)bait_number("msg-key"), 0), detail);
}

static Verdict try_posix_queue(char *detail)
{
        if (bait("mqueue") == NULL)
                return verdict(ABSENT, detail, "the host could make none");
        return by_result(mq_open(bait("mqueue"), O_RDONLY), detail);
}

static Verdict try_dev_shm(char *detail)
{
        return by_result(open(bait("dev-shm"), O_RDONLY | O_CLOEXEC), detail);
}

static Verdict try_session_key(char *detail)
{
        enum { SEARCH = 10, SESSION = -3 };

        return by_result(syscall(SYS_keyctl, SEARCH, SESSION, "user", bait("key"), 0), detail);
}

static Verdict try_user_key(char *detail)
{
        enum { SEARCH = 10, USER = -4 };

        return by_result(syscall(SYS_keyctl, SEARCH, USER, "user", bait("user-key"), 0), detail);
}

const Attempt file_attempts[] = {
        { "inherited-descriptors", "inherited-descriptors passed-descriptors template-parts", try_descriptors },
        { "walk-through-descriptors", "inherited-descriptors", try_descriptor_walk },
        { "working-directory", "CVE-2024-21626", try_working_directory },
        { "secret-files", "leaks", try_secret_files },
        { "home-is-empty", "leaks", try_home_is_empty },
        { "write-system-directories", "CVE-2017-9780 CVE-2022-29162", try_write_system },
        { "hard-link-host-file", "hard-links", try_hard_link },
        { "devices", "CVE-2017-9780 CVE-2022-29162", try_devices },
        { "mounts-nosuid-nodev", "CVE-2017-9780 CVE-2022-29162", try_mount_flags },
        { "mounts-read-only", "recursive-read-only", try_writable_mounts },
        { "mounts-name-instance-directory", "leaks", try_mount_names },
        { "environment-allow-list", "environment", try_environment },
        { "markers-of-the-host", "leaks", try_markers },
        { "sysv-shared-memory", "ipc", try_shm },
        { "sysv-message-queue", "ipc", try_message_queue },
        { "posix-message-queue", "ipc", try_posix_queue },
        { "dev-shm", "ipc", try_dev_shm },
        { "key-in-session-keyring", "keyring", try_session_key },
        { "key-in-user-keyring", "keyring", try_user_key },
        { 0 },
};
