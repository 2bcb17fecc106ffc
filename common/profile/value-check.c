/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that are names, words and numbers.  Paths are in value-path.c, the network's in value-network.c. */

#include "profile/value-check.h"

#include <string.h>

#include "base/i18n.h"
#include "ids/app-id.h"
#include "ids/bus-name.h"
#include "ids/env-name.h"
#include "profile/suggest.h"
#include "profile/value.h"
#include "seccomp/calls.h"

char *value_fault(ValueFault *ret_fault, gsize at, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        ret_fault->sentence = g_strdup_vprintf(format, args);
        va_end(args);
        ret_fault->at = at;
        return NULL;
}

char *value_read_text(const char *text, ValueFault *ret_fault)
{
        if (*text == '\0')
                return value_fault(ret_fault, 0, _("No value"));
        for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c))
                if (g_unichar_iscntrl(g_utf8_get_char(c)))
                        return value_fault(ret_fault, (gsize)(c - text), _("A control character"));
        return g_strdup(text);
}

char *value_read_word(const char *text, const char *const *words, ValueFault *ret_fault)
{
        g_autofree char *all = NULL;
        const char *nearest = NULL;

        if (g_strv_contains(words, text))
                return g_strdup(text);
        if (strstr(text, " #") != NULL)
                return value_fault(ret_fault, 0, _("Unknown word \"%s\"; a comment is a line of its own"), text);
        nearest = suggest_nearest(text, words);
        if (nearest != NULL)
                return value_fault(ret_fault, 0, _("Unknown word \"%s\"; did you mean \"%s\"?"), text, nearest);
        all = g_strjoinv(", ", (char **)words);
        return value_fault(ret_fault, 0, _("Unknown word \"%s\"; known are: %s"), text, all);
}

char *value_read_app_id(const char *text, ValueFault *ret_fault)
{
        gsize n = strlen(text);

        if (!app_id_is_valid(text, n))
                return value_fault(ret_fault, 0,
                                   _("Not an application id: \"%s\"; it has three elements or more, such as "
                                     "org.example.App, with a dash only in the last one"),
                                   text);
        if (app_id_is_reserved(text, n))
                return value_fault(ret_fault, 0, _("The id \"%s\" is one of those that Oriel gives out itself"), text);
        return g_strdup(text);
}

char *value_read_program(const char *text, ValueFault *ret_fault)
{
        if (strchr(text, '/') != NULL && text[0] != '/')
                return value_fault(ret_fault, 0, _("Not a program's name or absolute path: \"%s\""), text);
        return value_read_text(text, ret_fault);
}

#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* Letters, digits and more; the first is a letter or digit. */
static char *read_name(const char *text, const char *more, const char *what, ValueFault *ret_fault)
{
        g_autofree char *allowed = g_strconcat(NAME_LETTERS, more, NULL);
        gsize n = strspn(text, allowed);

        if (strspn(text, NAME_LETTERS) == 0)
                return value_fault(ret_fault, 0, _("Not %s: \"%s\""), _(what), text);
        if (text[n] != '\0')
                return value_fault(ret_fault, n, _("Not %s: \"%s\""), _(what), text);
        return g_strdup(text);
}

char *value_read_profile_name(const char *text, ValueFault *ret_fault)
{
        g_autofree char *name = read_name(text, "._-/", N_("a profile's name"), ret_fault);

        if (name != NULL && (strstr(name, "..") != NULL || strstr(name, "//") != NULL || g_str_has_suffix(name, "/")))
                return value_fault(ret_fault, 0, _("Not %s: \"%s\""), _("a profile's name"), text);
        return g_steal_pointer(&name);
}

char *value_read_alias(const char *text, ValueFault *ret_fault)
{
        return read_name(text, "._+-", N_("a short name"), ret_fault);
}

char *value_read_tree(const char *text, ValueFault *ret_fault)
{
        if (text[0] == '/')
                return value_read_path(text, ret_fault);
        return read_name(text, "._-", N_("a tree's name or absolute path"), ret_fault);
}

char *value_read_bus_pattern(const char *text, ValueFault *ret_fault)
{
        if (!bus_name_is_pattern(text, strlen(text)))
                return value_fault(ret_fault, 0, _("Not a well-known bus name: \"%s\""), text);
        /* No grant reaches Oriel itself, so a line that asks for it is a mistake or worse. */
        if (g_str_has_prefix(text, "org.oriel."))
                return value_fault(ret_fault, 0, _("Oriel's own names are never reached from a box: \"%s\""), text);
        return g_strdup(text);
}

char *value_read_env_name(const char *text, ValueFault *ret_fault)
{
        if (!env_name_is_valid(text, strlen(text)))
                return value_fault(ret_fault, 0, _("Not the name of an environment variable: \"%s\""), text);
        return g_strdup(text);
}

