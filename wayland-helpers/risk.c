/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wayland-helpers/risk.h"

#include <string.h>

/* A client with none but these draws its own windows, is told what is typed into them, and has clipboard and selection
 * while it has the focus. */
static const char *const harmless[] = {
        "ext_background_effect_manager_v1",
        "ext_idle_notifier_v1",
        "gtk_shell1",
        "kde_output_device_v2",
        "kde_output_order_v1",
        "org_kde_kwin_appmenu_manager",
        "org_kde_kwin_blur_manager",
        "org_kde_kwin_contrast_manager",
        "org_kde_kwin_idle",
        "org_kde_kwin_server_decoration_manager",
        "org_kde_kwin_server_decoration_palette_manager",
        "org_kde_kwin_shadow_manager",
        "org_kde_kwin_slide_manager",
        "wl_compositor",
        "wl_data_device_manager",
        "wl_drm",
        "wl_eglstream_display",
        "wl_fixes",
        "wl_output",
        "wl_seat",
        "wl_shell",
        "wl_shm",
        "wl_subcompositor",
        "wp_alpha_modifier_v1",
        "wp_color_manager_v1",
        "wp_color_representation_manager_v1",
        "wp_commit_timing_manager_v1",
        "wp_content_type_manager_v1",
        "wp_cursor_shape_manager_v1",
        "wp_fifo_manager_v1",
        "wp_fractional_scale_manager_v1",
        "wp_linux_drm_syncobj_manager_v1",
        "wp_pointer_warp_v1",
        "wp_presentation",
        "wp_single_pixel_buffer_manager_v1",
        "wp_tearing_control_manager_v1",
        "wp_viewporter",
        "xdg_activation_v1",
        "xdg_system_bell_v1",
        "xdg_toplevel_drag_manager_v1",
        "xdg_toplevel_icon_manager_v1",
        "xdg_toplevel_tag_manager_v1",
        "xdg_wm_base",
        "xdg_wm_dialog_v1",
        "zwp_idle_inhibit_manager_v1",
        "zwp_input_timestamps_manager_v1",
        "zwp_keyboard_shortcuts_inhibit_manager_v1",
        "zwp_linux_dmabuf_v1",
        "zwp_linux_explicit_synchronization_v1",
        "zwp_pointer_constraints_v1",
        "zwp_pointer_gestures_v1",
        "zwp_primary_selection_device_manager_v1",
        "zwp_relative_pointer_manager_v1",
        "zwp_tablet_manager_v2",
        "zwp_text_input_manager_v1",
        "zwp_text_input_manager_v3",
        "zxdg_decoration_manager_v1",
        "zxdg_exporter_v1",
        "zxdg_exporter_v2",
        "zxdg_importer_v1",
        "zxdg_importer_v2",
        "zxdg_output_manager_v1",
        "zxdg_shell_v6",
};

/* Whatever the version behind the name: a later one can do no less. */
static const struct {
        const char *name, *risk;
} risky[] = {
        { "ext_data_control_manager_", "reads and sets the clipboard unseen" },
        { "ext_foreign_toplevel_image_capture_source_manager_", "records other windows" },
        { "ext_foreign_toplevel_list_", "sees the titles of all windows" },
        { "ext_image_copy_capture_manager_", "records the screen" },
        { "ext_output_image_capture_source_manager_", "records the screen" },
        { "ext_session_lock_manager_", "locks the screen, and asks for a password" },
        { "ext_transient_seat_manager_", "makes a seat of its own, to type with" },
        { "ext_workspace_manager_", "sees and switches workspaces" },
        { "kde_output_management_", "changes monitors" },
        { "org_kde_kwin_fake_input", "types into other windows" },
        { "org_kde_plasma_shell", "puts windows above all others" },
        { "org_kde_plasma_window_management", "sees and controls all windows" },
        { "weston_capture_", "records the screen" },
        { "weston_screenshooter", "records the screen" },
        { "wp_drm_lease_device_", "takes a monitor for itself" },
        { "wp_security_context_manager_", "makes connections under other apps' names" },
        { "xwayland_shell_", "acts as an X server" },
        { "zkde_screencast_", "records the screen" },
        { "zwlr_data_control_manager_", "reads and sets the clipboard unseen" },
        { "zwlr_export_dmabuf_manager_", "records the screen" },
        { "zwlr_foreign_toplevel_manager_", "sees and controls all windows" },
        { "zwlr_gamma_control_manager_", "changes the colours of the screen" },
        { "zwlr_input_inhibit_manager_", "takes all input" },
        { "zwlr_layer_shell_", "puts windows above all others" },
        { "zwlr_output_manager_", "changes monitors" },
        { "zwlr_output_power_manager_", "switches monitors off" },
        { "zwlr_screencopy_manager_", "records the screen" },
        { "zwlr_virtual_pointer_manager_", "clicks into other windows" },
        { "zwp_input_method_", "reads what is typed into other windows" },
        { "zwp_virtual_keyboard_manager_", "types into other windows" },
        { "zwp_xwayland_keyboard_grab_manager_", "takes all keys" },
};

const char *wayland_risk(const char *untrusted_interface)
{
        for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
                if (strcmp(harmless[i], untrusted_interface) == 0)
                        return NULL;
        for (size_t i = 0; i < sizeof risky / sizeof *risky; i++)
                if (strncmp(risky[i].name, untrusted_interface, strlen(risky[i].name)) == 0)
                        return risky[i].risk;
        return "not known to be harmless";
}

bool wayland_risks(Buffer *ret_text, const Buffer *untrusted_names)
{
        bool any = false;

        for (size_t at = 0; at < untrusted_names->n; at += strlen(untrusted_names->bytes + at) + 1) {
                const char *risk = wayland_risk(untrusted_names->bytes + at);

                if (risk == NULL)
                        continue;
                if (any)
                        buffer_add_text(ret_text, ", ");
                buffer_add_escaped(ret_text, untrusted_names->bytes + at);
                buffer_printf(ret_text, " (%s)", risk);
                any = true;
        }
        return any;
}
