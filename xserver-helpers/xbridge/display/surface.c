/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Windows of the person's X server, as the bridge wants them. */

#include <string.h>
#include <xcb/shape.h>

#include "base/fd.h"
#include "display/display.h"

enum { GRAVITY_STATIC = 10, SIZE_HINTS = 18, WM_HINTS = 9 };

static const uint32_t events = XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE | XCB_EVENT_MASK_BUTTON_PRESS |
                               XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION |
                               XCB_EVENT_MASK_ENTER_WINDOW | XCB_EVENT_MASK_LEAVE_WINDOW |
                               XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_FOCUS_CHANGE |
                               XCB_EVENT_MASK_PROPERTY_CHANGE;

static Display *of(Backend *backend)
{
        return (Display *)backend;
}

static void
set(const Display *display, xcb_window_t id, xcb_atom_t property, xcb_atom_t type, const uint32_t *values, size_t n)
{
        (void)xcb_change_property(display->x, XCB_PROP_MODE_REPLACE, id, property, type, 32, (uint32_t)n, values);
}

static void
set_text(const Display *display, xcb_window_t id, xcb_atom_t property, xcb_atom_t type, const char *text, size_t n)
{
        (void)xcb_change_property(display->x, XCB_PROP_MODE_REPLACE, id, property, type, 8, (uint32_t)n, text);
}

static void destroy(Backend *backend, unsigned slot)
{
        Display *display = of(backend);
        Surface *surface = &display->surfaces[slot];

        if (surface->segment != 0)
                (void)xcb_shm_detach(display->x, surface->segment);
        if (surface->outer != 0)
                (void)xcb_destroy_window(display->x, surface->outer);
        *surface = (Surface){ .parent = -1 };
}

/* Whose window it is, for taskbars and rules of window managers. */
static void set_class(const Display *display, xcb_window_t id)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        buffer_add(&text, display->options->instance, strlen(display->options->instance) + 1);
        buffer_add(&text, display->options->class, strlen(display->options->class) + 1);
        if (!text.failed)
                set_text(display, id, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, text.bytes, text.n);
}

static void create(Backend *backend, unsigned slot, const BackendWindow *window)
{
        Display *display = of(backend);
        Surface *surface = &display->surfaces[slot];
        Area outer = area_grow(&window->at, BACKEND_BORDER);
        const uint32_t outer_values[] = {
                display->options->border, display->options->border, XCB_GRAVITY_NORTH_WEST, window->is_free, events,
                display->cursor
        };
        const uint32_t inner_values[] = { XCB_BACK_PIXMAP_NONE, XCB_GRAVITY_NORTH_WEST, XCB_EVENT_MASK_EXPOSURE };
        const uint32_t never = 0;

        destroy(backend, slot);
        surface->outer = xcb_generate_id(display->x);
        surface->inner = xcb_generate_id(display->x);
        surface->at = window->at;
        surface->is_free = window->is_free;
        (void)xcb_create_window(display->x, XCB_COPY_FROM_PARENT, surface->outer, display->screen->root,
                                (int16_t)outer.x, (int16_t)outer.y, (uint16_t)outer.w, (uint16_t)outer.h, 0,
                                XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                                XCB_CW_BACK_PIXEL | XCB_CW_BORDER_PIXEL | XCB_CW_BIT_GRAVITY |
                                        XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK | XCB_CW_CURSOR,
                                outer_values);
        (void)xcb_create_window(display->x, XCB_COPY_FROM_PARENT, surface->inner, surface->outer, BACKEND_BORDER,
                                BACKEND_BORDER, (uint16_t)window->at.w, (uint16_t)window->at.h, 0,
                                XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                                XCB_CW_BACK_PIXMAP | XCB_CW_BIT_GRAVITY | XCB_CW_EVENT_MASK, inner_values);
        (void)xcb_map_window(display->x, surface->inner);
        set_class(display, surface->outer);
        set(display, surface->outer, display->atoms[ATOM_WM_PROTOCOLS], XCB_ATOM_ATOM,
            &display->atoms[ATOM_WM_DELETE_WINDOW], 1);
        if (!window->may_focus)
                set(display, surface->outer, display->atoms[ATOM_NET_WM_USER_TIME], XCB_ATOM_CARDINAL, &never, 1);
}

