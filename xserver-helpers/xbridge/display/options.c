/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "display/daemon.h"
#include "judge/popup.h"

typedef enum Kind {
        KIND_FD,
        KIND_TEXT,
        KIND_COLOUR,
        KIND_NUMBER,
        KIND_YES,
        KIND_EXCHANGE,
} Kind;

static const char *const exchange_words[] = {
        [EXCHANGE_NONE] = "none", [EXCHANGE_TO_APP] = "to-app", [EXCHANGE_FROM_APP] = "from-app",
        [EXCHANGE_BOTH] = "both", [EXCHANGE_ASK] = "ask",
};
_Static_assert(sizeof exchange_words == _EXCHANGE_MAX * sizeof *exchange_words, "a word is missing");

static const struct {
        const char *name;
        Kind kind;
        size_t at;
        uint32_t most;
} rows[] = {
        { "link", KIND_FD, offsetof(DaemonOptions, link_fd), 0 },
        { "fd", KIND_FD, offsetof(DaemonOptions, ready_fd), 0 },
        { "mediator", KIND_FD, offsetof(DaemonOptions, mediator_fd), 0 },
        { "name", KIND_TEXT, offsetof(DaemonOptions, label), 0 },
        { "class", KIND_TEXT, offsetof(DaemonOptions, class), 0 },
        { "instance", KIND_TEXT, offsetof(DaemonOptions, instance), 0 },
        { "border", KIND_COLOUR, offsetof(DaemonOptions, border), 0 },
        { "popup-share", KIND_NUMBER, offsetof(DaemonOptions, share_percent), 100 },
        { "frames", KIND_NUMBER, offsetof(DaemonOptions, frames), 1000 },
        { "fullscreen", KIND_YES, offsetof(DaemonOptions, may_fullscreen), 0 },
        { "clipboard", KIND_EXCHANGE, offsetof(DaemonOptions, clipboard), 0 },
        { "primary", KIND_EXCHANGE, offsetof(DaemonOptions, primary), 0 },
};

/* -1: none, or too large. */
static long number(const char *text, int base, long most)
{
        char *end = NULL;
        long value;

        if (*text == '\0' || strspn(text, "0123456789abcdefABCDEF") != strlen(text))
                return -1;
        value = strtol(text, &end, base);
        return *end != '\0' || value < 0 || value > most ? -1 : value;
}

static bool take(DaemonOptions *options, size_t row, const char *value)
{
        void *at = (char *)options + rows[row].at;
        long n = -1;

        switch (rows[row].kind) {
        case KIND_FD:
                n = number(value, 10, 1023);
                if (n >= 3)
                        *(int *)at = (int)n;
                return n >= 3;
        case KIND_TEXT:
                *(const char **)at = value;
                return true;
        case KIND_COLOUR:
                n = *value == '#' && strlen(value) == 7 ? number(value + 1, 16, 0xffffff) : -1;
                break;
        case KIND_NUMBER:
                n = number(value, 10, (long)rows[row].most);
                break;
        case KIND_YES:
                *(bool *)at = strcmp(value, "yes") == 0;
                return *(bool *)at || strcmp(value, "no") == 0;
        case KIND_EXCHANGE:
                for (unsigned i = 0; i < _EXCHANGE_MAX; i++)
                        if (strcmp(value, exchange_words[i]) == 0) {
                                *(DaemonExchange *)at = (DaemonExchange)i;
                                return true;
                        }
                return false;
        default:
                return false;
        }
        if (n >= 0)
                *(uint32_t *)at = (uint32_t)n;
        return n >= 0;
}

int daemon_options_parse(DaemonOptions *ret_options, int argc, char *const *argv, Buffer *error)
{
        *ret_options = (DaemonOptions){ .link_fd = -1,
                                        .ready_fd = -1,
                                        .mediator_fd = -1,
                                        .label = "box",
                                        .class = "oriel",
                                        .instance = "0",
                                        .border = 0xc02020,
                                        .share_percent = POPUP_SHARE_PERCENT };
        for (int i = 1; i < argc; i++) {
                const char *sign = strncmp(argv[i], "--", 2) == 0 ? strchr(argv[i], '=') : NULL;
                bool good = false;

                for (size_t row = 0; sign != NULL && row < sizeof rows / sizeof *rows; row++)
                        if (strlen(rows[row].name) == (size_t)(sign - argv[i] - 2) &&
                            strncmp(argv[i] + 2, rows[row].name, (size_t)(sign - argv[i] - 2)) == 0)
                                good = take(ret_options, row, sign + 1);
                if (good)
                        continue;
                buffer_add_text(error, "not an option: ");
                buffer_add_escaped(error, argv[i]);
                return -EINVAL;
        }
        if (ret_options->link_fd >= 0)
                return 0;
        buffer_add_text(error, "--link=FD is missing");
        return -EINVAL;
}
