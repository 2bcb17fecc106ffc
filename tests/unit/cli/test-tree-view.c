/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cleanup.h"
#include "cli/tree-view.h"

/* fields: "box=..." or "process=...", NULL-terminated. */
static KeeperTree *parse(const char *const *fields, GError **error)
{
        CLEANUP(message_freep) Message *message = message_new("tree");

        for (; *fields != NULL; fields++) {
                g_auto(GStrv) pair = g_strsplit(*fields, "=", 2);

                message_add(message, pair[0], pair[1]);
        }
        return keeper_tree_parse(message, error);
}

static const char *const whole[] = {
        "box=0 0 keeper keeper",
        "box=1 0 semi semi/x",
        "box=2 0 inner inner",
        "box=3 2 companions companions",
        "box=4 2 app app",
        "process=0 -1 1 keeper oriel-init",
        "process=1 -1 2 init oriel-init",
        "process=1 0 3 companion xephyr",
        "process=2 -1 4 init inner",
        "process=3 -1 5 init companions",
        "process=4 -1 6 init app",
        "process=4 2 7 app a \x1b[2J b",
        "process=4 -1 8 shell shell",
        NULL,
};

static KeeperTree *translated(void)
{
        g_autoptr(GError) error = NULL;
        KeeperTree *tree = parse(whole, &error);
        g_autoptr(GHashTable) pids = g_hash_table_new(NULL, NULL);

        g_assert_no_error(error);
        for (int pid = 1; pid <= 8; pid++)
                if (pid != 5)
                        g_hash_table_insert(pids, GINT_TO_POINTER(pid), GINT_TO_POINTER(1000 + pid));
        keeper_tree_translate(tree, pids);
        return tree;
}

static void test_text(void)
{
        g_autoptr(KeeperTree) tree = translated();
        TreeView view = { .id = "0123abcd", .app = "org.x.App", .tree = tree };
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT, lines = BUFFER_INIT;

        tree_view_print(&view, &text);
        g_assert_cmpstr(buffer_text(&text), ==,
                        "0123abcd  org.x.App\n"
                        "keeper  1001\n"
                        "|- semi/x  1002\n"
                        "|     1003 xephyr (xephyr)\n"
                        "`- inner  1004\n"
                        "   |- companions\n"
                        "   `- app  1006\n"
                        "         1007 a \\x1b[2J b (app)\n"
                        "         1008 shell (shell)\n");
        view.utf8 = true;
        tree_view_print(&view, &lines);
        g_assert_true(g_str_has_prefix(buffer_text(&lines),
                                       "0123abcd  org.x.App\nkeeper  1001\n├─ semi/x  1002\n│     1003"));
}

static void test_json(void)
{
        g_autoptr(KeeperTree) tree = translated();
        TreeView view = { .id = "0123abcd", .app = "org.x.App", .tree = tree };
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        tree_view_json(&view, &text);
        g_assert_cmpstr(
                buffer_text(&text), ==,
                "{\"id\":\"0123abcd\",\"app\":\"org.x.App\",\"box\":\"keeper\",\"kind\":\"keeper\",\"pid\":1001,"
                "\"processes\":[],\"children\":["
                "{\"box\":\"semi/x\",\"kind\":\"semi\",\"pid\":1002,"
                "\"processes\":[{\"pid\":1003,\"name\":\"xephyr\",\"role\":\"xephyr\"}],\"children\":[]},"
                "{\"box\":\"inner\",\"kind\":\"inner\",\"pid\":1004,\"processes\":[],\"children\":["
                "{\"box\":\"companions\",\"kind\":\"companions\",\"pid\":null,\"processes\":[],\"children\":[]},"
                "{\"box\":\"app\",\"kind\":\"app\",\"pid\":1006,"
                "\"processes\":[{\"pid\":1007,\"name\":\"a \\u001b[2J "
                "b\",\"role\":\"app\"},{\"pid\":1008,\"name\":\"shell\",\"role\":\"shell\"}],\"children\":[]}]}]}");
}

/* What no keeper of ours says. */
static const struct Refusal {
        const char *path, *fields[4];
} refusals[] = {
        { "/tree-view/refuse-empty", { NULL } },
        { "/tree-view/refuse-index", { "box=1 0 app app" } },
        { "/tree-view/refuse-own-parent", { "box=0 0 keeper keeper", "box=1 1 app app" } },
        { "/tree-view/refuse-later-parent", { "box=0 0 keeper keeper", "box=1 2 app app", "box=2 0 app b" } },
        { "/tree-view/refuse-first-parent", { "box=0 1 keeper keeper" } },
        { "/tree-view/refuse-short-box", { "box=0 0 keeper" } },
        { "/tree-view/refuse-no-box", { "box=0 0 keeper keeper", "process=1 0 3 app app" } },
        { "/tree-view/refuse-negative-pid", { "box=0 0 keeper keeper", "process=0 0 -3 app app" } },
        { "/tree-view/refuse-huge-pid", { "box=0 0 keeper keeper", "process=0 0 99999999999 app app" } },
        { "/tree-view/refuse-short-process", { "box=0 0 keeper keeper", "process=0 0 3 app" } },
};

static void test_refusal(gconstpointer data)
{
        const struct Refusal *refusal = data;
        g_autoptr(GError) error = NULL;

        g_assert_null(parse(refusal->fields, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
}

static void test_other_verb(void)
{
        CLEANUP(message_freep) Message *message = message_new("done");
        g_autoptr(GError) error = NULL;

        message_add(message, "box", "0 0 keeper keeper");
        g_assert_null(keeper_tree_parse(message, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/tree-view/text", test_text);
        g_test_add_func("/tree-view/json", test_json);
        g_test_add_func("/tree-view/other-verb", test_other_verb);
        for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++)
                g_test_add_data_func(refusals[i].path, &refusals[i], test_refusal);
        return g_test_run();
}