/* What a window manager may take for a reason to give no frame is never told. */
static Atom kind_atom(const Surface *surface)
{
        static const Atom managed[] = {
                [LETTER_KIND_DIALOG] = ATOM_NET_WM_WINDOW_TYPE_DIALOG,
                [LETTER_KIND_UTILITY] = ATOM_NET_WM_WINDOW_TYPE_UTILITY,
                [LETTER_KIND_TOOLBAR] = ATOM_NET_WM_WINDOW_TYPE_UTILITY,
                [_LETTER_KIND_MAX] = 0,
        };
        static const Atom free_of_it[] = {
                [LETTER_KIND_MENU] = ATOM_NET_WM_WINDOW_TYPE_MENU,
                [LETTER_KIND_DROPDOWN] = ATOM_NET_WM_WINDOW_TYPE_DROPDOWN_MENU,
                [LETTER_KIND_POPUP] = ATOM_NET_WM_WINDOW_TYPE_POPUP_MENU,
                [LETTER_KIND_COMBO] = ATOM_NET_WM_WINDOW_TYPE_COMBO,
                [LETTER_KIND_TOOLTIP] = ATOM_NET_WM_WINDOW_TYPE_TOOLTIP,
                [LETTER_KIND_NOTIFICATION] = ATOM_NET_WM_WINDOW_TYPE_NOTIFICATION,
                [LETTER_KIND_DND] = ATOM_NET_WM_WINDOW_TYPE_DND,
                [_LETTER_KIND_MAX] = 0,
        };
        Atom kind = (surface->is_free ? free_of_it : managed)[surface->hints.kind];

        if (kind != 0)
                return kind;
        return surface->is_free ? ATOM_NET_WM_WINDOW_TYPE_POPUP_MENU : ATOM_NET_WM_WINDOW_TYPE_NORMAL;
}

/* Number by number, each as large as the border makes it. */
static void set_sizes(const Display *display, const Surface *surface)
{
        enum { P_POSITION = 4, P_MIN = 16, P_MAX = 32, P_STEP = 64, P_ASPECT = 128, P_BASE = 256, P_GRAVITY = 512 };
        const LetterHints *hints = &surface->hints;
        const int32_t more = 2 * BACKEND_BORDER;
        uint32_t values[SIZE_HINTS] = { P_GRAVITY };

        if ((hints->flags & LETTER_HINT_PLACED) != 0 && (surface->at.x != 0 || surface->at.y != 0))
                values[0] |= P_POSITION;
        if ((hints->flags & LETTER_HINT_MIN) != 0) {
                values[0] |= P_MIN;
                values[5] = (uint32_t)(hints->min_w + more);
                values[6] = (uint32_t)(hints->min_h + more);
        }
        if ((hints->flags & LETTER_HINT_MAX) != 0) {
                values[0] |= P_MAX;
                values[7] = (uint32_t)(hints->max_w + more);
                values[8] = (uint32_t)(hints->max_h + more);
        }
        if ((hints->flags & LETTER_HINT_STEP) != 0) {
                values[0] |= P_STEP;
                values[9] = (uint32_t)hints->step_w;
                values[10] = (uint32_t)hints->step_h;
        }
        /* Steps count from the base; without one from the smallest size, and without that from the border. */
        if ((hints->flags & LETTER_HINT_BASE) != 0 || (hints->flags & LETTER_HINT_MIN) == 0) {
                values[0] |= P_BASE;
                values[15] = (uint32_t)((hints->flags & LETTER_HINT_BASE) != 0 ? hints->base_w + more : more);
                values[16] = (uint32_t)((hints->flags & LETTER_HINT_BASE) != 0 ? hints->base_h + more : more);
        }
        if ((hints->flags & LETTER_HINT_ASPECT) != 0) {
                values[0] |= P_ASPECT;
                values[11] = (uint32_t)hints->least_x;
                values[12] = (uint32_t)hints->least_y;
                values[13] = (uint32_t)hints->most_x;
                values[14] = (uint32_t)hints->most_y;
        }
        values[17] = GRAVITY_STATIC;
        set(display, surface->outer, XCB_ATOM_WM_NORMAL_HINTS, XCB_ATOM_WM_SIZE_HINTS, values, SIZE_HINTS);
}

