/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "rules/bus-rule.h"

/* One whose argument was not read. */
#define ACT(path, interface, member)                                                                                   \
        {                                                                                                              \
                path, interface, member, false, NULL, false                                                            \
        }

static const struct Refusal {
        const char *path, *text;
        BusRuleKind kind;
        ParseError refused; /* code 0: it must parse */
} refusals[] = {
        { "/bus-rule/talk", "org.example.Notes", BUS_RULE_TALK, { 0 } },
        { "/bus-rule/below", "org.example.Notes.*", BUS_RULE_OWN, { 0 } },
        { "/bus-rule/hyphen", "org.example-x.Notes", BUS_RULE_SEE, { 0 } },
        { "/bus-rule/empty-filter", "a.b=", BUS_RULE_CALL, { 0 } },
        { "/bus-rule/lone-at", "a.b=@", BUS_RULE_CALL, { 0 } },
        { "/bus-rule/root-path", "a.b=@/*", BUS_RULE_BROADCAST, { 0 } },
        { "/bus-rule/unique", ":1.7", BUS_RULE_TALK, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/unique-call", ":1.7=*", BUS_RULE_CALL, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/no-name", "", BUS_RULE_SEE, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/star", "*", BUS_RULE_TALK, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/dot-star", ".*", BUS_RULE_TALK, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/stray-star", "a.Notes*", BUS_RULE_TALK, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/inner-star", "a.*.b", BUS_RULE_TALK, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/one-label", "a", BUS_RULE_TALK, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/digit", "a.1b", BUS_RULE_TALK, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/talk-with-filter", "a.b=*", BUS_RULE_TALK, { 0, BUS_RULE_BAD_NAME } },
        { "/bus-rule/no-filter", "a.b", BUS_RULE_CALL, { 3, BUS_RULE_NO_FILTER } },
        { "/bus-rule/no-filter-broadcast", "a.b.*", BUS_RULE_BROADCAST, { 5, BUS_RULE_NO_FILTER } },
        { "/bus-rule/bad-path", "a.b=x@org", BUS_RULE_CALL, { 6, BUS_RULE_BAD_PATH } },
        { "/bus-rule/path-slash", "a.b=@/org/", BUS_RULE_CALL, { 5, BUS_RULE_BAD_PATH } },
        { "/bus-rule/ask-whole", "a.b.*", BUS_RULE_ASK, { 0 } },
        { "/bus-rule/deny-filter", "a.b=i.j.M@/x/*,arg0=y", BUS_RULE_DENY, { 0 } },
        { "/bus-rule/arguments", "a.b=,arg0namespace=org,arg0path=/x/", BUS_RULE_CALL, { 0 } },
        { "/bus-rule/argument-word", "a.b=i.j.M,arg1=x", BUS_RULE_CALL, { 10, BUS_RULE_BAD_ARGUMENT } },
        { "/bus-rule/argument-empty", "a.b=i.j.M,arg0=", BUS_RULE_CALL, { 10, BUS_RULE_BAD_ARGUMENT } },
        { "/bus-rule/argument-none", "a.b=i.j.M@/x,", BUS_RULE_CALL, { 13, BUS_RULE_BAD_ARGUMENT } },
        { "/bus-rule/argument-twice", "a.b=,arg0=x,arg0=y", BUS_RULE_CALL, { 12, BUS_RULE_BAD_ARGUMENT } },
        { "/bus-rule/argument-namespace", "a.b=,arg0namespace=a..b", BUS_RULE_CALL, { 5, BUS_RULE_BAD_ARGUMENT } },
        { "/bus-rule/argument-path", "a.b=,arg0path=x", BUS_RULE_CALL, { 5, BUS_RULE_BAD_ARGUMENT } },
        { "/bus-rule/path-star", "a.b=@/org*", BUS_RULE_CALL, { 5, BUS_RULE_BAD_PATH } },
};

static void test_refusal(const void *data)
{
        const struct Refusal *row = data;
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;
        ParseError error = { 0 };

        g_assert_cmpint(bus_rule_parse(&rule, &error, row->kind, row->text), ==, row->refused.code);
        g_assert_cmpuint(error.offset, ==, row->refused.offset);
        g_assert_true((rule == NULL) == (row->refused.code != 0));
}

static const struct Cover {
        const char *path, *text;
        BusAct act;
        bool covered;
} covers[] = {
        { "/bus-rule/any", "a.b=*", ACT("/x", "i.j", "M"), true },
        { "/bus-rule/any-rest-ignored", "a.b=*no.such.Thing", ACT("/x", "i.j", "M"), true },
        { "/bus-rule/any-empty", "a.b=", ACT("/x", NULL, "M"), true },
        { "/bus-rule/member", "a.b=i.j.M", ACT("/x", "i.j", "M"), true },
        { "/bus-rule/other-member", "a.b=i.j.M", ACT("/x", "i.j", "N"), false },
        { "/bus-rule/member-prefix", "a.b=i.j.M", ACT("/x", "i.j", "Mx"), false },
        { "/bus-rule/other-interface", "a.b=i.j.M", ACT("/x", "i.k", "M"), false },
        { "/bus-rule/no-interface-field", "a.b=i.j.M", ACT("/x", NULL, "M"), false },
        { "/bus-rule/interface-star", "a.b=i.j.*", ACT("/x", "i.j", "N"), true },
        { "/bus-rule/interface-star-other", "a.b=i.j.*", ACT("/x", "i.j.k", "N"), false },
        { "/bus-rule/interface-star-no-field", "a.b=i.j.*", ACT("/x", NULL, "N"), false },
        { "/bus-rule/word", "a.b=word", ACT("/x", "word", "N"), true },
        { "/bus-rule/path", "a.b=@/x/y", ACT("/x/y", "i.j", "M"), true },
        { "/bus-rule/path-below", "a.b=@/x/y", ACT("/x/y/z", "i.j", "M"), false },
        { "/bus-rule/path-above", "a.b=@/x/y", ACT("/x", "i.j", "M"), false },
        { "/bus-rule/path-star-itself", "a.b=@/x/*", ACT("/x", "i.j", "M"), true },
        { "/bus-rule/path-star-child", "a.b=@/x/*", ACT("/x/y/z", "i.j", "M"), true },
        { "/bus-rule/path-star-beside", "a.b=@/x/*", ACT("/xEvil", "i.j", "M"), false },
        { "/bus-rule/path-root-star", "a.b=@/*", ACT("/anything", "i.j", "M"), true },
        { "/bus-rule/path-root", "a.b=@/", ACT("/anything", "i.j", "M"), false },
        { "/bus-rule/no-path-field", "a.b=@/x", ACT(NULL, "i.j", "M"), false },
        { "/bus-rule/both", "a.b=i.j.M@/x/*", ACT("/x/y", "i.j", "M"), true },
        { "/bus-rule/both-wrong-path", "a.b=i.j.M@/x/*", ACT("/y", "i.j", "M"), false },
        { "/bus-rule/arg0", "a.b=*,arg0=x y", { "/x", "i.j", "M", true, "x y", false }, true },
        { "/bus-rule/arg0-longer", "a.b=*,arg0=x", { "/x", "i.j", "M", true, "xy", false }, false },
        { "/bus-rule/arg0-is-path", "a.b=*,arg0=/x", { "/x", "i.j", "M", true, "/x", true }, false },
        { "/bus-rule/arg0-unread", "a.b=*,arg0=x", { "/x", "i.j", "M", false, NULL, false }, false },
        { "/bus-rule/namespace", "a.b=*,arg0namespace=org.x", { "/x", "i.j", "M", true, "org.x.y", false }, true },
        { "/bus-rule/namespace-itself", "a.b=*,arg0namespace=org.x", { "/x", "i.j", "M", true, "org.x", false }, true },
        { "/bus-rule/namespace-beside",
          "a.b=*,arg0namespace=org.x",
          { "/x", "i.j", "M", true, "org.xy", false },
          false },
        { "/bus-rule/arg0path", "a.b=*,arg0path=/x/", { "/x", "i.j", "M", true, "/x/y", true }, true },
        { "/bus-rule/arg0path-string", "a.b=*,arg0path=/x/", { "/x", "i.j", "M", true, "/x/y", false }, true },
        { "/bus-rule/arg0path-exact", "a.b=*,arg0path=/x", { "/x", "i.j", "M", true, "/x/y", true }, false },
        { "/bus-rule/arg0path-above", "a.b=*,arg0path=/x/y", { "/x", "i.j", "M", true, "/x/", true }, true },
        { "/bus-rule/two-conditions",
          "a.b=*,arg0=/x/y,arg0path=/z/",
          { "/x", "i.j", "M", true, "/x/y", false },
          false },
        { "/bus-rule/both-wrong-member", "a.b=i.j.M@/x/*", ACT("/x", "i.j", "N"), false },
};

static void test_cover(const void *data)
{
        const struct Cover *row = data;
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;

        g_assert_cmpint(bus_rule_parse(&rule, NULL, BUS_RULE_CALL, row->text), ==, 0);
        g_assert_true(bus_rule_covers_act(rule, &row->act, false) == row->covered);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++)
                g_test_add_data_func(refusals[i].path, &refusals[i], test_refusal);
        for (size_t i = 0; i < G_N_ELEMENTS(covers); i++)
                g_test_add_data_func(covers[i].path, &covers[i], test_cover);
        return g_test_run();
}
