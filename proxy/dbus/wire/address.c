/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Server addresses: transport, colon, key=value pairs with %XX for odd bytes; semicolons between alternatives. */
#include "wire/address.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Unescapes n bytes into room bytes.  The length, or -EINVAL. */
static ssize_t unescape(char *into, size_t room, const char *text, size_t n)
{
        size_t n_into = 0;

        for (size_t i = 0; i < n; i++) {
                char byte = text[i];

                if (byte == '%') {
                        if (n - i < 3 || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
                                return -EINVAL;
                        byte = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
                        i += 2;
                }
                if (n_into == room || byte == '\0')
                        return -EINVAL;
                into[n_into++] = byte;
        }
        return (ssize_t)n_into;
}

static bool is_key(const char *pair, size_t n, const char *key)
{
        return n > strlen(key) && memcmp(pair, key, strlen(key)) == 0;
}

static int set_address(WireAddress *address, bool abstract, const char *value, size_t n, const char *more)
{
        struct sockaddr_un *un = &address->address;
        size_t room = sizeof un->sun_path - 1 - strlen(more);
        ssize_t n_path = strlen(more) < sizeof un->sun_path
                                 ? unescape(un->sun_path + (abstract ? 1 : 0), room, value, n)
                                 : -EINVAL;

        if (n_path <= 0)
                return -EINVAL;
        un->sun_family = AF_UNIX;
        if (abstract) {
                un->sun_path[0] = '\0';
                address->n_address = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n_path);
                return 0;
        }
        strcpy(un->sun_path + n_path, more);
        address->n_address = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n_path + strlen(more) + 1);
        return 0;
}

/* One key=value of a unix address.  0: it told where; 1: something else; -EINVAL. */
static int read_pair(WireAddress *address, const char *pair, size_t n, const char *runtime_dir)
{
        if (is_key(pair, n, "path="))
                return set_address(address, false, pair + 5, n - 5, "");
        if (is_key(pair, n, "abstract="))
                return set_address(address, true, pair + 9, n - 9, "");
        if (n == 11 && memcmp(pair, "runtime=yes", n) == 0)
                return runtime_dir != NULL ? set_address(address, false, runtime_dir, strlen(runtime_dir), "/bus")
                                           : -EINVAL;
        return memchr(pair, '=', n) != NULL ? 1 : -EINVAL;
}

int wire_address_next(WireAddress *ret_address, const char **text, const char *runtime_dir)
{
        WireAddress address = { 0 };
        const char *start = *text, *end = start + strcspn(start, ";"),
                   *colon = memchr(start, ':', (size_t)(end - start));
        bool found = false;

        if (*start == '\0')
                return -ENOENT;
        *text = end + (*end == ';');
        if (colon == NULL)
                return -EINVAL;
        if (colon - start != 4 || memcmp(start, "unix", 4) != 0)
                return WIRE_ADDRESS_OTHER;
        for (const char *pair = colon + 1; pair < end;) {
                size_t n = strcspn(pair, ",;");
                int r = read_pair(&address, pair, n, runtime_dir);

                if (r < 0 || (r == 0 && found))
                        return -EINVAL;
                found |= r == 0;
                pair += n + (pair[n] == ',');
        }
        if (!found)
                return WIRE_ADDRESS_OTHER; /* dir=, tmpdir=: for servers */
        *ret_address = address;
        return 0;
}