static void set_relations(const Display *display, const Surface *surface)
{
        enum { H_INPUT = 1, H_STATE = 2, H_GROUP = 64, H_URGENT = 256 };
        const LetterHints *hints = &surface->hints;
        uint32_t values[WM_HINTS] = { H_INPUT | H_STATE | H_GROUP, 1, 1 };
        const xcb_atom_t kind = display->atoms[kind_atom(surface)];
        const xcb_window_t *parent = surface->parent >= 0 ? &display->surfaces[surface->parent].outer : NULL;

        values[8] = display->leader;
        if ((hints->flags & LETTER_HINT_URGENT) != 0)
                values[0] |= H_URGENT;
        set(display, surface->outer, XCB_ATOM_WM_HINTS, XCB_ATOM_WM_HINTS, values, WM_HINTS);
        set(display, surface->outer, display->atoms[ATOM_NET_WM_WINDOW_TYPE], XCB_ATOM_ATOM, &kind, 1);
        if (parent != NULL && *parent != 0)
                set(display, surface->outer, XCB_ATOM_WM_TRANSIENT_FOR, XCB_ATOM_WINDOW, parent, 1);
        else
                (void)xcb_delete_property(display->x, surface->outer, XCB_ATOM_WM_TRANSIENT_FOR);
        if (!surface->is_shown && (hints->flags & LETTER_HINT_MODAL) != 0)
                set(display, surface->outer, display->atoms[ATOM_NET_WM_STATE], XCB_ATOM_ATOM,
                    &display->atoms[ATOM_NET_WM_STATE_MODAL], 1);
}

static void hints(Backend *backend, unsigned slot, const LetterHints *untold, int parent)
{
        Display *display = of(backend);
        Surface *surface = &display->surfaces[slot];

        surface->hints = *untold;
        surface->parent = parent;
        set_sizes(display, surface);
        set_relations(display, surface);
}

static void set_free(Backend *backend, unsigned slot, bool is_free)
{
        Display *display = of(backend);
        Surface *surface = &display->surfaces[slot];
        const uint32_t value = is_free;

        if (surface->is_free == is_free)
                return;
        surface->is_free = is_free;
        (void)xcb_change_window_attributes(display->x, surface->outer, XCB_CW_OVERRIDE_REDIRECT, &value);
        set_relations(display, surface);
}

static void show(Backend *backend, unsigned slot, bool on)
{
        Display *display = of(backend);
        Surface *surface = &display->surfaces[slot];
        const xcb_unmap_notify_event_t gone = { .response_type = XCB_UNMAP_NOTIFY,
                                                .event = display->screen->root,
                                                .window = surface->outer };
        const uint32_t above = XCB_STACK_MODE_ABOVE;

        surface->is_shown = on;
        if (on) {
                if (surface->is_free)
                        (void)xcb_configure_window(display->x, surface->outer, XCB_CONFIG_WINDOW_STACK_MODE, &above);
                (void)xcb_map_window(display->x, surface->outer);
                return;
        }
        (void)xcb_unmap_window(display->x, surface->outer);
        /* ICCCM 4.1.4: so that the window manager lets go of it. */
        (void)xcb_send_event(display->x, 0, display->screen->root,
                             XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT | XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY,
                             (const char *)&gone);
}

