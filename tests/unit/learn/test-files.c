/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "learn/learn.h"

#define HOME "/home/anna"

typedef struct Row {
        const char *name;
        const char *const records[12]; /* "ACCESS PATH", or "net HOST:PORT" */
        const char *lines;             /* KEY=VALUE, each with a line break; those with a danger begin with '!' */
        gint64 n_unanswered;
} Row;

static const Row rows[] = {
        { "/learn/files/one", { "read " HOME "/src/lib/a.h" }, "filesystems=~/src/lib/a.h:ro\n", 0 },
        { "/learn/files/write-wins", { "read " HOME "/x/f", "write " HOME "/x/f" }, "filesystems=~/x/f\n", 0 },
        { "/learn/files/folded",
          { "read " HOME "/.config/tool/a", "read " HOME "/.config/tool/b", "write " HOME "/.config/tool/c" },
          "filesystems=~/.config/tool\n",
          0 },
        { "/learn/files/folded-twice",
          { "read /srv/x/a/1", "read /srv/x/a/2", "read /srv/x/a/3", "read /srv/x/b", "read /srv/x/c" },
          "filesystems=/srv/x:ro\n",
          0 },
        { "/learn/files/never-home",
          { "read " HOME "/a", "read " HOME "/b", "read " HOME "/c", "read " HOME "/d" },
          "filesystems=~/a:ro;~/b:ro;~/c:ro;~/d:ro\n",
          0 },
        { "/learn/files/never-base",
          { "read " HOME "/.config/a", "read " HOME "/.config/b", "read " HOME "/.config/c" },
          "filesystems=~/.config/a:ro;~/.config/b:ro;~/.config/c:ro\n",
          0 },
        { "/learn/files/never-root", { "read /a", "read /b", "read /c", "read /" }, "", 4 },
        { "/learn/files/never-home-of-all",
          { "read /home/x", "read /home/y", "read /home/z" },
          "filesystems=/home/x:ro;/home/y:ro;/home/z:ro\n",
          0 },
        { "/learn/files/system", { "read /usr/lib/x", "read /etc/shadow", "read /proc/1/mem" }, "", 3 },
        { "/learn/files/oriel", { "write " HOME "/.config/oriel/overrides/x" }, "", 1 },
        { "/learn/files/private",
          { "read " HOME "/.ssh/id_ed25519", "read " HOME "/.aws/credentials", "read " HOME "/.bash_history" },
          "!filesystems=~/.aws/credentials:ro\n!filesystems=~/.bash_history:ro\n!filesystems=~/.ssh/id_ed25519:ro\n",
          0 },
        { "/learn/files/not-over-private",
          { "read " HOME "/.cargo/a", "read " HOME "/.cargo/b", "read " HOME "/.cargo/c" },
          "filesystems=~/.cargo/a:ro;~/.cargo/b:ro;~/.cargo/c:ro\n",
          0 },
        { "/learn/files/starts",
          { "write " HOME "/.bashrc", "read " HOME "/.profile", "write " HOME "/.config/autostart/x.desktop" },
          "filesystems=~/.profile:ro\n!filesystems=~/.bashrc\n!filesystems=~/.config/autostart/x.desktop\n",
          0 },
        { "/learn/files/socket",
          { "connect /run/docker.sock", "connect /srv/s/db" },
          "!filesystems=/run/docker.sock\n!filesystems=/srv/s/db\n",
          0 },
        { "/learn/files/moment", { "write /srv/d/f.tmp", "write /srv/d/f.lock" }, "filesystems=/srv/d\n", 0 },
        { "/learn/files/covered", { "write /srv/d", "read /srv/d/f" }, "filesystems=/srv/d\n", 0 },
        { "/learn/files/odd", { "read /srv/a;b", "read relative", "read /srv/x\ny" }, "", 3 },
        { "/learn/files/list-kept", { "read /srv/d/f" }, "filesystems=/srv/d/f:ro\n", 0 },
        { "/learn/net", { "net x.org:443", "net x.org:0", "net 1.2.3.4:80", "net a_b:1" }, "allow=x.org:443\n", 2 },
};

static void add(Learn *learn, const char *text)
{
        g_autofree char *word = g_strndup(text, strcspn(text, " "));
        const char *rest = text + strlen(word) + 1, *colon = strrchr(rest, ':');
        g_autofree char *host = colon != NULL ? g_strndup(rest, (gsize)(colon - rest)) : NULL;
        AuditRecord record = { .event = AUDIT_EVENT_FILE, .verdict = AUDIT_VERDICT_DENY };

        record.text[AUDIT_PATH] = rest;
        record.text[AUDIT_ACCESS] = word;
        if (g_str_equal(word, "connect"))
                record.event = AUDIT_EVENT_SOCK;
        if (g_str_equal(word, "net")) {
                record.event = AUDIT_EVENT_NET;
                record.text[AUDIT_HOST] = host;
                record.number[AUDIT_PORT] = g_ascii_strtoll(colon + 1, NULL, 10);
        }
        learn_add(learn, &record);
        /* What was allowed asks for nothing. */
        record.verdict = AUDIT_VERDICT_ALLOW;
        record.text[AUDIT_PATH] = "/srv/allowed/file";
        learn_add(learn, &record);
}

static void test_row(gconstpointer data)
{
        const Row *row = data;
        g_autoptr(Profile) profile = profile_new();
        g_autoptr(Learn) learn = learn_new(profile, HOME);
        g_autoptr(GString) lines = g_string_new(NULL), dangers = g_string_new(NULL);
        g_autoptr(GPtrArray) rules = NULL;
        g_auto(GStrv) sorted = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(row->records) && row->records[i] != NULL; i++)
                add(learn, row->records[i]);
        rules = learn_rules(learn);
        for (guint i = 0; i < rules->len; i++) {
                const LearnRule *rule = rules->pdata[i];

                g_string_append_printf(rule->danger == NULL ? lines : dangers, "%s%s=%s\n",
                                       rule->danger == NULL ? "" : "!", rule->key, rule->value);
        }
        g_string_append(lines, dangers->str);
        g_assert_cmpstr(lines->str, ==, row->lines);
        g_assert_cmpint(learn_n_unanswered(learn), ==, row->n_unanswered);
}

/* What the profile has stays in the line. */
static void test_before(void)
{
        static const char text[] = "[Context]\nfilesystems=~/a;!~/b\n";
        g_autoptr(GError) error = NULL;
        g_autoptr(Profile) profile = profile_parse(text, strlen(text), "p", &error);
        g_autoptr(Learn) learn = learn_new(profile, HOME);
        g_autoptr(GPtrArray) rules = NULL;

        add(learn, "read /srv/d/f");
        rules = learn_rules(learn);
        g_assert_cmpuint(rules->len, ==, 1);
        g_assert_cmpstr(((const LearnRule *)rules->pdata[0])->before, ==, "~/a;!~/b");
        g_assert_cmpstr(((const LearnRule *)rules->pdata[0])->value, ==, "~/a;!~/b;/srv/d/f:ro");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].name, &rows[i], test_row);
        g_test_add_func("/learn/files/before", test_before);
        return g_test_run();
}
