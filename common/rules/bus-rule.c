/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bus rules: text to value.  Pure: no bus, no I/O, nothing kept between calls.  What several rules add up to is for
 * bus-policy.c. */
#include "rules/bus-rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ids/bus-name.h"

/* Conditions on the first argument. */
typedef enum ArgumentKind {
        ARGUMENT_TEXT,
        ARGUMENT_NAMESPACE,
        ARGUMENT_PATH,
        _ARGUMENT_MAX,
} ArgumentKind;

static const char *const argument_words[] = {
        [ARGUMENT_TEXT] = "arg0=",
        [ARGUMENT_NAMESPACE] = "arg0namespace=",
        [ARGUMENT_PATH] = "arg0path=",
};
_Static_assert(sizeof argument_words == _ARGUMENT_MAX * sizeof *argument_words, "a word is missing");

struct BusRule {
        BusRuleKind kind;
        bool below;      /* written with ".*" */
        bool path_below; /* "@PATH" ended in slash and star */
        char *name;
        bool filtered;                   /* call, broadcast; ask and deny with "=" */
        char *interface, *member, *path; /* NULL: any */
        char *argument[_ARGUMENT_MAX];   /* NULL: any */
};

static const char *const kind_words[] = {
        [BUS_RULE_SEE] = "see",   [BUS_RULE_TALK] = "talk",           [BUS_RULE_OWN] = "own",
        [BUS_RULE_CALL] = "call", [BUS_RULE_BROADCAST] = "broadcast", [BUS_RULE_ASK] = "ask",
        [BUS_RULE_DENY] = "deny",
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

static int parse_path(BusRule *rule, ParseError *ret_error, const char *text, size_t n, size_t offset)
{
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

/* "org.example", or one element of it. */
static bool is_namespace(const char *text, size_t n)
{
        return bus_member_is_valid(text, n) || bus_name_is_well_known(text, n);
}

/* One condition, without its comma. */
static int parse_argument(BusRule *rule, const char *text, size_t n)
{
        for (ArgumentKind kind = 0; kind < _ARGUMENT_MAX; kind++) {
                size_t n_word = strlen(argument_words[kind]);
                const char *value = text + n_word;

                if (n <= n_word || strncmp(text, argument_words[kind], n_word) != 0)
                        continue;
                if (rule->argument[kind] != NULL || (kind == ARGUMENT_NAMESPACE && !is_namespace(value, n - n_word)) ||
                    (kind == ARGUMENT_PATH && value[0] != '/'))
                        return BUS_RULE_BAD_ARGUMENT;
                rule->argument[kind] = strndup(value, n - n_word);
                return rule->argument[kind] != NULL ? 0 : -ENOMEM;
        }
        return BUS_RULE_BAD_ARGUMENT;
}

/* [METHOD][@PATH]{,CONDITION}; offset: of the filter in the rule. */
static int parse_filter(BusRule *rule, ParseError *ret_error, const char *filter, size_t offset)
{
        size_t n_method = strcspn(filter, "@,");
        const char *at = filter + n_method;
        int r = parse_method(rule, filter, n_method);

        if (r == 0 && *at == '@') {
                size_t n_path = strcspn(++at, ",");

                r = parse_path(rule, ret_error, at, n_path, offset + (size_t)(at - filter));
                at += n_path;
        }
        while (r == 0 && *at == ',') {
                size_t n = strcspn(++at, ",");

                r = parse_argument(rule, at, n);
                if (r > 0)
                        return parse_error_set(ret_error, offset + (size_t)(at - filter), r);
                at += n;
        }
        return r;
}

int bus_rule_parse(BusRule **ret_rule, ParseError *ret_error, BusRuleKind kind, const char *text)
{
        CLEANUP(bus_rule_freep) BusRule *rule = calloc(1, sizeof *rule);
        bool filter = kind == BUS_RULE_CALL || kind == BUS_RULE_BROADCAST;
        bool may_filter = filter || kind == BUS_RULE_ASK || kind == BUS_RULE_DENY;
        size_t n_name = may_filter ? strcspn(text, "=") : strlen(text);
        int r;

        if (rule == NULL)
                return -ENOMEM;
        rule->kind = kind;
        if (filter && text[n_name] == '\0')
                return parse_error_set(ret_error, n_name, BUS_RULE_NO_FILTER);
        r = parse_name(rule, ret_error, text, n_name);
        if (r != 0)
                return r;
        rule->filtered = text[n_name] == '=';
        if (rule->filtered) {
                r = parse_filter(rule, ret_error, text + n_name + 1, n_name + 1);
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
        for (ArgumentKind kind = 0; kind < _ARGUMENT_MAX; kind++)
                free(rule->argument[kind]);
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

bool bus_rule_has_filter(const BusRule *rule)
{
        return rule->filtered;
}

bool bus_rule_has_argument(const BusRule *rule)
{
        for (ArgumentKind kind = 0; kind < _ARGUMENT_MAX; kind++)
                if (rule->argument[kind] != NULL)
                        return true;
        return false;
}

/* As in match rules: one of two paths may be the other's beginning up to a slash. */
static bool is_path_of(const char *wanted, const char *path)
{
        size_t n_wanted = strlen(wanted), n_path = strlen(path);

        if (strcmp(wanted, path) == 0)
                return true;
        return n_wanted > 0 && n_path > 0 &&
               ((wanted[n_wanted - 1] == '/' && strncmp(wanted, path, n_wanted) == 0) ||
                (path[n_path - 1] == '/' && strncmp(path, wanted, n_path) == 0));
}

static bool covers_argument(const BusRule *rule, const BusAct *act)
{
        const char *text = rule->argument[ARGUMENT_TEXT], *below = rule->argument[ARGUMENT_NAMESPACE];
        const char *path = rule->argument[ARGUMENT_PATH];
        size_t n = below != NULL ? strlen(below) : 0;

        if (act->argument == NULL)
                return false;
        /* arg0 and arg0namespace speak of strings, arg0path of paths, too. */
        if (text != NULL && (act->is_path || strcmp(text, act->argument) != 0))
                return false;
        if (below != NULL && (act->is_path || strncmp(below, act->argument, n) != 0 ||
                              (act->argument[n] != '\0' && act->argument[n] != '.')))
                return false;
        return path == NULL || is_path_of(path, act->argument);
}

bool bus_rule_covers_act(const BusRule *rule, const BusAct *act, bool unread)
{
        /* A field that is absent is covered only by a rule that does not ask: D-Bus lets a call leave its interface
         * out, and then the receiver chooses. */
        if (rule->interface != NULL && (act->interface == NULL || strcmp(act->interface, rule->interface) != 0))
                return false;
        if (rule->member != NULL && (act->member == NULL || strcmp(act->member, rule->member) != 0))
                return false;
        if (rule->path != NULL && (act->path == NULL || !covers_path(rule, act->path)))
                return false;
        if (!bus_rule_has_argument(rule))
                return true;
        return act->read ? covers_argument(rule, act) : unread;
}

const char *bus_rule_kind_word(BusRuleKind kind)
{
        return kind < _BUS_RULE_KIND_MAX ? kind_words[kind] : NULL;
}

const char *bus_access_word(BusAccess access)
{
        return access < _BUS_ACCESS_MAX ? access_words[access] : NULL;
}
