/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wayland-helpers/risk.h"

static const char *const harmless[] = {
        "wl_compositor",       "wl_shm",    "wl_seat",       "xdg_wm_base",
        "zwp_linux_dmabuf_v1", "wl_output", "wp_viewporter", "zwp_text_input_manager_v3",
};

/* Each with a word that its risk is told by. */
static const struct {
        const char *name, *word;
} risky[] = {
        { "zwlr_screencopy_manager_v1", "records the screen" },
        { "ext_image_copy_capture_manager_v1", "records" },
        { "ext_output_image_capture_source_manager_v1", "records" },
        { "ext_foreign_toplevel_image_capture_source_manager_v1", "records" },
        { "zwlr_export_dmabuf_manager_v1", "records" },
        { "zwlr_data_control_manager_v1", "clipboard" },
        { "ext_data_control_manager_v1", "clipboard" },
        { "zwp_virtual_keyboard_manager_v1", "types" },
        { "zwlr_virtual_pointer_manager_v1", "clicks" },
        { "zwp_input_method_manager_v2", "reads what is typed" },
        { "zwp_input_method_v1", "reads what is typed" },
        { "zwlr_layer_shell_v1", "above all" },
        { "zwlr_foreign_toplevel_manager_v1", "all windows" },
        { "ext_foreign_toplevel_list_v1", "all windows" },
        { "ext_workspace_manager_v1", "workspaces" },
        { "ext_session_lock_manager_v1", "locks" },
        { "zwlr_output_manager_v1", "monitors" },
        { "zwlr_gamma_control_manager_v1", "colours" },
        { "wp_security_context_manager_v1", "other apps' names" },
        /* A later version, and what nobody has heard of. */
        { "zwlr_screencopy_manager_v2", "records the screen" },
        { "wl_compositor_v2", "not known" },
        { "", "not known" },
        { "zfoo_manager_v1", "not known" },
};

static void test_harmless(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(harmless); i++)
                g_assert_null(wayland_risk(harmless[i]));
}

static void test_risky(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(risky); i++) {
                const char *risk = wayland_risk(risky[i].name);

                g_assert_nonnull(risk);
                g_assert_nonnull(strstr(risk, risky[i].word));
        }
}

static void test_names(void)
{
        static const char good[] = "wl_shm\0wl_seat", bad[] = "wl_shm\0zwlr_layer_shell_v1\0wl_seat\0zfoo\033[1m_v1";
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        g_assert_false(wayland_risks(&text, &names));
        buffer_add(&names, good, sizeof good);
        g_assert_false(wayland_risks(&text, &names));
        g_assert_cmpuint(text.n, ==, 0);
        buffer_add(&names, bad, sizeof bad);
        g_assert_true(wayland_risks(&text, &names));
        g_assert_cmpstr(buffer_text(&text), ==,
                        "zwlr_layer_shell_v1 (puts windows above all others), "
                        "zfoo\\x1b[1m_v1 (not known to be harmless)");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/wayland-helpers/risk/harmless", test_harmless);
        g_test_add_func("/wayland-helpers/risk/risky", test_risky);
        g_test_add_func("/wayland-helpers/risk/names", test_names);
        return g_test_run();
}