/* "arg0=TEXT", "arg0namespace=NAME" and "arg0path=PATH", with commas between, as the mediator reads them. */
static gboolean are_bus_conditions(const char *text)
{
        g_auto(GStrv) parts = g_strsplit(text, ",", -1);

        if (parts[0] == NULL)
                return FALSE;
        for (gsize i = 0; parts[i] != NULL; i++) {
                const char *value = strchr(parts[i], '=');
                gsize n = value != NULL ? (gsize)(value - parts[i]) : 0;

                if (n == 0 || value[1] == '\0')
                        return FALSE;
                if (strncmp(parts[i], "arg0namespace", n) == 0 && n == strlen("arg0namespace")) {
                        if (!bus_member_is_valid(value + 1, strlen(value + 1)) &&
                            !bus_name_is_well_known(value + 1, strlen(value + 1)))
                                return FALSE;
                } else if (!(strncmp(parts[i], "arg0path", n) == 0 && n == strlen("arg0path") && value[1] == '/') &&
                           !(strncmp(parts[i], "arg0", n) == 0 && n == strlen("arg0"))) {
                        return FALSE;
                }
                for (gsize other = 0; other < i; other++)
                        if (strncmp(parts[other], parts[i], n + 1) == 0)
                                return FALSE;
        }
        return TRUE;
}

/* "*", "a.b", "a.b.*" or "a.b.Member", each with "@PATH" behind it or without (PATH may end in a slash and a star); or
 * the path alone; and conditions behind it. */
static gboolean is_bus_method(const char *rule)
{
        gsize n_text = strcspn(rule, ",");
        g_autofree char *text = g_strndup(rule, n_text);
        const char *at = strchr(text, '@');
        gsize n = at != NULL ? (gsize)(at - text) : n_text;

        if (rule[n_text] != '\0' && !are_bus_conditions(rule + n_text + 1))
                return FALSE;
        if (at != NULL) {
                gsize n_path = strlen(at + 1);

                if (g_str_has_suffix(at + 1, "/*"))
                        n_path -= n_path == 2 ? 1 : 2;
                if (!bus_path_is_valid(at + 1, n_path))
                        return FALSE;
        }
        if (n == 0)
                return at != NULL || rule[n_text] != '\0';
        if (n == 1 && text[0] == '*')
                return TRUE;
        if (n > 2 && text[n - 1] == '*' && text[n - 2] == '.')
                n -= 2;
        return bus_interface_is_valid(text, n);
}

char *value_read_bus_rule(const char *text, ValueFault *ret_fault)
{
        static const char *const words[] = { "inner", "ask", "deny", "see", "talk", "own", NULL };
        static const char *const all[] = { "inner", "ask",        "deny", "see",   "talk",  "own",
                                           "call:", "broadcast:", "ask:", "deny:", "arg0:", NULL };
        static const char *const filters[] = { "call:", "broadcast:", "ask:", "deny:", NULL };
        const char *nearest = NULL, *colon = strchr(text, ':');
        g_autofree char *prefix = colon != NULL ? g_strndup(text, (gsize)(colon - text) + 1) : NULL;

        if (g_strv_contains(words, text))
                return g_strdup(text);
        if (prefix != NULL && g_strv_contains(filters, prefix)) {
                if (is_bus_method(colon + 1))
                        return g_strdup(text);
                return value_fault(
                        ret_fault, (gsize)(colon - text) + 1,
                        _("Not INTERFACE.MEMBER, INTERFACE.* or *, with @/PATH and ,arg0=TEXT or without: \"%s\""),
                        colon + 1);
        }
        if (g_str_has_prefix(text, "arg0:") && colon != NULL && colon[1] != '\0' && strpbrk(text, ";,") == NULL)
                return value_read_text(text, ret_fault);
        nearest = suggest_nearest(text, all);
        if (nearest != NULL)
                return value_fault(ret_fault, 0, _("Unknown rule \"%s\"; did you mean \"%s\"?"), text, nearest);
        return value_fault(ret_fault, 0,
                           _("Unknown rule \"%s\"; it is inner, ask, deny, see, talk, own, call:, broadcast:, ask:, "
                             "deny: or arg0:"),
                           text);
}

char *value_read_border(const char *text, ValueFault *ret_fault)
{
        if (g_str_equal(text, "auto") || g_str_equal(text, "none"))
                return g_strdup(text);
        if (text[0] != '#' || strlen(text) != 7 || strspn(text + 1, "0123456789abcdefABCDEF") != 6)
                return value_fault(ret_fault, 0, _("Not a colour: \"%s\"; write auto, none or #rrggbb"), text);
        return g_ascii_strdown(text, -1);
}

/* Digits only (no sign, no blank), at most max, and *end behind them. */
static gboolean read_number(const char *text, guint64 max, guint64 *ret_number, const char **ret_end)
{
        guint64 number = 0;
        const char *c = text;

        for (; g_ascii_isdigit(*c); c++) {
                guint digit = (guint)g_ascii_digit_value(*c);

                if (number > (max - digit) / 10)
                        return FALSE;
                number = number * 10 + digit;
        }
        *ret_number = number;
        *ret_end = c;
        return c > text;
}

