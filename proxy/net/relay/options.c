/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "ids/net-credential.h"

static const char *const listener_words[] = {
        [OPTIONS_DNS_UDP] = "dns-udp",
        [OPTIONS_DNS_TCP] = "dns-tcp",
        [OPTIONS_PROXY] = "proxy",
        [OPTIONS_TCP] = "tcp",
};
_Static_assert(sizeof listener_words == _OPTIONS_LISTENER_MAX * sizeof *listener_words, "a word is missing");

/* The value, where the argument is "--NAME=VALUE". */
static const char *value_of(const char *argument, const char *name)
{
        size_t n = strlen(name);

        return strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, n) == 0 && argument[2 + n] == '='
                       ? argument + 3 + n
                       : NULL;
}

static int read_fd(const char *text)
{
        char *end = NULL;
        long number = strtol(text, &end, 10);

        return *text == '\0' || *end != '\0' || number < 3 || number > 1023 ? -1 : (int)number;
}

static int bad(Buffer *error, const char *argument)
{
        buffer_add_text(error, "not an option: ");
        buffer_add_escaped(error, argument);
        return -EINVAL;
}

/* 1: it was one. */
static int take_listener(Options *options, const char *argument, Buffer *error)
{
        for (size_t i = 0; i < _OPTIONS_LISTENER_MAX; i++) {
                const char *value = value_of(argument, listener_words[i]);

                if (value == NULL)
                        continue;
                if (options->n_listeners == OPTIONS_MAX_LISTENERS || read_fd(value) < 0)
                        return bad(error, argument);
                if (fcntl(read_fd(value), F_GETFD) < 0)
                        return 1;
                options->listeners[options->n_listeners].kind = (OptionsListener)i;
                options->listeners[options->n_listeners++].fd = read_fd(value);
                return 1;
        }
        return 0;
}

static int take_rule(Options *options, const char *argument, Buffer *error)
{
        for (size_t i = 0; i < _NET_RULE_KIND_MAX; i++) {
                const char *value = value_of(argument, net_rule_kind_word((NetRuleKind)i));
                int r;

                if (value == NULL)
                        continue;
                r = net_policy_add(options->policy, (NetRuleKind)i, value, NULL);
                return r < 0 ? r : r > 0 ? bad(error, argument) : 1;
        }
        return 0;
}

/* 1: it was one. */
static int take_port(Options *options, const char *argument, Buffer *error)
{
        const char *value = value_of(argument, "port-in");
        char *end = NULL;
        unsigned long outside, inside = 0;

        if (value == NULL)
                return 0;
        outside = strtoul(value, &end, 10);
        if (*end == ':')
                inside = strtoul(end + 1, &end, 10);
        if (*end != '\0' || outside == 0 || outside > UINT16_MAX || inside == 0 || inside > UINT16_MAX ||
            options->n_ports == OPTIONS_MAX_PORTS)
                return bad(error, argument);
        options->ports[options->n_ports].outside = (uint16_t)outside;
        options->ports[options->n_ports++].inside = (uint16_t)inside;
        return 1;
}

/* Channels; 1: it was one. */
static int take_fd(Options *options, const char *argument)
{
        const struct {
                const char *name;
                int *place;
        } fds[] = {
                { "fd", &options->ready_fd },
                { "mediator", &options->mediator_fd },
                { "birth", &options->birth_fd },
                { "credential-link", &options->credential_fd },
        };

        for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
                const char *value = value_of(argument, fds[i].name);

                if (value == NULL || read_fd(value) < 0)
                        continue;
                *fds[i].place = read_fd(value);
                return 1;
        }
        return 0;
}

static int take(Options *options, const char *argument, Buffer *error)
{
        int r = take_listener(options, argument, error);
        const char *value = NULL;

        if (r == 0)
                r = take_rule(options, argument, error);
        if (r == 0)
                r = take_port(options, argument, error);
        if (r == 0)
                r = take_fd(options, argument);
        if (r != 0)
                return r < 0 ? r : 0;
        value = value_of(argument, "names");
        if (value != NULL) {
                options->names = value;
                return 0;
        }
        value = value_of(argument, "budget");
        if (value != NULL) {
                r = budgets_add(options->budgets, value);
                return r == -EINVAL ? bad(error, argument) : r;
        }
        value = value_of(argument, "credential");
        if (value != NULL && options->n_credentials < OPTIONS_MAX_CREDENTIALS &&
            net_credential_parse(&(NetCredential){ 0 }, NULL, value) == 0) {
                options->credentials[options->n_credentials++] = value;
                return 0;
        }
        return bad(error, argument);
}

int relay_options_parse(Options *ret_options, int argc, char *const *argv, Buffer *error)
{
        *ret_options = (Options){ .ready_fd = -1,
                                  .mediator_fd = -1,
                                  .birth_fd = -1,
                                  .credential_fd = -1,
                                  .policy = net_policy_new(),
                                  .budgets = budgets_new() };
        if (ret_options->policy == NULL || ret_options->budgets == NULL)
                return -ENOMEM;
        for (int i = 1; i < argc; i++) {
                int r = take(ret_options, argv[i], error);

                if (r < 0)
                        return r;
        }
        return 0;
}

void relay_options_clear(Options *options)
{
        net_policy_free(options->policy);
        options->policy = NULL;
        budgets_free(options->budgets);
        options->budgets = NULL;
}
