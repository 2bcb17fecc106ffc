/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/tree-view.h"

/* A box's own pid: that of its init. */
static pid_t box_pid(const KeeperTree *tree, guint box)
{
        for (guint i = 0; i < tree->processes->len; i++) {
                const KeeperProcess *process = &g_array_index(tree->processes, KeeperProcess, i);

                if (process->box == box && process->own)
                        return process->host_pid;
        }
        return 0;
}

static guint next_child(const KeeperTree *tree, guint parent, guint from)
{
        for (; from < tree->boxes->len; from++)
                if (from > 0 && g_array_index(tree->boxes, KeeperBox, from).parent == parent)
                        break;
        return from;
}

typedef struct Drawing {
        const TreeView *view;
        Buffer *text;
        GString *margin; /* what stands left of the next line */
} Drawing;

static void draw_processes(const Drawing *drawing, guint box, bool has_children)
{
        const KeeperTree *tree = drawing->view->tree;

        for (guint i = 0; i < tree->processes->len; i++) {
                const KeeperProcess *process = &g_array_index(tree->processes, KeeperProcess, i);

                if (process->box != box || process->own)
                        continue;
                buffer_add_text(drawing->text, drawing->margin->str);
                buffer_add_text(drawing->text, !has_children ? "   " : drawing->view->utf8 ? "│  " : "|  ");
                if (process->host_pid > 0)
                        buffer_printf(drawing->text, "%d ", (int)process->host_pid);
                buffer_add_escaped(drawing->text, process->name);
                buffer_add_text(drawing->text, " (");
                buffer_add_escaped(drawing->text, process->role);
                buffer_add_byte(drawing->text, ')');
                if (process->note != NULL) {
                        buffer_add_text(drawing->text, "  ");
                        buffer_add_text(drawing->text, process->note);
                }
                buffer_add_byte(drawing->text, '\n');
        }
}

static void draw_box(const Drawing *drawing, guint box)
{
        const KeeperTree *tree = drawing->view->tree;
        const KeeperBox *shown = &g_array_index(tree->boxes, KeeperBox, box);
        guint child = next_child(tree, box, 0);
        pid_t pid = box_pid(tree, box);

        buffer_add_escaped(drawing->text, shown->name);
        if (pid > 0)
                buffer_printf(drawing->text, "  %d", (int)pid);
        if (shown->note != NULL) {
                buffer_add_text(drawing->text, "  ");
                buffer_add_text(drawing->text, shown->note);
        }
        buffer_add_byte(drawing->text, '\n');
        draw_processes(drawing, box, child < tree->boxes->len);
        while (child < tree->boxes->len) {
                guint following = next_child(tree, box, child + 1);
                bool last = following >= tree->boxes->len;
                gsize margin = drawing->margin->len;

                buffer_printf(drawing->text, "%s%s", drawing->margin->str,
                              drawing->view->utf8 ? (last ? "└─ " : "├─ ") : (last ? "`- " : "|- "));
                g_string_append(drawing->margin, last ? "   " : drawing->view->utf8 ? "│  " : "|  ");
                draw_box(drawing, child);
                g_string_truncate(drawing->margin, margin);
                child = following;
        }
}

void tree_view_print(const TreeView *view, Buffer *ret_text)
{
        g_autoptr(GString) margin = g_string_new(NULL);
        Drawing drawing = { view, ret_text, margin };

        buffer_add_escaped(ret_text, view->id);
        buffer_add_text(ret_text, "  ");
        buffer_add_escaped(ret_text, view->app);
        buffer_add_byte(ret_text, '\n');
        draw_box(&drawing, 0);
}

static void add_pid(Buffer *text, pid_t pid)
{
        if (pid > 0)
                buffer_printf(text, "%d", (int)pid);
        else
                buffer_add_text(text, "null");
}

static void json_processes(const KeeperTree *tree, guint box, Buffer *text)
{
        bool first = true;

        for (guint i = 0; i < tree->processes->len; i++) {
                const KeeperProcess *process = &g_array_index(tree->processes, KeeperProcess, i);

                if (process->box != box || process->own)
                        continue;
                buffer_add_text(text, first ? "{\"pid\":" : ",{\"pid\":");
                add_pid(text, process->host_pid);
                buffer_add_text(text, ",\"name\":");
                buffer_add_json(text, process->name);
                buffer_add_text(text, ",\"role\":");
                buffer_add_json(text, process->role);
                buffer_add_byte(text, '}');
                first = false;
        }
}

/* Without its opening brace. */
static void json_box(const KeeperTree *tree, guint box, Buffer *text)
{
        const KeeperBox *shown = &g_array_index(tree->boxes, KeeperBox, box);
        guint first = next_child(tree, box, 0);

        buffer_add_text(text, "\"box\":");
        buffer_add_json(text, shown->name);
        buffer_add_text(text, ",\"kind\":");
        buffer_add_json(text, shown->kind);
        buffer_add_text(text, ",\"pid\":");
        add_pid(text, box_pid(tree, box));
        buffer_add_text(text, ",\"processes\":[");
        json_processes(tree, box, text);
        buffer_add_text(text, "],\"children\":[");
        for (guint child = first; child < tree->boxes->len; child = next_child(tree, box, child + 1)) {
                buffer_add_text(text, child == first ? "{" : ",{");
                json_box(tree, child, text);
        }
        buffer_add_text(text, "]}");
}

void tree_view_json(const TreeView *view, Buffer *ret_text)
{
        buffer_add_text(ret_text, "{\"id\":");
        buffer_add_json(ret_text, view->id);
        buffer_add_text(ret_text, ",\"app\":");
        buffer_add_json(ret_text, view->app);
        buffer_add_byte(ret_text, ',');
        json_box(view->tree, 0, ret_text);
}
