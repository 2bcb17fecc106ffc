/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bus rules: text to value.  Pure: no bus, no I/O, nothing kept between calls.  What several rules add up to is for
 * bus-policy.c. */
#include "rules/bus-rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ids/bus-name.h"

struct BusRule {
        BusRuleKind kind;
        bool below;      /* written with ".*" */
        bool path_below; /* "@PATH" ended in slash and star */
        char *name;
        char *interface, *member, *path; /* NULL: any */
};

static const char *const kind_words[] = {
        [BUS_RULE_SEE] = "see",   [BUS_RULE_TALK] = "talk",           [BUS_RULE_OWN] = "own",
        [BUS_RULE_CALL] = "call", [BUS_RULE_BROADCAST] = "broadcast",
};
_Static_assert(sizeof kind_words == _BUS_RULE_KIND_MAX * sizeof *kind_words, "a word is missing");

static const char *const access_words[] = {
        [BUS_ACCESS_NONE] = "none",
        [BUS_ACCESS_SEE] = "see",
        [BUS_ACCESS_TALK] = "talk",
        [BUS_ACCESS_OWN] = "own",
};
_Static_assert(sizeof access_words == _BUS_ACCESS_MAX * sizeof *access_words, "a word is missing");

static int parse_name(BusRule *rule, ParseError *ret_error, const char *text, size_t n)
{
        rule->below = n >= 2 && memcmp(text + n - 2, ".*", 2) == 0;
        n -= rule->below ? 2 : 0;
        if (!bus_name_is_well_known(text, n))
                return parse_error_set(ret_error, 0, BUS_RULE_BAD_NAME);
        rule->name = strndup(text, n);
        return rule->name != NULL ? 0 : -ENOMEM;
}

static int parse_method(BusRule *rule, const char *text, size_t n)
{
        const char *dot = memrchr(text, '.', n);
        size_t n_interface = dot != NULL ? (size_t)(dot - text) : n;

        if (n == 0 || text[0] == '*')
                return 0;
        rule->interface = strndup(text, n_interface);
        if (rule->interface == NULL)
                return -ENOMEM;
        if (dot == NULL || (n - n_interface == 2 && dot[1] == '*'))
                return 0;
        rule->member = strndup(dot + 1, n - n_interface - 1);
        return rule->member != NULL ? 0 : -ENOMEM;
}

static int parse_path(BusRule *rule, ParseError *ret_error, const char *text, size_t offset)
{
        size_t n = strlen(text);

        if (n == 0)
                return 0;
        rule->path_below = n >= 2 && memcmp(text + n - 2, "/*", 2) == 0;
        if (rule->path_below)
                n -= n > 2 ? 2 : 1; /* of "/" + star the root itself is left */
        if (!bus_path_is_valid(text, n))
                return parse_error_set(ret_error, offset, BUS_RULE_BAD_PATH);
        rule->path = strndup(text, n);
        return rule->path != NULL ? 0 : -ENOMEM;
}

int bus_rule_parse(BusRule **ret_rule, ParseError *ret_error, BusRuleKind kind, const char *text)
{
        CLEANUP(bus_rule_freep) BusRule *rule = calloc(1, sizeof *rule);
        bool filter = kind == BUS_RULE_CALL || kind == BUS_RULE_BROADCAST;
        size_t n_name = filter ? strcspn(text, "=") : strlen(text);
        int r;

        if (rule == NULL)
                return -ENOMEM;
        rule->kind = kind;
        if (filter && text[n_name] == '\0')
                return parse_error_set(ret_error, n_name, BUS_RULE_NO_FILTER);
        r = parse_name(rule, ret_error, text, n_name);
        if (r != 0)
                return r;
        if (filter) {
                const char *method = text + n_name + 1;
                size_t n_method = strcspn(method, "@");
                const char *path = method + n_method;

                r = parse_method(rule, method, n_method);
                if (r == 0 && *path == '@')
                        r = parse_path(rule, ret_error, path + 1, (size_t)(path + 1 - text));
                if (r != 0)
                        return r;
        }
        *ret_rule = STEAL(rule);
        return 0;
}

void bus_rule_free(BusRule *rule)
{
        if (rule == NULL)
                return;
        free(rule->name);
        free(rule->interface);
        free(rule->member);
        free(rule->path);
        free(rule);
}

BusRuleKind bus_rule_kind(const BusRule *rule)
{
        return rule->kind;
}

const char *bus_rule_name(const BusRule *rule)
{
        return rule->name;
}

bool bus_rule_is_below(const BusRule *rule)
{
        return rule->below;
}

static bool covers_path(const BusRule *rule, const char *path)
{
        size_t n = strlen(rule->path);

        if (!rule->path_below || n == 1)
                return rule->path_below || strcmp(path, rule->path) == 0;
        /* Only a slash leads below: /org/aEvil is no child of /org/a. */
        return strncmp(path, rule->path, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

bool bus_rule_covers_act(const BusRule *rule, const BusAct *act)
{
        /* A field that is absent is covered only by a rule that does not ask: D-Bus lets a call leave its interface
         * out, and then the receiver chooses. */
        if (rule->interface != NULL && (act->interface == NULL || strcmp(act->interface, rule->interface) != 0))
                return false;
        if (rule->member != NULL && (act->member == NULL || strcmp(act->member, rule->member) != 0))
                return false;
        return rule->path == NULL || (act->path != NULL && covers_path(rule, act->path));
}

const char *bus_rule_kind_word(BusRuleKind kind)
{
        return kind < _BUS_RULE_KIND_MAX ? kind_words[kind] : NULL;
}

const char *bus_access_word(BusAccess access)
{
        return access < _BUS_ACCESS_MAX ? access_words[access] : NULL;
}