static void place(Backend *backend, unsigned slot, const Area *at)
{
        Display *display = of(backend);
        Surface *surface = &display->surfaces[slot];
        Area outer = area_grow(at, BACKEND_BORDER);
        const uint32_t values[4] = { (uint32_t)outer.x, (uint32_t)outer.y, (uint32_t)outer.w, (uint32_t)outer.h };
        const uint32_t size[2] = { (uint32_t)at->w, (uint32_t)at->h };
        uint16_t position = at->x != surface->at.x || at->y != surface->at.y || surface->is_free || !surface->is_shown
                                    ? XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y
                                    : 0;

        (void)xcb_configure_window(display->x, surface->outer,
                                   position | XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
                                   position != 0 ? values : values + 2);
        if (at->w != surface->at.w || at->h != surface->at.h)
                (void)xcb_configure_window(display->x, surface->inner,
                                           XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
        surface->at = *at;
}

static void title(Backend *backend, unsigned slot, const char *text)
{
        Display *display = of(backend);
        const Surface *surface = &display->surfaces[slot];
        static const Atom utf8[] = { ATOM_NET_WM_NAME, ATOM_NET_WM_ICON_NAME };
        size_t n = strlen(text);

        for (size_t i = 0; i < sizeof utf8 / sizeof *utf8; i++)
                set_text(display, surface->outer, display->atoms[utf8[i]], display->atoms[ATOM_UTF8_STRING], text, n);
        set_text(display, surface->outer, XCB_ATOM_WM_NAME, display->atoms[ATOM_UTF8_STRING], text, n);
        set_text(display, surface->outer, XCB_ATOM_WM_ICON_NAME, display->atoms[ATOM_UTF8_STRING], text, n);
}

static void icon(Backend *backend, unsigned slot, uint32_t w, uint32_t h, const uint32_t *pixels)
{
        Display *display = of(backend);
        uint32_t values[2 + LETTER_ICON_SIDE * LETTER_ICON_SIDE] = { w, h };

        memcpy(values + 2, pixels, (size_t)w * h * sizeof *values);
        set(display, display->surfaces[slot].outer, display->atoms[ATOM_NET_WM_ICON], XCB_ATOM_CARDINAL, values,
            2 + (size_t)w * h);
}

static bool attach(Backend *backend, unsigned slot, int fd, uint64_t bytes)
{
        Display *display = of(backend);
        Surface *surface = &display->surfaces[slot];

        (void)bytes;
        surface->segment = xcb_generate_id(display->x);
        (void)xcb_shm_attach_fd(display->x, surface->segment, fd, 1);
        return true;
}

static void detach(Backend *backend, unsigned slot)
{
        Display *display = of(backend);
        Surface *surface = &display->surfaces[slot];

        if (surface->segment != 0)
                (void)xcb_shm_detach(display->x, surface->segment);
        surface->segment = 0;
}

static void draw(Backend *backend, unsigned slot, const Area *at)
{
        Display *display = of(backend);
        const Surface *surface = &display->surfaces[slot];

        (void)xcb_shm_put_image(display->x, surface->inner, display->gc, (uint16_t)at->w, (uint16_t)at->h, 0, 0,
                                (uint16_t)at->w, (uint16_t)at->h, (int16_t)at->x, (int16_t)at->y,
                                display->screen->root_depth, XCB_IMAGE_FORMAT_Z_PIXMAP, 1, surface->segment, 0);
}

static void send_root(const Display *display, xcb_window_t id, Atom type, const uint32_t data[5])
{
        xcb_client_message_event_t message = {
                .response_type = XCB_CLIENT_MESSAGE, .format = 32, .window = id, .type = display->atoms[type]
        };

        memcpy(message.data.data32, data, 5 * sizeof *data);
        (void)xcb_send_event(display->x, 0, display->screen->root,
                             XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT | XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY,
                             (const char *)&message);
}

static void wish(Backend *backend, unsigned slot, LetterWish what, uint32_t on)
{
        enum { ICONIC = 3, SOURCE_APP = 1 };
        static const Atom states[_LETTER_WISH_MAX] = {
                [LETTER_WISH_FULLSCREEN] = ATOM_NET_WM_STATE_FULLSCREEN,
                [LETTER_WISH_WIDE] = ATOM_NET_WM_STATE_MAXIMIZED_HORZ,
                [LETTER_WISH_HIGH] = ATOM_NET_WM_STATE_MAXIMIZED_VERT,
        };
        Display *display = of(backend);
        xcb_window_t id = display->surfaces[slot].outer;

        switch (what) {
        case LETTER_WISH_ICONIFY:
                send_root(display, id, ATOM_WM_CHANGE_STATE, (const uint32_t[5]){ ICONIC });
                break;
        case LETTER_WISH_ACTIVATE:
                send_root(display, id, ATOM_NET_ACTIVE_WINDOW, (const uint32_t[5]){ SOURCE_APP, display->time });
                break;
        case LETTER_WISH_FULLSCREEN:
        case LETTER_WISH_WIDE:
        case LETTER_WISH_HIGH:
                send_root(display, id, ATOM_NET_WM_STATE,
                          (const uint32_t[5]){ on != 0, display->atoms[states[what]], 0, SOURCE_APP });
                break;
        case LETTER_WISH_DRAG:
                (void)xcb_ungrab_pointer(display->x, XCB_CURRENT_TIME);
                send_root(display, id, ATOM_NET_WM_MOVERESIZE,
                          (const uint32_t[5]){ (uint32_t)display->root_x, (uint32_t)display->root_y, on,
                                               display->button, SOURCE_APP });
                break;
        case _LETTER_WISH_MAX:
        default:
                break;
        }
}

void display_set_cursor(Display *display, xcb_cursor_t cursor)
{
        const uint32_t value = cursor;

        for (size_t i = 0; i < LETTER_WINDOWS; i++)
                if (display->surfaces[i].outer != 0)
                        (void)xcb_change_window_attributes(display->x, display->surfaces[i].outer, XCB_CW_CURSOR,
                                                           &value);
        if (display->cursor != 0)
                (void)xcb_free_cursor(display->x, display->cursor);
        display->cursor = cursor;
}

static void cursor(Backend *backend, uint32_t w, uint32_t h, uint32_t x, uint32_t y, const uint32_t *pixels)
{
        Display *display = of(backend);
        xcb_pixmap_t pixmap = xcb_generate_id(display->x);
        xcb_gcontext_t gc = xcb_generate_id(display->x);
        xcb_render_picture_t picture = xcb_generate_id(display->x);
        xcb_cursor_t made = xcb_generate_id(display->x);

        if (display->argb == 0)
                return;
        (void)xcb_create_pixmap(display->x, 32, pixmap, display->screen->root, (uint16_t)w, (uint16_t)h);
        (void)xcb_create_gc(display->x, gc, pixmap, 0, NULL);
        (void)xcb_put_image(display->x, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, gc, (uint16_t)w, (uint16_t)h, 0, 0, 0, 32,
                            w * h * (uint32_t)sizeof *pixels, (const uint8_t *)pixels);
        (void)xcb_render_create_picture(display->x, picture, pixmap, display->argb, 0, NULL);
        (void)xcb_render_create_cursor(display->x, made, picture, (uint16_t)x, (uint16_t)y);
        (void)xcb_render_free_picture(display->x, picture);
        (void)xcb_free_gc(display->x, gc);
        (void)xcb_free_pixmap(display->x, pixmap);
        display_set_cursor(display, made);
}

static void bell(Backend *backend)
{
        (void)xcb_bell(of(backend)->x, 0);
}

/* The inner window is cut to the shape, the outer one to the shape and a border around each part of it. */
static void shape(Backend *backend, unsigned slot, const Area *rects, size_t n)
{
        const Display *display = of(backend);
        const Surface *surface = &display->surfaces[slot];
        xcb_rectangle_t outer[LETTER_SHAPES], inner[LETTER_SHAPES];

        if (!display->has_shape)
                return;
        for (size_t i = 0; i < n; i++) {
                inner[i] = (xcb_rectangle_t){ (int16_t)rects[i].x, (int16_t)rects[i].y, (uint16_t)rects[i].w,
                                              (uint16_t)rects[i].h };
                outer[i] = (xcb_rectangle_t){ (int16_t)rects[i].x, (int16_t)rects[i].y,
                                              (uint16_t)(rects[i].w + 2 * BACKEND_BORDER),
                                              (uint16_t)(rects[i].h + 2 * BACKEND_BORDER) };
        }
        if (n == 0) {
                (void)xcb_shape_mask(display->x, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, surface->outer, 0, 0, 0);
                (void)xcb_shape_mask(display->x, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, surface->inner, 0, 0, 0);
                return;
        }
        (void)xcb_shape_rectangles(display->x, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, 0, surface->outer, 0, 0,
                                   (uint32_t)n, outer);
        (void)xcb_shape_rectangles(display->x, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, 0, surface->inner, 0, 0,
                                   (uint32_t)n, inner);
}

static void renew(Backend *backend)
{
        of(backend)->is_keymap_old = true;
        exchange_renew(of(backend));
}

static void news(Backend *backend, BackendNews what)
{
        static const struct {
                const char *op, *mend;
        } rows[] = {
                [NEWS_POPUP] = { "popup", NULL },
                [NEWS_WINDOWS] = { "windows", NULL },
                [NEWS_PIXELS] = { "pixels", NULL },
                [NEWS_FULLSCREEN] = { "fullscreen", "the window manager's own full screen" },
        };
        const Display *display = of(backend);

        _Static_assert(sizeof rows == _BACKEND_NEWS_MAX * sizeof *rows, "a row is missing");
        ledger_note(display->ledger, rows[what].op, "x11", false, 0, rows[what].mend, display_now_ms());
}

static void clip(Backend *backend, const Letter *letter)
{
        exchange_on_letter(of(backend), letter);
}

const BackendClass display_class = {
        .create = create,
        .destroy = destroy,
        .show = show,
        .set_free = set_free,
        .place = place,
        .title = title,
        .hints = hints,
        .icon = icon,
        .shape = shape,
        .attach = attach,
        .detach = detach,
        .draw = draw,
        .wish = wish,
        .cursor = cursor,
        .bell = bell,
        .renew = renew,
        .news = news,
        .clip = clip,
};
