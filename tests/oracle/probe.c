/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program in a box reaches, one fact a line: enumerated, judged by no one.  Static, since a box may have no
 * library.  usage: probe ABSTRACT-SOCKET DEPTH:PATH...; below PATH so many levels, or less where a longer PATH says so.
 *
 *      f TYPE DEVICE:INODE RIGHTS PATH [LINK]     RIGHTS: r w x as the file may really be opened; c: connected
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

enum { FDS = 4096, MAX_ROOTS = 64 };

typedef struct Root {
        const char *path;
        int depth;
} Root;

static Root roots[MAX_ROOTS];
static size_t n_roots;

static void put(const char *text)
{
        for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
                if (*p <= ' ' || *p > '~' || *p == '%')
                        (void)printf("%%%02x", *p);
                else
                        (void)putchar(*p);
}

static int connect_to(const char *path, size_t n_path, int kind)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r;

        if (fd < 0)
                return -errno;
        memcpy(address.sun_path, path, n_path);
        r = connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n_path));
        r = r < 0 ? -errno : 0;
        close(fd);
        return r;
}

/* By its directory, since a path may be too long for an address. */
static bool connects(int directory, const char *name)
{
        char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
        int r = -EPROTOTYPE, n = snprintf(path, sizeof path, "/proc/self/fd/%d/%s", directory, name);

        if (n < 0 || (size_t)n >= sizeof path)
                return false;
        r = connect_to(path, (size_t)n + 1, SOCK_STREAM);
        if (r == -EPROTOTYPE)
                r = connect_to(path, (size_t)n + 1, SOCK_DGRAM);
        return r == 0 || r == -EAGAIN;
}

/* ENXIO, EBUSY and the like come from a driver: the permission was there.  ETXTBSY comes before the mount is asked. */
static bool opens(int directory, const char *name, int flags)
{
        int fd = openat(directory, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

        if (fd < 0 && errno == ETXTBSY)
                return faccessat(directory, name, W_OK, 0) == 0;
        if (fd < 0)
                return errno != EACCES && errno != EPERM && errno != EROFS;
        close(fd);
        return true;
}

static void put_rights(int directory, const char *name, mode_t type)
{
        bool really = S_ISREG(type) || S_ISCHR(type) || S_ISBLK(type);

        if (S_ISLNK(type))
                return;
        if (really ? opens(directory, name, O_RDONLY) : faccessat(directory, name, R_OK, 0) == 0)
                (void)putchar('r');
        if (really ? opens(directory, name, O_WRONLY) : faccessat(directory, name, W_OK, 0) == 0)
                (void)putchar('w');
        if (faccessat(directory, name, X_OK, 0) == 0)
                (void)putchar('x');
        if (S_ISSOCK(type) && connects(directory, name))
                (void)putchar('c');
}

static char type_letter(mode_t mode)
{
        return S_ISDIR(mode)    ? 'd'
               : S_ISREG(mode)  ? 'f'
               : S_ISLNK(mode)  ? 'l'
               : S_ISSOCK(mode) ? 's'
               : S_ISCHR(mode)  ? 'c'
               : S_ISBLK(mode)  ? 'b'
                                : 'p';
}

/* How far to go below this directory, where the one above it left so far. */
static int depth_of(const char *path, int inherited)
{
        for (size_t i = 0; i < n_roots; i++)
                if (strcmp(roots[i].path, path) == 0)
                        return roots[i].depth;
        return inherited;
}

static void walk(int parent, const char *name, const char *path, int depth)
{
        int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *entry;

        if (directory == NULL) {
                if (fd >= 0)
                        close(fd);
                return;
        }
        while ((entry = readdir(directory)) != NULL) {
                char below[PATH_MAX], link[PATH_MAX];
                struct stat st = { 0 };
                ssize_t n;
                int left;

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    snprintf(below, sizeof below, "%s/%s", strcmp(path, "/") == 0 ? "" : path, entry->d_name) >=
                            (int)sizeof below ||
                    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                left = depth_of(below, depth - 1);
                if (left < 0)
                        continue;
                (void)printf("f %c %u:%u:%lu .", type_letter(st.st_mode), major(st.st_dev), minor(st.st_dev),
                             (unsigned long)st.st_ino);
                put_rights(fd, entry->d_name, st.st_mode);
                (void)putchar(' ');
                put(below);
                n = S_ISLNK(st.st_mode) ? readlinkat(fd, entry->d_name, link, sizeof link - 1) : -1;
                if (n >= 0) {
                        link[n] = '\0';
                        (void)putchar(' ');
                        put(link);
                }
                (void)putchar('\n');
                if (S_ISDIR(st.st_mode) && left > 0)
                        walk(fd, entry->d_name, below, left);
        }
        closedir(directory);
}

static void put_processes(void)
{
        DIR *directory = opendir("/proc");
        const struct dirent *entry;

        while (directory != NULL && (entry = readdir(directory)) != NULL) {
                char path[PATH_MAX], name[64] = "";
                FILE *file;

                if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
                        continue;
                (void)snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
                file = fopen(path, "re");
                if (file == NULL || fgets(name, sizeof name, file) == NULL)
                        name[0] = '\0';
                if (file != NULL)
                        (void)fclose(file);
                name[strcspn(name, "\n")] = '\0';
                (void)printf("process %s ", entry->d_name);
                put(name);
                (void)putchar('\n');
        }
        if (directory != NULL)
                closedir(directory);
}

static void put_namespaces(void)
{
        static const char *const names[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time" };

        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                char path[64], link[64];
                ssize_t n;

                (void)snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
                n = readlink(path, link, sizeof link - 1);
                if (n < 0)
                        continue;
                link[n] = '\0';
                (void)printf("namespace %s %s\n", names[i], link);
        }
}

static void put_status(void)
{
        static const char *const wanted[] = {
                "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"
        };
        FILE *file = fopen("/proc/self/status", "re");
        char line[256];

        while (file != NULL && fgets(line, sizeof line, file) != NULL)
                for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
                        if (strncmp(line, wanted[i], strlen(wanted[i])) == 0 && line[strlen(wanted[i])] == ':')
                                (void)printf("status %s %s", wanted[i], line + strlen(wanted[i]) + 2);
        if (file != NULL)
                (void)fclose(file);
}

/* In a process of its own: one of them may work. */
static void put_calls(void)
{
#define ROW(name_, number_, ...) { name_, number_, { __VA_ARGS__ } },
        static const struct {
                const char *name;
                long number, arguments[6];
        } rows[] = { ORACLE_CALLS(ROW) };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                const long *a = rows[i].arguments;
                int status = 0;
                pid_t child;

                (void)fflush(stdout);
                child = fork();
                if (child == 0) {
                        long r = syscall(rows[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);

                        _exit(r < 0 ? errno & 0xff : 0);
                }
                if (child > 0 && waitpid(child, &status, 0) == child)
                        (void)printf("call %s %d\n", rows[i].name,
                                     WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status));
        }
}