/* A number and one letter of units, which stand for factors[]. */
static gboolean read_with_unit(const char *text, const char *units, const guint64 *factors, guint64 *ret_number)
{
        const char *end = NULL, *unit = NULL;
        guint64 number = 0, factor = 1;

        if (!read_number(text, G_MAXINT64, &number, &end))
                return FALSE;
        if (*end != '\0') {
                unit = strchr(units, *end);
                if (unit == NULL || end[1] != '\0')
                        return FALSE;
                factor = factors[unit - units];
        }
        if (number == 0 || number > G_MAXINT64 / factor)
                return FALSE;
        *ret_number = number * factor;
        return TRUE;
}

gboolean profile_size_parse(const char *text, guint64 *ret_bytes)
{
        static const guint64 factors[] = { 1u << 10, 1u << 20, 1u << 30, G_GUINT64_CONSTANT(1) << 40 };

        return read_with_unit(text, "KMGT", factors, ret_bytes);
}

gboolean profile_time_parse(const char *text, guint64 *ret_seconds)
{
        static const guint64 factors[] = { 1, 60, 3600 };

        return read_with_unit(text, "smh", factors, ret_seconds);
}

gboolean profile_screen_parse(const char *text, guint *ret_width, guint *ret_height)
{
        guint64 width = 0, height = 0;
        const char *end = NULL;

        /* 32767: sizes are signed 16-bit numbers in the X protocol. */
        if (!read_number(text, 32767, &width, &end) || *end != 'x' || !read_number(end + 1, 32767, &height, &end) ||
            *end != '\0' || width == 0 || height == 0)
                return FALSE;
        *ret_width = (guint)width;
        *ret_height = (guint)height;
        return TRUE;
}

gboolean profile_ports_parse(const char *text, guint *ret_outside, guint *ret_inside)
{
        guint64 outside = 0, inside = 0;
        const char *end = NULL;

        if (!read_number(text, G_MAXUINT16, &outside, &end) || outside == 0)
                return FALSE;
        inside = outside;
        if (*end == ':' && (!read_number(end + 1, G_MAXUINT16, &inside, &end) || inside == 0))
                return FALSE;
        if (*end != '\0')
                return FALSE;
        *ret_outside = (guint)outside;
        *ret_inside = (guint)inside;
        return TRUE;
}

char *value_read_screen(const char *text, ValueFault *ret_fault)
{
        guint width = 0, height = 0;

        if (!g_str_equal(text, "auto") && !profile_screen_parse(text, &width, &height))
                return value_fault(ret_fault, 0, _("Not a size: \"%s\"; write auto or WIDTHxHEIGHT, such as 1280x800"),
                                   text);
        return g_strdup(text);
}

char *value_read_size(const char *text, ValueFault *ret_fault)
{
        guint64 bytes = 0;

        if (!profile_size_parse(text, &bytes))
                return value_fault(ret_fault, 0, _("Not a size: \"%s\"; write a number with K, M, G or T"), text);
        return g_strdup(text);
}

char *value_read_time(const char *text, ValueFault *ret_fault)
{
        guint64 seconds = 0;

        if (!profile_time_parse(text, &seconds))
                return value_fault(ret_fault, 0, _("Not a time: \"%s\"; write a number with s, m or h"), text);
        return g_strdup(text);
}

char *value_read_count(const char *text, ValueFault *ret_fault)
{
        const char *end = NULL;
        guint64 number = 0;

        if (!read_number(text, G_MAXINT32, &number, &end) || *end != '\0' || number == 0)
                return value_fault(ret_fault, 0, _("Not a number from 1: \"%s\""), text);
        return g_strdup(text);
}

char *value_read_tcp_port(const char *text, ValueFault *ret_fault)
{
        const char *end = NULL;
        guint64 number = 0;

        if (!g_str_equal(text, "none") &&
            (!read_number(text, G_MAXUINT16, &number, &end) || *end != '\0' || number == 0))
                return value_fault(ret_fault, 0, _("Not a port: \"%s\"; write none or a number up to 65535"), text);
        return g_strdup(text);
}

char *value_read_cpu(const char *text, ValueFault *ret_fault)
{
        const char *end = NULL;
        guint64 number = 0;

        if (!read_number(text, G_MAXINT32, &number, &end) || !g_str_equal(end, "%") || number == 0)
                return value_fault(ret_fault, 0, _("Not a share: \"%s\"; write 150%% for one and a half processors"),
                                   text);
        return g_strdup(text);
}

char *value_read_syscall(const char *text, ValueFault *ret_fault)
{
        g_autofree const char **names = NULL;
        const char *nearest = NULL;

        if (seccomp_call_number(text) != SECCOMP_CALL_UNKNOWN)
                return g_strdup(text);
        names = g_new0(const char *, seccomp_n_calls + 1);
        for (gsize i = 0; i < seccomp_n_calls; i++)
                names[i] = seccomp_calls[i].name;
        nearest = suggest_nearest(text, names);
        if (nearest != NULL)
                return value_fault(ret_fault, 0, _("Not the name of a system call: \"%s\"; did you mean \"%s\"?"), text,
                                   nearest);
        return value_fault(ret_fault, 0, _("Not the name of a system call: \"%s\""), text);
}
