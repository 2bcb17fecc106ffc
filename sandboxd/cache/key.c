/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache/key.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/prefix.h"

#define HEAD "oriel-plan-1"

enum { MAX_GROUPS = 256 };

/* Where things are, which person, which display, bus and language; then whatever may pass into a box (the planner's
 * allow-list).  A name that ends in '*' stands for all that begin so.  A secret has no place here: it would be written
 * down; it is a slot (HACKING). */
static const char *const counted[] = {
        "HOME",
        "PATH",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "XDG_DATA_DIRS",
        "DISPLAY",
        "XAUTHORITY",
        "WAYLAND_DISPLAY",
        "DBUS_SESSION_BUS_ADDRESS",
        "DBUS_SYSTEM_BUS_ADDRESS",
        "AT_SPI_BUS_ADDRESS",
        "PULSE_SERVER",
        "PIPEWIRE_REMOTE",
        "CUPS_SERVER",
        "PCSCLITE_CSOCK_NAME",
        "SSH_AUTH_SOCK",
        "LANG",
        "LANGUAGE",
        "LC_*",
        "TZ",
        "TERM",
        "COLORTERM",
        "TERM_PROGRAM",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "FORCE_COLOR",
        "SHELL",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "XDG_CURRENT_DESKTOP",
        "XDG_SESSION_DESKTOP",
        "DESKTOP_SESSION",
        "XCURSOR_THEME",
        "XCURSOR_SIZE",
        "GTK_THEME",
        "GDK_SCALE",
        "GDK_DPI_SCALE",
        "QT_SCALE_FACTOR",
        "QT_AUTO_SCREEN_SCALE_FACTOR",
        "QT_FONT_DPI",
        "QT_QPA_PLATFORMTHEME",
        "GTK_IM_MODULE",
        "QT_IM_MODULE",
        "XMODIFIERS",
};

bool cache_key_counts(const char *variable)
{
        size_t n = strcspn(variable, "=");

        for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
                size_t n_row = strlen(counted[i]);

                if (counted[i][n_row - 1] == '*') {
                        if (n >= n_row - 1 && memcmp(variable, counted[i], n_row - 1) == 0)
                                return true;
                } else if (n == n_row && memcmp(variable, counted[i], n) == 0) {
                        return true;
                }
        }
        return false;
}

static void add(Buffer *key, const char *text)
{
        buffer_add(key, text, strlen(text) + 1);
}

static void add_number(Buffer *key, uint64_t number)
{
        char text[24];

        (void)snprintf(text, sizeof text, "%" PRIu64, number);
        add(key, text);
}

static void add_person(Buffer *key)
{
        gid_t groups[MAX_GROUPS];
        int n = getgroups(MAX_GROUPS, groups);

        add_number(key, getuid());
        add_number(key, geteuid());
        add_number(key, getgid());
        add_number(key, getegid());
        if (n < 0) {
                key->failed = true;
                return;
        }
        add_number(key, (uint64_t)n);
        for (int i = 0; i < n; i++)
                add_number(key, groups[i]);
}

static void add_place(Buffer *key)
{
        char directory[PREFIX_SIZE];

        /* "(unreachable)" is the kernel's word for a directory outside our root. */
        if (getcwd(directory, sizeof directory) == NULL || *directory != '/')
                key->failed = true;
        else
                add(key, directory);
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
                errno = 0;
                add(key, isatty(fd) == 1 ? "terminal" : errno == EBADF ? "closed" : "other");
        }
}

void cache_key(Buffer *ret_key, char *const *argv, char *const *environment, const char *prefix)
{
        size_t n = 0;

        add(ret_key, HEAD);
        add(ret_key, ORIEL_VERSION);
        add(ret_key, prefix);
        add_person(ret_key);
        add_place(ret_key);
        while (argv[0] != NULL && argv[1 + n] != NULL)
                n++;
        add_number(ret_key, n);
        for (size_t i = 0; i < n; i++)
                add(ret_key, argv[1 + i]);
        for (; *environment != NULL; environment++)
                if (cache_key_counts(*environment))
                        add(ret_key, *environment);
}

void cache_key_name(char ret_name[CACHE_NAME_SIZE], const Buffer *key)
{
        uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

        for (size_t i = 0; i < key->n; i++)
                hash = (hash ^ (unsigned char)key->bytes[i]) * 0x100000001b3;
        (void)snprintf(ret_name, CACHE_NAME_SIZE, "%016" PRIx64, hash);
}
