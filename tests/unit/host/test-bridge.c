/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon tells an agent, and when, without a display: the screen only counts. */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "host/bridge.h"
#include "judge/popup.h"

typedef struct World {
        Backend backend; /* first: a Backend is a World */
        Bridge *bridge;
        Post *post, *agent;
        int64_t now;
        unsigned n_shown, n_drawn, n_wishes, n_news;
        bool is_free[LETTER_WINDOWS], is_shown[LETTER_WINDOWS];
        Letter got;
} World;

static World *of(Backend *backend)
{
        return (World *)backend;
}

static void create(Backend *backend, unsigned slot, const BackendWindow *window)
{
        of(backend)->is_free[slot] = window->is_free;
}

static void destroy(Backend *backend, unsigned slot)
{
        of(backend)->is_shown[slot] = false;
}

static void show(Backend *backend, unsigned slot, bool on)
{
        of(backend)->is_shown[slot] = on;
        of(backend)->n_shown += on;
}

static void set_free(Backend *backend, unsigned slot, bool is_free)
{
        of(backend)->is_free[slot] = is_free;
}

static void place(Backend *backend, unsigned slot, const Area *at)
{
        g_assert_nonnull(backend);
        g_assert_cmpuint(slot, <, LETTER_WINDOWS);
        g_assert_false(area_is_empty(at));
}

static void title(Backend *backend, unsigned slot, const char *text)
{
        g_assert_nonnull(backend);
        g_assert_cmpuint(slot, <, LETTER_WINDOWS);
        g_assert_true(g_str_has_prefix(text, "[box]"));
}

static bool attach(Backend *backend, unsigned slot, int fd, uint64_t bytes)
{
        g_assert_nonnull(backend);
        g_assert_cmpuint(slot, <, LETTER_WINDOWS);
        g_assert_cmpint(lseek(fd, 0, SEEK_END), ==, (off_t)bytes);
        /* Nobody takes it away again. */
        g_assert_cmpint(ftruncate(fd, 0), <, 0);
        (void)fd_close(fd);
        return true;
}

static void detach(Backend *backend, unsigned slot)
{
        g_assert_nonnull(backend);
        g_assert_cmpuint(slot, <, LETTER_WINDOWS);
}

static void draw(Backend *backend, unsigned slot, const Area *at)
{
        g_assert_true(of(backend)->is_shown[slot]);
        g_assert_false(area_is_empty(at));
        of(backend)->n_drawn++;
}

static void wish(Backend *backend, unsigned slot, LetterWish what, uint32_t on)
{
        g_assert_cmpuint(slot, <, LETTER_WINDOWS);
        g_assert_cmpint(what, <, _LETTER_WISH_MAX);
        g_assert_cmpuint(on, <=, LETTER_DRAG_MAX);
        of(backend)->n_wishes++;
}

static void news(Backend *backend, BackendNews what)
{
        g_assert_cmpint(what, <, _BACKEND_NEWS_MAX);
        of(backend)->n_news++;
}

static void renew(Backend *backend)
{
        g_assert_nonnull(backend);
}

static const BackendClass class = {
        .create = create,
        .destroy = destroy,
        .show = show,
        .set_free = set_free,
        .place = place,
        .title = title,
        .attach = attach,
        .detach = detach,
        .draw = draw,
        .wish = wish,
        .news = news,
        .renew = renew,
};

static void begin(World *world, uint32_t frames)
{
        static const LetterMonitor monitor = { { 0, 0, 1000, 800 }, { 0, 0, 1000, 800 } };
        const BridgeOptions options = {
                .label = "box", .share_percent = POPUP_SHARE_PERCENT, .frames = frames, .epoch = 7
        };
        const Letter hello = { .type = LETTER_HELLO, .is.hello = { LETTER_VERSION, 7, 1000, 800 } };
        int sockets[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), ==, 0);
        world->backend.class = &class;
        world->post = post_new(&sockets[0], LETTER_FROM_DAEMON);
        world->agent = post_new(&sockets[1], LETTER_FROM_AGENT);
        world->bridge = bridge_new(&options, &world->backend, world->post);
        world->now = 5000;
        bridge_begin(world->bridge, world->now);
        bridge_on_screen(world->bridge, &monitor, 1, 0);
        bridge_on_letter(world->bridge, &hello, world->now);
}

