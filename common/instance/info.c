/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* InstanceInfo as text and back: a Message in a file.  Pure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "instance/instance.h"

#define INFO_VERB "instance"

static const char *const state_words[] = {
        [INSTANCE_STARTING] = "starting",
        [INSTANCE_RUNNING] = "running",
        [INSTANCE_STOPPING] = "stopping",
};
_Static_assert(sizeof state_words == _INSTANCE_STATE_MAX * sizeof *state_words, "a word is missing");

const char *instance_state_word(InstanceState state)
{
        return state < _INSTANCE_STATE_MAX ? state_words[state] : NULL;
}

/* An absent key leaves *ret alone; empty is a value. */
static int take_text(char **ret, const Message *message, const char *key)
{
        const char *value = message_get(message, key);

        if (value == NULL)
                return 0;
        *ret = strdup(value);
        return *ret == NULL ? -ENOMEM : 0;
}

/* A number >= 0, or absent: 0. */
static int take_number(int64_t *ret, const Message *message, const char *key, int64_t max)
{
        int64_t number = message_get(message, key) == NULL ? 0 : message_get_number(message, key, -1);

        if (number < 0 || number > max)
                return -EINVAL;
        *ret = number;
        return 0;
}

static int take_state(InstanceState *ret, const Message *message)
{
        const char *word = message_get(message, "state");

        for (int i = 0; word != NULL && i < _INSTANCE_STATE_MAX; i++) {
                if (strcmp(word, state_words[i]) == 0) {
                        *ret = (InstanceState)i;
                        return 0;
                }
        }
        return -EINVAL;
}

static int take_all(InstanceInfo *info, const Message *message)
{
        const char *id = message_get(message, "id");
        int64_t front_pid, keeper_pid, front_start, keeper_start, portal;
        int r;

        if (strcmp(message_verb(message), INFO_VERB) != 0 || id == NULL || !instance_id_is_valid(id))
                return -EINVAL;
        memcpy(info->id, id, sizeof info->id);
        if ((r = take_text(&info->app, message, "app")) < 0 ||
            (r = take_text(&info->profile, message, "profile")) < 0 ||
            (r = take_text(&info->instance, message, "instance")) < 0 ||
            (r = take_text(&info->display, message, "display")) < 0 ||
            (r = take_text(&info->network, message, "network")) < 0 ||
            (r = take_text(&info->grants, message, "grants")) < 0 ||
            (r = take_text(&info->cgroup, message, "cgroup")) < 0 || (r = take_state(&info->state, message)) < 0 ||
            (r = take_number(&info->started, message, "started", INT64_MAX)) < 0 ||
            (r = take_number(&front_pid, message, "front-pid", INT32_MAX)) < 0 ||
            (r = take_number(&keeper_pid, message, "keeper-pid", INT32_MAX)) < 0 ||
            (r = take_number(&front_start, message, "front-start", INT64_MAX)) < 0 ||
            (r = take_number(&keeper_start, message, "keeper-start", INT64_MAX)) < 0 ||
            (r = take_number(&portal, message, "portal", INT64_MAX)) < 0)
                return r;
        if (info->app == NULL || info->app[0] == '\0')
                return -EINVAL;
        info->front_pid = (pid_t)front_pid;
        info->keeper_pid = (pid_t)keeper_pid;
        info->front_start = (uint64_t)front_start;
        info->keeper_start = (uint64_t)keeper_start;
        info->portal = (uint64_t)portal;
        return 0;
}

int instance_info_parse(InstanceInfo *ret_info, const void *untrusted_bytes, size_t n)
{
        CLEANUP(message_freep) Message *message = NULL;
        InstanceInfo info = { 0 };
        int r = n > INSTANCE_INFO_MAX ? -EINVAL : message_decode(&message, untrusted_bytes, n);

        if (r < 0)
                return r;
        r = take_all(&info, message);
        if (r < 0) {
                instance_info_clear(&info);
                return r;
        }
        *ret_info = info;
        return 0;
}

static void add_text(Message *message, const char *key, const char *value)
{
        if (value != NULL)
                message_add(message, key, value);
}

static void add_number(Message *message, const char *key, int64_t number)
{
        if (number != 0)
                message_add_number(message, key, number);
}

void instance_info_print(const InstanceInfo *info, Buffer *ret_bytes)
{
        CLEANUP(message_freep) Message *message = message_new(INFO_VERB);
        const void *bytes = NULL;
        size_t n = 0;

        if (message != NULL) {
                add_text(message, "id", info->id);
                add_text(message, "app", info->app);
                add_text(message, "profile", info->profile);
                add_text(message, "instance", info->instance);
                add_text(message, "display", info->display);
                add_text(message, "network", info->network);
                add_text(message, "grants", info->grants);
                add_text(message, "cgroup", info->cgroup);
                add_text(message, "state", instance_state_word(info->state));
                add_number(message, "started", info->started);
                add_number(message, "front-pid", info->front_pid);
                add_number(message, "front-start", (int64_t)info->front_start);
                add_number(message, "keeper-pid", info->keeper_pid);
                add_number(message, "keeper-start", (int64_t)info->keeper_start);
                add_number(message, "portal", (int64_t)info->portal);
                bytes = message_bytes(message, &n);
        }
        if (bytes == NULL)
                ret_bytes->failed = true;
        else
                buffer_add(ret_bytes, bytes, n);
}

void instance_info_clear(InstanceInfo *info)
{
        free(info->app);
        free(info->profile);
        free(info->instance);
        free(info->display);
        free(info->network);
        free(info->grants);
        free(info->cgroup);
        *info = (InstanceInfo){ 0 };
}
