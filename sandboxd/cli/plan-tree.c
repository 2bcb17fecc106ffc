/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel explain --tree`: what each box has of its own, who runs in it, and what its programs wait for. */
#include "cli/plan-tree.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/tree-view.h"
#include "ids/capability.h"

static char *text_of(Buffer *buffer)
{
        const char *text = buffer_text(buffer);

        return g_strdup(text == NULL ? "" : text);
}

static void add_ranges(Buffer *note, const char *label, const PlanRange *ranges, size_t n)
{
        for (size_t i = 0; i < n; i++)
                buffer_printf(note, "%s%s %" PRIu32 "+%" PRIu32 " = %" PRIu32, i == 0 ? "; " : " ", label,
                              ranges[i].inside, ranges[i].count, ranges[i].outside);
}

/* "(app) own user mount pid; user 0 group 0; users 1+999 = 1; keeps setuid" */
static char *note_of_box(const PlanBox *box, bool runs)
{
        CLEANUP(buffer_clear) Buffer note = BUFFER_INIT;

        buffer_printf(&note, "(%s)", plan_box_kind_word(box->kind));
        for (uint32_t one = 1; one <= _PLAN_NS_ALL; one <<= 1)
                if ((box->unshare & one) != 0)
                        buffer_printf(&note, "%s %s", (box->unshare & (one - 1)) == 0 ? _(" own") : "",
                                      plan_namespace_word(one));
        if (runs)
                buffer_printf(&note, _("; user %" PRIu32 " group %" PRIu32), box->uid, box->gid);
        add_ranges(&note, _("users"), box->uids, box->n_uids);
        add_ranges(&note, _("groups"), box->gids, box->n_gids);
        for (const Capability *one = capabilities; one->name != NULL; one++)
                if ((box->capabilities >> one->number & 1) != 0)
                        buffer_printf(&note, "%s %s",
                                      (box->capabilities & ((UINT64_C(1) << one->number) - 1)) == 0 ? _("; keeps") : "",
                                      one->name);
        return text_of(&note);
}

/* "ready socket /run/x, after a b, death restart" */
static char *note_of_program(const Plan *plan, const PlanProgram *program)
{
        CLEANUP(buffer_clear) Buffer note = BUFFER_INIT;

        buffer_printf(&note, _("ready %s"), plan_ready_word(program->ready));
        if (program->ready_fd >= 0)
                buffer_printf(&note, " %" PRIi32, program->ready_fd);
        if (program->ready_path != NULL) {
                buffer_add_byte(&note, ' ');
                buffer_add_escaped(&note, program->ready_path);
        }
        for (size_t i = 0; i < program->n_after; i++) {
                buffer_add_text(&note, i == 0 ? _(", after ") : " ");
                buffer_add_escaped(&note, plan->programs[program->after[i]].name);
        }
        buffer_printf(&note, _(", death %s"), plan_death_word(program->death));
        return text_of(&note);
}

static bool runs_something(const Plan *plan, size_t box)
{
        for (size_t i = 0; i < plan->n_programs; i++)
                if (plan->programs[i].box == box)
                        return true;
        return false;
}

/* The plan as the keeper would tell it, without pids, and with what only the plan knows. */
void plan_tree_print(const Plan *plan, bool utf8, Buffer *ret_text)
{
        KeeperTree tree = { g_array_new(FALSE, FALSE, sizeof(KeeperBox)),
                            g_array_new(FALSE, FALSE, sizeof(KeeperProcess)) };
        TreeView view = { .id = plan->id, .app = plan->app, .tree = &tree, .utf8 = utf8 };
        g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);

        for (size_t i = 0; i < plan->n_boxes; i++) {
                const PlanBox *from = &plan->boxes[i];
                KeeperBox box = { .parent = from->parent,
                                  .name = from->name,
                                  .note = note_of_box(from, runs_something(plan, i)) };

                g_ptr_array_add(notes, box.note);
                g_array_append_val(tree.boxes, box);
        }
        for (size_t i = 0; i < plan->n_programs; i++) {
                const PlanProgram *program = &plan->programs[i];
                KeeperProcess process = { .box = program->box,
                                          .name = program->argv[0],
                                          .role = program->name,
                                          .note = note_of_program(plan, program) };

                g_ptr_array_add(notes, process.note);
                g_array_append_val(tree.processes, process);
        }
        tree_view_print(&view, ret_text);
        g_array_unref(tree.boxes);
        g_array_unref(tree.processes);
}

/* ---- JSON ---- */

static void add_comma(Buffer *text)
{
        if (text->n > 0 && strchr("[{", text->bytes[text->n - 1]) == NULL)
                buffer_add_byte(text, ',');
}

static void add_key(Buffer *text, const char *key)
{
        add_comma(text);
        buffer_add_json(text, key);
        buffer_add_byte(text, ':');
}

static void add_string(Buffer *text, const char *key, const char *value)
{
        if (value == NULL)
                return;
        add_key(text, key);
        buffer_add_json(text, value);
}

static void add_number(Buffer *text, const char *key, uint64_t value)
{
        add_key(text, key);
        buffer_printf(text, "%" PRIu64, value);
}

static void add_item(Buffer *text, const char *value)
{
        add_comma(text);
        buffer_add_json(text, value);
}

static void json_ranges(Buffer *text, const char *key, const PlanRange *ranges, size_t n)
{
        add_key(text, key);
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < n; i++) {
                add_comma(text);
                buffer_add_byte(text, '{');
                add_number(text, "inside", ranges[i].inside);
                add_number(text, "outside", ranges[i].outside);
                add_number(text, "count", ranges[i].count);
                buffer_add_byte(text, '}');
        }
        buffer_add_byte(text, ']');
}

static void json_program(Buffer *text, const Plan *plan, const PlanProgram *program)
{
        add_comma(text);
        buffer_add_byte(text, '{');
        add_string(text, "name", program->name);
        add_key(text, "argv");
        buffer_add_byte(text, '[');
        for (char **word = program->argv; *word != NULL; word++)
                add_item(text, *word);
        buffer_add_byte(text, ']');
        add_string(text, "ready", plan_ready_word(program->ready));
        if (program->ready_fd >= 0)
                add_number(text, "ready_fd", (uint64_t)program->ready_fd);
        add_string(text, "ready_path", program->ready_path);
        add_number(text, "ready_timeout_ms", program->ready_timeout_ms);
        add_key(text, "after");
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < program->n_after; i++)
                add_item(text, plan->programs[program->after[i]].name);
        buffer_add_byte(text, ']');
        add_string(text, "death", plan_death_word(program->death));
        buffer_add_byte(text, '}');
}

static void json_own(Buffer *text, const PlanBox *box)
{
        add_key(text, "unshare");
        buffer_add_byte(text, '[');
        for (uint32_t one = 1; one <= _PLAN_NS_ALL; one <<= 1)
                if ((box->unshare & one) != 0)
                        add_item(text, plan_namespace_word(one));
        buffer_add_byte(text, ']');
        add_number(text, "uid", box->uid);
        add_number(text, "gid", box->gid);
        json_ranges(text, "uids", box->uids, box->n_uids);
        json_ranges(text, "gids", box->gids, box->n_gids);
        add_key(text, "capabilities");
        buffer_add_byte(text, '[');
        for (const Capability *one = capabilities; one->name != NULL; one++)
                if ((box->capabilities >> one->number & 1) != 0)
                        add_item(text, one->name);
        buffer_add_byte(text, ']');
}

static void json_box(Buffer *text, const Plan *plan, size_t i)
{
        const PlanBox *box = &plan->boxes[i];

        add_comma(text);
        buffer_add_byte(text, '{');
        add_string(text, "box", box->name);
        add_string(text, "kind", plan_box_kind_word(box->kind));
        json_own(text, box);
        add_number(text, "mounts", box->n_mounts);
        add_key(text, "programs");
        buffer_add_byte(text, '[');
        for (size_t p = 0; p < plan->n_programs; p++)
                if (plan->programs[p].box == i)
                        json_program(text, plan, &plan->programs[p]);
        buffer_add_byte(text, ']');
        add_key(text, "children");
        buffer_add_byte(text, '[');
        for (size_t child = i + 1; child < plan->n_boxes; child++)
                if (plan->boxes[child].parent == i)
                        json_box(text, plan, child);
        buffer_add_text(text, "]}");
}

void plan_tree_json(const Plan *plan, Buffer *ret_text)
{
        json_box(ret_text, plan, 0);
        buffer_add_byte(ret_text, '\n');
}