static void end(World *world)
{
        bridge_free(world->bridge);
        post_free(world->post);
        post_free(world->agent);
}

/* The next letter of that type that the agent would read. */
static bool hears(World *world, LetterType type)
{
        CLEANUP(fd_closep) int fd = -1;

        bridge_settle(world->bridge, world->now);
        while (post_receive(world->agent, &world->got, &fd) > 0) {
                fd = fd_close(fd);
                if (world->got.type == type)
                        return true;
        }
        return false;
}

static void say(World *world, const Letter *letter)
{
        bridge_on_letter(world->bridge, letter, world->now);
}

static void open_window(World *world, unsigned slot, Area at, uint32_t flags)
{
        const Letter open = { .type = LETTER_OPEN, .slot = (uint16_t)slot, .generation = 1, .is.open = { at, flags } };
        const Letter shown = { .type = LETTER_SHOW, .slot = (uint16_t)slot, .generation = 1, .is.show = { 1, flags } };

        say(world, &open);
        say(world, &shown);
}

static void frame(World *world, unsigned slot, Area at, uint32_t serial)
{
        const Letter letter = {
                .type = LETTER_FRAME, .slot = (uint16_t)slot, .generation = 1, .is.frame = { at, serial }
        };

        say(world, &letter);
}

static void test_frames(void)
{
        static World world;
        const Area at = { 10, 10, 200, 100 }, all = { 0, 0, 200, 100 };

        memset(&world, 0, sizeof world);
        begin(&world, 50);
        open_window(&world, 1, at, 0);
        g_assert_true(hears(&world, LETTER_BUFFER));
        frame(&world, 1, all, world.got.is.buffer.serial);
        g_assert_cmpuint(world.n_drawn, ==, 0); /* nobody sees it */
        bridge_on_exposed(world.bridge, 1, &all);
        g_assert_cmpuint(world.n_drawn, ==, 1);
        frame(&world, 1, all, 1); /* another, before the last was drawn */
        g_assert_cmpuint(world.n_drawn, ==, 1);
        g_assert_cmpuint(bridge_stale(world.bridge), ==, 1);
        bridge_on_drawn(world.bridge, 1);
        g_assert_false(hears(&world, LETTER_DONE)); /* too early: 20 ms for each */
        g_assert_cmpint(bridge_wait_ms(world.bridge, world.now), ==, 20);
        world.now += 20;
        g_assert_true(hears(&world, LETTER_DONE));
        g_assert_cmpint(bridge_wait_ms(world.bridge, world.now), ==, -1);
        frame(&world, 1, (Area){ 0, 0, 8000, 8000 }, 1); /* more than the buffer has */
        frame(&world, 1, all, 2);                        /* of no buffer */
        g_assert_cmpuint(world.n_drawn, ==, 1);
        end(&world);
}

static void test_keys(void)
{
        static World world;

        memset(&world, 0, sizeof world);
        begin(&world, 0);
        open_window(&world, 1, (Area){ 10, 10, 200, 100 }, 0);
        bridge_on_focus(world.bridge, 1);
        bridge_on_key(world.bridge, 38, true, world.now);
        g_assert_true(hears(&world, LETTER_FOCUS));
        g_assert_true(hears(&world, LETTER_KEY));
        bridge_on_key(world.bridge, 38, true, world.now); /* it repeats */
        g_assert_false(hears(&world, LETTER_KEY));
        bridge_on_key(world.bridge, 39, false, world.now); /* it was pressed elsewhere */
        g_assert_false(hears(&world, LETTER_KEY));
        bridge_on_blur(world.bridge, 1);
        g_assert_true(hears(&world, LETTER_KEY));
        g_assert_cmpuint(world.got.is.key.code, ==, 38);
        g_assert_cmpuint(world.got.is.key.down, ==, 0);
        g_assert_true(hears(&world, LETTER_FOCUS));
        g_assert_cmpuint(world.got.is.focus.on, ==, 0);
        end(&world);
}

