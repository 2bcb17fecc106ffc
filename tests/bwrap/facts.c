/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program inside a sandbox can tell about it, one fact a line.  Static: some sandboxes hold nothing else.
 * usage: facts [PATH...]: of each path its mode, size and beginning too. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static void copy_file(const char *name, const char *path)
{
        char line[8192];
        FILE *file = fopen(path, "r");

        if (file == NULL) {
                printf("%s: none\n", name);
                return;
        }
        while (fgets(line, sizeof line, file) != NULL)
                printf("%s: %s", name, line);
        fclose(file);
}

static void ids(void)
{
        uid_t r, e, s;
        gid_t a, b, c;

        getresuid(&r, &e, &s);
        getresgid(&a, &b, &c);
        printf("ids: %u %u %u %u %u %u\n", r, e, s, a, b, c);
        printf("process: %s, session %s\n", getpid() == 1 ? "1" : "not 1",
               getsid(0) == getpid() ? "leader"
               : getsid(0) == 0      ? "outside"
                                     : "other");
}

static void capabilities(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2] = { 0 };
        unsigned long long bounding = 0, ambient = 0;

        syscall(SYS_capget, &header, data);
        for (int cap = 0; cap < 64; cap++) {
                bounding |= (unsigned long long)(prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1) << cap;
                ambient |= (unsigned long long)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1) << cap;
        }
        printf("caps: eff %08x%08x prm %08x%08x inh %08x%08x bnd %llx amb %llx\n", data[1].effective, data[0].effective,
               data[1].permitted, data[0].permitted, data[1].inheritable, data[0].inheritable, bounding, ambient);
        printf("flags: nnp %d dumpable %d seccomp %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
               prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

static void signals(void)
{
        sigset_t blocked;
        int death = 0;

        sigprocmask(SIG_SETMASK, NULL, &blocked);
        prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
        printf("death signal: %d\n", death);
        for (int i = 1; i < 65; i++) {
                struct sigaction action = { 0 };

                if (sigismember(&blocked, i) == 1)
                        printf("blocked: %d\n", i);
                if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
                        printf("ignored: %d\n", i);
        }
}

static void descriptors(const char *name, const char *directory)
{
        for (int fd = 0; fd < 300; fd++) {
                char path[64], text[4096];
                ssize_t n;

                snprintf(path, sizeof path, "%s/%d", directory, fd);
                n = readlink(path, text, sizeof text - 1);
                if (n < 0 && (strcmp(name, "fd") != 0 || fcntl(fd, F_GETFD) < 0))
                        continue;
                text[n < 0 ? 0 : n] = '\0';
                printf("%s: %d %s\n", name, fd, text);
        }
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void environment(char **list)
{
        size_t n = 0;

        while (list[n] != NULL)
                n++;
        qsort(list, n, sizeof *list, by_name);
        for (size_t i = 0; i < n; i++)
                printf("env: %s\n", list[i]);
}

static void directory(const char *path)
{
        char *names[512] = { NULL };
        size_t n = 0;
        DIR *dir = opendir(path);

        for (struct dirent *entry; dir != NULL && n < 512 && (entry = readdir(dir)) != NULL;)
                names[n++] = strdup(entry->d_name);
        qsort(names, n, sizeof *names, by_name);
        for (size_t i = 0; i < n; i++) {
                char whole[4096], text[4096] = "";
                struct stat st;
                ssize_t length;

                if (strcmp(names[i], ".") == 0 || strcmp(names[i], "..") == 0)
                        continue;
                snprintf(whole, sizeof whole, "%s/%s", path, names[i]);
                if (lstat(whole, &st) < 0)
                        continue;
                length = readlink(whole, text, sizeof text - 1);
                text[length < 0 ? 0 : length] = '\0';
                printf("entry: %s/%s %o %s\n", strcmp(path, "/") == 0 ? "" : path, names[i], st.st_mode, text);
        }
        if (dir != NULL)
                closedir(dir);
}

static void one_path(const char *path)
{
        struct stat st;
        char text[65] = "";
        int fd;

        if (stat(path, &st) < 0) {
                printf("path: %s none\n", path);
                return;
        }
        if (S_ISREG(st.st_mode) && (fd = open(path, O_RDONLY)) >= 0) {
                ssize_t n = read(fd, text, sizeof text - 1);

                text[n < 0 ? 0 : n] = '\0';
                text[strcspn(text, "\n")] = '\0';
                close(fd);
        }
        printf("path: %s %o owner %u:%u write %d '%s'\n", path, st.st_mode, st.st_uid, st.st_gid,
               access(path, W_OK) == 0, text);
}

/* Does process 1 have this one's descriptor 9?  The host's process 1 may have one of its own. */
static int holds_ours(void)
{
        char ours[4096], its[4096];
        ssize_t n = readlink("/proc/self/fd/9", ours, sizeof ours), m = readlink("/proc/1/fd/9", its, sizeof its);

        return n > 0 && n == m && memcmp(ours, its, (size_t)n) == 0;
}

int main(int argc, char **argv, char **env)
{
        struct utsname name;
        char cwd[4096];
        mode_t mask = umask(0);

        printf("argv0: %s\n", argv[0]);
        descriptors("fd", "/proc/self/fd");
        ids();
        capabilities();
        signals();
        printf("umask: %o\ncwd: %s\n", mask, getcwd(cwd, sizeof cwd) == NULL ? "?" : cwd);
        uname(&name);
        printf("hostname: %s\n", name.nodename);
        environment(env);
        for (int i = 1; i < argc; i++)
                one_path(argv[i]);
        directory("/");
        directory("/dev");
        copy_file("uid_map", "/proc/self/uid_map");
        copy_file("gid_map", "/proc/self/gid_map");
        copy_file("setgroups", "/proc/self/setgroups");
        copy_file("mount", "/proc/self/mountinfo");
        /* Process 1 goes on beside this one: what was opened for this one it closes first. */
        for (int i = 0; getpid() != 1 && i < 200 && holds_ours(); i++)
                usleep(10000);
        usleep(20000);
        copy_file("status 1", "/proc/1/status");
        if (getpid() != 1)
                descriptors("fd of 1", "/proc/1/fd");
        return 0;
}
