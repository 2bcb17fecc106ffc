/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authentication: two small machines.  They may be this simple because both know one mechanism, EXTERNAL: a socket of
 * the file system has a peer whose identity the kernel vouches for. */
#include "wire/auth.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

/* The length of the first line with its CR LF; 0: not yet there; -EPROTO: never. */
static ssize_t find_line(const char *bytes, size_t n)
{
        const char *end = memchr(bytes, '\n', n);
        size_t n_line = end != NULL ? (size_t)(end - bytes) + 1 : n;

        if (n_line > AUTH_MAX_LINE)
                return -EPROTO;
        if (end == NULL)
                return 0;
        if (n_line < 2 || end[-1] != '\r')
                return -EPROTO;
        return (ssize_t)n_line;
}

/* Printable ASCII that begins with a capital, without its CR LF. */
static bool is_command(const char *line, size_t n)
{
        if (n == 0 || line[0] < 'A' || line[0] > 'Z')
                return false;
        for (size_t i = 0; i < n; i++)
                if (line[i] < 0x20 || line[i] > 0x7e)
                        return false;
        return true;
}

/* Is the line this word, alone or with arguments?  *ret_rest: the arguments. */
static bool has_word(const char *line, size_t n, const char *word, const char **ret_rest, size_t *ret_n)
{
        size_t n_word = strlen(word);

        if (n < n_word || memcmp(line, word, n_word) != 0 || (n > n_word && line[n_word] != ' '))
                return false;
        *ret_rest = line + n_word + (n > n_word);
        *ret_n = n - n_word - (n > n_word);
        return true;
}

/* Hex digits in pairs, as identities are written; none is one too. */
static bool is_hex(const char *text, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strchr("0123456789abcdefABCDEF", text[i]) == NULL || text[i] == '\0')
                        return false;
        return n % 2 == 0;
}

static void reject(AuthServer *auth, Buffer *answer)
{
        auth->state = AUTH_SERVER_AUTH;
        buffer_add_text(answer, "REJECTED EXTERNAL\r\n");
}

static void accept_identity(AuthServer *auth, const char *guid, const char *claim, size_t n, Buffer *answer)
{
        if (!is_hex(claim, n)) {
                reject(auth, answer);
                return;
        }
        auth->state = AUTH_SERVER_BEGIN;
        buffer_printf(answer, "OK %s\r\n", guid);
}

static void on_auth(AuthServer *auth, const char *guid, const char *rest, size_t n, Buffer *answer)
{
        const char *claim = NULL;
        size_t n_claim = 0;

        if (auth->state != AUTH_SERVER_AUTH) {
                buffer_add_text(answer, "ERROR\r\n");
                return;
        }
        if (!has_word(rest, n, "EXTERNAL", &claim, &n_claim)) {
                reject(auth, answer);
                return;
        }
        if (n_claim > 0) {
                accept_identity(auth, guid, claim, n_claim, answer);
                return;
        }
        auth->state = AUTH_SERVER_DATA;
        buffer_add_text(answer, "DATA\r\n");
}

/* One line without its CR LF.  true: it was BEGIN. */
static bool on_line(AuthServer *auth, const char *guid, const char *line, size_t n, Buffer *answer)
{
        const char *rest = NULL;
        size_t n_rest = 0;

        if (has_word(line, n, "AUTH", &rest, &n_rest)) {
                on_auth(auth, guid, rest, n_rest, answer);
        } else if (has_word(line, n, "DATA", &rest, &n_rest) && auth->state == AUTH_SERVER_DATA) {
                accept_identity(auth, guid, rest, n_rest, answer);
        } else if (has_word(line, n, "CANCEL", &rest, &n_rest) || has_word(line, n, "ERROR", &rest, &n_rest)) {
                reject(auth, answer);
        } else if (has_word(line, n, "NEGOTIATE_UNIX_FD", &rest, &n_rest) && auth->state == AUTH_SERVER_BEGIN) {
                auth->fds = true;
                buffer_add_text(answer, "AGREE_UNIX_FD\r\n");
        } else if (has_word(line, n, "BEGIN", &rest, &n_rest) && auth->state == AUTH_SERVER_BEGIN) {
                return true;
        } else {
                buffer_add_text(answer, "ERROR\r\n");
        }
        return false;
}

