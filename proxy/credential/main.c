/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-credential: secrets that are added to requests outside the box.
 *
 *      oriel-credential make --state=FD --bundle=FD --credential=RULE...   by a launch: fills two files
 *      oriel-credential serve --fd=N --link=N --state=N --credential=RULE...   in a box of its own, without a network
 *
 * serve takes the rules from its state; they stand on its command line for the launch and for whoever looks.  1 with a
 * line on stderr for a failure. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "credential/http-request.h"
#include "credential/make.h"
#include "credential/serve.h"

enum { STATE_MAX_BYTES = 16 * 1024 * 1024 };

typedef struct Words {
        int fd, link, state, bundle;
        const char *rules[HTTP_REQUEST_MAX_RULES];
        size_t n_rules;
} Words;

static bool read_word(Words *words, const char *word)
{
        static const char rule[] = "--credential=";
        const struct {
                const char *name;
                int *place;
        } numbers[] = {
                { "--fd=", &words->fd },
                { "--link=", &words->link },
                { "--state=", &words->state },
                { "--bundle=", &words->bundle },
        };

        if (strncmp(word, rule, strlen(rule)) == 0 && words->n_rules < HTTP_REQUEST_MAX_RULES) {
                words->rules[words->n_rules++] = word + strlen(rule);
                return true;
        }
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
                size_t n = strlen(numbers[i].name);
                char *end = NULL;
                long number;

                if (strncmp(word, numbers[i].name, n) != 0)
                        continue;
                number = strtol(word + n, &end, 10);
                *numbers[i].place = (int)number;
                return word[n] != '\0' && *end == '\0' && number > 2 && number < 1024;
        }
        return false;
}

static int make(const Words *words, Buffer *error)
{
        CLEANUP(buffer_clear) Buffer state = BUFFER_INIT, bundle = BUFFER_INIT;
        int r = credential_make(words->rules, words->n_rules, &state, &bundle, error);

        if (r == 0)
                r = fd_write_all(words->state, state.bytes, state.n);
        if (r == 0)
                r = fd_write_all(words->bundle, bundle.bytes, bundle.n);
        if (state.bytes != NULL)
                explicit_bzero(state.bytes, state.n);
        return r;
}

/* The memfd is every start's of this program: it is read from its begin. */
static int serve(const Words *words, Buffer *error)
{
        CLEANUP(freep) char *state = NULL;
        size_t n = 0;
        int r = lseek(words->state, 0, SEEK_SET) < 0 ? -1 : fd_read_all(words->state, STATE_MAX_BYTES, &state, &n);

        return r < 0 ? r : credential_serve(words->link, words->fd, state, n, error);
}

int main(int argc, char **argv)
{
        Words words = { .fd = -1, .link = -1, .state = -1, .bundle = -1 };
        CLEANUP(buffer_clear) Buffer error = BUFFER_INIT;
        bool makes = argc > 1 && strcmp(argv[1], "make") == 0, serves = argc > 1 && strcmp(argv[1], "serve") == 0;
        int r;

        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        (void)signal(SIGPIPE, SIG_IGN);
        for (int i = 2; i < argc; i++)
                if (!read_word(&words, argv[i]))
                        makes = serves = false;
        if ((!makes && !serves) || words.state < 0 || (makes && words.bundle < 0) || (serves && words.link < 0)) {
                (void)fputs("oriel-credential: started by Oriel alone\n", stderr);
                return 2;
        }
        r = makes ? make(&words, &error) : serve(&words, &error);
        if (r == 0)
                return 0;
        (void)fprintf(stderr, "oriel: credential: %s\n", error.n > 0 ? buffer_text(&error) : strerror(-r));
        return 1;
}
