/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/keyring-key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/own.h"
#include "base/prefix.h"

static const char in_login[] = "login-keyring\n";

bool keyring_key_is_valid(const char *text, size_t n)
{
        return n == KEYRING_KEY_CHARS && strspn(text, "0123456789abcdef") == KEYRING_KEY_CHARS;
}

int keyring_key_make(char ret_key[KEYRING_KEY_SIZE])
{
        static const char digits[] = "0123456789abcdef";
        unsigned char random[KEYRING_KEY_CHARS / 2];

        if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
                return -errno;
        for (size_t i = 0; i < sizeof random; i++) {
                ret_key[2 * i] = digits[random[i] >> 4];
                ret_key[2 * i + 1] = digits[random[i] & 15];
        }
        ret_key[KEYRING_KEY_CHARS] = '\0';
        explicit_bzero(random, sizeof random);
        return 0;
}

int keyring_key_read(const char *path, KeyringKeyPlace *ret_place, char ret_key[KEYRING_KEY_SIZE])
{
        CLEANUP(freep) char *text = NULL;
        size_t n = 0;
        int r = own_file_read(&text, &n, AT_FDCWD, path, geteuid(), 256);

        ret_key[0] = '\0';
        *ret_place = KEYRING_KEY_NOWHERE;
        if (r == -ENOENT)
                return 0;
        if (r != 0)
                return r;
        if (strcmp(text, in_login) == 0) {
                *ret_place = KEYRING_KEY_IN_LOGIN;
        } else if (keyring_key_is_valid(text, n)) {
                *ret_place = KEYRING_KEY_IN_FILE;
                memcpy(ret_key, text, KEYRING_KEY_SIZE);
        } else {
                r = -EBADMSG;
        }
        explicit_bzero(text, n);
        return r;
}

int keyring_key_write(const char *path, const char *key)
{
        const char *text = key != NULL ? key : in_login;
        char fresh[PATH_MAX];
        CLEANUP(fd_closep) int fd = -1;
        int r;

        if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
                return -ENAMETOOLONG;
        (void)unlink(fresh);
        fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        r = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
        /* Without its key a keyring is lost: it is on the disk before it is used. */
        if (r == 0 && (fsync(fd) < 0 || rename(fresh, path) < 0))
                r = -errno;
        if (r < 0)
                (void)unlink(fresh);
        return r;
}

/* Runs the program; what it wrote.  -errno; -EIO: it did not end well. */
static int ask(const char *program, const char *path, char *const *environment, char ret_key[KEYRING_KEY_SIZE])
{
        const char *argv[] = { program, path, NULL };
        CLEANUP(fd_closep) int reading = -1, writing = -1;
        posix_spawn_file_actions_t actions;
        int ends[2], status = 0, r;
        size_t n = 0;
        pid_t pid = -1;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        reading = ends[0];
        writing = ends[1];
        r = -posix_spawn_file_actions_init(&actions);
        if (r < 0)
                return r;
        (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        (void)posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO);
        r = -posix_spawn(&pid, program, &actions, NULL, (char *const *)argv, environment);
        (void)posix_spawn_file_actions_destroy(&actions);
        writing = fd_close(writing);
        if (r < 0)
                return r;
        while (n < KEYRING_KEY_CHARS) {
                ssize_t more = read(reading, ret_key + n, KEYRING_KEY_CHARS - n);

                if (more < 0 && errno == EINTR)
                        continue;
                if (more <= 0)
                        break;
                n += (size_t)more;
        }
        ret_key[n] = '\0';
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                continue;
        return status == 0 && (n == 0 || keyring_key_is_valid(ret_key, n)) ? 0 : -EIO;
}

int keyring_key_get(const char *path, char *const *environment, char ret_key[KEYRING_KEY_SIZE])
{
        char prefix[PREFIX_SIZE], program[PREFIX_SIZE + 64];
        KeyringKeyPlace place = KEYRING_KEY_NOWHERE;
        int r = prefix_find(prefix);

        if (r == 0) {
                (void)snprintf(program, sizeof program, "%s/libexec/oriel/oriel-keyring-key", prefix);
                r = ask(program, path, environment, ret_key);
                if (r == 0)
                        return 0;
        }
        /* There is no such program, or it failed: the file alone. */
        r = keyring_key_read(path, &place, ret_key);
        if (r != 0 || place != KEYRING_KEY_NOWHERE)
                return r;
        r = keyring_key_make(ret_key);
        return r == 0 ? keyring_key_write(path, ret_key) : r;
}