int auth_server_feed(
        AuthServer *auth, const char *guid, const char *untrusted, size_t n, size_t *ret_used, Buffer *answer)
{
        size_t used = 0;

        *ret_used = 0;
        if (auth->state == AUTH_SERVER_NUL && n > 0) {
                if (untrusted[0] != '\0')
                        return -EPROTO;
                auth->state = AUTH_SERVER_AUTH;
                used = 1;
        }
        for (;;) {
                ssize_t n_line = find_line(untrusted + used, n - used);

                if (n_line < 0)
                        return -EPROTO;
                if (n_line == 0)
                        break;
                if (!is_command(untrusted + used, (size_t)n_line - 2) || ++auth->n_lines > AUTH_MAX_LINES)
                        return -EPROTO;
                if (on_line(auth, guid, untrusted + used, (size_t)n_line - 2, answer)) {
                        auth->state = AUTH_SERVER_DONE;
                        *ret_used = used + (size_t)n_line;
                        return answer->failed ? -ENOMEM : AUTH_DONE;
                }
                used += (size_t)n_line;
        }
        *ret_used = used;
        return answer->failed ? -ENOMEM : 0;
}

void auth_client_start(AuthClient *auth, Buffer *line)
{
        /* No identity is claimed: the bus takes the one that the kernel gives it, which is right in every user
         * namespace. */
        static const char start[] = "\0AUTH EXTERNAL\r\nDATA\r\n";

        auth->state = AUTH_CLIENT_DATA;
        buffer_add(line, start, sizeof start - 1);
}

static int on_bus_line(AuthClient *auth, const char *line, size_t n)
{
        const char *rest = NULL;
        size_t n_rest = 0;

        switch (auth->state) {
        case AUTH_CLIENT_DATA:
                if (!has_word(line, n, "DATA", &rest, &n_rest))
                        return -EPROTO;
                auth->state = AUTH_CLIENT_OK;
                return 0;
        case AUTH_CLIENT_OK:
                if (!has_word(line, n, "OK", &rest, &n_rest) || n_rest != AUTH_GUID_LENGTH || !is_hex(rest, n_rest))
                        return -EPROTO;
                memcpy(auth->guid, rest, n_rest);
                auth->guid[n_rest] = '\0';
                auth->state = AUTH_CLIENT_WAIT;
                return AUTH_READY;
        case AUTH_CLIENT_AGREE:
                if (!has_word(line, n, "AGREE_UNIX_FD", &rest, &n_rest))
                        return -EPROTO;
                auth->state = AUTH_CLIENT_DONE;
                return AUTH_DONE;
        case AUTH_CLIENT_WAIT:
        case AUTH_CLIENT_DONE:
        default:
                return -EPROTO;
        }
}

int auth_client_feed(AuthClient *auth, const char *bytes, size_t n, size_t *ret_used)
{
        size_t used = 0;
        int r = 0;

        while (r == 0) {
                ssize_t n_line = find_line(bytes + used, n - used);

                if (n_line < 0)
                        r = -EPROTO;
                if (n_line <= 0)
                        break;
                r = on_bus_line(auth, bytes + used, (size_t)n_line - 2);
                used += (size_t)n_line;
        }
        *ret_used = used;
        return r;
}

int auth_client_begin(AuthClient *auth, bool fds, Buffer *lines)
{
        if (fds)
                buffer_add_text(lines, "NEGOTIATE_UNIX_FD\r\n");
        buffer_add_text(lines, "BEGIN\r\n");
        auth->state = fds ? AUTH_CLIENT_AGREE : AUTH_CLIENT_DONE;
        return fds ? 0 : AUTH_DONE;
}
