/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-keyring-key FILE: the key of an app's own keyring, on standard output.  Where the login keyring can be had it
 * keeps the key, also one that lay in the file so far; else the file keeps it, and it is said.  Nothing on standard
 * output and status 0: the login keyring has it and can't be asked now.
 *
 * A program of its own, since a launch is made by one that is small and static; it lives for a few milliseconds, and
 * ends by itself when a bus or a keyring hangs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/prefix.h"
#include "keyring/login.h"
#include "start/keyring-key.h"

enum { PATIENCE_S = 5 };

static void say(const char *path, const char *what, const char *why)
{
        g_autofree char *shown = g_strescape(why, NULL);

        g_printerr("oriel: %s: %s: %s\n", path, what, shown);
}

/* One launch at a time: of two that make a key only one's counts. */
static int lock(const char *path)
{
        g_autofree char *directory = g_path_get_dirname(path);
        CLEANUP(fd_closep) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd >= 0 && flock(fd, LOCK_EX) == 0 ? fd_steal(&fd) : -1;
}

/* The key goes into the login keyring, is seen to be there, and only then leaves the file. */
static gboolean move(Login *login, const char *path, const char *key, GError **error)
{
        g_autofree char *kept = NULL;

        if (!login_store(login, path, key, error))
                return FALSE;
        kept = login_look_up(login, path, error);
        if (g_strcmp0(kept, key) != 0)
                return FALSE;
        return keyring_key_write(path, NULL) == 0;
}

/* 0, with the key, or none where it can't be had now; or -errno. */
static int get(const char *path, char key[KEYRING_KEY_SIZE])
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Login) login = login_open(&error);
        g_autofree char *kept = NULL;
        KeyringKeyPlace place = KEYRING_KEY_NOWHERE;
        int r = keyring_key_read(path, &place, key);

        if (r != 0)
                return r;
        if (place == KEYRING_KEY_IN_LOGIN) {
                kept = login != NULL ? login_look_up(login, path, &error) : NULL;
                if (kept != NULL && keyring_key_is_valid(kept, strlen(kept)))
                        memcpy(key, kept, KEYRING_KEY_SIZE);
                else
                        say(path, _("the login keyring has the key of the app's keyring, which stays locked"),
                            error != NULL ? error->message : _("it is no longer there"));
                return 0;
        }
        if (place == KEYRING_KEY_NOWHERE)
                r = keyring_key_make(key);
        if (r == 0 && login != NULL && move(login, path, key, &error))
                return 0;
        if (r == 0 && place == KEYRING_KEY_NOWHERE) {
                r = keyring_key_write(path, key);
                say(path, _("the key of the app's keyring lies in this file (0600)"),
                    error != NULL ? error->message : _("the login keyring did not keep it"));
        }
        return r;
}

int main(int argc, char **argv)
{
        char prefix[PREFIX_SIZE], key[KEYRING_KEY_SIZE] = "";
        CLEANUP(fd_closep) int held = -1;
        int r;

        if (argc != 2 || argv[1][0] != '/') {
                g_printerr("usage: oriel-keyring-key FILE\n");
                return 2;
        }
        (void)alarm(PATIENCE_S);
        if (prefix_find(prefix) == 0)
                prefix_choose_language(prefix);
        held = lock(argv[1]);
        r = get(argv[1], key);
        if (r == 0)
                r = fd_write_all(STDOUT_FILENO, key, strlen(key));
        explicit_bzero(key, sizeof key);
        return r == 0 ? 0 : 1;
}