static void test_popups(void)
{
        static World world;
        Letter place = { .type = LETTER_PLACE, .slot = 2, .generation = 1 };

        memset(&world, 0, sizeof world);
        begin(&world, 0);
        open_window(&world, 1, (Area){ 10, 10, 200, 100 }, 0);
        bridge_on_focus(world.bridge, 1);
        bridge_settle(world.bridge, world.now);
        open_window(&world, 2, (Area){ 10, 10, 300, 300 }, LETTER_OPEN_POPUP);
        g_assert_true(world.is_shown[2] && world.is_free[2]);
        place.is.place.at = (Area){ 0, 0, 1000, 800 };
        say(&world, &place);
        g_assert_true(world.is_shown[2] && !world.is_free[2]);
        g_assert_cmpuint(world.n_news, ==, 1);
        place.is.place.at = (Area){ 0, 0, 100, 80 };
        say(&world, &place);
        g_assert_true(world.is_shown[2] && world.is_free[2]);
        bridge_on_key(world.bridge, 38, true, world.now);
        bridge_on_blur(world.bridge, 1);
        bridge_settle(world.bridge, world.now);
        g_assert_false(world.is_shown[2]); /* though a key came just now */
        bridge_settle(world.bridge, world.now);
        g_assert_false(world.is_shown[2]);
        bridge_on_focus(world.bridge, 1);
        bridge_settle(world.bridge, world.now);
        g_assert_true(world.is_shown[2] && world.is_free[2]);
        end(&world);
}

static void test_wishes(void)
{
        static World world;
        Letter letter = { .type = LETTER_WISH, .slot = 1, .generation = 1 };

        memset(&world, 0, sizeof world);
        begin(&world, 0);
        open_window(&world, 1, (Area){ 10, 10, 200, 100 }, 0);
        letter.is.wish.on = 1;
        for (unsigned i = LETTER_WISH_ACTIVATE; i < _LETTER_WISH_MAX; i++) {
                letter.is.wish.wish = i;
                say(&world, &letter);
        }
        g_assert_cmpuint(world.n_wishes, ==, 0); /* nobody works with the box */
        bridge_on_focus(world.bridge, 1);
        bridge_on_key(world.bridge, 38, true, world.now);
        letter.is.wish.wish = LETTER_WISH_FULLSCREEN;
        say(&world, &letter);
        g_assert_cmpuint(world.n_wishes, ==, 0);
        letter.is.wish.wish = LETTER_WISH_ACTIVATE;
        say(&world, &letter);
        g_assert_cmpuint(world.n_wishes, ==, 1);
        letter.generation = 9; /* another window */
        say(&world, &letter);
        g_assert_cmpuint(world.n_wishes, ==, 1);
        end(&world);
}

static void test_greeting(void)
{
        static World world;
        const Letter fresh = { .type = LETTER_HELLO, .is.hello = { .version = LETTER_VERSION } };

        memset(&world, 0, sizeof world);
        begin(&world, 0);
        open_window(&world, 1, (Area){ 10, 10, 200, 100 }, 0);
        g_assert_true(hears(&world, LETTER_WELCOME));
        g_assert_cmpuint(world.got.is.welcome.epoch, ==, 7);
        say(&world, &fresh); /* another agent */
        g_assert_true(hears(&world, LETTER_WELCOME));
        g_assert_cmpuint(world.got.is.welcome.epoch, ==, 8);
        g_assert_false(world.is_shown[1]);
        open_window(&world, 1, (Area){ 10, 10, 200, 100 }, 0); /* it has not answered yet */
        g_assert_false(world.is_shown[1]);
        end(&world);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bridge/frames", test_frames);
        g_test_add_func("/bridge/keys", test_keys);
        g_test_add_func("/bridge/popups", test_popups);
        g_test_add_func("/bridge/wishes", test_wishes);
        g_test_add_func("/bridge/greeting", test_greeting);
        return g_test_run();
}