static void put_interfaces(void)
{
        struct if_nameindex *list = if_nameindex();

        for (size_t i = 0; list != NULL && list[i].if_index != 0; i++)
                (void)printf("interface %s\n", list[i].if_name);
        if (list != NULL)
                if_freenameindex(list);
}

int main(int argc, char **argv)
{
        static char buffer[1 << 16];
        char abstract[108] = "";
        struct utsname machine = { 0 };

        (void)setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
        for (int fd = 0; fd < FDS; fd++)
                if (fcntl(fd, F_GETFD) >= 0)
                        (void)printf("fd %d\n", fd);
        if (argc < 2)
                return 2;
        for (int i = 2; i < argc && n_roots < MAX_ROOTS; i++) {
                char *end = NULL;
                long depth = strtol(argv[i], &end, 10);

                roots[n_roots++] = (Root){ .path = end + 1, .depth = (int)depth };
        }
        for (char **at = environ; *at != NULL; at++) {
                (void)printf("env ");
                put(*at);
                (void)putchar('\n');
        }
        (void)printf("id %u %u\n", getuid(), getgid());
        for (int i = 0; i < (int)RLIM_NLIMITS; i++) {
                struct rlimit limit = { 0 };

                if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
                        (void)printf("limit %d %lu %lu\n", i, (unsigned long)limit.rlim_cur,
                                     (unsigned long)limit.rlim_max);
        }
        uname(&machine);
        (void)printf("hostname ");
        put(machine.nodename);
        (void)putchar('\n');
        put_interfaces();
        put_namespaces();
        put_status();
        put_processes();
        (void)snprintf(abstract + 1, sizeof abstract - 1, "%s", argv[1]);
        (void)printf("abstract %d\n", -connect_to(abstract, strlen(argv[1]) + 1, SOCK_STREAM));
        put_calls();
        walk(AT_FDCWD, "/", "/", depth_of("/", 1));
        (void)printf("end\n");
        return fflush(stdout) == 0 ? 0 : 1;
}
