/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "desktop/boxed.h"
#include "profile/error.h"

#define HEAD "[Desktop Entry]\nType=Application\nName=Pad\n"
#define BOXED_HEAD "[Desktop Entry]\nType=Application\nName=Pad (boxed)\n"
#define BOXED_TAIL "TryExec=/opt/o/bin/oriel\nX-Oriel-App=org.x.Pad\n"

static const BoxedRequest request = { "/opt/o/bin/oriel", "org.x.Pad", "pad" };

/* boxed: NULL: refused. */
static const struct Row {
        const char *path, *text, *boxed;
} rows[] = {
        { "/boxed/plain", HEAD "Exec=pad %U\n", BOXED_HEAD "Exec=/opt/o/bin/oriel run org.x.Pad %U\n" BOXED_TAIL },
        { "/boxed/path", HEAD "Exec=/usr/bin/pad\n", BOXED_HEAD "Exec=/opt/o/bin/oriel run org.x.Pad\n" BOXED_TAIL },
        { "/boxed/other-program", HEAD "Exec=/usr/lib/pad-view -w %f\n",
          BOXED_HEAD "Exec=/opt/o/bin/oriel run --command=/usr/lib/pad-view org.x.Pad -w %f\n" BOXED_TAIL },
        { "/boxed/options-stay-data", HEAD "Exec=pad --filesystem=host -- --profile=x\n",
          BOXED_HEAD "Exec=/opt/o/bin/oriel run org.x.Pad --filesystem=host -- --profile=x\n" BOXED_TAIL },
        { "/boxed/program-is-option", HEAD "Exec=--filesystem=host\n", NULL },
        { "/boxed/quotes", HEAD "Exec=pad \"a \\\\\\\\ b\" 5%%\n",
          BOXED_HEAD "Exec=/opt/o/bin/oriel run org.x.Pad \"a \\\\\\\\ b\" 5%%\n" BOXED_TAIL },
        { "/boxed/CVE-2026-97027/allow-list",
          HEAD "Name[de]=Block\nX-Flatpak=org.x.Pad\nX-GNOME-Autostart=1\nDBusActivatable=true\n"
               "TryExec=pad\nImplements=a.b;\nMimeType=text/plain;\nStartupWMClass=w\nIcon=pad\n"
               "Comment[de]=c\nSystemdService=s\nNamespace=n\nExec=pad\n[X-Evil]\nExec=evil\n",
          BOXED_HEAD "Name[de]=Block (boxed)\nIcon=pad\nComment[de]=c\n"
                     "Exec=/opt/o/bin/oriel run org.x.Pad\n" BOXED_TAIL },
        { "/boxed/actions",
          HEAD "Exec=pad\nActions=new;gone;new;\n[Desktop Action new]\nName=New\nName[de]=Neu\nExec=pad --new\n"
               "X-Y=1\n[Desktop Action hidden]\nName=H\nExec=evil\n",
          BOXED_HEAD "Exec=/opt/o/bin/oriel run org.x.Pad\n" BOXED_TAIL
                     "Actions=new;\n\n[Desktop Action new]\nName=New\nName[de]=Neu\n"
                     "Exec=/opt/o/bin/oriel run org.x.Pad --new\n" },
        { "/boxed/CVE-2021-21381/refuse-forwarding", HEAD "Exec=flatpak run --file-forwarding org.x.Pad @@u %U @@\n",
          NULL },
        { "/boxed/refuse-escaped-newline", HEAD "Exec=pad a\\nExec=evil\n", NULL },
        { "/boxed/refuse-unknown-escape", HEAD "Exec=pad \\q\n", NULL },
        { "/boxed/refuse-action", HEAD "Exec=pad\nActions=a;\n[Desktop Action a]\nName=A\nExec=pad @@\n", NULL },
        { "/boxed/refuse-action-without", HEAD "Exec=pad\nActions=a;\n[Desktop Action a]\nName=A\n", NULL },
        { "/boxed/refuse-no-exec", HEAD "DBusActivatable=true\n", NULL },
        { "/boxed/refuse-link", "[Desktop Entry]\nType=Link\nName=P\nURL=x\n", NULL },
        { "/boxed/refuse-hidden", HEAD "Hidden=true\nExec=pad\n", NULL },
        { "/boxed/refuse-no-name", "[Desktop Entry]\nType=Application\nExec=pad\n", NULL },
        { "/boxed/refuse-empty-name", "[Desktop Entry]\nType=Application\nName=\nExec=pad\n", NULL },
        { "/boxed/empty-local-name", HEAD "Name[de]=\nExec=pad\n",
          BOXED_HEAD "Exec=/opt/o/bin/oriel run org.x.Pad\n" BOXED_TAIL },
        { "/boxed/refuse-first-group", "[A]\n[Desktop Entry]\nType=Application\nName=P\nExec=pad\n", NULL },
        { "/boxed/refuse-empty", "", NULL },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        g_autoptr(GError) error = NULL;
        g_autoptr(DesktopEntry) original = desktop_entry_parse(row->text, strlen(row->text), "f", &error);
        g_autoptr(DesktopEntry) boxed = NULL;
        g_autofree char *printed = NULL;

        g_assert_no_error(error);
        boxed = desktop_entry_boxed(original, &request, &error);
        if (row->boxed == NULL) {
                g_assert_null(boxed);
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
                return;
        }
        g_assert_no_error(error);
        printed = desktop_entry_print(boxed);
        g_assert_cmpstr(printed, ==, row->boxed);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
